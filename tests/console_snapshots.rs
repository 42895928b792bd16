//! Every pane, form, dialog, empty and error state at three sizes, dark and monochrome: text and styles.

#[path = "console_snapshots/files.rs"]
mod files;
#[path = "support/screen_text.rs"]
mod screen_text;
#[path = "support/tenants.rs"]
mod tenants;

use std::sync::Arc;

use ramax::apps::{Apps, Crm};
use ramax::console::Headless;
use ramax::console::state::{Failure, Finding, Gone, Job, JobId, JobKind, JobStatus, Layer, Report, State};
use ramax::console::update::{JobNews, Message};
use ramax::operations::{Mend, Phase, Progress};
use ramax::operator_log::{Begun, Ended, Outcome};
use ramax::{
    Append, Command, ContentStore, EventId, Expected, Json, NewEvent, Operator, Space, SpaceId, Store,
    Timestamp,
};
use serde_json::json;

const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (40, 12)];

/// Looks at a scene over a store at every size.
fn look(name: &str, store: fn() -> Store, play: impl Fn(&mut Headless, &Store)) {
    look_at(name, |width, height| {
        let store = store();
        let mut console = Headless::new(store.clone(), Apps::standard(), width, height);
        play(&mut console, &store);
        console
    });
}

/// Looks at a console at every size.
fn look_at(name: &str, open: impl Fn(u16, u16) -> Headless) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut looks = String::new();
    for (width, height) in SIZES {
        let console = open(width, height);
        looks += &format!("{width}×{height}\n{}\n", screen_text::whole(|theme| console.draw(theme)));
    }
    settings.bind(|| insta::assert_snapshot!(name, looks));
}

/// Scenes that keys lead to, over the five tenants.
macro_rules! scenes {
    ($($name:ident: $keys:literal),* $(,)?) => {$(
        #[test]
        fn $name() {
            let name = stringify!($name).replace('_', "-");
            look(&name, tenants::tenants, |console, _| console.press($keys).unwrap());
        }
    )*};
}

scenes! {
    spaces: "",
    spaces_filtered: "/crm<enter>",
    spaces_with_no_match: "/nobody<enter>",
    spaces_sorted_by_lag: "sss",
    events: "2kk",
    events_of_all_spaces: "2a",
    events_filtered: "2/added<enter>",
    events_with_no_match: "2/nobody<enter>",
    event: "2k<enter>",
    event_folded: "2k<enter><enter>",
    history: "2kH",
    projections: "3jj",
    projections_filtered: "3/contact:c10<enter>",
    projections_with_no_match: "3/nobody<enter>",
    projections_of_an_unknown_app: "G3",
    projection: "3j<enter>jj",
    checkpoints: "4jj",
    space: "jji",
    jobs_none: "5",
    zoomed: "2z",
    without_details: "2p",
    command_choice: "n",
    form_of_a_command: "n<enter>",
    form_with_a_preview: "nj<enter>c5<tab>Ada King<tab>",
    form_at_its_button: "nj<enter>c5<tab>Ada King<tab><tab>",
    form_scrolled_to_its_end: "jjn<enter>a900<tab>Plain words<tab>One line,<enter>and another<tab><pgdn><pgdn><pgdn>",
    form_with_a_refused_field: "n<enter>c1<tab>Ada<tab>ada@acme.com<tab>",
    form_with_missing_fields: "n<enter><tab><tab><tab>",
    form_with_long_text: "jjn<enter>a900<tab>Plain words<tab>One line,<enter>and another<enter>and a third<enter>and more",
    form_of_a_new_space: "ccrm_globex",
    filter_prompt: "2/cont",
    query_prompt: "2/",
    query_prompt_refused: "2/payload.name~ada typ:contact.added",
    query_prompt_with_a_value_missing: "2/payload.name~ada after:",
    events_queried: "2/type:*.updated payload.email~navy seq:700..<enter>",
    jump_prompt: "2J80",
    jump_prompt_refused: "2Jabc<enter>",
    marks: "<space>j<space>",
    marks_in_the_checkpoints: "4<space>j<space>",
    marks_of_all_hidden_by_a_filter: "M/acme<enter>",
    rebuild_dialog: "jjR",
    rebuild_dialog_of_all: "MR",
    catch_up_dialog: "jjC",
    verify_dialog: "jjv",
    check_dialog: "K",
    check_dialog_in_depth_and_mending: "Kpm",
    check_clean: "Kp<enter>5<enter>",
    operator_log_empty: "L",
    operator_log_of_a_space_empty: "La",
    delete_dialog: "jjD",
    delete_dialog_with_another_name: "jjDcms_stagin<enter>",
    delete_dialog_with_a_purge: "jjD<ctrl-p>",
    help: "2?",
    help_scrolled: "2?<pgdn>",
    refused_with_a_reason: "C",
}

