//! The list on screen, exported as it is filtered.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use ramax::audit::{AuditEntry, Outcome};
use ramax::console::Headless;
use ramax::console::app::clipboard::LIMIT;
use ramax::console::layers::form::state::{Form, FormPreview};
use ramax::console::panes::jobs::job::JobStatus;
use ramax::operations::keep_going;
use ramax::{Append, Apps, Expected, OpenOptions, Page, Store};
use serde_json::{Value, json};

use crate::support::program::Sandbox;
use crate::support::{Fixture, START, add_contact, event};
use crate::{console, notice, screen, two_tenants};

/// A console over the database of a sandbox, with files in its directory.
fn console_in(sandbox: &Sandbox) -> Headless {
    console(&sandbox.store())
}

/// The rows of a CSV file, with its header.
fn records(text: &str) -> Vec<Vec<String>> {
    let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.into_records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Checks that CSV holds the same rows as JSON lines: with the same names and values.
fn check_same(csv: &str, lines: &str) {
    let mut records = records(csv).into_iter();
    let header = records.next().unwrap();
    let mut lines = lines.lines();
    for (record, line) in records.by_ref().zip(lines.by_ref()) {
        let mut object: Value = serde_json::from_str(line).unwrap();
        for (name, cell) in header.iter().zip(record) {
            let is_same = match object[name].take() {
                Value::Null => cell.is_empty(),
                Value::String(text) => cell == text,
                other => serde_json::from_str::<Value>(&cell).unwrap() == other,
            };
            assert!(is_same, "{name}: {cell} in {line}");
        }
        let left = object.as_object().unwrap().iter().find(|(_, value)| !value.is_null());
        assert_eq!(left, None, "every field has a column");
    }
    assert_eq!((records.next(), lines.next()), (None, None));
}

/// The error of the field for the file.
fn file_error(console: &Headless) -> Option<&str> {
    let form = console.state().layers.top_as::<Form>().expect("no form");
    form.fields.iter().find(|field| field.name == "file").unwrap().error.as_deref()
}

fn words(console: &Headless) -> &[String] {
    let form = console.state().layers.top_as::<Form>().expect("no form");
    match &form.preview {
        FormPreview::Words(words) => words,
        other => panic!("{other:?}"),
    }
}

fn failure(console: &Headless) -> (&str, &str) {
    match &console.state().jobs.jobs[0].status {
        JobStatus::Failed(failure) => (&failure.message, failure.hint.as_deref().unwrap_or("")),
        other => panic!("not failed: {other:?}"),
    }
}

/// The files beside the database.
fn files(fixture: &Fixture) -> Vec<String> {
    let entries = fs::read_dir(fixture.directory.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with("store.db")).collect()
}

fn last_entry(store: &Store) -> AuditEntry {
    store.audit_log().page(None, Page::backward(None, 1)).unwrap().remove(0)
}

#[test]
fn every_list_is_exported_in_both_formats_with_the_rows_of_the_command_line() {
    let sandbox = Sandbox::with_contacts();
    sandbox.run("spaces create crm_widgets").done();
    sandbox.run("run crm_widgets add-contact contact_id=c9 name=Zoe email=z@b.c").done();
    sandbox.run("verify crm_acme").done();
    for (keys, file, command) in [
        ("1", "spaces", "spaces list"),
        ("2", "crm_acme-events", "events list crm_acme"),
        ("2a", "events", "events list --all-spaces"),
        ("2/name~ada<enter>", "crm_acme-events", "events list crm_acme --where name~ada"),
        ("2H", "crm_acme-events", "events list crm_acme --entity c2"),
        ("3", "crm_acme-state", "projections list crm_acme"),
        ("3/c2<enter>", "crm_acme-state", "projections list crm_acme --contains c2"),
        ("4", "checkpoints", "checkpoints list"),
        ("L", "audit-log", "log --reverse"),
    ] {
        let mut console = console_in(&sandbox);
        console.press(keys).unwrap();
        let expected = sandbox.run(&format!("{command} --json")).done().out;
        console.press("<ctrl-s><ctrl-s>").unwrap();
        let exported = fs::read_to_string(sandbox.path(&format!("{file}.jsonl"))).unwrap();
        assert_eq!(exported, expected, "{command}");
        // The audit log has one more entry by now.
        let expected = sandbox.run(&format!("{command} --json")).done().out;
        console.press("<ctrl-s><right><ctrl-s>").unwrap();
        let csv = fs::read_to_string(sandbox.path(&format!("{file}.csv"))).unwrap();
        check_same(&csv, &expected);
        for end in ["jsonl", "csv"] {
            fs::remove_file(sandbox.path(&format!("{file}.{end}"))).unwrap();
        }
    }
}

#[test]
fn an_export_covers_the_rows_beyond_the_screen_and_keeps_stored_json_digit_by_digit() {
    let fixture = Fixture::one_file();
    let space_id = fixture.space("crm_long").space_id;
    for at in 0..700 {
        let mut new = event(&format!("e{at}"), "contact.seen", json!({"at": at}));
        new.payload =
            ramax::Json::checked(format!(r#"{{"at":{at}, "n":1.10, "big":9007199254740993e2}}"#)).unwrap();
        let append = Append { expected: Expected::Any, now: START, events: &[new] };
        fixture.store.events().append(space_id, append).unwrap();
    }
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 80, 24);
    console.press("2/at:1<enter>").unwrap();
    console.press("<esc><ctrl-s>").unwrap();
    assert_eq!(words(&console)[0], "700 events of crm_long");
    console.press("<ctrl-s>").unwrap();
    let exported = fs::read_to_string(fixture.directory.path().join("crm_long-events.jsonl")).unwrap();
    assert_eq!(exported.lines().count(), 700);
    let payload = r#""payload":{"at":699, "n":1.10, "big":9007199254740993e2}"#;
    assert!(exported.lines().last().unwrap().contains(payload), "{exported}");
    assert!(notice(&console).starts_with("export-list crm_long: 700 events, "), "{}", notice(&console));
    console.press("<ctrl-s><right><ctrl-s>").unwrap();
    let csv = fs::read_to_string(fixture.directory.path().join("crm_long-events.csv")).unwrap();
    assert_eq!(records(&csv).last().unwrap()[6], r#"{"at":699, "n":1.10, "big":9007199254740993e2}"#);
}

#[test]
fn the_form_says_how_many_rows_go_where_and_which_command_prints_them() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store).within(fixture.directory.path());
    console.press("2/entity:c1,c2<enter><ctrl-s>").unwrap();
    assert_eq!(words(&console)[0], "2 events of crm_acme: the rows of the filter");
    assert!(words(&console)[1].starts_with("written to crm_acme-events.jsonl in /"), "{:?}", words(&console));
    console.press("<ctrl-y>").unwrap();
    let command = console.copied.last().unwrap();
    assert!(command.ends_with(" events list crm_acme --where 'entity:c1,c2' --json"), "{command}");
    assert!(screen(&console).contains("ramax events list crm_acme"));
    assert_eq!(files(&fixture), [] as [&str; 0], "nothing happens before it is confirmed");
    console.press("<right>").unwrap();
    assert!(words(&console)[1].starts_with("written to crm_acme-events.csv in /"), "{:?}", words(&console));
    assert!(!screen(&console).contains("ramax events list"), "no command writes CSV");
    console.press("<tab><right>").unwrap();
    assert_eq!(words(&console)[1], "sent to the clipboard of the terminal");
    assert!(!screen(&console).contains("Existing file"));
    console.press("<right><tab>-2").unwrap();
    assert!(words(&console)[1].starts_with("written to crm_acme-events.csv-2 in /"), "{:?}", words(&console));
    console.press("<shift-tab><shift-tab><left>").unwrap();
    assert!(words(&console)[1].contains("crm_acme-events.csv-2"), "a name that was typed is kept");
}

#[test]
fn a_list_goes_to_the_clipboard_and_the_console_does_not_keep_it() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("3/contact:c2<enter><ctrl-s><tab><right><ctrl-s>").unwrap();
    let copied = console.copied.last().unwrap();
    let row: Value = serde_json::from_str(copied.lines().next().unwrap()).unwrap();
    assert_eq!((row["projection"].as_str(), row["key"].as_str()), (Some("state"), Some("contact:c2")));
    let bytes = copied.len();
    let sent = format!("export-list crm_acme: 1 key, {bytes} bytes, sent to the clipboard");
    assert_eq!(notice(&console), sent);
    assert_eq!(files(&fixture), [] as [&str; 0]);
    let JobStatus::Done(report) = &console.state().jobs.jobs[0].status else { panic!("not done") };
    assert_eq!(report.clipboard, None);
}

