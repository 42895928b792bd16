//! Changes to the schema of a file by other programs.

use std::fs;

use ramax::operations::{CheckOptions, Damage, DeleteOptions, Fault, check, delete, keep_going};
use ramax::{Apps, ContentStore, Location, OpenOptions, Store};

use super::{READ_ONLY, sqlite3};
use crate::support::{Fixture, add_contact, create};

/// A closed file with a tenant, altered by this SQL.
fn altered(sql: &str) -> (Fixture, Location) {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let location = fixture.store.location().unwrap().clone();
    let fixture = Fixture { store: Store::memory(), ..fixture };
    sqlite3(&location.database).execute_batch(&format!("{sql}; PRAGMA wal_checkpoint(TRUNCATE);")).unwrap();
    (fixture, location)
}

fn refusal(location: &Location, options: OpenOptions) -> String {
    let error = Store::open(location, options).err().expect("the file is refused");
    assert_eq!(error.kind(), "altered_schema");
    format!("{error}; {}", error.hint().unwrap())
}

#[test]
fn a_file_with_the_layout_of_an_earlier_build_is_refused_and_not_called_damaged() {
    let (_directory, location) = altered("ALTER TABLE store DROP COLUMN subscription_digest");
    let bytes = fs::read(&location.database).unwrap();
    for options in [OpenOptions::default(), READ_ONLY] {
        let error = Store::open(&location, options).err().expect("the file is refused");
        assert_eq!(error.kind(), "unreleased_layout");
        let (text, hint) = (error.to_string(), error.hint().unwrap().to_string());
        assert!(text.contains("the table store lacks the column subscription_digest"), "{text}");
        assert!(hint.contains("export its spaces with that build"), "{hint}");
    }
    assert_eq!(fs::read(&location.database).unwrap(), bytes);
}

const COPYING: &str = "CREATE TABLE loot (payload);
    CREATE TRIGGER thief AFTER DELETE ON event_log BEGIN INSERT INTO loot VALUES (old.payload); END";

#[test]
fn a_file_with_objects_that_could_change_or_reject_writes_is_refused() {
    for (sql, named) in [
        (COPYING, "the trigger thief on event_log"),
        (
            "CREATE TRIGGER t BEFORE INSERT ON spaces BEGIN SELECT raise(ABORT, 'no'); END",
            "the trigger t on spaces",
        ),
        ("CREATE TRIGGER v INSTEAD OF INSERT ON events BEGIN SELECT 1; END", "the trigger v on events"),
        ("CREATE UNIQUE INDEX one_each ON event_log (entity_id)", "the index one_each on event_log"),
    ] {
        let (_directory, location) = altered(sql);
        let bytes = fs::read(&location.database).unwrap();
        let refused = refusal(&location, OpenOptions::default());
        assert!(refused.contains(named) && refused.contains("DROP "), "{refused}");
        assert_eq!(fs::read(&location.database).unwrap(), bytes);
        // It cannot change what is read, and a check reports it.
        let store = Store::open(&location, READ_ONLY).unwrap();
        assert_eq!(store.events().totals().unwrap().events, 1);
        let notes = notes(&store);
        assert!(notes.iter().any(|note| note.contains(named) && note.contains("could change")), "{notes:?}");
    }
}

#[test]
fn an_object_that_replaces_ours_is_never_read() {
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    for (sql, named) in [
        (format!("DROP TABLE spaces; CREATE VIEW spaces AS {endless}"), "a view replaces the table spaces"),
        (format!("DROP TABLE store; CREATE VIEW store AS {endless}"), "a view replaces the table store"),
        ("ALTER TABLE event_log RENAME TO kept".to_owned(), "the table event_log is missing"),
        (
            "ALTER TABLE spaces ADD COLUMN note TEXT".to_owned(),
            "the table spaces has the column note TEXT, which is not part of the schema",
        ),
        (
            "ALTER TABLE spaces DROP COLUMN metadata".to_owned(),
            "the table spaces lacks the column metadata TEXT",
        ),
        (
            "DROP TABLE entity_events; CREATE TABLE entity_events (space_id, entity_id, space_sequence)"
                .to_owned(),
            "the table entity_events has a rowid",
        ),
        ("DROP VIEW events; CREATE TABLE events (x)".to_owned(), "a table replaces the view events"),
    ] {
        let (_directory, location) = altered(&sql);
        for options in [OpenOptions::default(), READ_ONLY] {
            let refused = refusal(&location, options);
            assert!(refused.contains(named), "{refused}");
        }
    }
}

