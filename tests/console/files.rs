//! Files from the console: export, import, the archive of a delete and its proof.

use std::fs;

use ramax::audit::{AuditEntry, Outcome};
use ramax::console::Headless;
use ramax::console::layers::delete::Delete;
use ramax::console::layers::form::state::{Form, FormPreview};
use ramax::console::panes::jobs::job::JobStatus;
use ramax::operations::{Report, check_destination, keep_going};
use ramax::{Apps, OpenOptions, Page, Store};

use crate::console;
use crate::support::{Fixture, add_contact, rename_contact};
use crate::{notice, screen};

fn tenant(name: &str) -> Fixture {
    let fixture = Fixture::one_file();
    fill(&fixture, name);
    fixture
}

fn fill(fixture: &Fixture, name: &str) {
    let crm = fixture.crm(name);
    for id in ["c1", "c2", "c3"] {
        crm.execute(add_contact(id)).unwrap();
    }
    crm.execute(rename_contact("c1", "Ada \u{202e}King")).unwrap();
}

/// The bytes that `ramax export` writes.
fn exported(store: &Store, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    ramax::operations::export(store, name, &mut bytes, &mut keep_going).unwrap();
    bytes
}

fn read(fixture: &Fixture, file: &str) -> Vec<u8> {
    fs::read(fixture.directory.path().join(file)).unwrap()
}

fn write(fixture: &Fixture, file: &str, bytes: &[u8]) {
    fs::write(fixture.directory.path().join(file), bytes).unwrap();
}

/// The files beside the database.
fn files(fixture: &Fixture) -> Vec<String> {
    let entries = fs::read_dir(fixture.directory.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with("store.db")).collect();
    names.sort();
    names
}

fn names(console: &Headless) -> Vec<&str> {
    console.state().spaces.names.keys().map(String::as_str).collect()
}

fn report(console: &Headless) -> &Report {
    match &console.state().jobs.jobs[0].status {
        JobStatus::Done(report) => report,
        other => panic!("not done: {other:?}"),
    }
}

fn failure(console: &Headless) -> (&str, &str) {
    match &console.state().jobs.jobs[0].status {
        JobStatus::Failed(failure) => (&failure.message, failure.hint.as_deref().unwrap_or("")),
        other => panic!("not failed: {other:?}"),
    }
}

/// The error of a field in the form on top.
fn error<'a>(console: &'a Headless, field: &str) -> Option<&'a str> {
    let Some(form) = console.state().layers.top_as::<Form>() else { panic!("no form") };
    form.fields.iter().find(|found| found.name == field).unwrap().error.as_deref()
}

fn value<'a>(console: &'a Headless, field: &str) -> &'a str {
    let Some(form) = console.state().layers.top_as::<Form>() else { panic!("no form") };
    form.fields.iter().find(|found| found.name == field).unwrap().value()
}

fn question(console: &Headless) -> &Delete {
    console.state().layers.top_as().expect("no dialog")
}

fn log(store: &Store) -> Vec<AuditEntry> {
    store.audit_log().page(None, Page::backward(None, 10)).unwrap()
}

