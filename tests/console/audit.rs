//! The audit log on screen: every operation, with any result.

use ramax::audit::{AuditEnd, AuditStart, DELETE, OperationId, Outcome};
use ramax::console::Headless;
use ramax::console::layers::audit::AuditLogView;
use ramax::console::panes::detail::{Detail, Subject};
use ramax::{OpenOptions, Operator, Page, Store, Timestamp};
use serde_json::{Map, json};

use crate::console;
use crate::support::{Fixture, START, add_contact, event};
use crate::{notice, screen};

/// The start of an entry on a space or on the file.
fn start(action: &str, space_name: Option<&str>) -> AuditStart {
    let (user, host, client) = ("ada".to_owned(), "desk".to_owned(), "cli".to_owned());
    AuditStart {
        operator: Operator { user, host, process: 4711, since: None, client },
        action: action.to_owned(),
        space_id: None,
        space_name: space_name.map(str::to_owned),
        parameters: Map::from_iter([("skip_errors".to_owned(), json!(true))]),
        started_at: START,
    }
}

fn end(outcome: Outcome, detail: &str) -> AuditEnd {
    AuditEnd { space_id: None, outcome, detail: detail.to_owned(), ended_at: Timestamp(START.0 + 2000) }
}

fn record(store: &Store, action: &str, space: &str) -> OperationId {
    store.audit_log().record(&start(action, Some(space)), &end(Outcome::Done, "as it was to be")).unwrap()
}

fn log(console: &Headless) -> &AuditLogView {
    let open = console.state().layers.find();
    open.expect("the log is not open")
}

fn selected(console: &Headless) -> OperationId {
    log(console).selected().unwrap().operation_id
}

/// Actions with their outcomes, latest first.
fn listed(console: &Headless) -> Vec<(&str, Outcome)> {
    log(console)
        .window
        .rows
        .iter()
        .map(|row| (row.operation.action.as_str(), row.operation.outcome))
        .collect()
}

/// The line that contains a text.
#[track_caller]
fn line(console: &Headless, text: &str) -> String {
    let shown = screen(console);
    shown.lines().find(|line| line.contains(text)).unwrap_or_else(|| panic!("{text} in {shown}")).to_owned()
}

#[test]
fn every_entry_shows_who_when_what_and_the_result() {
    let fixture = Fixture::memory();
    for outcome in Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Running) {
        let detail = format!("that was {}", outcome.name());
        fixture
            .store
            .audit_log()
            .record(&start("rebuild", Some("crm_acme")), &end(outcome, &detail))
            .unwrap();
    }
    fixture.store.audit_log().begin(&start("export", None)).unwrap();
    let mut console = console(&fixture.store);
    console.press("L").unwrap();
    for outcome in Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Running) {
        let row = line(&console, &format!("{} ", outcome.name()));
        let came_of_it = format!("that was {}", outcome.name());
        for said in ["10:00:00", "ada@desk", "rebuild", "crm_acme", "2 s", &came_of_it] {
            assert!(row.contains(said), "{said} in {row}");
        }
    }
    let running = line(&console, "running");
    assert!(running.contains("export") && running.contains("database"), "{running}");
    let order: Vec<Outcome> = listed(&console).into_iter().map(|(_, outcome)| outcome).collect();
    use Outcome::{Cancelled, Done, Failed, Found, Interrupted, Refused, Running};
    assert_eq!(order, [Running, Interrupted, Cancelled, Failed, Refused, Found, Done], "latest first");
}