#[test]
fn operator_log() {
    look("operator-log", tenants_with_a_log, |console, _| console.press("Ljj").unwrap());
}

#[test]
fn operator_log_of_a_space() {
    look("operator-log-of-a-space", tenants_with_a_log, |console, _| console.press("jLa").unwrap());
}

#[test]
fn operation() {
    look("operation", tenants_with_a_log, |console, _| console.press("Lj<enter>").unwrap());
}

/// The tenants, with an operation of every outcome.
fn tenants_with_a_log() -> Store {
    let store = tenants::tenants();
    let hour = |hour: i64| Timestamp(1_769_860_800_000 + hour * 3_600_000);
    let begun = |at, user: &str, action: &str, space: Option<&str>, parameters: serde_json::Value| Begun {
        operator: Operator {
            user: user.to_owned(),
            host: "desk".to_owned(),
            process: 4711,
            since: None,
            face: "console".to_owned(),
        },
        action: action.to_owned(),
        space_id: None,
        space_name: space.map(str::to_owned),
        parameters: parameters.as_object().unwrap().clone(),
        started_at: hour(at),
    };
    let log = store.operator_log();
    let record = |begun: Begun, outcome, detail: &str| {
        let ended_at = Timestamp(begun.started_at.0 + 74_000);
        log.record(&begun, &Ended { space_id: None, outcome, detail: detail.to_owned(), ended_at }).unwrap();
    };
    let app = json!({"metadata": {"app": "cms"}});
    record(begun(1, "ada", "create-space", Some("cms_staging"), app), Outcome::Done, "number 3");
    let skip = json!({"skip_errors": false});
    let failed = "event 1,140 (article.published, sequence 28) cannot be applied: the payload cannot be read";
    record(begun(2, "ada", "rebuild", Some("cms_staging"), skip), Outcome::Failed, failed);
    let found = "3 differences between 812 events and 311 keys";
    record(begun(3, "grace", "verify", Some("crm_acme"), json!({})), Outcome::Found, found);
    let contact = json!({"command": "add-contact", "contact_id": "c5"});
    let refused = "contact c5 was added already; update it, or take another id";
    record(begun(4, "grace", "run", Some("crm_widgets"), contact), Outcome::Refused, refused);
    let file = json!({"file": "widgets.jsonl", "bytes": 184_220});
    record(begun(5, "katherine", "export", Some("crm_widgets"), file), Outcome::Cancelled, "cancelled");
    let gone = "its process is gone: whether it ended is not known";
    record(
        begun(6, "ada", "import", Some("crm_load_production_0042"), json!({})),
        Outcome::Interrupted,
        gone,
    );
    log.begin(&begun(7, "ada", "check", None, json!({"deep": true, "mend": false}))).unwrap();
    store
}

#[test]
fn check_with_findings() {
    look("check-with-findings", tenants::tenants, |console, _| {
        console.press("Kp<enter>").unwrap();
        console.change(|state| {
            let job = state.jobs.get_mut(JobId(1)).unwrap();
            job.status = JobStatus::Done(found_by_a_check());
        });
        console.press("5<enter>").unwrap();
    });
}

/// What a check in depth says of a file with damage of every weight.
fn found_by_a_check() -> Report {
    let of = |group: &str, subject: &str, text: &str, mend| Finding {
        group: Some(group.to_owned()),
        subject: subject.to_owned(),
        text: text.to_owned(),
        mend: Some(mend),
    };
    let counter = "is counted as 7, but the events amount to 61203";
    let value = "stored \"Eve\", should be \"Ada Lovelace\"";
    let altered = "at sequence 29 says something else than was appended: its checksum does not fit";
    Report {
        summary: "4 findings: 5 spaces, 1,204 events, 712 keys, 4 projections verified".to_owned(),
        problem: true,
        findings: vec![
            of("the file", "projection_entities", "has 3 rows that belong to no projection", Mend::CheckMend),
            of("crm_acme", "payload_bytes", counter, Mend::CheckMend),
            of("crm_acme", "contact:c1.name", value, Mend::Rebuild),
            of("cms_staging", "event 1141", altered, Mend::Restore),
        ],
        ..Report::default()
    }
}

