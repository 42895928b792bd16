//! The files of an open database must stay in place; otherwise no further write is acknowledged.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::{ContentStore, Location, NewEvent, OpenOptions, Store};
use tempfile::TempDir;

use super::READ_ONLY;
use crate::support::{Fixture, add_contact, create};

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn contacts(location: &Location, options: OpenOptions) -> u64 {
    let store = Store::open(location, options).unwrap();
    let space = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    Crm::contact_count(&space).unwrap()
}

/// A way to remove or replace files, with its name.
type Taken = (&'static str, fn(&Path));

const TAKEN: [Taken; 4] = [
    ("the WAL and the shared memory removed", |file| {
        fs::remove_file(beside(file, "-wal")).unwrap();
        fs::remove_file(beside(file, "-shm")).unwrap();
    }),
    ("the shared memory removed", |file| fs::remove_file(beside(file, "-shm")).unwrap()),
    ("the WAL removed", |file| fs::remove_file(beside(file, "-wal")).unwrap()),
    ("the WAL replaced", |file| {
        let wal = beside(file, "-wal");
        fs::copy(&wal, beside(file, "-copy")).unwrap();
        fs::rename(beside(file, "-copy"), wal).unwrap();
    }),
];

#[test]
fn nothing_is_acknowledged_after_the_wal_or_the_shared_memory_is_removed() {
    for (what, take) in TAKEN {
        let fixture = Fixture::one_file();
        let crm = fixture.crm("crm_acme");
        crm.execute(add_contact("c1")).unwrap();
        take(&fixture.file());
        let error = crm.execute(add_contact("c2")).unwrap_err();
        assert_eq!(error.kind(), "wal_replaced", "{what}");
        assert!(error.hint().unwrap().contains("a deep check"), "{what}");
        assert_eq!(fixture.store.reconnect().err().unwrap().kind(), "wal_replaced", "{what}");
        assert_eq!(fixture.store.events().version().unwrap_err().kind(), "wal_replaced", "{what}");
        assert_eq!(fixture.store.events().purge().unwrap_err().kind(), "wal_replaced", "{what}");
    }
}

#[test]
fn a_restored_wal_does_not_let_the_handle_write_again() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let (wal, away) = (beside(&fixture.file(), "-wal"), beside(&fixture.file(), "-away"));
    fs::rename(&wal, &away).unwrap();
    assert_eq!(crm.execute(add_contact("c2")).unwrap_err().kind(), "wal_replaced");
    fs::rename(&away, &wal).unwrap();
    assert_eq!(crm.execute(add_contact("c2")).unwrap_err().kind(), "wal_replaced");
}

#[test]
fn a_commit_to_files_removed_meanwhile_is_not_acknowledged() {
    for (what, take) in TAKEN {
        let fixture = Fixture::one_file();
        let crm = fixture.crm("crm_acme");
        crm.execute(add_contact("c1")).unwrap();
        let file = fixture.file();
        let committed = crm.commit(|_| {
            take(&file);
            Ok(vec![NewEvent::new("c1", "note.taken", ramax::Json::of(&true.into()))])
        });
        assert_eq!(committed.unwrap_err().kind(), "outcome_unknown", "{what}");
        assert_eq!(crm.execute(add_contact("c2")).unwrap_err().kind(), "wal_replaced", "{what}");
    }
}

#[test]
fn a_file_with_a_second_name_is_read_only() {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let second = fixture.directory.path().join("second.db");
    fs::hard_link(fixture.file(), &second).unwrap();
    let error = crm.execute(add_contact("c2")).unwrap_err();
    assert_eq!(error.kind(), "hard_linked");
    assert!(error.hint().unwrap().contains("make this name a file of its own"), "{:?}", error.hint());
    let Fixture { store, directory: _directory } = fixture;
    let location = store.location().unwrap().clone();
    drop((crm, store));
    for file in [&location, &Location::file(&second)] {
        let refused = Store::open(file, OpenOptions::default()).err().unwrap();
        assert_eq!(refused.kind(), "hard_linked");
    }
    // The commits are in the WAL, which only the first name has beside it.
    assert_eq!(contacts(&location, READ_ONLY), 1);
    let stale = Store::open(&Location::file(&second), READ_ONLY).err().unwrap();
    assert_eq!(stale.kind(), "under_other_name");
    assert!(stale.to_string().ends_with("store.db-wal"), "{stale}");
    assert!(stale.hint().unwrap().ends_with("store.db"), "{:?}", stale.hint());
    fs::remove_file(&second).unwrap();
    assert_eq!(contacts(&location, OpenOptions::default()), 1);
}