#[test]
fn the_delete_dialog_shows_where_the_archive_goes() {
    let fixture = tenant("crm_acme");
    let mut console = console(&fixture.store).within("/srv");
    console.press("D").unwrap();
    assert!(!screen(&console).contains("crm_acme.jsonl"), "an archive is asked for");
    console.press("<ctrl-o>").unwrap();
    let shown = screen(&console);
    for said in ["archived to crm_acme.jsonl in /srv, and read back row by row", "before anything is deleted"]
    {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    assert_eq!(files(&fixture), [] as [&str; 0], "nothing happens before it is confirmed");
    console.press("<ctrl-o><ctrl-o>").unwrap();
    assert_eq!(question(&console).archive.text(), "crm_acme.jsonl", "the name stays");
}

#[test]
fn an_archive_is_written_before_the_delete_and_equals_an_export() {
    let fixture = tenant("crm_acme");
    let before = exported(&fixture.store, "crm_acme");
    let mut console = console(&fixture.store);
    console.press("D<ctrl-o><tab>crm_acme<enter>").unwrap();
    assert_eq!(read(&fixture, "crm_acme.jsonl"), before);
    assert_eq!(names(&console), [] as [&str; 0]);
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    let note = &report(&console).notes[0];
    assert!(note.starts_with("archived to /") && note.contains("/crm_acme.jsonl: "), "{note}");
    assert!(
        note.ends_with(&format!(": {lines} lines, {} bytes, verified row by row", grouped(before.len())))
    );
}

fn grouped(number: usize) -> String {
    ramax::text::grouped(number as u64)
}

#[test]
fn the_proof_of_a_delete_lists_tables_free_pages_and_the_wal() {
    let fixture = tenant("crm_acme");
    let mut console = console(&fixture.store);
    console.press("D<ctrl-p>crm_acme<enter>5<enter>").unwrap();
    assert_eq!(report(&console).summary, "4 events and 4 keys removed; no byte is left");
    let mut shown = screen(&console);
    console.press("G").unwrap();
    shown += &screen(&console);
    for said in ["rows left: ", "event_log 0", "idempotency_keys 0", "projection_entities 0", "operations 0"]
    {
        assert!(shown.contains(said), "{said} in {shown}");
    }
    console.press("G").unwrap();
    let end = screen(&console);
    assert!(end.contains("left in the file: 0 free pages, 0 bytes in its WAL"), "{end}");
}

#[test]
fn a_delete_without_a_purge_says_that_old_bytes_remain() {
    let fixture = tenant("crm_acme");
    let mut console = console(&fixture.store);
    console.press("Dcrm_acme<enter>").unwrap();
    let notes = &report(&console).notes;
    assert!(notes.last().unwrap().starts_with("not purged: old bytes remain"), "{notes:?}");
}

#[test]
fn an_unwritable_archive_is_refused_beside_its_field_and_nothing_is_deleted() {
    let fixture = tenant("crm_acme");
    write(&fixture, "crm_acme.jsonl", b"somebody else's");
    let mut console = console(&fixture.store);
    let cases = [
        ("", "enter a file name"),
        ("crm_acme.jsonl", "crm_acme.jsonl already exists"),
        ("store.db", "store.db belongs to the database; choose another file"),
        ("store.db-journal", "store.db-journal belongs to the database; choose another file"),
        ("nowhere/a.jsonl", "it cannot be written: there is no directory "),
        ("/etc/a.jsonl", "it cannot be written: it is outside the console's directory"),
    ];
    console.press("Dcrm_acme<ctrl-o>").unwrap();
    for (file, said) in cases {
        console.press(&format!("<ctrl-u>{file}<enter>")).unwrap();
        let question = question(&console);
        assert!(question.archive_error.as_deref().unwrap().starts_with(said), "{question:?}");
        assert_eq!((question.archive.text(), question.typed.text()), (file, "crm_acme"), "the input stays");
        assert!(screen(&console).contains(said), "{}", screen(&console));
    }
    assert_eq!(names(&console), ["crm_acme"]);
    assert!(console.state().jobs.jobs.is_empty() && log(&fixture.store).is_empty());
    assert_eq!(files(&fixture), ["crm_acme.jsonl"]);
    assert_eq!(read(&fixture, "crm_acme.jsonl"), b"somebody else's");
    console.press("<ctrl-u>other.jsonl<enter>").unwrap();
    assert_eq!(files(&fixture), ["crm_acme.jsonl", "other.jsonl"], "typing continues in the refused field");
}

#[cfg(target_os = "linux")]
#[test]
fn an_unwritable_directory_is_refused_with_the_system_error() {
    let fixture = tenant("crm_acme");
    let mut console = console(&fixture.store).within("/proc");
    console.press("e<ctrl-s>").unwrap();
    let said = error(&console, "file").unwrap();
    assert!(said.starts_with("it cannot be written: ") && !said.contains(".part"), "{said}");
    assert!(!said.contains("os error"), "the number means nothing to the reader: {said}");
    assert!(check_destination(&fixture.store, "/proc/a.jsonl".as_ref(), false).is_err());
}

#[test]
fn tab_moves_between_the_archive_file_and_the_name() {
    let fixture = tenant("crm_acme");
    let mut console = console(&fixture.store);
    console.press("D<ctrl-o>.gz<tab>crm<tab>2<up>_<down>3").unwrap();
    let question = question(&console);
    assert_eq!(question.archive.text(), "crm_acme.jsonl.gz23");
    assert_eq!(question.typed.text(), "crm_");
    console.press("<ctrl-o><tab>x").unwrap();
    assert_eq!(self::question(&console).typed.text(), "crm_x", "without an archive there is only the name");
}

#[test]
fn a_cancelled_archive_deletes_nothing_and_leaves_no_file() {
    let fixture = tenant("crm_acme");
    let before = exported(&fixture.store, "crm_acme");
    let mut console = console(&fixture.store);
    console.stops_jobs = true;
    console.press("D<ctrl-o><tab>crm_acme<enter>").unwrap();
    assert_eq!(console.state().jobs.jobs[0].status, JobStatus::Cancelled);
    assert_eq!(notice(&console), "delete crm_acme: cancelled; nothing is deleted");
    assert_eq!(files(&fixture), [] as [&str; 0]);
    assert_eq!(exported(&fixture.store, "crm_acme"), before);
}

#[test]
fn an_export_previews_numbers_and_writes_the_same_file_as_the_cli() {
    let fixture = tenant("crm_acme");
    let mut console = console(&fixture.store);
    console.press("e").unwrap();
    assert_eq!(value(&console, "file"), "crm_acme.jsonl");
    let Some(form) = console.state().layers.top_as::<Form>() else { panic!("no form") };
    let FormPreview::Words(words) = &form.preview else { panic!("{:?}", form.preview) };
    assert!(words[0].starts_with("4 events and 4 keys with "), "{words:?}");
    assert!(words[0].contains(" bytes of payload are written to crm_acme.jsonl in /"), "{words:?}");
    assert_eq!(files(&fixture), [] as [&str; 0], "nothing happens before it is confirmed");
    console.press("<ctrl-s>").unwrap();
    let bytes = read(&fixture, "crm_acme.jsonl");
    assert_eq!(bytes, exported(&fixture.store, "crm_acme"));
    assert_eq!(report(&console).summary, format!("4 events, 4 keys, {} bytes", grouped(bytes.len())));
    assert!(
        report(&console).notes[0].contains("/crm_acme.jsonl: 10 lines, "),
        "{:?}",
        report(&console).notes
    );
    let written = &log(&fixture.store)[0];
    assert_eq!((written.action.as_str(), written.outcome), ("export", Outcome::Done));
    assert_eq!(written.space_name.as_deref(), Some("crm_acme"));
    assert!(
        written.parameters.as_ref().unwrap()["output"].as_str().unwrap().ends_with("/crm_acme.jsonl"),
        "{written:?}"
    );
}

#[test]
fn an_export_replaces_a_file_only_on_request() {
    let fixture = tenant("crm_acme");
    write(&fixture, "crm_acme.jsonl", b"an old one");
    let mut console = console(&fixture.store);
    console.press("e<ctrl-s>").unwrap();
    assert_eq!(error(&console, "file"), Some("crm_acme.jsonl already exists"));
    assert_eq!(read(&fixture, "crm_acme.jsonl"), b"an old one");
    assert!(console.state().jobs.jobs.is_empty());
    console.press("<tab><right>").unwrap();
    assert_eq!(error(&console, "file"), None);
    console.press("<ctrl-s>").unwrap();
    assert_eq!(read(&fixture, "crm_acme.jsonl"), exported(&fixture.store, "crm_acme"));
    console.press("e<ctrl-u>store.db<tab><right><ctrl-s>").unwrap();
    assert_eq!(error(&console, "file"), Some("store.db belongs to the database; choose another file"));
    for file in ["store.db-wal", "store.db-shm", "store.db-journal"] {
        console.press(&format!("<esc><enter>e<ctrl-u>{file}<tab><right><ctrl-s>")).unwrap();
        let said = format!("{file} belongs to the database; choose another file");
        assert_eq!(error(&console, "file"), Some(said.as_str()));
    }
    fs::create_dir(fixture.directory.path().join("a_directory")).unwrap();
    console.press("<esc><enter>e<ctrl-u>a_directory<tab><right><ctrl-s>").unwrap();
    assert_eq!(error(&console, "file"), Some("a_directory already exists and cannot be replaced"));
}

#[test]
fn a_cancelled_export_leaves_no_file_and_replaces_none() {
    let fixture = tenant("crm_acme");
    let mut console = console(&fixture.store);
    console.stops_jobs = true;
    console.press("e<ctrl-s>").unwrap();
    assert_eq!(console.state().jobs.jobs[0].status, JobStatus::Cancelled);
    assert_eq!(notice(&console), "export crm_acme: cancelled; no file is written");
    assert_eq!(files(&fixture), [] as [&str; 0]);
    write(&fixture, "crm_acme.jsonl", b"an old one");
    console.press("e<tab><right><ctrl-s>").unwrap();
    assert_eq!(files(&fixture), ["crm_acme.jsonl"]);
    assert_eq!(read(&fixture, "crm_acme.jsonl"), b"an old one");
    assert_eq!(log(&fixture.store)[0].outcome, Outcome::Cancelled);
}

#[test]
fn marked_spaces_are_exported_to_separate_files() {
    let fixture = tenant("crm_acme");
    fill(&fixture, "crm/../widgets");
    let mut console = console(&fixture.store);
    console.press("Me").unwrap();
    assert!(screen(&console).contains("2 spaces, one after the other"), "{}", screen(&console));
    console.press("<ctrl-s>").unwrap();
    assert_eq!(files(&fixture), ["crm%2F..%2Fwidgets.jsonl", "crm_acme.jsonl"]);
    assert!(console.state().spaces.marked.is_empty());
    fs::create_dir(fixture.directory.path().join("backup")).unwrap();
    write(&fixture, "backup/crm_acme.jsonl", b"an old one");
    console.press("Mebackup<ctrl-s>").unwrap();
    assert_eq!(error(&console, "file"), Some("backup/crm_acme.jsonl already exists"));
    assert_eq!(fs::read_dir(fixture.directory.path().join("backup")).unwrap().count(), 1, "none starts");
}

#[test]
fn a_read_only_export_does_not_write_to_the_database() {
    let fixture = tenant("crm_acme");
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(fixture.store.location().unwrap(), options).unwrap();
    let mut console = console(&store);
    console.press("e<ctrl-s>").unwrap();
    assert_eq!(read(&fixture, "crm_acme.jsonl"), exported(&fixture.store, "crm_acme"));
    assert!(log(&fixture.store).is_empty());
    console.press("I").unwrap();
    assert_eq!(notice(&console), "import: the database is open read-only");
    assert!(console.state().layers.is_empty());
}

#[test]
fn an_import_previews_the_file_and_leads_to_the_new_space() {
    let fixture = tenant("crm_acme");
    let bytes = exported(&fixture.store, "crm_acme");
    let there = Fixture::one_file();
    fill(&there, "crm_widgets");
    write(&there, "a.jsonl", &bytes);
    let mut console = console(&there.store);
    console.press("Ia.jsonl").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("the space crm_acme is created, with its 4 events and"), "{shown}");
    assert_eq!(names(&console), ["crm_widgets"], "nothing happens before it is confirmed");
    console.press("<ctrl-s>").unwrap();
    assert_eq!(names(&console), ["crm_acme", "crm_widgets"]);
    assert!(report(&console).summary.starts_with("4 events, 4 keys"), "{:?}", report(&console));
    assert_eq!(console.state().space().unwrap().space.space_name, "crm_widgets", "the selection stays");
    console.press("5S").unwrap();
    assert_eq!(console.state().space().unwrap().space.space_name, "crm_acme");
    let written = &log(&there.store)[0];
    assert_eq!((written.action.as_str(), written.space_name.as_deref()), ("import", Some("crm_acme")));
    assert_eq!(written.outcome, Outcome::Done);
}

