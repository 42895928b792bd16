//! The guarantees of a store's files, for ramax and for users of `sqlite3`.

mod altered_schema;
mod binding;
mod closing;
mod creation;
mod earlier_versions;
mod identity;
mod read_only;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ramax::apps::Crm;
use ramax::event_store::Access;
use ramax::operations::{DeleteOptions, Rebuild, delete, keep_going, rebuild, verify};
use ramax::sqlite::Sync;
use ramax::{ContentStore, EventId, Location, OpenOptions, Page, Store};
use rusqlite::{Connection, OpenFlags};

use crate::support::{Fixture, add_contact, create, publish, rename_contact};

const READ_ONLY: OpenOptions = OpenOptions {
    read_only: true,
    sync: Sync::Full,
    busy_timeout: Duration::from_secs(5),
    cache_kib: 1024,
    without_companions: false,
};

fn sqlite3(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap()
}

fn refusal(location: &Location) -> (&'static str, String) {
    let error = Store::open(location, OpenOptions::default()).err().expect("the file is refused");
    (error.kind(), error.hint().unwrap_or_default())
}

#[test]
fn a_file_states_its_application_and_version() {
    let fixture = Fixture::one_file();
    let connection = sqlite3(&fixture.file());
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(pragma("application_id"), i64::from(u32::from_be_bytes(*b"Rmax")));
    assert_eq!(pragma("user_version"), 3);
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn an_interrupted_creation_is_repeated() {
    let fixture = Fixture::one_file();
    let location = Location::file(fixture.directory.path().join("cut.db"));
    drop(create(&location));
    // As if its pages were written but not committed: next to it is the journal of an empty file.
    let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    for number in [0_u32, 0, 0, 512, 4096] {
        journal.extend(number.to_be_bytes());
    }
    journal.resize(512, 0);
    fs::write(fixture.directory.path().join("cut.db-journal"), journal).unwrap();
    let store = create(&location);
    assert_eq!(store.events().totals().unwrap().spaces, 0);
    assert!(!fixture.directory.path().join("cut.db-journal").exists());
}

#[test]
fn the_originals_tables_can_be_queried_with_sql() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    fixture.cms("cms_staging").execute(publish("a1", "One")).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    crm.execute(rename_contact("c1", "Ada")).unwrap();
    let connection = sqlite3(&fixture.file());
    let event = fixture.store.events().event(EventId(3)).unwrap().unwrap();
    let row: (i64, i64, i64, String, String, String, i64, Option<i64>, String, i64) = connection
        .query_row(
            "SELECT event_id, space_id, space_sequence, entity_id, event_type, payload, timestamp, causation_id,
               correlation_id, created_at
             FROM events WHERE json_extract(payload, '$.name') = 'Ada'",
            [],
            |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                    row.get(6)?,
                    row.get(7)?,
                    row.get(8)?,
                    row.get(9)?,
                ))
            },
        )
        .unwrap();
    assert_eq!(
        (row.0, row.1, row.2, row.3.as_str(), row.4.as_str()),
        (3, i64::from(crm.space_id().0), 2, "c1", "contact.updated")
    );
    assert_eq!((row.5.as_str(), row.6, row.7), (event.payload.as_str(), event.timestamp.0, None));
    assert_eq!((row.8, row.9), (event.correlation_id.unwrap().to_string(), event.timestamp.0 / 1000));
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let space = crm.space_id().0;
    assert_eq!(count(&format!("SELECT count(*) FROM pstate_entities WHERE space_id = {space}")), 2);
    assert_eq!(
        count(&format!("SELECT last_space_sequence FROM projection_checkpoints WHERE space_id = {space}")),
        2
    );
    assert_eq!(count(&format!("SELECT last_sequence FROM space_sequences WHERE space_id = {space}")), 2);
    assert_eq!(count("SELECT count(*) FROM spaces WHERE space_name LIKE 'c%'"), 2);
}

