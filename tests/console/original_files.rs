//! Files of the Elixir original in the console.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ramax::clock::SteppingClock;
use ramax::console::Headless;
use ramax::console::layers::form::state::Form;
use ramax::console::panes::Pane;
use ramax::console::panes::jobs::job::JobStatus;
use ramax::operations::Report;
use ramax::{Apps, Location, OpenOptions, Page, Store, Timestamp};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::snapshots::look_at;
use crate::support::Fixture;
use crate::{console, notice, screen};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/elixir").join(name)
}

/// A file of the original, on the day after it was written.
fn original(name: &str) -> Store {
    opened(&Location::file(file(name)))
}

fn opened(location: &Location) -> Store {
    let store = Store::open(location, OpenOptions::default()).unwrap();
    store.with_clock(Arc::new(SteppingClock::new(Timestamp(1_795_494_000_000), 0)))
}

fn open(name: &str, keys: &str, (width, height): (u16, u16)) -> Headless {
    let mut console = Headless::new(original(name), Apps::standard(), width, height);
    console.press(keys).unwrap();
    console
}

#[test]
fn the_tenants_of_the_original_are_browsed() {
    look_at("original-spaces", |width, height| open("demo.db", "j", (width, height)));
    look_at("original-checkpoints", |width, height| open("demo.db", "4", (width, height)));
}

#[test]
fn unusual_terms_and_references_of_the_original_are_shown() {
    look_at("original-terms", |width, height| open("flashcards.db", "2Gkk<enter>", (width, height)));
    look_at("original-references", |width, height| open("flashcards.db", "3Gk<enter>", (width, height)));
}

#[test]
fn a_reference_of_the_original_is_a_link() {
    let mut console = console(&original("flashcards.db"));
    console.press("3<enter>").unwrap();
    assert!(screen(&console).contains("deck:spanish-101"), "{}", screen(&console));
}

#[test]
fn what_would_change_a_file_of_the_original_gives_the_reason_and_the_way_out() {
    let mut console = console(&original("demo.db"));
    assert!(screen(&console).lines().next().unwrap().contains("read-only, written by the Elixir original"));
    for key in ["n", "R", "D", "B"] {
        console.press(key).unwrap();
        let notice = notice(&console);
        assert!(
            notice.contains("written by the Elixir original") && notice.contains("`I` imports it"),
            "{key}: {notice}"
        );
    }
    assert_eq!(console.state().focus, Pane::Spaces);
}

#[test]
fn the_past_of_a_tenant_of_the_original_is_shown() {
    let mut console = console(&original("demo.db"));
    console.press("t").unwrap();
    assert!(console.state().travel.is_some(), "{}", notice(&console));
}

/// A directory with copies of files.
fn directory(files: &[(PathBuf, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (from, name) in files {
        fs::copy(from, directory.path().join(name)).unwrap();
    }
    directory
}

fn names(store: &Store) -> Vec<String> {
    let spaces = store.events().spaces(Page::forward(None, 100)).unwrap();
    spaces.into_iter().map(|record| record.space.space_name).collect()
}

fn report(console: &Headless) -> &Report {
    match &console.state().jobs.jobs[0].status {
        JobStatus::Done(report) => report,
        other => panic!("{other:?}"),
    }
}

/// A console on a copy of a file, which seems to be in a directory with a fixed name.
fn beside(directory: &TempDir, name: &str, (width, height): (u16, u16)) -> Headless {
    let store = opened(&Location::file(directory.path().join(name)));
    let mut console = Headless::new(store, Apps::standard(), width, height).within(directory.path());
    console.change(|state| {
        state.database.directory = Some("/srv/app".to_owned());
        state.database.location = Some(Location::file(format!("/srv/app/{name}")));
    });
    console
}

#[test]
fn the_import_of_the_open_file_is_previewed_at_all_sizes() {
    let damaged = directory(&[(file("flashcards.db"), "app.db")]);
    Connection::open(damaged.path().join("app.db"))
        .unwrap()
        .execute_batch(
            "UPDATE events SET payload = x'8374' WHERE event_id = 5; DELETE FROM events WHERE event_id = 7;
             INSERT INTO spaces (space_name, created_at) VALUES ('#1', 1700000000)",
        )
        .unwrap();
    look_at("original-import", |width, height| {
        let mut console = beside(&damaged, "app.db", (width, height));
        console.press("I").unwrap();
        console
    });
}

#[test]
fn an_open_file_of_the_original_is_imported_into_a_new_database() {
    let directory = directory(&[(file("demo.db"), "demo.db")]);
    let before = fs::read(directory.path().join("demo.db")).unwrap();
    let mut console = console(&opened(&Location::file(directory.path().join("demo.db"))));
    console.press("I").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("4 spaces are created, with 81 events"), "{shown}");
    console.press("<ctrl-u>new.db<ctrl-y>").unwrap();
    let place = directory.path().display();
    let command = format!("--db {place}/new.db import --ramax {place}/demo.db");
    assert!(console.copied[0].ends_with(&command), "{}", console.copied[0]);
    assert!(!directory.path().join("new.db").exists(), "nothing is written before the form is sent");
    console.press("<ctrl-s>").unwrap();
    assert!(report(&console).summary.starts_with("4 spaces, 81 events, "), "{:?}", report(&console));
    let store =
        Store::open(&Location::file(directory.path().join("new.db")), OpenOptions::default()).unwrap();
    assert_eq!(names(&store), ["crm_acme", "crm_widgets", "cms_staging", "cms_production"]);
    let entries = store.audit_log().page(None, Page::backward(None, 1)).unwrap();
    assert_eq!(entries[0].action, "import");
    assert_eq!(fs::read(directory.path().join("demo.db")).unwrap(), before);
    drop(store);
    console.press("I<ctrl-u>new.db").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("crm_acme: was imported before, and is passed over"), "{shown}");
}