#[test]
fn an_import_under_a_taken_name_is_refused_until_renamed() {
    let fixture = tenant("crm_acme");
    write(&fixture, "a.jsonl", &exported(&fixture.store, "crm_acme"));
    let mut console = console(&fixture.store);
    console.press("Ia.jsonl<ctrl-s>").unwrap();
    assert_eq!(error(&console, "into"), Some("the space crm_acme already exists; enter another name"));
    assert!(console.state().jobs.jobs.is_empty());
    console.press("crm_copy").unwrap();
    assert_eq!(error(&console, "into"), None);
    assert!(screen(&console).contains("the space crm_copy is created"), "{}", screen(&console));
    console.press("<ctrl-s>").unwrap();
    assert_eq!(names(&console), ["crm_acme", "crm_copy"]);
    assert_eq!(value_of(&fixture, "crm_copy"), value_of(&fixture, "crm_acme"));
}

#[test]
fn an_import_of_a_time_ahead_of_the_clock_is_told_with_the_way_out() {
    let fixture = tenant("crm_acme");
    let new = [crate::support::event("e", "note.taken", serde_json::json!({}))];
    let append = ramax::Append {
        expected: ramax::Expected::Any,
        now: ramax::Timestamp(7_258_118_400_000),
        events: &new,
    };
    fixture.store.events().append(fixture.space("crm_acme").space_id, append).unwrap();
    write(&fixture, "a.jsonl", &exported(&fixture.store, "crm_acme"));
    let mut console = console(&fixture.store);
    console.press("Ia.jsonl<tab>crm_copy<ctrl-s>").unwrap();
    let said = notice(&console);
    assert!(said.ends_with("; the last event is dated ahead of this machine's clock"), "{said}");
    console.press("5<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("the time of the last event is 2200-01-01"), "{shown}");
}

fn value_of(fixture: &Fixture, space: &str) -> String {
    let space_id = fixture.space(space).space_id;
    fixture.store.pstate().get(space_id.into(), "contact:c1").unwrap().unwrap().value.as_str().to_owned()
}

#[test]
fn a_name_taken_meanwhile_fails_the_import_with_a_hint() {
    let fixture = tenant("crm_acme");
    let there = Fixture::one_file();
    write(&there, "a.jsonl", &exported(&fixture.store, "crm_acme"));
    let mut console = console(&there.store);
    console.press("Ia.jsonl").unwrap();
    there.crm("crm_acme");
    console.press("<ctrl-s>").unwrap();
    let (message, hint) = failure(&console);
    assert!(message.contains("crm_acme"), "{message}");
    assert_eq!(hint, "choose another name, or delete that space first; `I` imports it under another name");
}

#[test]
fn a_damaged_file_is_refused_and_the_job_names_the_line() {
    let fixture = tenant("crm_acme");
    let mut bytes = exported(&fixture.store, "crm_acme");
    let third = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).unwrap().0 + 1;
    bytes[third + 40] ^= 1;
    let there = Fixture::one_file();
    write(&there, "a.jsonl", &bytes);
    let mut console = console(&there.store);
    console.press("Ia.jsonl<ctrl-s>5<enter>").unwrap();
    let (message, _) = failure(&console);
    assert!(message.starts_with("line 3: ") && message.ends_with("nothing was imported"), "{message}");
    assert!(screen(&console).contains("✗ line 3: "), "{}", screen(&console));
    assert_eq!(there.store.events().totals().unwrap().spaces, 0);
    let written = &log(&there.store)[0];
    assert_eq!((written.action.as_str(), written.space_name.as_deref()), ("import", Some("crm_acme")));
    assert!(written.detail.as_deref().unwrap().starts_with("line 3: "), "{written:?}");
}