#[test]
fn the_view_of_entities_excludes_shadows() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let mut changes = ramax::Changes::default();
    changes.put("ghost", ramax::Json::default(), crate::support::START);
    let shadow = fixture.store.pstate().shadow(crm.space_id().into(), None, Access::Open, None).unwrap();
    shadow.write(&changes).unwrap();
    let connection = sqlite3(&fixture.file());
    let rows: i64 =
        connection.query_row("SELECT count(*) FROM pstate_entities", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 2);
}

#[test]
fn a_reopened_store_continues_where_it_was_closed() {
    for fixture in [Fixture::one_file(), Fixture::two_files()] {
        let location = fixture.store.location().unwrap().clone();
        fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
        let Fixture { store, directory } = fixture;
        drop(store);
        let reopened = Fixture { store: create(&location), directory };
        let done = reopened.crm("crm_acme").execute(add_contact("c2")).unwrap();
        assert_eq!((done.event_ids[0], done.space_sequence.0), (EventId(2), 2));
    }
}

#[test]
fn two_files_belong_together_or_are_refused() {
    let (two, other, one) = (Fixture::two_files(), Fixture::two_files(), Fixture::one_file());
    let location = |fixture: &Fixture| fixture.store.location().unwrap().clone();
    let (two, other, one) = (location(&two), location(&other), location(&one));
    let with = |events: &Location, projections: &Location| {
        Location::two_files(&events.database, projections.projections.as_ref().unwrap())
    };
    Store::open(&two, OpenOptions::default()).unwrap();
    assert_eq!(refusal(&with(&two, &other)).0, "not_its_projections");
    assert_eq!(refusal(&with(&one, &two)).0, "holds_projections");
    let (kind, hint) = refusal(&Location::file(&two.database));
    assert_eq!(kind, "projections_elsewhere");
    assert!(hint.contains("name the second file"), "{hint}");
    assert_eq!(refusal(&Location::file(two.projections.as_ref().unwrap())).0, "holds_no_events");
}

#[test]
fn a_foreign_file_is_refused_and_left_unchanged() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let foreign = directory.path().join("foreign.db");
    sqlite_with(&foreign, "CREATE TABLE t (x); PRAGMA user_version = 1;");
    let newer = directory.path().join("newer.db");
    sqlite_with(
        &newer,
        &format!("PRAGMA application_id = {}; PRAGMA user_version = 4; CREATE TABLE t (x);", 0x526d_6178),
    );
    let cases: [(&str, Vec<u8>); 6] = [
        ("not_a_database", Vec::new()),
        ("not_a_database", b"short".to_vec()),
        ("not_a_database", vec![0xff; 5000]),
        ("not_a_database", b"SQLite format 3\0 and then nothing".to_vec()),
        ("foreign_database", fs::read(&foreign).unwrap()),
        ("newer_version", fs::read(&newer).unwrap()),
    ];
    for (kind, bytes) in cases {
        fs::write(&path, &bytes).unwrap();
        let (refused, hint) = refusal(&Location::file(&path));
        assert_eq!(refused, kind);
        assert!(!hint.is_empty());
        assert_eq!(fs::read(&path).unwrap(), bytes);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3, "no companion file is left");
    }
    assert_eq!(refusal(&Location::file(directory.path())).0, "not_a_file");
    let (kind, hint) = refusal(&Location::file(directory.path().join("none.db")));
    assert_eq!(kind, "missing");
    assert!(hint.contains("open_or_create"), "{hint}");
}

