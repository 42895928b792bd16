//! Finished jobs: their figures, how they stopped, and what they leave behind.

use crate::console;
use crate::support::tenants::caught_up;
use crate::support::{Fixture, START, add_contact, event};
use crate::{notice, screen};
use ramax::Store;
use ramax::clock::Timestamp;
use ramax::console::Headless;
use ramax::console::app::state::{ErrorText, Level};
use ramax::console::panes::jobs::job::{Job, JobId, JobStatus};
use ramax::operations::{
    AnyOperation, CatchUp, DeleteOptions, DeleteSpace, Phase, Progress, Rebuild, delete, keep_going,
};

fn tenant() -> Fixture {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for id in ["c1", "c2", "c3"] {
        crm.execute(add_contact(id)).unwrap();
    }
    caught_up(&crm);
    fixture
}

/// Appends an event of a contact that was never added.
fn poison(fixture: &Fixture) {
    let payload = serde_json::json!({"contact_id": "c9", "name": "No", "email": "one"});
    let event = event("c9", "contact.updated", payload);
    let append = ramax::Append { expected: ramax::Expected::Any, now: START, events: &[event] };
    fixture.store.events().append(fixture.space("crm_acme").space_id, append).unwrap();
}

/// A console with room for the whole detail of a job.
fn tall(store: &Store) -> Headless {
    Headless::new(store.clone(), ramax::Apps::standard(), 120, 60)
}

/// The work done, the last event, and the errors in the detail of a job.
fn facts(console: &Headless) -> [String; 3] {
    let shown = screen(console);
    let job = console.state().jobs.selected.and_then(|id| console.state().jobs.get(id)).unwrap();
    let title = format!("╭ {} ─", job.name());
    let mut lines = shown.lines().skip_while(|line| !line.contains(&title)).skip(1);
    let mut line = || {
        let line = lines.next().unwrap_or_else(|| panic!("no {title} in {shown}"));
        line.rsplit('│').nth(1).unwrap().trim().to_owned()
    };
    let (first, second) = (line(), line());
    let last = shown.lines().find_map(|line| line.split_once("│ last event  ")).unwrap().1;
    [
        first.split_once(" · ").unwrap().1.to_owned(),
        last.trim_end_matches(['│', ' ']).trim().to_owned(),
        second.split_once(" · ").unwrap().0.to_owned(),
    ]
}

#[test]
fn a_finished_job_reports_its_work_and_not_its_cleanup() {
    let fixture = tenant();
    let mut console = tall(&fixture.store);
    console.press("R<enter>5").unwrap();
    assert_eq!(facts(&console), ["3 of 3 events", "3", "no errors"]);
    console.press("1v<enter>5").unwrap();
    assert_eq!(facts(&console), ["3 of 3 events · 11 of 11 keys", "3", "no errors"]);
    console.press("1Dcrm_acme<ctrl-p><enter>5").unwrap();
    assert_eq!(facts(&console), ["3 of 3 events", "events are removed unread", "no errors"]);
    let purged = console.state().jobs.jobs[0].progress.unwrap();
    assert_eq!((purged.phase, purged.done, purged.total), (Phase::Purge, 0, 0));
}

#[test]
fn a_job_stopped_by_an_event_shows_how_far_it_came() {
    let fixture = tenant();
    poison(&fixture);
    let mut console = tall(&fixture.store);
    console.press("R<enter>5").unwrap();
    // Three events, in one of two projections.
    assert_eq!(facts(&console), ["1 of 4 events", "3", "✗ stopped by an error"]);
    assert!(screen(&console).contains("replaying"), "its log shows the phase");
    console.press("1Rs<enter>5").unwrap();
    assert_eq!(facts(&console), ["4 of 4 events", "4", "▲ 1 event skipped"]);
}

#[test]
fn a_delete_stopped_halfway_is_cancelled_not_failed() {
    let fixture = tenant();
    let mut console = tall(&fixture.store);
    console.stops_jobs = true;
    console.press("R<enter>").unwrap();
    assert_eq!(console.state().notice.as_ref().map(|notice| notice.level), Some(Level::Stopped));
    assert!(screen(&console).contains("○ rebuild crm_acme: cancelled"), "{}", screen(&console));
    console.press("Dcrm_acme<enter>").unwrap();
    assert_eq!(console.state().jobs.jobs[0].status, JobStatus::Cancelled);
    let left = "the space accepts no more events; delete it again to continue";
    assert_eq!(notice(&console), format!("delete crm_acme: cancelled; {left}"));
    assert_eq!(console.state().notice.as_ref().map(|notice| notice.level), Some(Level::Warning));
    console.press("5").unwrap();
    assert_eq!(facts(&console)[2], "no errors");
    assert!(!screen(&console).contains("failed"), "{}", screen(&console));
}

