//! Scenes of jobs: queued, running, paused, and finished in every way.

use ramax::console::app::message::{JobNews, Message};
use ramax::console::app::state::{ConsoleState, ErrorText};
use ramax::console::panes::jobs::job::{Job, JobId, JobStatus};
use ramax::error::Remedy;
use ramax::operations::{AnyOperation, CatchUp, Phase, Progress, Rebuild, Report, ReportFinding, Verify};
use ramax::{Append, EventId, Expected, Json, NewEvent, Space, SpaceId, Timestamp};
use serde_json::json;

use super::look;
use crate::support::tenants;

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

/// The report of a deep check of a file with several kinds of damage.
fn found_by_a_check() -> Report {
    let of = |group: &str, subject: &str, text: &str, remedy| ReportFinding {
        group: Some(group.to_owned()),
        subject: subject.to_owned(),
        text: text.to_owned(),
        remedy: Some(remedy),
    };
    let counter = "is 7, expected 61,203";
    let value = "is \"Eve\", expected \"Ada Lovelace\"";
    let altered = "at sequence 29 does not match its checksum";
    Report {
        summary: "4 problems in 5 spaces, 1,204 events, 712 keys, 4 projections verified".to_owned(),
        problem: true,
        findings: vec![
            of(
                "the database",
                "projection_entities",
                "has 3 rows that belong to no projection",
                Remedy::Check { deep: false, repair: true },
            ),
            of("crm_acme", "payload_bytes", counter, Remedy::Check { deep: false, repair: true }),
            of("crm_acme", "contact:c1.name", value, Remedy::Rebuild { skip_errors: false }),
            of("cms_staging", "event 1141", altered, Remedy::Restore),
        ],
        ..Report::default()
    }
}

/// Scenes of the jobs pane, over jobs that are changed first, then operated by keys.
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
    job_silent_seen_from_the_events: with_first(|job| job.silent = Some(14)), "2",
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
fn job_that_skipped_events() {
    look("job-that-skipped-events", tenants::tenants, |console, store| {
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

/// A rebuild in progress, two queued jobs, and four finished ones.
fn some_jobs(state: &mut ConsoleState) {
    let mut running = begun(
        6,
        AnyOperation::Rebuild(Rebuild { skip_errors: true, ..Rebuild::default() }),
        "cms_staging",
        JobStatus::Running,
    );
    replay(&mut running, 620_000);
    let done = Report { summary: "7 events applied".to_owned(), ..Report::default() };
    let failure = ErrorText {
        message: "event 871 (article.published, sequence 12) cannot be applied: the payload cannot be read"
            .to_owned(),
        hint: Some("look at it, or rebuild without it".to_owned()),
    };
    let finding = |subject: &str, text: &str| ReportFinding {
        subject: subject.to_owned(),
        text: text.to_owned(),
        remedy: Some(Remedy::Rebuild { skip_errors: false }),
        ..ReportFinding::default()
    };
    let problem = Report {
        summary: "3 differences (812 events, 311 keys)".to_owned(),
        problem: true,
        findings: vec![
            finding("contact:c1.name", "is \"Eve\", expected \"Ada Lovelace\""),
            finding(
                "contact:c77",
                "exists, although no event up to the checkpoint leads to it: {\"name\":\"Grace\"}",
            ),
            finding("contacts:count", "is 311, expected 310"),
        ],
        truncated: true,
        ..Report::default()
    };
    state.jobs.jobs = vec![
        running,
        queued(
            7,
            AnyOperation::Rebuild(Rebuild { skip_errors: true, ..Rebuild::default() }),
            "cms_production",
        ),
        queued(8, AnyOperation::Verify(Verify::default()), "crm_acme"),
        ended(4, AnyOperation::CatchUp(CatchUp::default()), "cms_staging", JobStatus::Done(done)),
        ended(
            3,
            AnyOperation::Rebuild(Rebuild { skip_errors: false, ..Rebuild::default() }),
            "cms_broken",
            JobStatus::Failed(failure),
        ),
        ended(2, AnyOperation::Verify(Verify::default()), "crm_acme", JobStatus::Done(problem)),
        ended(
            1,
            AnyOperation::Rebuild(Rebuild { skip_errors: true, ..Rebuild::default() }),
            "crm_widgets",
            JobStatus::Cancelled,
        ),
    ];
    state.jobs.selected = Some(JobId(6));
    state.jobs.last = JobId(8);
}

/// The start time of all these jobs.
const BEGAN: Timestamp = Timestamp(1_769_860_800_000);

fn after(millis: i64) -> Timestamp {
    Timestamp(BEGAN.0 + millis)
}

fn queued(id: u64, kind: AnyOperation, space_name: &str) -> Job {
    let space = Space {
        revision: 0,
        space_id: SpaceId(u32::try_from(id).unwrap()),
        space_name: space_name.to_owned(),
        metadata: None,
        created_at: BEGAN,
        state: ramax::space::SpaceState::default(),
    };
    Job::queued(JobId(id), kind, space)
}

fn begun(id: u64, kind: AnyOperation, space_name: &str, status: JobStatus) -> Job {
    let mut job = Job { status, ..queued(id, kind, space_name) };
    job.start(BEGAN);
    job
}

fn ended(id: u64, kind: AnyOperation, space_name: &str, status: JobStatus) -> Job {
    let mut job = begun(id, kind, space_name, JobStatus::Running);
    job.end(after(12_345), status);
    job
}

/// Advances a rebuild to `done` of a million events, while a few more arrive.
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

/// Returns jobs, the first of which is changed.
fn with_first(change: impl Fn(&mut Job)) -> impl Fn(&mut ConsoleState) {
    move |state| {
        some_jobs(state);
        change(&mut state.jobs.jobs[0]);
    }
}
