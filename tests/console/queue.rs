//! The queue of jobs: one runs at a time, is followed, paused and cancelled; a silent one is reported.
//! Messages and keys in, effects out, without threads.

use ramax::Apps;
use ramax::clock::Timestamp;
use ramax::console::app::effect::{Effect, JobCommand, TerminalCommand};
use ramax::console::app::key::Key;
use ramax::console::app::message::{JobNews, Message};
use ramax::console::app::state::{ConsoleState, ErrorText, Level};
use ramax::console::app::update::update;
use ramax::console::layers::confirm::Dialog;
use ramax::console::panes::detail::Detail;
use ramax::console::panes::jobs::history::JobEntry;
use ramax::console::panes::jobs::job::{Job, JobId, JobStatus};
use ramax::operations::{Phase, Progress, Report};

use crate::console;
use crate::support::{Fixture, add_contact};

/// A state with three spaces and no store.
fn three_spaces() -> ConsoleState {
    let fixture = Fixture::memory();
    for name in ["crm_acme", "crm_globex", "crm_widgets"] {
        let crm = fixture.crm(name);
        for id in ["c1", "c2", "c3"] {
            crm.execute(add_contact(id)).unwrap();
        }
    }
    let mut state = ConsoleState::new("memory", false, Apps::standard());
    state.spaces = console(&fixture.store).state().spaces.clone();
    state
}

fn press(state: &mut ConsoleState, keys: &str) -> Vec<Effect> {
    let keys = Key::sequence(keys).unwrap();
    let effects = keys.into_iter().flat_map(|key| update(state, Message::Key(key)));
    effects.filter(is_of_job).collect()
}

fn tell(state: &mut ConsoleState, job: u64, at: i64, news: JobNews) -> Vec<Effect> {
    let effects = update(state, Message::Job(JobId(job), Timestamp(at), news));
    effects.into_iter().filter(is_of_job).collect()
}

fn is_of_job(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Job(JobCommand::Start { .. })
            | Effect::Job(JobCommand::Pause { .. })
            | Effect::Job(JobCommand::Resume { .. })
            | Effect::Job(JobCommand::Cancel { .. })
    )
}

/// The jobs that effects start.
fn started(effects: &[Effect]) -> Vec<u64> {
    let of = |effect: &Effect| match effect {
        Effect::Job(JobCommand::Start { job, .. }) => Some(job.0),
        _ => None,
    };
    effects.iter().filter_map(of).collect()
}

fn status(state: &ConsoleState, job: u64) -> &JobStatus {
    &job_of(state, job).status
}

fn job_of(state: &ConsoleState, job: u64) -> &Job {
    state.jobs.get(JobId(job)).unwrap()
}

fn order(state: &ConsoleState) -> Vec<u64> {
    state.jobs.jobs.iter().map(|job| job.id.0).collect()
}

fn notice(state: &ConsoleState) -> &str {
    state.notice.as_ref().map_or("", |notice| &notice.text)
}

fn replayed(done: u64, total: u64) -> JobNews {
    JobNews::Progress(Progress { phase: Phase::Replay, done, total, last_event: None, skipped: 0 })
}

fn done() -> JobNews {
    JobNews::Done(Report { summary: "3 events into 4 keys".to_owned(), ..Report::default() })
}

fn failed() -> JobNews {
    JobNews::Failed(ErrorText { message: "event 2 cannot be applied".to_owned(), hint: None })
}

#[test]
fn several_spaces_are_processed_one_at_a_time_in_order() {
    let mut state = three_spaces();
    assert_eq!(started(&press(&mut state, "MR<enter>")), [1], "one runs at a time");
    assert_eq!((order(&state), status(&state, 2)), (vec![1, 2, 3], &JobStatus::Queued));
    let names: Vec<&str> = state.jobs.jobs.iter().map(|job| job.about.as_str()).collect();
    assert_eq!(names, ["crm_acme", "crm_globex", "crm_widgets"]);
    assert_eq!(started(&tell(&mut state, 1, 10, done())), [2]);
    assert_eq!(order(&state), [2, 3, 1], "finished jobs follow the queued ones");
    assert_eq!(started(&tell(&mut state, 2, 20, done())), [3]);
    assert_eq!(started(&tell(&mut state, 3, 30, done())), Vec::<u64>::new());
    assert_eq!(order(&state), [3, 2, 1], "latest first");
}