fn sqlite_with(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn read_only_is_a_property_of_the_handle() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let store = Store::open(&Location::file(fixture.file()), READ_ONLY).unwrap();
    let reader = ContentStore::of(&store, crm.space().clone(), Arc::new(Crm)).unwrap();
    assert_eq!(reader.execute(add_contact("c2")).unwrap_err().kind(), "read_only");
    assert_eq!(rebuild(&reader, Rebuild::default(), &mut keep_going).unwrap_err().kind(), "read_only");
    assert_eq!(
        delete(&store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap_err().kind(),
        "read_only"
    );
    assert_eq!(store.events().purge().unwrap_err().kind(), "read_only");
    assert_eq!(Crm::contact_count(&reader).unwrap(), 1);
    assert_eq!(reader.preview(add_contact("c2")).unwrap().events.len(), 1);
    assert_eq!(verify(&reader, &mut keep_going).unwrap().differences, []);
    crm.execute(add_contact("c2")).unwrap();
    assert_eq!(Crm::contact_count(&reader).unwrap(), 2, "it sees later writes of another handle");
}

#[test]
fn a_purge_leaves_no_byte_of_a_deleted_tenant() {
    for fixture in [Fixture::one_file(), Fixture::two_files()] {
        let secret = "correct-horse-battery-staple";
        let acme = fixture.crm("crm_acme");
        let other = fixture.crm("crm_other");
        for n in 0..200 {
            acme.execute(add_contact(&format!("{secret}-{n}"))).unwrap();
            other.execute(add_contact(&format!("c{n}"))).unwrap();
        }
        rebuild(&acme, Rebuild::default(), &mut keep_going).unwrap();
        let kept = fixture.store.events().read_space(other.space_id(), Page::forward(None, 999)).unwrap();
        assert!(holds(fixture.directory.path(), secret));
        delete(
            &fixture.store,
            "crm_acme",
            DeleteOptions { purge: true, ..Default::default() },
            &mut keep_going,
        )
        .unwrap();
        assert!(!holds(fixture.directory.path(), secret));
        assert!(!holds(fixture.directory.path(), "crm_acme"));
        assert_eq!(
            fixture.store.events().read_space(other.space_id(), Page::forward(None, 999)).unwrap(),
            kept
        );
    }
}

/// Returns true if any file of the directory contains these bytes.
fn holds(directory: &Path, text: &str) -> bool {
    fs::read_dir(directory).unwrap().any(|file| {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn a_new_type_of_events_is_stored_beside_one_with_the_highest_number() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let highest = format!("type_id = {}", i64::MAX);
    sqlite3(&fixture.file())
        .execute_batch(&format!("UPDATE event_types SET {highest}; UPDATE event_log SET {highest}"))
        .unwrap();
    crm.execute(rename_contact("c1", "Ada")).unwrap();
    let events = fixture.other_process().events().read_space(crm.space_id(), Page::forward(None, 9)).unwrap();
    let types: Vec<&str> = events.iter().map(|event| &*event.event_type).collect();
    assert_eq!(types, ["contact.added", "contact.updated"]);
}

#[test]
fn a_store_waits_for_others_as_long_as_it_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    for busy_timeout in [Duration::ZERO, Duration::from_millis(u64::MAX), Duration::MAX] {
        let options = OpenOptions { busy_timeout, ..OpenOptions::default() };
        let store = Store::open_or_create(&Location::file(&path), options).unwrap();
        let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
        let id = format!("c{}", crm.event_count().unwrap());
        crm.execute(add_contact(&id)).unwrap();
        let read_only = OpenOptions { read_only: true, ..options };
        let store = Store::open(&Location::file(&path), read_only).unwrap();
        assert!(ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap().event_count().unwrap() > 0);
    }
}

#[test]
fn a_lock_that_is_held_too_long_is_reported_as_busy_and_nothing_is_written() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let options = OpenOptions { busy_timeout: Duration::from_millis(30), ..OpenOptions::default() };
    let store = Store::open(&Location::file(fixture.file()), options).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    let rival = sqlite3(&fixture.file());
    rival.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = crm.execute(add_contact("c2")).unwrap_err();
    assert_eq!(error.kind(), "busy");
    assert_eq!(crm.event_count().unwrap(), 1, "reading continues");
    rival.execute_batch("COMMIT").unwrap();
    crm.execute(add_contact("c2")).unwrap();
    assert_eq!(crm.event_count().unwrap(), 2);
}

#[test]
fn threads_share_a_store_and_other_connections_without_losing_an_update() {
    for fixture in [Fixture::one_file(), Fixture::two_files(), Fixture::memory()] {
        let spaces = ["crm_a", "crm_b"].map(|name| fixture.crm(name));
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let spaces = &spaces;
                let store = if thread % 2 == 0 { fixture.store.clone() } else { fixture.other_process() };
                scope.spawn(move || {
                    for n in 0..40 {
                        let space =
                            ContentStore::of(&store, spaces[n % 2].space().clone(), Arc::new(Crm)).unwrap();
                        space.execute(add_contact(&format!("t{thread}-{n}"))).unwrap();
                    }
                });
            }
        });
        for space in &spaces {
            assert_eq!((space.event_count().unwrap(), Crm::contact_count(space).unwrap()), (80, 80));
            assert_eq!(verify(space, &mut keep_going).unwrap().differences, []);
        }
    }
}