#[test]
fn a_list_that_is_too_long_for_the_clipboard_is_refused_with_the_way_out() {
    let fixture = Fixture::one_file();
    let space_id = fixture.space("crm_long").space_id;
    let events = [event("c1", "contact.seen", json!({"note": "x".repeat(LIMIT)}))];
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(space_id, append).unwrap();
    let mut console = console(&fixture.store);
    for format in ["", "<right>"] {
        console.press(&format!("2<ctrl-s>{format}<tab><right><ctrl-s>")).unwrap();
        let (message, hint) = failure(&console);
        assert_eq!(message, "the rows have more than 1.0 MiB, and the clipboard takes no more");
        assert_eq!(hint, "choose a file as the destination, or filter the list");
    }
    assert!(console.copied.is_empty());
}

#[test]
fn an_exported_list_replaces_a_file_only_on_request_and_never_the_database() {
    let fixture = two_tenants();
    let path = fixture.directory.path().join("crm_acme-events.jsonl");
    fs::write(&path, "an old one").unwrap();
    let mut console = console(&fixture.store);
    console.press("2<ctrl-s><ctrl-s>").unwrap();
    assert_eq!(file_error(&console), Some("crm_acme-events.jsonl already exists"));
    assert!(console.state().jobs.jobs.is_empty());
    assert_eq!(fs::read_to_string(&path).unwrap(), "an old one");
    console.press("<tab><right><ctrl-s>").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 3);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    console.press("<ctrl-s><tab><tab><ctrl-u>store.db<tab><right><ctrl-s>").unwrap();
    assert_eq!(file_error(&console), Some("store.db belongs to the database; choose another file"));
    for (file, said) in [
        ("nowhere/a.csv", "it cannot be written: there is no directory "),
        ("/etc/a.csv", "it cannot be written: it is outside the console's directory"),
    ] {
        console.press(&format!("<ctrl-u>{file}<ctrl-s>")).unwrap();
        assert!(file_error(&console).unwrap().starts_with(said), "{:?}", file_error(&console));
    }
    assert_eq!(files(&fixture), ["crm_acme-events.jsonl"]);
}