#[test]
fn a_failed_or_cancelled_job_stays_visible_and_does_not_stop_the_others() {
    let mut state = three_spaces();
    press(&mut state, "MR<enter>");
    assert_eq!(started(&tell(&mut state, 1, 10, failed())), [2]);
    assert_eq!(notice(&state), "rebuild crm_acme: event 2 cannot be applied");
    assert_eq!(started(&tell(&mut state, 2, 20, JobNews::Cancelled)), [3]);
    tell(&mut state, 3, 30, done());
    let notice = state.notice.as_ref().unwrap();
    assert_eq!((notice.level, notice.text.contains("crm_acme")), (Level::Error, true), "it is still unread");
    assert!(matches!(status(&state, 1), JobStatus::Failed(_)));
}

#[test]
fn a_selected_job_stays_selected_when_it_ends() {
    let mut state = three_spaces();
    press(&mut state, "MR<enter>");
    assert_eq!(state.jobs.selected, Some(JobId(1)));
    tell(&mut state, 1, 10, done());
    assert_eq!((order(&state), state.jobs.selected), (vec![2, 3, 1], Some(JobId(1))));
    assert_eq!(press(&mut state, "5P"), [], "it has finished, and the next one is not paused instead");
    assert_eq!(press(&mut state, "x"), [], "it is dismissed, and nothing is cancelled");
    assert_eq!((order(&state), state.jobs.selected), (vec![2, 3], Some(JobId(3))));
    tell(&mut state, 2, 20, done());
    assert_eq!(state.jobs.selected, Some(JobId(3)), "another selection stays");
}

#[test]
fn a_queued_job_can_be_removed_and_all_can_be_cancelled_at_once() {
    let mut state = three_spaces();
    press(&mut state, "MR<enter>5j");
    assert_eq!(press(&mut state, "x"), []);
    assert_eq!((order(&state), state.jobs.selected), (vec![1, 3], Some(JobId(3))));
    assert_eq!(press(&mut state, "X"), [Effect::Job(JobCommand::Cancel { job: JobId(1) })]);
    assert_eq!((order(&state), status(&state, 1)), (vec![1], &JobStatus::Cancelling));
    assert_eq!(tell(&mut state, 1, 10, JobNews::Cancelled), []);
    press(&mut state, "X");
    assert_eq!(order(&state), Vec::<u64>::new(), "once all have finished, they are dismissed");
}

#[test]
fn removing_a_queued_job_closes_its_detail() {
    let mut state = three_spaces();
    press(&mut state, "MR<enter>5j<enter>");
    assert!(state.layers.top_as::<Detail>().is_some());
    press(&mut state, "x");
    assert!(state.layers.is_empty());
}

#[test]
fn a_job_is_paused_once_it_reports_so_and_can_be_resumed() {
    let mut state = three_spaces();
    press(&mut state, "R<enter>5");
    tell(&mut state, 1, 0, JobNews::Started);
    tell(&mut state, 1, 1000, replayed(40, 100));
    assert_eq!(press(&mut state, "P"), [Effect::Job(JobCommand::Pause { job: JobId(1) })]);
    assert_eq!(status(&state, 1), &JobStatus::Pausing, "it pauses at the next safe point, not at once");
    tell(&mut state, 1, 1500, replayed(60, 100));
    tell(&mut state, 1, 2000, JobNews::Paused);
    assert_eq!(status(&state, 1), &JobStatus::Paused);
    assert_eq!(press(&mut state, "P"), [Effect::Job(JobCommand::Resume { job: JobId(1) })]);
    tell(&mut state, 1, 62_000, JobNews::Resumed);
    assert_eq!(status(&state, 1), &JobStatus::Running);
    tell(&mut state, 1, 63_000, replayed(80, 100));
    let job = job_of(&state, 1);
    assert_eq!(
        (job.elapsed_millis(), job.paused_millis),
        (Some(3000), 60_000),
        "a pause does not count as work"
    );
    let left = job.seconds_left().unwrap();
    assert!((0.74..0.76).contains(&left), "{left}: and makes nothing slower");
    let log: Vec<JobEntry> = job.log.latest_first().map(|(_, entry)| entry).collect();
    assert_eq!(log, [JobEntry::Resumed, JobEntry::Paused, JobEntry::Phase(Phase::Replay), JobEntry::Started]);
}