#[test]
fn a_file_that_is_not_an_export_is_refused_beside_its_name() {
    let fixture = tenant("crm_acme");
    write(&fixture, "notes.txt", b"milk\n");
    fs::create_dir(fixture.directory.path().join("backup")).unwrap();
    let mut console = console(&fixture.store);
    let cases = [
        ("nothing.jsonl", "no such file"),
        ("notes.txt", "line 1: it does not start like an export of a space"),
        ("backup", "the file cannot be read: it is not a regular file"),
        ("/etc/passwd", "the file cannot be read: it is outside the console's directory"),
    ];
    console.press("I").unwrap();
    for (file, said) in cases {
        console.press(&format!("<ctrl-u>{file}<ctrl-s>")).unwrap();
        assert_eq!(error(&console, "file"), Some(said));
        assert_eq!(value(&console, "file"), file, "the input stays");
    }
    assert!(console.state().jobs.jobs.is_empty());
}

#[test]
fn a_cancelled_import_leaves_no_space() {
    let fixture = tenant("crm_acme");
    let there = Fixture::one_file();
    write(&there, "a.jsonl", &exported(&fixture.store, "crm_acme"));
    let mut console = console(&there.store);
    console.stops_jobs = true;
    console.press("Ia.jsonl<ctrl-s>").unwrap();
    assert_eq!(notice(&console), "import a.jsonl: cancelled; nothing is imported");
    assert_eq!(there.store.events().totals().unwrap().spaces, 0);
    console.stops_jobs = false;
    console.press("Ia.jsonl<ctrl-s>").unwrap();
    assert_eq!(names(&console), ["crm_acme"]);
}