#[test]
fn a_harmless_object_is_left_alone_and_reported_by_a_check() {
    let (_directory, location) = altered(
        "CREATE TABLE notes (space_id INTEGER REFERENCES spaces (space_id), note TEXT);
         INSERT INTO notes VALUES (1, 'kept');
         CREATE INDEX by_email ON event_log (json_extract(payload, '$.email'));
         CREATE TRIGGER stamp AFTER INSERT ON notes BEGIN SELECT 1; END;
         DROP VIEW events; CREATE VIEW events AS SELECT 1 AS one;
         DROP INDEX operations_by_space; ANALYZE",
    );
    let store = create(&location);
    let crm = ContentStore::open(&store, "crm_acme", std::sync::Arc::new(ramax::apps::Crm)).unwrap();
    crm.execute(add_contact("c2")).unwrap();
    let notes = notes(&store);
    let named: Vec<_> = notes.iter().map(|note| note.split(',').next().unwrap()).collect();
    assert_eq!(named, ["the index by_email on event_log", "the table notes", "the trigger stamp on notes"]);
    // Our own view and index exist again.
    let connection = sqlite3(&location.database);
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM events WHERE entity_id = 'c2'"), 1);
    assert_eq!(count("SELECT count(*) FROM sqlite_schema WHERE name = 'operations_by_space'"), 1);
    // A foreign table does not prevent the deletion of a space.
    delete(&store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap();
    assert_eq!(count("SELECT count(*) FROM notes"), 1);
}

#[test]
fn a_write_is_refused_after_a_trigger_was_added_to_the_open_file() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let connection = sqlite3(&fixture.file());
    connection.execute_batch(COPYING).unwrap();
    let options = DeleteOptions { purge: true, ..DeleteOptions::default() };
    let error = delete(&fixture.store, "crm_acme", options.clone(), &mut keep_going).unwrap_err();
    assert_eq!(error.kind(), "altered_schema");
    assert!(error.to_string().contains("the trigger thief on event_log"), "{error}");
    assert_eq!(crm.execute(add_contact("c2")).unwrap_err().kind(), "altered_schema");
    assert_eq!(crm.event_count().unwrap(), 1);
    connection.execute_batch("DROP TRIGGER thief").unwrap();
    crm.execute(add_contact("c2")).unwrap();
    delete(&fixture.store, "crm_acme", options, &mut keep_going).unwrap();
    let loot: i64 = connection.query_row("SELECT count(*) FROM loot", [], |row| row.get(0)).unwrap();
    assert_eq!(loot, 0);
}

/// Returns the objects that a check reports as foreign.
fn notes(store: &Store) -> Vec<String> {
    let options = CheckOptions { deep: false, is_running: &|_| false };
    let checked = check(store, &Apps::standard(), options, &mut keep_going).unwrap();
    let object = |fault| match fault {
        Fault::Damaged(Damage::ForeignObject { object }) => Some(object),
        _ => None,
    };
    checked.notes.into_iter().filter_map(|note| object(note.fault)).collect()
}

#[test]
fn a_file_without_a_version_in_its_header_is_refused_with_a_way_out() {
    for version in ["0", "-1"] {
        let (_directory, location) = altered(&format!("PRAGMA user_version = {version}"));
        let error = Store::open(&location, OpenOptions::default()).err().unwrap();
        assert_eq!(error.kind(), "no_version");
        assert!(error.hint().unwrap().contains("the last good backup"), "{:?}", error.hint());
    }
}

#[test]
fn a_write_is_refused_after_the_numbers_of_the_open_file_were_changed() {
    for (sql, kind) in [
        ("PRAGMA application_id = 7", "foreign_database"),
        ("PRAGMA user_version = 99", "newer_version"),
        ("PRAGMA user_version = 0", "no_version"),
        ("PRAGMA user_version = -1", "no_version"),
    ] {
        let fixture = Fixture::one_file();
        let crm = fixture.crm("crm_acme");
        crm.execute(add_contact("c1")).unwrap();
        sqlite3(&fixture.file()).execute_batch(sql).unwrap();
        assert_eq!(crm.execute(add_contact("c2")).unwrap_err().kind(), kind, "{sql}");
    }
}
