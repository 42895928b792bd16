//! Checking the whole file from the console, with damaged files.

use ramax::audit::Outcome;
use ramax::console::Headless;
use ramax::console::app::action::Action;
use ramax::console::app::effect::{Effect, JobCommand};
use ramax::console::app::key::Key;
use ramax::console::app::message::{JobNews, Message};
use ramax::console::app::state::ConsoleState;
use ramax::console::app::update::update;
use ramax::console::panes::jobs::job::{Job, JobId, JobSpec, JobStatus};
use ramax::error::Remedy;
use ramax::operations::{AnyOperation, Check, Phase, Progress, Report, ReportFinding};
use ramax::{Apps, OpenOptions, Page, Store, Timestamp};
use rusqlite::Connection;

use crate::console;
use crate::support::Fixture;
use crate::{notice, screen, two_tenants};

/// A wrong counter in acme.
const COUNTER: &str = "UPDATE space_sequences SET payload_bytes = 7 WHERE space_id = 1";
/// An altered event in widgets.
const EVENT: &str = "UPDATE event_log SET payload = replace(payload, 'c2', 'd2') WHERE event_id = 5";
/// A value in acme's projection that does not match its events, which only a deep check finds.
const VALUE: &str = "UPDATE projection_entities SET value = replace(value, 'Name', 'Game')
    WHERE projection_id = 1 AND key = 'contact:c1'";

fn damaged(statements: &[&str]) -> Fixture {
    let fixture = two_tenants();
    let file = Connection::open(fixture.file()).unwrap();
    for statement in statements {
        assert!(file.execute(statement, []).unwrap() > 0, "{statement}");
    }
    fixture
}

fn job(console: &Headless) -> &Job {
    &console.state().jobs.jobs[0]
}

#[track_caller]
fn report(console: &Headless) -> &Report {
    match &job(console).status {
        JobStatus::Done(report) => report,
        other => panic!("not done: {other:?}"),
    }
}

/// The findings: group, subject and remedy.
fn found(console: &Headless) -> Vec<(&str, &str, Option<Remedy>)> {
    fn told(finding: &ReportFinding) -> (&str, &str, Option<Remedy>) {
        (finding.group.as_deref().unwrap_or(""), &finding.subject, finding.remedy.clone())
    }
    report(console).findings.iter().map(told).collect()
}

/// A console so narrow that a dialog covers its whole width.
fn narrow(store: &Store) -> Headless {
    Headless::new(store.clone(), Apps::standard(), 72, 24)
}

/// The text on screen, without borders and line breaks.
fn flowing(console: &Headless) -> String {
    let shown = screen(console).replace(['│', '┃', '·', '•', '\n'], " ");
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_check_dialog_shows_the_plan_with_numbers_and_the_effect_of_its_options() {
    let fixture = two_tenants();
    let mut console = narrow(&fixture.store);
    console.press("K").unwrap();
    let shown = flowing(&console);
    for said in [
        "Check the database",
        "2 spaces with 6 events and 22 keys are checked",
        "only a deep check covers the indexes",
        "nothing is written; each finding names its remedy",
    ] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    console.press("pr").unwrap();
    let shown = flowing(&console);
    for said in ["deep check: indexes too", "repair: wrong counters", "events do not change"] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    console.press("pr").unwrap();
    assert!(flowing(&console).contains("nothing is written"), "each key undoes its effect");
    assert!(console.state().jobs.jobs.is_empty(), "nothing starts before it is confirmed");
    console.press("<esc>").unwrap();
    assert!(console.state().layers.is_empty() && console.state().jobs.jobs.is_empty());
    console.press("Kp<enter>").unwrap();
    assert_eq!(job(&console).operation, AnyOperation::Check(Check { deep: true, repair: false }));
}

#[test]
fn a_clean_file_has_no_problems() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("K<enter>5").unwrap();
    assert_eq!(report(&console).summary, "no problems in 2 spaces, 6 events, 22 keys");
    assert!(!report(&console).problem && report(&console).findings.is_empty());
    assert!(screen(&console).contains("no problems in"), "{}", screen(&console));
    console.press("Kp<enter>").unwrap();
    assert_eq!(
        report(&console).summary,
        "no problems in 2 spaces, 6 events, 22 keys, 4 projections verified"
    );
}