#[test]
fn quitting_says_what_the_running_job_leaves_behind() {
    let fixture = tenant();
    let space = fixture.space("crm_acme");
    let archive = || Some("a.jsonl".into());
    let delete = |archive| AnyOperation::DeleteSpace(DeleteSpace { purge: true, archive });
    for (kind, phase, left) in [
        (
            AnyOperation::Rebuild(Rebuild { skip_errors: false, ..Rebuild::default() }),
            Phase::Write,
            "its projections are unchanged",
        ),
        (AnyOperation::CatchUp(CatchUp::default()), Phase::CatchUp, "the events applied so far are kept"),
        (delete(archive()), Phase::Export, "nothing is deleted"),
        (delete(archive()), Phase::Delete, "accepts no more events"),
        (delete(None), Phase::Purge, "accepts no more events"),
    ] {
        let mut console = console(&fixture.store);
        console.change(|state| {
            let mut job = Job::queued(JobId(1), kind.clone(), space.clone());
            job.status = JobStatus::Running;
            job.start(Timestamp(0));
            job.advance(Timestamp(1), Progress { phase, done: 1, total: 3, last_event: None, skipped: 0 });
            state.jobs.jobs.push(job);
        });
        console.press("q").unwrap();
        let shown = screen(&console);
        assert!(shown.contains(left) && !shown.contains("leaves everything whole"), "{kind:?}: {shown}");
    }
}

#[test]
fn a_job_on_a_deleted_space_names_it() {
    for keys in ["R", "v", "e"] {
        let fixture = tenant();
        let mut console = console(&fixture.store);
        console.press(keys).unwrap();
        let elsewhere = fixture.other_process();
        let options = DeleteOptions::default();
        delete(&elsewhere, "crm_acme", options, &mut keep_going).unwrap();
        console.press(if keys == "e" { "<ctrl-s>" } else { "<enter>" }).unwrap();
        let JobStatus::Failed(ErrorText { message, .. }) = &console.state().jobs.jobs[0].status else {
            panic!("it should fail")
        };
        assert_eq!(message, "there is no space crm_acme", "{keys}");
    }
}

/// A rebuild that has come to event 1,200 of 3,000.
fn running(fixture: &Fixture, console: &mut Headless) {
    let space = fixture.space("crm_acme");
    console.change(|state| {
        let mut job = Job::queued(
            JobId(1),
            AnyOperation::Rebuild(Rebuild { skip_errors: true, ..Rebuild::default() }),
            space,
        );
        job.status = JobStatus::Running;
        job.start(Timestamp(0));
        let last_event = Some(ramax::EventId(1200));
        job.advance(
            Timestamp(1),
            Progress { phase: Phase::Replay, done: 1200, total: 3000, last_event, skipped: 2 },
        );
        state.jobs.selected = Some(job.id);
        state.jobs.jobs.push(job);
    });
    console.press("5").unwrap();
}

#[test]
fn a_running_rebuild_shows_progress_and_errors_on_a_small_screen() {
    let fixture = tenant();
    for (width, height) in [(80, 24), (40, 12)] {
        let mut console = Headless::new(fixture.store.clone(), ramax::Apps::standard(), width, height);
        running(&fixture, &mut console);
        let shown = screen(&console);
        for said in ["40 %", "▲ 2 events skipped"] {
            assert!(shown.contains(said), "{width}×{height}: {said} in {shown}");
        }
        // Beside the progress, the number of an event would look like a second progress.
        assert!(!shown.contains("1,200"), "{width}×{height}: {shown}");
        console.press("<enter>").unwrap();
        let shown = screen(&console);
        for said in ["40 %", "replaying"] {
            assert!(shown.contains(said), "{width}×{height}: {said} in {shown}");
        }
    }
}

#[test]
fn a_summary_uses_a_second_line_if_there_is_room() {
    let fixture = tenant();
    let mut console = console(&fixture.store);
    console.press("v<enter>").unwrap();
    let shown = screen(&console);
    let lines: Vec<&str> = shown.lines().skip_while(|line| !line.contains("5 Jobs")).collect();
    assert!(lines[2].contains("projections match their events") && !lines[2].contains('…'), "{shown}");
    assert!(lines[3].contains("(3 events, 11 keys)"), "{shown}");
}

#[test]
fn a_finished_job_has_no_hint_to_pause_it_and_the_key_says_why() {
    let fixture = tenant();
    let mut console = console(&fixture.store);
    console.press("R<enter>5<enter>").unwrap();
    console.press("j").unwrap();
    let hints: Vec<_> =
        ramax::console::app::hints::hints(console.state()).into_iter().map(|hint| hint.label).collect();
    for never in ["pause", "fold", "fold all", "history"] {
        assert!(!hints.contains(&never), "{never} in {hints:?}");
    }
    console.press("P").unwrap();
    assert_eq!(notice(&console), "pause: it has finished");
}

#[test]
fn notices_show_keys_without_backticks() {
    let fixture = Fixture::memory();
    let mut console = console(&fixture.store);
    console.press("/").unwrap();
    assert!(notice(&console).ends_with("`c` creates one"), "{}", notice(&console));
    let shown = screen(&console);
    assert!(shown.contains("; c creates one") && !shown.contains('`'), "{shown}");
}

#[test]
fn a_question_whose_job_has_finished_says_that_nothing_will_be_cancelled() {
    let fixture = tenant();
    let space = fixture.space("crm_acme");
    let mut console = console(&fixture.store);
    console.change(|state| {
        let mut job = Job::queued(JobId(1), AnyOperation::CatchUp(CatchUp::default()), space);
        job.status = JobStatus::Running;
        job.start(Timestamp(0));
        state.jobs.jobs.push(job);
    });
    console.press("q").unwrap();
    assert!(screen(&console).contains("has not finished and will be cancelled"));
    console.change(|state| state.jobs.jobs[0].status = JobStatus::Cancelled);
    assert!(screen(&console).contains("the job has finished; nothing will be cancelled"));
    console.press("y").unwrap();
    assert!(console.state().quit);
}