#[test]
fn a_cancelled_export_of_a_list_leaves_no_file_and_sends_nothing() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.stops_jobs = true;
    for (keys, about) in [
        ("1", "store.db"),
        ("2", "crm_acme"),
        ("2a", "store.db"),
        ("2a3", "crm_widgets"),
        ("4", "store.db"),
        ("1L", "store.db"),
    ] {
        console.press(&format!("{keys}<ctrl-s><ctrl-s>")).unwrap();
        let cancelled = format!("export-list {about}: cancelled; no file is written");
        assert_eq!(notice(&console), cancelled, "{keys}");
        assert_eq!(files(&fixture), [] as [&str; 0], "{keys}");
        assert_eq!(last_entry(&fixture.store).outcome, Outcome::Cancelled);
    }
    console.press("2<ctrl-s><tab><right><ctrl-s>").unwrap();
    assert_eq!(notice(&console), "export-list crm_widgets: cancelled; nothing is sent to the clipboard");
    assert!(console.copied.is_empty());
}

#[test]
fn an_exported_list_is_recorded_without_its_filter() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("2/payload.name~secret<enter><ctrl-s><right><ctrl-s>").unwrap();
    let AuditEntry { action, space_name, parameters, outcome, detail, .. } = last_entry(&fixture.store);
    assert_eq!((action.as_str(), space_name.as_deref()), ("export-list", Some("crm_acme")));
    let parameters = parameters.unwrap();
    assert_eq!((&parameters["list"], &parameters["format"]), (&json!("events"), &json!("csv")));
    assert!(parameters["output"].as_str().unwrap().ends_with("/crm_acme-events.csv"));
    assert!(!Value::from(parameters).to_string().contains("secret"));
    assert_eq!(outcome, Outcome::Done);
    assert!(detail.unwrap().starts_with("0 events, "));
    let csv = fs::read_to_string(fixture.directory.path().join("crm_acme-events.csv")).unwrap();
    assert_eq!(records(&csv).len(), 1, "the header alone");
}