#[test]
fn an_empty_file_can_be_checked() {
    let fixture = Fixture::one_file();
    let mut console = console(&fixture.store);
    console.press("Kp<enter>").unwrap();
    assert!(report(&console).summary.starts_with("no problems in "), "{}", report(&console).summary);
}

#[test]
fn findings_are_grouped_by_space_and_name_their_repair() {
    let fixture = damaged(&[COUNTER, EVENT, VALUE]);
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 120, 100);
    console.press("K<enter>").unwrap();
    let counter = ("crm_acme", "payload_bytes", Some(Remedy::Check { deep: false, repair: true }));
    let event = ("crm_widgets", "event 5", Some(Remedy::Restore));
    assert_eq!(found(&console), [counter.clone(), event.clone()], "only a deep check finds the value");
    console.press("Kp<enter>5<enter>").unwrap();
    let all = found(&console);
    assert!(all.contains(&counter) && all.contains(&event), "{all:?}");
    assert!(
        all.contains(&("crm_acme", "contact:c1.name", Some(Remedy::Rebuild { skip_errors: false }))),
        "{all:?}"
    );
    assert!(report(&console).problem);
    let shown = screen(&console);
    let at = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text} in {shown}"));
    assert!(at("payload_bytes") < at("event 5"), "{shown}");
    for said in [
        "[check with repair]",
        "[rebuild]",
        "[restore]",
        "→ a check with repair fixes it: K r",
        "→ a rebuild fixes it: R",
        "→ the log itself is damaged, so a rebuild does not help",
    ] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
}

#[test]
fn a_repair_lists_its_corrections_and_a_second_check_finds_only_the_rest() {
    let fixture = damaged(&[COUNTER, VALUE]);
    let events = || fixture.store.events().read_all(Page::forward(None, 100)).unwrap();
    let before = events();
    let mut console = console(&fixture.store);
    console.press("Kr<enter>5<enter>").unwrap();
    assert_eq!(report(&console).summary, "1 problem repaired, none left in 2 spaces, 6 events, 22 keys");
    assert_eq!(found(&console), [("repaired: crm_acme", "payload_bytes", None)]);
    let shown = screen(&console);
    for said in ["1 problem repaired;", "repaired: crm_acme", "is 7, expected"] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    assert_eq!(events(), before, "no event changes");
    console.press("<esc>Kp<enter>").unwrap();
    assert_eq!(
        found(&console),
        [("crm_acme", "contact:c1.name", Some(Remedy::Rebuild { skip_errors: false }))]
    );
    console.press("1R<enter>Kp<enter>").unwrap();
    assert!(report(&console).summary.starts_with("no problems in "), "{:?}", report(&console));
}

#[test]
fn the_audit_log_has_the_result_of_a_check() {
    let fixture = damaged(&[COUNTER]);
    let mut console = console(&fixture.store);
    console.press("K<enter>Kr<enter>K<enter>").unwrap();
    let written = fixture.store.audit_log().page(None, Page::forward(None, 10)).unwrap();
    let outcomes: Vec<_> = written.iter().map(|done| (done.action.as_str(), done.outcome)).collect();
    assert_eq!(outcomes, [("check", Outcome::Found), ("check", Outcome::Done), ("check", Outcome::Done)]);
    assert_eq!(written[1].parameters.as_ref().unwrap()["repair"], true);
    assert!(written.iter().all(|done| done.space_name.is_none()), "the entry is about the file");
}

#[test]
fn a_read_only_file_can_be_checked_but_not_repaired() {
    let fixture = damaged(&[COUNTER]);
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(fixture.store.location().unwrap(), options).unwrap();
    let mut console = narrow(&store);
    console.press("Kr").unwrap();
    assert_eq!(notice(&console), "repair: the database is open read-only");
    assert!(flowing(&console).contains("nothing is written"), "the dialog stays unchanged");
    console.press("<enter>").unwrap();
    assert_eq!(job(&console).operation, AnyOperation::Check(Check { deep: false, repair: false }));
    assert_eq!(
        found(&console),
        [("crm_acme", "payload_bytes", Some(Remedy::Check { deep: false, repair: true }))]
    );
}