#[test]
fn the_version_rises_when_another_connection_commits() {
    for fixture in [Fixture::one_file(), Fixture::two_files()] {
        let crm = fixture.crm("crm_acme");
        let watcher = fixture.other_process();
        let before = watcher.version().unwrap();
        assert_eq!(watcher.version().unwrap(), before);
        crm.execute(add_contact("c1")).unwrap();
        assert!(watcher.version().unwrap() > before);
    }
}

#[test]
fn no_cursor_reaches_another_space() {
    let fixture = Fixture::one_file();
    let (first, second) = (fixture.crm("crm_a"), fixture.crm("crm_b"));
    for space in [&first, &second] {
        space.execute(add_contact("c1")).unwrap();
        space.execute(rename_contact("c1", "Ada")).unwrap();
    }
    let events = fixture.store.events();
    for after in [1 << 40, (1 << 40) - 1, (1 << 41) + 1, u64::MAX >> 1, u64::MAX].map(ramax::SpaceSequence) {
        for space in [&first, &second].map(ContentStore::space_id) {
            let forward = Page::forward(Some(after), 9);
            assert_eq!(events.read_space(space, forward).unwrap(), []);
            assert_eq!(events.read_entity(space, "c1", forward).unwrap(), []);
            assert_eq!(events.replay(space, after, 9, &mut |_| Ok(())).unwrap(), 0);
            let backward = Page::backward(Some(after), 9);
            assert!(events.read_space(space, backward).unwrap().iter().all(|event| event.space_id == space));
            assert_eq!(events.read_space(space, backward).unwrap().len(), 2);
            assert_eq!(events.read_entity(space, "c1", backward).unwrap().len(), 2);
        }
    }
    assert_eq!(events.event(EventId(u64::MAX)).unwrap(), None);
    assert_eq!(events.read_all(Page::forward(Some(EventId(u64::MAX)), 9)).unwrap(), []);
    assert_eq!(events.read_all(Page::backward(Some(EventId(u64::MAX)), 9)).unwrap().len(), 4);
}

#[test]
fn a_delete_applies_only_to_the_inspected_space() {
    let fixture = Fixture::one_file();
    let looked_at = fixture.crm("crm_acme").space_id();
    delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let options = DeleteOptions { space_id: Some(looked_at), ..DeleteOptions::default() };
    assert_eq!(
        delete(&fixture.store, "crm_acme", options, &mut keep_going).unwrap_err().kind(),
        "unknown_space"
    );
    assert_eq!(fixture.crm("crm_acme").event_count().unwrap(), 1);
}

#[test]
fn the_size_of_one_file_is_counted_once() {
    for fixture in [Fixture::one_file(), Fixture::two_files()] {
        let crm = fixture.crm("crm_acme");
        for n in 0..50 {
            crm.execute(add_contact(&format!("c{n}"))).unwrap();
        }
        let location = fixture.store.location().unwrap();
        let files = std::iter::once(&location.database).chain(&location.projections);
        let bytes: u64 = files
            .map(|file| {
                sqlite3(file).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
                fs::metadata(file).unwrap().len()
            })
            .sum();
        assert_eq!(fixture.store.storage_bytes().unwrap(), Some(bytes));
    }
}