#[test]
fn a_space_with_a_hostile_name_gets_a_harmless_file_name() {
    let fixture = tenant("-rf ~/\u{1b}[2J\u{202e}日本");
    let mut console = console(&fixture.store);
    console.press("e").unwrap();
    assert_eq!(value(&console, "file"), "%2Drf%20%7E%2F%1B%5B2J%E2%80%AE日本.jsonl");
    console.press("<ctrl-s>").unwrap();
    assert_eq!(files(&fixture), ["%2Drf%20%7E%2F%1B%5B2J%E2%80%AE日本.jsonl"]);
}

#[test]
fn without_a_directory_no_file_is_read_or_written() {
    let fixture = Fixture::memory();
    fill(&fixture, "crm_acme");
    let mut console = console(&fixture.store);
    console.press("e<ctrl-s>").unwrap();
    assert_eq!(error(&console, "file"), Some("it cannot be written: no directory for relative names"));
    console.press("<esc>Ia.jsonl<ctrl-s>").unwrap();
    assert_eq!(error(&console, "file"), Some("no such file"));
    let mut console = Headless::new(fixture.store.clone(), Apps::standard(), 120, 40);
    console = console.within(fixture.directory.path());
    console.press("e<ctrl-s>").unwrap();
    assert_eq!(files(&fixture), ["crm_acme.jsonl"]);
}