#[test]
fn an_import_into_the_original_itself_is_refused_beside_its_name() {
    let directory = directory(&[(file("demo.db"), "demo.db")]);
    let mut console = console(&opened(&Location::file(directory.path().join("demo.db"))));
    console.press("I<ctrl-u>demo.db<ctrl-s>").unwrap();
    let form: &Form = console.state().layers.top_as().unwrap();
    let error = form.fields[0].error.as_deref().unwrap();
    assert!(error.ends_with("was written by the Elixir original and is opened read-only"), "{error}");
    assert!(console.state().jobs.jobs.is_empty());
}

#[test]
fn a_file_of_the_original_is_imported_into_the_open_database() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme");
    for name in ["demo.db", "flashcards.db"] {
        fs::copy(file(name), fixture.directory.path().join(name)).unwrap();
    }
    let mut console = console(&fixture.store);
    console.press("Idemo.db<ctrl-s>").unwrap();
    let form: &Form = console.state().layers.top_as().unwrap();
    let error = form.fields[0].error.as_deref().unwrap();
    assert!(error.contains("has the name of one to be imported: crm_acme"), "{error}");
    console.press("<ctrl-u>flashcards.db<ctrl-s>").unwrap();
    assert!(report(&console).summary.starts_with("1 space, 31 events, "), "{:?}", report(&console));
    assert_eq!(names(&fixture.store), ["crm_acme", "flashcards_main"]);
}

#[test]
fn the_projections_of_the_original_are_named_in_a_field_of_their_own() {
    let fixture = Fixture::one_file();
    for name in ["events.db", "pstate.db"] {
        fs::copy(file("demo.db"), fixture.directory.path().join(name)).unwrap();
    }
    let connection = Connection::open(fixture.directory.path().join("events.db")).unwrap();
    connection.execute_batch("DROP TABLE pstate_entities").unwrap();
    let mut console = console(&fixture.store);
    console.press("Ievents.db").unwrap();
    assert!(screen(&console).contains("crm_acme: 20 events, 0 keys of the original"), "{}", screen(&console));
    console.press("<tab>pstate.db").unwrap();
    assert!(
        screen(&console).contains("crm_acme: 20 events, 13 keys of the original"),
        "{}",
        screen(&console)
    );
    console.press("<ctrl-s>").unwrap();
    assert!(report(&console).notes.iter().any(|note| note.contains("matches that of the original")));
}

#[test]
fn a_cancelled_import_of_the_open_file_leaves_nothing_incomplete() {
    let directory = directory(&[(file("demo.db"), "demo.db")]);
    let mut console = console(&opened(&Location::file(directory.path().join("demo.db"))));
    console.stops_jobs = true;
    console.press("I<ctrl-u>new.db<ctrl-s>").unwrap();
    assert!(matches!(console.state().jobs.jobs[0].status, JobStatus::Cancelled));
    let store =
        Store::open(&Location::file(directory.path().join("new.db")), OpenOptions::default()).unwrap();
    assert_eq!(names(&store), [""; 0]);
}