#[test]
fn a_check_can_be_cancelled_at_any_step() {
    for (keys, left) in [
        ("K<enter>", "cancelled; existing data is unchanged"),
        ("Kr<enter>", "cancelled; repairs made so far are kept"),
    ] {
        let fixture = two_tenants();
        let mut console = console(&fixture.store);
        console.change(|state| {
            let effects = press(state, keys);
            assert!(
                matches!(
                    effects.as_slice(),
                    [Effect::Job(JobCommand::Start { spec: JobSpec { space_id: None, .. }, .. })]
                ),
                "{effects:?}"
            );
            tell(state, JobNews::Started);
            let progress = Progress { phase: Phase::Check, done: 5, total: 14, last_event: None, skipped: 0 };
            tell(state, JobNews::Progress(progress));
            press(state, "K");
            let notice = state.notice.as_ref().unwrap();
            assert_eq!(notice.text, "check: the check of the database is already running", "one at a time");
            let effects = press(state, "5x");
            assert!(effects.contains(&Effect::Job(JobCommand::Cancel { job: JobId(1) })), "{effects:?}");
            tell(state, JobNews::Cancelled);
        });
        assert_eq!(job(&console).status, JobStatus::Cancelled);
        assert!(screen(&console).contains(left), "{}", screen(&console));
    }
}

fn press(state: &mut ConsoleState, keys: &str) -> Vec<Effect> {
    let keys = Key::sequence(keys).unwrap();
    keys.into_iter().flat_map(|key| update(state, Message::Key(key))).collect()
}

fn tell(state: &mut ConsoleState, news: JobNews) {
    update(state, Message::Job(JobId(1), Timestamp(0), news));
}

#[test]
fn an_altered_event_is_named_at_the_top_as_soon_as_it_is_read() {
    let fixture = damaged(&[EVENT]);
    let mut console = narrow(&fixture.store);
    let top = |console: &Headless| screen(console).lines().next().unwrap_or_default().to_owned();
    assert!(!top(&console).contains("altered"), "{}", top(&console));
    console.press("2a").unwrap();
    assert!(top(&console).contains("altered event 5"), "{}", top(&console));
    let first = ramax::console::app::hints::hints(console.state()).remove(0);
    assert_eq!(first.action, Action::Check, "the likely next action");
    console.press("K<enter>").unwrap();
    assert!(top(&console).contains("check found problems"), "{}", top(&console));
}

#[test]
fn damaged_spaces_are_shown_beside_the_others_and_their_repair_is_named() {
    for (sql, told) in [
        ("DELETE FROM space_sequences WHERE space_id = 1", "(its counters are missing)"),
        (
            "UPDATE space_sequences SET last_sequence = -5 WHERE space_id = 1",
            "(its counters cannot be read: ",
        ),
        ("UPDATE projection_checkpoints SET last_event_id = -1 WHERE space_id = 1", "(it cannot be read: "),
        ("UPDATE spaces SET space_id = -5 WHERE space_id = 1", "(its id is -5, which is out of range)"),
        ("DELETE FROM spaces WHERE space_id = 1", "#1 (its row in the registry is missing)"),
    ] {
        let fixture = damaged(&[sql]);
        let console = console(&fixture.store);
        let notice = notice(&console);
        assert!(notice.contains("1 space is damaged: ") && notice.contains(told), "{sql}: {notice}");
        let shown = screen(&console);
        assert!(shown.lines().next().unwrap().contains("✗ 1 damaged space"), "{sql}: {shown}");
        let is_listed = !sql.contains(" spaces ");
        assert_eq!(shown.contains("damaged  "), is_listed, "{sql}: {shown}");
        assert!(shown.contains("widgets"), "{sql}: {shown}");
    }
}