#[test]
fn a_pause_withdrawn_in_time_has_no_effect() {
    let mut state = three_spaces();
    press(&mut state, "R<enter>5");
    assert_eq!(
        press(&mut state, "PP"),
        [Effect::Job(JobCommand::Pause { job: JobId(1) }), Effect::Job(JobCommand::Resume { job: JobId(1) })]
    );
    assert_eq!(status(&state, 1), &JobStatus::Running);
    // It was paused for a moment in between.
    tell(&mut state, 1, 10, JobNews::Paused);
    tell(&mut state, 1, 11, JobNews::Resumed);
    assert_eq!(status(&state, 1), &JobStatus::Running);
}

#[test]
fn a_paused_job_holds_the_queue_and_can_be_cancelled() {
    let mut state = three_spaces();
    press(&mut state, "MR<enter>5P");
    tell(&mut state, 1, 10, JobNews::Paused);
    press(&mut state, "j");
    assert_eq!(press(&mut state, "P"), []);
    assert_eq!(notice(&state), "pause: it is queued; pausing the running job pauses the queue");
    press(&mut state, "k");
    assert_eq!(press(&mut state, "x"), [Effect::Job(JobCommand::Cancel { job: JobId(1) })]);
    assert_eq!(started(&tell(&mut state, 1, 20, JobNews::Cancelled)), [2]);
}

#[test]
fn quitting_asks_while_a_job_is_paused_and_others_are_queued() {
    let mut state = three_spaces();
    press(&mut state, "MR<enter>5P");
    tell(&mut state, 1, 10, JobNews::Paused);
    press(&mut state, "q");
    assert!(!state.quit && state.layers.top_as::<Dialog>().is_some());
    press(&mut state, "<esc>");
    assert!(state.layers.is_empty());
    press(&mut state, "qy");
    assert!(state.quit);
}

#[test]
fn a_space_has_each_job_once_and_none_behind_its_delete() {
    let mut state = three_spaces();
    press(&mut state, "R<enter>R");
    assert_eq!(notice(&state), "rebuild: the rebuild of crm_acme is already running");
    assert_eq!(press(&mut state, "v<enter>"), [], "it is queued");
    assert_eq!(status(&state, 2), &JobStatus::Queued);
    press(&mut state, "v");
    assert_eq!(notice(&state), "verify: the verify of crm_acme is already queued");
    press(&mut state, "jDcrm_globex<enter>v");
    assert_eq!(status(&state, 3), &JobStatus::Queued, "a delete is queued like other jobs");
    assert_eq!(notice(&state), "verify: the delete of crm_globex is already queued");
}

#[test]
fn silence_is_shown_after_three_seconds_until_the_job_reports() {
    let mut state = three_spaces();
    assert_eq!(state.jobs.next_silence(), None, "without a running job there is no timeout");
    press(&mut state, "R<enter>");
    tell(&mut state, 1, 0, JobNews::Started);
    tell(&mut state, 1, 1000, replayed(40, 100));
    assert_eq!(state.jobs.next_silence(), Some(3));
    let revision = state.revision;
    update(&mut state, Message::Silence(2));
    assert_eq!(
        (state.revision, job_of(&state, 1).silent),
        (revision, None),
        "it is not shown, and nothing is drawn"
    );
    update(&mut state, Message::Silence(3));
    assert_eq!((job_of(&state, 1).silent, state.jobs.next_silence()), (Some(3), Some(4)));
    assert!(state.revision > revision);
    update(&mut state, Message::Silence(7));
    let job = job_of(&state, 1);
    assert_eq!((job.silent, job.elapsed_millis()), (Some(7), Some(8000)), "time continues");
    assert_eq!(job.seconds_left(), None, "it is unknown");
    tell(&mut state, 1, 8500, replayed(50, 100));
    assert_eq!((job_of(&state, 1).silent, state.jobs.next_silence()), (None, Some(3)));
}