#[test]
fn a_value_with_a_stale_checkpoint_is_said_to_be_as_the_original_stored_it() {
    let mut console = console(&original("demo.db"));
    // The checkpoint of crm_widgets is at 7 of 20 events, and its values contain all of them.
    console.press("j3<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("as the original stored it") && !shown.contains("as of sequence"), "{shown}");
    console.press("4<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("by the original's checkpoint; v verifies the values"), "{shown}");
    for untrue in ["catch up", "catches up", "inline", "without --read-only"] {
        assert!(!shown.contains(untrue), "{untrue}: {shown}");
    }
}

#[test]
fn a_checkpoint_past_the_log_hides_nothing_and_names_no_rebuild() {
    let directory = directory(&[(file("demo.db"), "app.db")]);
    let path = directory.path().join("app.db");
    let sql = "INSERT OR REPLACE INTO projection_checkpoints VALUES (1, 900, 100, 1700000000)";
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let mut console = console(&opened(&Location::file(path)));
    console.press("3").unwrap();
    assert!(screen(&console).contains("contact:c1"), "{}", screen(&console));
    console.press("4<enter>").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("by the original's checkpoint, which names an event"), "{shown}");
    assert!(!shown.contains("rebuilds"), "{shown}");
}

#[test]
fn a_space_without_entries_names_the_import() {
    let directory = directory(&[(file("demo.db"), "app.db")]);
    let path = directory.path().join("app.db");
    Connection::open(&path).unwrap().execute_batch("DELETE FROM pstate_entities WHERE space_id = 1").unwrap();
    let mut console = console(&opened(&Location::file(path)));
    console.press("3").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("The original stored no projection"), "{shown}");
    assert!(shown.contains("I imports the file, and builds it from the events"), "{shown}");
}

#[test]
fn blame_counts_all_events_whatever_the_checkpoint_of_the_original_says() {
    for (name, keys) in
        [("demo.db", "j3/contact:c3<enter><enter>"), ("flashcards.db", "3/card:es-1<enter><enter>")]
    {
        let mut console = console(&original(name));
        console.press(keys).unwrap();
        console.press("B").unwrap();
        let shown = screen(&console);
        assert!(!shown.contains("stored, not as the events say"), "{shown}");
        assert!(shown.contains("contact.updated") || name != "demo.db", "{shown}");
    }
}

#[test]
fn an_import_into_a_directory_that_does_not_exist_is_refused_beside_its_name() {
    let directory = directory(&[(file("demo.db"), "demo.db")]);
    let mut console = console(&opened(&Location::file(directory.path().join("demo.db"))));
    console.press("I<ctrl-u>nodir/x.db<ctrl-s>").unwrap();
    let form: &Form = console.state().layers.top_as().unwrap();
    let error = form.fields[0].error.as_deref().unwrap();
    assert!(error.contains("there is no directory ") && error.ends_with("/nodir"), "{error}");
}

#[test]
fn a_checkpoint_past_the_log_of_an_original_is_no_missing_lag() {
    let directory = directory(&[(file("demo.db"), "demo.db")]);
    let path = directory.path().join("demo.db");
    let past = "UPDATE projection_checkpoints SET last_space_sequence = 9999, last_event_id = 9999 WHERE space_id = 1";
    Connection::open(&path).unwrap().execute_batch(past).unwrap();
    let mut console = console(&opened(&Location::file(path)));
    for keys in ["4", "1i"] {
        console.press(keys).unwrap();
        let shown = screen(&console);
        assert!(shown.contains("▲ the checkpoint is not in the log"), "{shown}");
        assert!(!shown.contains("no lag") && !shown.contains("rebuild it"), "{shown}");
    }
}

#[test]
fn an_atom_is_completed_in_a_query_by_its_text() {
    let mut console = console(&original("flashcards.db"));
    console.press("2/payload.field=").unwrap();
    let shown = screen(&console);
    assert!(shown.contains("payload.field=") && shown.contains(" front "), "{shown}");
}

#[test]
fn the_palette_describes_an_import_of_the_file_that_is_open() {
    let listed = |store: &Store| {
        let mut console = Headless::new(store.clone(), Apps::standard(), 120, 40);
        console.press(":import").unwrap();
        screen(&console)
    };
    let (of_original, of_ours) =
        ("Import this file of the Elixir original", "Create a space from an exported file");
    let shown = listed(&original("demo.db"));
    assert!(shown.contains(of_original) && !shown.contains(of_ours), "{shown}");
    let shown = listed(&Store::memory());
    assert!(shown.contains(of_ours) && !shown.contains(of_original), "{shown}");
}

#[test]
fn no_fork_is_offered_in_a_file_that_takes_none() {
    let console = open("demo.db", "f", (120, 40));
    let said = notice(&console);
    assert!(said.contains("is not a fork") && !said.contains("creates one"), "{said}");
}
