//! A file of the original is never changed, and nothing appears or disappears beside it.

use std::sync::Arc;

use ramax::apps::Crm;
use ramax::{Command, ContentStore, Location, OpenOptions, Page, SpaceId, Store, Timestamp};

use crate::support::program::Sandbox;

use super::{Original, event, paged, spaces, value};

const APPEND: &str =
    "INSERT INTO events (space_id, space_sequence, entity_id, event_type, payload, timestamp)
    VALUES (1, 21, 'c99', 'contact.added', x'836a', 1795407700000)";

/// Reads a bit of everything.
fn look_around(store: &Store) -> usize {
    assert_eq!(spaces(store).len(), 4);
    value(store, 1, "contact:c1");
    event(store, 1);
    paged(store, 1, false).len()
}

#[test]
fn a_file_at_rest_is_read_without_companions() {
    let original = Original::of("demo.db");
    let before = original.bytes();
    let store = original.open();
    assert_eq!(look_around(&store), 20);
    assert_eq!(look_around(&store.reconnect().unwrap()), 20);
    assert_eq!(original.names(), ["app.db"]);
    drop(store);
    assert_eq!(original.names(), ["app.db"]);
    assert_eq!(original.bytes(), before);
}

#[test]
fn commits_in_the_log_of_a_running_original_are_seen_and_left_there() {
    let original = Original::of("demo.db");
    let running = original.connect();
    running.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").unwrap();
    running.execute_batch(APPEND).unwrap();
    let (before, names) = (original.bytes(), original.names());
    assert_eq!(names, ["app.db", "app.db-shm", "app.db-wal"]);
    let store = original.open();
    assert_eq!(look_around(&store), 21);
    let version = store.version().unwrap();
    running.execute_batch(&APPEND.replace("1, 21", "1, 22")).unwrap();
    assert!(store.version().unwrap() > version);
    assert_eq!(look_around(&store), 22);
    drop(store);
    assert_eq!((original.bytes(), original.names()), (before, names));
    let seen: i64 = running.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
    assert_eq!(seen, 83);
}

#[test]
fn a_log_that_a_crash_left_is_read_from_a_copy() {
    let running = Original::of("demo.db");
    let connection = running.connect();
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").unwrap();
    connection.execute_batch(APPEND).unwrap();
    let crashed = Original::of("demo.db");
    for ending in ["", "-wal"] {
        let of = |original: &Original| format!("{}{ending}", original.path().display());
        std::fs::copy(of(&running), of(&crashed)).unwrap();
    }
    let before = crashed.bytes();
    let store = crashed.open();
    assert_eq!(look_around(&store), 21);
    drop(store);
    let sandbox = Sandbox::new();
    let (line, missing) = (format!("--db {} spaces list", crashed.path().display()), sandbox.path("missing"));
    let ran = sandbox.command(&line).env("TMPDIR", &missing).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains(&format!("make sure that {} exists", missing.display())), "{said}");
    assert_eq!(crashed.names(), ["app.db", "app.db-wal"]);
    assert_eq!(crashed.bytes(), before);
}

#[test]
fn a_change_and_a_backup_are_refused_as_those_of_a_read_only_file() {
    let sandbox = Sandbox::new();
    let original = Original::of("demo.db");
    std::fs::copy(original.path(), sandbox.db()).unwrap();
    let space = spaces(&original.open()).remove(0).space.space_name;
    for line in [
        "spaces create crm_new".to_owned(),
        format!("spaces delete {space} --confirm {space}"),
        format!("run {space} add-contact contact_id=c9 name=N email=e@e.example"),
        format!("run {space} add-contact contact_id=c9 name=N email=e@e.example --dry-run"),
        "run cms_staging publish-article article_id=zz title=a content=b --dry-run".to_owned(),
        format!("rebuild {space}"),
        "check --repair".to_owned(),
        "backup copy.db".to_owned(),
    ] {
        let ran = sandbox.run(&line);
        assert_eq!(ran.code, 3, "{line}: {ran:?}");
        let (message, hint) = ran.error();
        assert!(
            message.ends_with("was written by the Elixir original and is opened read-only"),
            "{line}: {message}"
        );
        assert!(hint.contains("import --ramax"), "{line}: {hint}");
        assert!(!sandbox.path("copy.db").exists(), "{line}");
    }
    assert_eq!(std::fs::read(sandbox.db()).unwrap(), std::fs::read(original.path()).unwrap());
}