#[test]
fn an_open_entry_shows_its_parameters_and_process() {
    let fixture = Fixture::memory();
    for action in ["verify", "rebuild"] {
        record(&fixture.store, action, "crm_acme");
    }
    let mut console = console(&fixture.store);
    console.press("L<enter>").unwrap();
    let Some(detail) = console.state().layers.top_as::<Detail>() else { panic!("no look") };
    assert!(matches!(&detail.subject, Subject::Operation(operation) if operation.action == "rebuild"));
    let shown = screen(&console);
    for said in
        ["Operation 2", "ada@desk", "cli", "process 4711", "took 2 s", "skip_errors true", "as it was to be"]
    {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    console.press("]").unwrap();
    assert!(screen(&console).contains("Operation 1"), "{}", screen(&console));
    console.press("<esc>").unwrap();
    assert_eq!(selected(&console), OperationId(1), "the list follows");
    console.press("<esc>").unwrap();
    assert!(console.state().layers.is_empty());
}

#[test]
fn every_operation_of_the_console_is_recorded_with_any_result() {
    let fixture = Fixture::memory();
    let acme = fixture.crm("crm_acme");
    acme.execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    // Done; refused because of a conflict; found; failed at an event that cannot be applied.
    console.press("R<enter>").unwrap();
    fixture.space("crm_late");
    console.press("ccrm_late<ctrl-s>").unwrap();
    assert!(screen(&console).contains("the space crm_late already exists"), "{}", screen(&console));
    console.press("<esc><enter>").unwrap();
    fixture
        .store
        .pstate()
        .put(acme.space_id().into(), "contact:ghost", ramax::Json::of(&"boo".into()), START)
        .unwrap();
    console.press("v<enter>").unwrap();
    let bad = event("c9", "contact.updated", json!({"contact_id": "c9", "name": "Nobody"}));
    let append = ramax::Append { expected: ramax::Expected::Any, now: START, events: &[bad] };
    fixture.store.events().append(acme.space_id(), append).unwrap();
    console.follow();
    console.press("R<enter>L").unwrap();
    let rows = listed(&console);
    assert_eq!(
        rows,
        [
            ("rebuild", Outcome::Failed),
            ("verify", Outcome::Found),
            ("create-space", Outcome::Refused),
            ("rebuild", Outcome::Done)
        ]
    );
    console.press("<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("cannot be applied"), "{shown}");
    assert!(shown.contains("took 3 s · unknown"), "the operator was not given: {shown}");
    let operation = log(&console).selected().unwrap();
    assert_eq!(operation.operator, *fixture.store.operator());
    assert_eq!(operation.parameters, Some(Map::from_iter([("skip_errors".to_owned(), json!(false))])));
}

#[test]
fn a_long_audit_log_loads_page_by_page_to_its_first_entry_and_back() {
    let fixture = Fixture::memory();
    for number in 1..=3000 {
        record(&fixture.store, "verify", &format!("crm_{number}"));
    }
    let mut console = console(&fixture.store);
    console.press("L").unwrap();
    assert_eq!(selected(&console), OperationId(3000));
    assert!(log(&console).window.rows.len() < 1000, "{}", log(&console).window.rows.len());
    let mut seen = vec![selected(&console)];
    while seen.last() != Some(&OperationId(1)) {
        console.press("<pgdn>").unwrap();
        let now = selected(&console);
        assert!(now < *seen.last().unwrap(), "it continues");
        seen.push(now);
    }
    let rows: Vec<u64> = log(&console).window.rows.iter().map(|row| row.operation.operation_id.0).collect();
    assert!(rows.windows(2).all(|pair| pair[0] == pair[1] + 1), "none is missing");
    console.press("g").unwrap();
    assert_eq!(selected(&console), OperationId(3000));
    console.press("G").unwrap();
    assert_eq!(selected(&console), OperationId(1));
    assert!(line(&console, "crm_1 ").contains("verify"));
}

#[test]
fn a_selected_entry_stays_selected_and_the_latest_follows_new_ones() {
    let fixture = Fixture::memory();
    for number in 1..=50 {
        record(&fixture.store, "verify", &format!("crm_{number}"));
    }
    let mut console = console(&fixture.store);
    console.press("Ljjj").unwrap();
    assert_eq!(selected(&console), OperationId(47));
    for number in 51..=53 {
        record(&fixture.store, "rebuild", &format!("crm_{number}"));
        console.follow();
    }
    assert_eq!(selected(&console), OperationId(47));
    assert!(line(&console, "crm_47").contains('>'), "{}", screen(&console));
    console.press("g").unwrap();
    assert_eq!(selected(&console), OperationId(53));
    record(&fixture.store, "rebuild", "crm_54");
    console.follow();
    assert_eq!(selected(&console), OperationId(54));
    assert!(line(&console, "crm_54").contains('>'), "{}", screen(&console));
}

#[test]
fn an_open_entry_is_followed_to_its_end() {
    let fixture = Fixture::memory();
    let log = fixture.store.audit_log();
    let running = log.begin(&start("rebuild", Some("crm_acme"))).unwrap();
    let mut console = console(&fixture.store);
    console.press("L<enter>").unwrap();
    assert!(screen(&console).contains("not finished"), "{}", screen(&console));
    log.end(running, &end(Outcome::Interrupted, "no outcome recorded, and its process is gone")).unwrap();
    console.follow();
    let shown = screen(&console);
    assert!(
        shown.contains("interrupted") && shown.contains("no outcome recorded, and its process is gone"),
        "{shown}"
    );
}

#[test]
fn entries_can_be_narrowed_to_the_selected_space() {
    let fixture = Fixture::memory();
    for name in ["crm_acme", "crm_widgets"] {
        fixture.space(name);
        record(&fixture.store, "rebuild", name);
    }
    let mut console = console(&fixture.store);
    console.press("jLa").unwrap();
    assert_eq!(log(&console).space_name.as_deref(), Some("crm_widgets"));
    let names: Vec<_> =
        log(&console).window.rows.iter().map(|row| row.operation.space_name.as_deref()).collect();
    assert_eq!(names, [Some("crm_widgets")]);
    console.press("a").unwrap();
    assert_eq!(log(&console).window.rows.len(), 2);
}

#[test]
fn an_empty_audit_log_explains_itself_and_how_to_show_all_spaces() {
    let fixture = Fixture::memory();
    let mut console = console(&fixture.store);
    console.press("L").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("No operations recorded yet") && shown.contains("who ran it, when"), "{shown}");
    console.press("a").unwrap();
    assert_eq!(notice(&console), "there is no space yet, so all entries are shown");
    console.press("<esc>").unwrap();
    fixture.space("crm_acme");
    console.follow();
    console.press("La").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("No operations recorded for crm_acme yet"), "{shown}");
    assert!(shown.contains("a shows the operations of all spaces"), "{shown}");
}