/// Scenes with a guide through the demonstration.
macro_rules! guided_scenes {
    ($($name:ident: $keys:literal),* $(,)?) => {$(
        #[test]
        fn $name() {
            let name = stringify!($name).replace('_', "-");
            look_at(&name, |width, height| {
                let mut console = Headless::new(demonstration(), Apps::standard(), width, height);
                console = console.guided(ramax::cli::walkthrough());
                console.press($keys).unwrap();
                console
            });
        }
    )*};
}

guided_scenes! {
    guide: "",
    guide_with_a_step_taken: "wwwww<space>",
    guide_with_a_step_that_failed: "jDcrm_widgets<enter>wwwww<space>",
    guide_at_an_entity: "wwwwww",
    guide_under_a_form: "n<enter>",
    guide_put_away: "Wp",
    guide_read: "wwwwwwww<space>r",
    guide_with_a_verified_projection: "wwwwwwwwww<space>",
    guide_in_the_help: "?",
}

/// The demonstration's tenants, the same every time.
fn demonstration() -> Store {
    let store = tenants::empty();
    ramax::demo::seed(&store).unwrap();
    store
}

#[test]
fn spaces_none() {
    look("spaces-none", tenants::empty, |_, _| {});
}

#[test]
fn spaces_on_their_way() {
    look("spaces-on-their-way", tenants::empty, |console, _| {
        console.change(|state| {
            let size = state.size;
            *state = State { size, ..State::new("tenants.db", false, Apps::standard()) };
        });
    });
}

#[test]
fn everything_failed() {
    look("everything-failed", tenants::tenants, |console, _| {
        console.press("2").unwrap();
        console.change(|state| {
            let failure = Failure {
                message: "the database is busy: another process has held it for 5.0 s".to_owned(),
                hint: Some("nothing was written; try again when the other process is done".to_owned()),
            };
            state.events.window = ramax::console::state::Window::default();
            state.spaces.shown = Default::default();
            state.checkpoints.shown = Default::default();
            state.spaces.failure = Some(failure.clone());
            state.database.lost = Some(failure.clone());
            state.events.failure = Some(failure);
        });
    });
}

#[test]
fn projections_failed() {
    look("projections-failed", tenants::tenants, |console, _| {
        console.press("3").unwrap();
        console.change(|state| {
            state.projections.window = ramax::console::state::Window::default();
            state.projections.failure = Some(Failure {
                message: "the database is damaged: page 44 is not a page".to_owned(),
                hint: Some("nothing was written; work on a copy, and take the last good backup".to_owned()),
            });
        });
    });
}

#[test]
fn events_none() {
    look("events-none", tenants::empty, |console, store| {
        ContentStore::open(store, "crm_globex", Arc::new(Crm)).unwrap();
        console.follow();
        console.press("2").unwrap();
    });
}

#[test]
fn projections_none() {
    look("projections-none", tenants::empty, |console, store| {
        ContentStore::open(store, "crm_globex", Arc::new(Crm)).unwrap();
        console.follow();
        console.press("3").unwrap();
    });
}

#[test]
fn event_altered() {
    look("event-altered", tenants::tenants, |console, _| {
        console.press("2").unwrap();
        console.change(|state| {
            if let Some(row) = state.events.window.rows.back_mut() {
                Arc::make_mut(&mut row.event).intact = false;
            }
        });
    });
}

#[test]
fn hostile_data_is_shown_and_obeyed_by_nobody() {
    look("hostile-data", tenants::empty, |console, store| {
        let space =
            store.events().get_or_create_space("evil\u{1b}]0;x\u{7}\u{202e}txt", None, Timestamp(0)).unwrap();
        let payload =
            json!({"👨‍👩‍👧": "\u{1b}[2J\u{9b}31m", "e\u{301}": "ﾊﾝｶｸ 全角", "nested": {"list": [1, null, true]}});
        let events = [
            NewEvent::new("e\n1", "type\twith tab", Json::of(&payload)),
            NewEvent::new("👩🏽‍🚀🏴‍☠️", "日本語.イベント", Json::from_stored("{not json\n\u{1b}c".to_owned())),
        ];
        let append = Append { expected: Expected::Any, now: Timestamp(1), events: &events };
        store.events().append(space.space_id, append).unwrap();
        console.follow();
        console.press("2k").unwrap();
    });
}