#[test]
fn a_paused_job_is_not_silent_and_needs_no_wakeup() {
    let mut state = three_spaces();
    press(&mut state, "R<enter>5P");
    assert_eq!(state.jobs.next_silence(), Some(3), "it is not yet paused");
    update(&mut state, Message::Silence(4));
    tell(&mut state, 1, 10, JobNews::Paused);
    assert_eq!((job_of(&state, 1).silent, state.jobs.next_silence()), (None, None));
    let revision = state.revision;
    update(&mut state, Message::Silence(9));
    assert_eq!(state.revision, revision);
}

#[test]
fn a_running_job_shows_rate_and_time_left_and_how_the_total_moved() {
    let mut state = three_spaces();
    press(&mut state, "R<enter>");
    tell(&mut state, 1, 0, JobNews::Started);
    tell(&mut state, 1, 0, replayed(0, 90));
    tell(&mut state, 1, 1000, replayed(20, 100));
    let job = job_of(&state, 1);
    assert_eq!((job.meter.rate(), job.seconds_left(), job.fraction()), (Some(20.0), Some(4.0), Some(0.2)));
    assert_eq!(job.added(), 10);
    assert_eq!(press(&mut state, "5x"), [Effect::Job(JobCommand::Cancel { job: JobId(1) })]);
    tell(&mut state, 1, 2000, JobNews::Cancelled);
    assert_eq!(job_of(&state, 1).elapsed_millis(), Some(2000));
    assert_eq!(notice(&state), "rebuild crm_acme: cancelled; its projections are unchanged");
}

#[test]
fn skipped_events_are_counted_as_they_occur() {
    let mut state = three_spaces();
    press(&mut state, "Rs<enter>");
    let at = |done, skipped| {
        JobNews::Progress(Progress { phase: Phase::Replay, done, total: 100, last_event: None, skipped })
    };
    for (time, news) in [(0, at(10, 0)), (1, at(20, 2)), (2, at(30, 2)), (3, at(40, 5))] {
        tell(&mut state, 1, time, news);
    }
    let log: Vec<_> = job_of(&state, 1).log.latest_first().collect();
    assert_eq!(log[0], (Timestamp(3), JobEntry::Skipped(5)));
    assert_eq!(log[1], (Timestamp(0), JobEntry::Phase(Phase::Replay)));
}

/// The texts announced when the first of the queued jobs ends in this way, this many milliseconds after its start.
fn announced(state: &mut ConsoleState, millis: i64, news: JobNews) -> Vec<String> {
    update(state, Message::Job(JobId(1), Timestamp(1000), JobNews::Started));
    let effects = update(state, Message::Job(JobId(1), Timestamp(1000 + millis), news));
    let texts = effects.into_iter().filter_map(|effect| match effect {
        Effect::Terminal(TerminalCommand::Notify { text }) => Some(text),
        _ => None,
    });
    texts.collect()
}

#[test]
fn a_long_job_is_announced_when_it_ends_out_of_sight() {
    let failed = || JobNews::Failed(ErrorText { message: "secret".to_owned(), hint: None });
    let ends = |is_focused, notifications, millis, news| {
        let mut state = three_spaces();
        press(&mut state, "R<enter>");
        state.settings.notifications = notifications;
        update(&mut state, Message::Focus(is_focused));
        announced(&mut state, millis, news)
    };
    use ramax::console::settings::Notifications::{Bell, Off, Terminal};
    assert_eq!(ends(false, Terminal, 10_000, done()), ["ramax: rebuild crm_acme: done"]);
    assert_eq!(ends(false, Bell, 60_000, failed()), ["ramax: rebuild crm_acme: failed"]);
    for (is_focused, notifications, millis, news) in [
        (true, Terminal, 10_000, done()),
        (false, Off, 10_000, done()),
        (false, Terminal, 9_999, done()),
        (false, Terminal, 10_000, JobNews::Cancelled),
    ] {
        assert!(ends(is_focused, notifications, millis, news).is_empty());
    }
}