#[test]
fn a_file_that_the_original_opens_later_is_followed() {
    let original = Original::of("demo.db");
    let store = original.open();
    assert_eq!(look_around(&store), 20);
    let running = original.connect();
    running.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").unwrap();
    running.execute_batch(APPEND).unwrap();
    assert_eq!(look_around(&store), 21);
}

#[test]
fn every_write_is_refused_with_the_reason_and_the_way_out() {
    let original = Original::of("demo.db");
    let before = original.bytes();
    let store = original.open();
    assert!(store.is_read_only() && store.is_original());
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let add = Command::new("add-contact").with("contact_id", "x").with("name", "X").with("email", "x@y.z");
    let refused = crm.execute(add).unwrap_err();
    let path = original.path().display().to_string();
    assert_eq!(
        refused.to_string(),
        format!("{path} was written by the Elixir original and is opened read-only")
    );
    assert_eq!(refused.hint().unwrap(), "import it into a new database: an import into a new store");
    assert_eq!(refused.kind(), "read_only");
    let others = [
        store.events().create_space("new", None, Timestamp(0)).unwrap_err(),
        store.pstate().remove(SpaceId(1).into()).unwrap_err(),
        store.events().purge().unwrap_err(),
    ];
    assert!(others.iter().all(|error| error.kind() == "read_only"));
    assert_eq!(original.bytes(), before);
}

#[test]
fn events_and_projections_may_be_in_two_files() {
    let (events, projections) = (Original::of("demo.db"), Original::of("demo.db"));
    events.change("DROP TABLE pstate_entities");
    projections.change("DROP TABLE events; DROP TABLE spaces; DROP TABLE projection_checkpoints");
    let location = Location::two_files(events.path(), projections.path());
    let store = Store::open(&location, OpenOptions::default()).unwrap();
    assert_eq!(look_around(&store), 20);
    let alone = events.open();
    assert_eq!(alone.pstate().scan(SpaceId(1).into(), "", Page::forward(None, 9)).unwrap(), []);
    let refused = |location: &Location| Store::open(location, OpenOptions::default()).map(drop).unwrap_err();
    assert_eq!(refused(&Location::file(projections.path())).kind(), "holds_no_events");
    assert_eq!(refused(&Location::two_files(events.path(), events.path())).kind(), "same_file");
    let garbage = projections.path().with_extension("garbage");
    std::fs::write(&garbage, [7; 5000]).unwrap();
    let error = refused(&Location::two_files(events.path(), &garbage));
    assert_eq!(error.kind(), "not_a_database");
    assert!(error.to_string().contains("garbage"), "{error}");
}

#[test]
fn a_database_of_another_program_is_still_refused() {
    let original = Original::of("demo.db");
    original.change("ALTER TABLE events RENAME COLUMN payload TO data");
    let error = Store::open(&Location::file(original.path()), OpenOptions::default()).map(drop).unwrap_err();
    assert_eq!(error.kind(), "foreign_database");
}

#[test]
fn a_file_in_the_middle_of_a_transaction_is_left_to_the_original() {
    let original = Original::of("demo.db");
    let running = original.connect();
    running
        .execute_batch("PRAGMA journal_mode = DELETE; PRAGMA cache_spill = 1; PRAGMA cache_size = 1")
        .unwrap();
    running
        .execute_batch("BEGIN EXCLUSIVE; UPDATE events SET entity_id = 'x', payload = zeroblob(5000)")
        .unwrap();
    let error = Store::open(&Location::file(original.path()), OpenOptions::default()).map(drop).unwrap_err();
    let (message, hint) = (error.to_string(), error.hint().unwrap_or_default());
    assert!(message.ends_with("app.db-journal holds a transaction of the Elixir original"), "{message}");
    assert!(hint.starts_with("let the original end it"), "{hint}");
}