#[test]
fn read_only() {
    look("read-only", tenants::tenants, |console, _| {
        console.change(|state| state.database.read_only = true);
    });
}

#[test]
fn file_gone() {
    look("file-gone", tenants::tenants, |console, _| {
        console.send(Message::File(Some(Gone::Removed("tenants.db".to_owned()))));
        console.press("n").unwrap();
    });
}

#[test]
fn form_that_could_not_be_sent() {
    look("form-that-could-not-be-sent", tenants::tenants, |console, _| {
        console.press("nj<enter>c5<tab>Ada King<tab><tab>").unwrap();
        console.change(|state| {
            if let Some(Layer::Form(form)) = state.layers.last_mut() {
                form.error = Some(Failure {
                    message:
                        "it could not be sent: the database is busy: another process has held it for 5.0 s"
                            .to_owned(),
                    hint: Some("`ctrl-s` tries again; what was typed is kept".to_owned()),
                });
            }
        });
        console.send(Message::Resumed);
    });
}

#[test]
fn space_deleted_elsewhere() {
    look("space-deleted-elsewhere", tenants::tenants, |console, store| {
        let go_on = &mut |_| std::ops::ControlFlow::Continue(());
        ramax::operations::delete(store, "crm_acme", Default::default(), go_on).unwrap();
        console.follow();
    });
}

#[test]
fn form_with_a_conflict() {
    look("form-with-a-conflict", tenants::tenants, |console, store| {
        console.press("nj<enter>c5<tab>Ada King<tab>").unwrap();
        let acme = ContentStore::open(store, "crm_acme", Arc::new(Crm)).unwrap();
        acme.execute(Command::new("update-contact").with("contact_id", "c5").with("name", "Rival")).unwrap();
        console.press("<ctrl-s>").unwrap();
    });
}

/// Scenes of the jobs pane, over jobs that are changed and then acted upon by keys.
macro_rules! job_scenes {
    ($($name:ident: $change:expr, $keys:literal),* $(,)?) => {$(
        #[test]
        fn $name() {
            let name = stringify!($name).replace('_', "-");
            look(&name, tenants::tenants, |console, _| {
                console.press("5").unwrap();
                console.change($change);
                console.press($keys).unwrap();
            });
        }
    )*};
}

job_scenes! {
    jobs: some_jobs, "",
    jobs_zoomed: some_jobs, "z",
    job_log: with_first(held_once), "<enter>",
    job_queued: some_jobs, "j<enter>",
    job_pausing: with_first(|job| job.status = JobStatus::Pausing), "",
    job_paused: with_first(held), "",
    job_silent: with_first(|job| job.silent = Some(14)), "",
    job_silent_seen_from_elsewhere: with_first(|job| job.silent = Some(14)), "2",
    job_cancelling: with_first(|job| job.status = JobStatus::Cancelling), "<enter>",
    job_with_findings: some_jobs, "jjjjj<enter>",
    jobs_help: some_jobs, "?",
    quit_dialog: some_jobs, "q",
}

fn held(job: &mut Job) {
    job.status = JobStatus::Pausing;
    job.pause(after(3000));
}

fn held_once(job: &mut Job) {
    held(job);
    job.resume(after(63_000));
    let progress = Progress { done: 700_000, ..job.progress.unwrap() };
    job.advance(after(63_500), progress);
    job.advance(after(65_000), Progress { done: 810_000, skipped: 17, ..progress });
}

#[test]
fn job_failed_at_a_poison_event() {
    look("job-failed-at-a-poison-event", tenants::tenants, |console, store| {
        let acme = console.state().space().unwrap().space.space_id;
        let payload = json!({"contact_id": "c9999", "name": "Nobody\u{1b}[31m"});
        let events = [NewEvent::new("c9999", "contact.updated", Json::of(&payload))];
        let now = store.clock().now();
        store.events().append(acme, Append { expected: Expected::Any, now, events: &events }).unwrap();
        console.follow();
        console.press("R<enter>5<enter>").unwrap();
    });
}