#[test]
fn a_closed_file_with_several_names_is_read_under_each_of_them() {
    let fixture = Fixture::one_file();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let location = fixture.store.location().unwrap().clone();
    let Fixture { store, directory } = fixture;
    drop(store);
    let copies = directory.path().join("daily.0");
    fs::create_dir(&copies).unwrap();
    let copy = Location::file(copies.join("store.db"));
    fs::hard_link(&location.database, &copy.database).unwrap();
    for file in [&location, &copy] {
        assert_eq!(contacts(file, READ_ONLY), 1);
        assert_eq!(Store::open(file, OpenOptions::default()).err().unwrap().kind(), "hard_linked");
        assert!(!beside(&file.database, "-wal").exists(), "reading leaves nothing beside a name");
    }
    // As the hint says: a copy in place of one name is a file of its own.
    let own = beside(&location.database, ".own");
    fs::copy(&location.database, &own).unwrap();
    fs::rename(&own, &location.database).unwrap();
    for file in [&location, &copy] {
        assert_eq!(contacts(file, OpenOptions::default()), 1);
    }
}

#[test]
fn the_companion_files_are_next_to_the_target_of_a_link() {
    let directory = TempDir::new().unwrap();
    let (real, linked) = (directory.path().join("real"), directory.path().join("linked"));
    fs::create_dir(&real).unwrap();
    fs::create_dir(&linked).unwrap();
    let link = linked.join("link.db");
    symlink("../real/store.db", &link).unwrap();
    let store = create(&Location::file(&link));
    assert!(real.join("store.db").exists(), "it is created at the target of the link");
    let crm = ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    assert_eq!(contacts(&Location::file(&link), READ_ONLY), 1);
    assert_eq!(fs::read_dir(&linked).unwrap().count(), 1);
    fs::rename(real.join("store.db"), real.join("moved.db")).unwrap();
    let error = crm.execute(add_contact("c2")).unwrap_err();
    assert_eq!(error.kind(), "file_replaced");
    assert!(error.hint().unwrap().contains("real/store.db-wal"), "{:?}", error.hint());
    let refused = Store::open_or_create(&Location::file(&link), OpenOptions::default()).err().unwrap();
    assert_eq!(refused.kind(), "without_database", "its commits are in the WAL next to the real file");
}

#[test]
fn a_wal_or_a_journal_without_its_database_is_left_unchanged() {
    for (ending, main) in [("-wal", None), ("-wal", Some("")), ("-journal", None), ("-journal", Some(""))] {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("t.db");
        let remains = beside(&file, ending);
        fs::write(&remains, "commits").unwrap();
        if let Some(content) = main {
            fs::write(&file, content).unwrap();
        }
        let before = fs::read_dir(directory.path()).unwrap().count();
        let events = directory.path().join("events.db");
        drop(Store::open_or_create(
            &Location::two_files(&events, directory.path().join("p.db")),
            OpenOptions::default(),
        ));
        for location in [Location::file(&file), Location::two_files(&events, &file)] {
            for open in [Store::open, Store::open_or_create] {
                let error = open(&location, OpenOptions::default()).err().unwrap();
                assert_eq!(error.kind(), "without_database", "{ending} {main:?}");
                let hint = error.hint().unwrap();
                assert!(!hint.contains("create"), "{hint}");
            }
        }
        assert_eq!(fs::read(&remains).unwrap(), b"commits");
        assert_eq!(file.exists(), main.is_some());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), before + 2);
    }
}