#[test]
fn a_deleted_spaces_entries_stay_without_their_contents() {
    let fixture = Fixture::memory();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    console.press("R<enter>Dcrm_acme<enter>Lj<enter>").unwrap();
    assert_eq!(listed(&console), [(DELETE, Outcome::Done), ("rebuild", Outcome::Done)]);
    let shown = screen(&console);
    for said in ["deleted with the space", "parameters were deleted with the space", "no row is left"] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
}

#[test]
fn the_audit_log_opens_read_only_from_every_pane_and_returns_there() {
    let fixture = Fixture::one_file();
    record(&fixture.store, "rebuild", "crm_acme");
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(fixture.store.location().unwrap(), options).unwrap();
    let mut console = console(&store);
    for pane in ["1", "2", "3", "4", "5"] {
        console.press(pane).unwrap();
        let focus = console.state().focus;
        console.press("L").unwrap();
        assert_eq!(listed(&console), [("rebuild", Outcome::Done)]);
        console.press("L").unwrap();
        assert!(console.state().layers.is_empty() && console.state().focus == focus);
    }
    assert_eq!(
        store.audit_log().page(None, Page::forward(None, 9)).unwrap().len(),
        1,
        "viewing changes nothing"
    );
}

#[test]
fn control_characters_in_the_audit_log_are_shown_not_obeyed() {
    let fixture = Fixture::memory();
    let mut wild = start("re\u{1b}[2Jbuild", Some("crm\u{202e}emca"));
    wild.operator.user = "a\u{7}da".to_owned();
    wild.parameters = Map::from_iter([("\u{1b}]0;x".to_owned(), json!("\u{9b}31m"))]);
    fixture.store.audit_log().record(&wild, &end(Outcome::Failed, "line\none\u{1b}c")).unwrap();
    let mut console = console(&fixture.store);
    console.press("L<enter>").unwrap();
    let shown = screen(&console);
    assert!(
        !shown.contains(|sign: char| sign != '\n' && (sign.is_control() || sign == '\u{202e}')),
        "{shown:?}"
    );
    for said in ["re␛[2Jbuild", "a␇da@desk"] {
        assert!(shown.contains(said), "{said} in {shown}");
    }
}

#[test]
fn the_audit_log_is_filtered_by_a_text_and_esc_clears_it_before_it_closes() {
    let fixture = Fixture::memory();
    for at in 0..700 {
        record(&fixture.store, if at % 300 == 0 { "rare" } else { "common" }, "crm_acme");
    }
    let mut console = console(&fixture.store);
    console.press("Ljj").unwrap();
    let before = selected(&console);
    console.press("/RARE").unwrap();
    assert!(screen(&console).contains("/RARE  3 matches"), "{}", screen(&console));
    assert!(listed(&console).iter().all(|(action, _)| *action == "rare"));
    console.press("<ctrl-u>nothing").unwrap();
    assert!(screen(&console).contains("No entry contains “nothing”"), "{}", screen(&console));
    console.press("<ctrl-u>desk<enter>").unwrap();
    assert_eq!(listed(&console).first(), Some(&("common", Outcome::Done)), "{}", screen(&console));
    console.press("<esc>").unwrap();
    assert!(log(&console).filter.is_empty(), "Esc clears the filter");
    assert_ne!(selected(&console), OperationId(0));
    console.press("gjj").unwrap();
    assert_eq!(selected(&console), before);
    console.press("<esc>").unwrap();
    assert!(console.state().layers.is_empty(), "and then closes the log");
}