#[test]
fn job_that_left_events_out() {
    look("job-that-left-events-out", tenants::tenants, |console, store| {
        let acme = console.state().space().unwrap().space.space_id;
        for id in ["c9998", "c9999"] {
            let payload = json!({"contact_id": id, "name": "Nobody"});
            let events = [NewEvent::new(id, "contact.updated", Json::of(&payload))];
            let now = store.clock().now();
            store.events().append(acme, Append { expected: Expected::Any, now, events: &events }).unwrap();
        }
        console.follow();
        console.press("Rs<enter>5<enter>").unwrap();
    });
}

#[test]
fn job_done() {
    look("job-done", tenants::tenants, |console, _| {
        console.change(some_jobs);
        let report = Report { summary: "51 events into 16 keys in 0.4 s".to_owned(), ..Report::default() };
        console.send(Message::Job(JobId(6), after(9000), JobNews::Done(report)));
    });
}

/// A rebuild that has come a good part of its way, two jobs behind it, and four that have ended.
fn some_jobs(state: &mut State) {
    let mut running = begun(6, JobKind::Rebuild { skip_errors: true }, "cms_staging", JobStatus::Running);
    replay(&mut running, 620_000);
    let done = Report { summary: "7 events applied".to_owned(), ..Report::default() };
    let failure = Failure {
        message: "event 871 (article.published, sequence 12) cannot be applied: the payload cannot be read"
            .to_owned(),
        hint: Some("look at it, or rebuild without it".to_owned()),
    };
    let finding = |subject: &str, text: &str| Finding {
        subject: subject.to_owned(),
        text: text.to_owned(),
        mend: Some(Mend::Rebuild),
        ..Finding::default()
    };
    let problem = Report {
        summary: "3 differences in 812 events".to_owned(),
        problem: true,
        findings: vec![
            finding("contact:c1.name", "stored \"Eve\", should be \"Ada Lovelace\""),
            finding("contact:c77", "stored, should not be there"),
            finding("contacts:count", "stored 311, should be 310"),
        ],
        truncated: true,
        ..Report::default()
    };
    state.jobs.jobs = vec![
        running,
        queued(7, JobKind::Rebuild { skip_errors: true }, "cms_production"),
        queued(8, JobKind::Verify, "crm_acme"),
        ended(4, JobKind::CatchUp, "cms_staging", JobStatus::Done(done)),
        ended(3, JobKind::Rebuild { skip_errors: false }, "cms_broken", JobStatus::Failed(failure)),
        ended(2, JobKind::Verify, "crm_acme", JobStatus::Done(problem)),
        ended(1, JobKind::Rebuild { skip_errors: true }, "crm_widgets", JobStatus::Cancelled),
    ];
    state.jobs.selected = Some(JobId(6));
    state.jobs.last = JobId(8);
}

/// When all these jobs began.
const BEGAN: Timestamp = Timestamp(1_769_860_800_000);

fn after(millis: i64) -> Timestamp {
    Timestamp(BEGAN.0 + millis)
}

fn queued(id: u64, kind: JobKind, space_name: &str) -> Job {
    let space = Space {
        space_id: SpaceId(u32::try_from(id).unwrap()),
        space_name: space_name.to_owned(),
        metadata: None,
        created_at: BEGAN,
        state: ramax::space::SpaceState::default(),
    };
    Job::queued(JobId(id), kind, space)
}

fn begun(id: u64, kind: JobKind, space_name: &str, status: JobStatus) -> Job {
    let mut job = Job { status, ..queued(id, kind, space_name) };
    job.start(BEGAN);
    job
}

fn ended(id: u64, kind: JobKind, space_name: &str, status: JobStatus) -> Job {
    let mut job = begun(id, kind, space_name, JobStatus::Running);
    job.end(after(12_345), status);
    job
}

/// Takes a rebuild to so many of a million events, a few of which arrived meanwhile.
fn replay(job: &mut Job, done: u64) {
    let at = |phase, done, total| Progress {
        phase,
        done,
        total,
        last_event: Some(EventId(done * 2)),
        skipped: done / 200_000,
    };
    job.advance(BEGAN, at(Phase::Replay, 0, 1_000_000));
    job.advance(after(1100), at(Phase::Replay, done / 2, 1_000_000));
    job.advance(after(2600), at(Phase::Write, done, 1_001_204));
}

/// Jobs of which the first is changed.
fn with_first(change: impl Fn(&mut Job)) -> impl Fn(&mut State) {
    move |state| {
        some_jobs(state);
        change(&mut state.jobs.jobs[0]);
    }
}