#[test]
fn a_list_of_a_space_that_was_deleted_meanwhile_is_refused() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    console.press("2<ctrl-s>").unwrap();
    ramax::operations::delete(&fixture.other_process(), "crm_acme", Default::default(), &mut keep_going)
        .unwrap();
    console.press("<ctrl-s>").unwrap();
    let (message, _) = failure(&console);
    assert!(message.contains("crm_acme"), "{message}");
    assert_eq!(files(&fixture), [] as [&str; 0]);
    console.press("1<ctrl-s>").unwrap();
    ramax::operations::delete(&fixture.other_process(), "crm_widgets", Default::default(), &mut keep_going)
        .unwrap();
    console.press("<ctrl-s>").unwrap();
    let JobStatus::Done(report) = &console.state().jobs.jobs[0].status else { panic!("not done") };
    assert!(report.notes[1].contains("deleted meanwhile"), "{report:?}");
}

#[test]
fn a_list_of_a_read_only_database_is_exported_and_nothing_is_recorded() {
    let fixture = two_tenants();
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(fixture.store.location().unwrap(), options).unwrap();
    let mut console = console(&store);
    console.press("2<ctrl-s><ctrl-s>").unwrap();
    assert_eq!(files(&fixture), ["crm_acme-events.jsonl"]);
    assert!(fixture.store.audit_log().page(None, Page::backward(None, 1)).unwrap().is_empty());
}

#[test]
fn a_list_of_damaged_events_says_so() {
    let fixture = two_tenants();
    let database = rusqlite::Connection::open(fixture.file()).unwrap();
    database.execute("UPDATE event_log SET payload = '{\"name\":\"Eve\"}' WHERE event_id = 2", []).unwrap();
    let mut console = console(&fixture.store);
    console.press("2<ctrl-s><ctrl-s>").unwrap();
    assert!(notice(&console).ends_with("; 1 event is damaged"), "{}", notice(&console));
    let exported = fs::read_to_string(fixture.directory.path().join("crm_acme-events.jsonl")).unwrap();
    assert!(exported.lines().nth(1).unwrap().ends_with(r#""intact":false}"#), "{exported}");
}

#[test]
fn hostile_names_and_values_are_escaped_or_quoted_and_never_become_a_path() {
    let fixture = Fixture::one_file();
    let space_id = fixture.space("../evil\u{1b}[2J").space_id;
    let events =
        [event("=1+1,\"x\"\n", "a\u{1b}]0;t\u{7}", json!("\u{202e}'")), event("-2", "'quoted", json!(-5))];
    let append = Append { expected: Expected::Any, now: START, events: &events };
    fixture.store.events().append(space_id, append).unwrap();
    let mut console = console(&fixture.store);
    console.press("2<ctrl-s><ctrl-s><ctrl-s><right><ctrl-s>").unwrap();
    let stem = "%2E.%2Fevil%1B%5B2J-events";
    let lines = fs::read_to_string(fixture.directory.path().join(format!("{stem}.jsonl"))).unwrap();
    assert!(!lines.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{lines:?}");
    let csv = fs::read_to_string(fixture.directory.path().join(format!("{stem}.csv"))).unwrap();
    let records = records(&csv);
    assert_eq!(records[1][4..7], ["'=1+1,\"x\"\n", "a\u{1b}]0;t\u{7}", r#""\u202e'""#]);
    assert_eq!(records[2][4..7], ["'-2", "''quoted", "-5"], "a number stays a number");
}

#[test]
fn a_view_that_is_no_list_says_what_to_do_instead() {
    let fixture = two_tenants();
    let mut console = console(&fixture.store);
    for (keys, said) in [
        ("5", "export list: jobs are recorded in the audit log; `L` opens it, and it can be exported"),
        ("2<enter>", "export list: this is not a list; `y` copies parts of it"),
        ("<esc>U", "export list: subscriptions are not exported; `Y` copies the command that prints them"),
    ] {
        console.press(&format!("{keys}<ctrl-s>")).unwrap();
        assert_eq!(notice(&console), said);
        assert!(console.state().layers.top_as::<Form>().is_none());
    }
}

#[test]
fn a_list_is_exported_from_the_palette() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let mut console = console(&fixture.store);
    console.press("2:export list<enter><ctrl-s>").unwrap();
    assert_eq!(files(&fixture), ["crm_acme-events.jsonl"]);
}
