//! Read-only files.

use std::fs;

use ramax::apps::Crm;
use ramax::{ContentStore, Location, OpenOptions, Store};
use tempfile::TempDir;

use super::{READ_ONLY, sqlite3};
use crate::support::{Fixture, add_contact};

/// A copy of a file in the middle of another program's transaction, with its rollback journal.
fn cut_off() -> (TempDir, Location) {
    let fixture = Fixture::one_file();
    let crm = fixture.crm("crm_acme");
    for id in 0..50 {
        crm.execute(add_contact(&format!("c{id}"))).unwrap();
    }
    let file = fixture.file();
    let Fixture { store, directory } = fixture;
    drop((crm, store));
    let writer = sqlite3(&file);
    writer.pragma_update(None, "journal_mode", "delete").unwrap();
    writer
        .execute_batch(
            "PRAGMA cache_size = 2; PRAGMA cache_spill = 2; BEGIN; DELETE FROM projection_entities;",
        )
        .unwrap();
    let copies = TempDir::new().unwrap();
    for name in ["store.db", "store.db-journal"] {
        fs::copy(directory.path().join(name), copies.path().join(name)).unwrap();
    }
    let location = Location::file(copies.path().join("store.db"));
    (copies, location)
}

#[test]
fn an_unfinished_transaction_is_not_shown() {
    let (directory, location) = cut_off();
    let journal = directory.path().join("store.db-journal");
    let before = (fs::read(&location.database).unwrap(), fs::read(&journal).unwrap());
    let refused = Store::open(&location, READ_ONLY).err().unwrap();
    assert_eq!(refused.kind(), "hot_journal", "{refused}");
    assert!(refused.hint().unwrap().contains("open it once for writing"), "{refused}");
    assert_eq!((fs::read(&location.database).unwrap(), fs::read(&journal).unwrap()), before);
    let store = Store::open(&location, OpenOptions::default()).unwrap();
    let crm = ContentStore::open(&store, "crm_acme", std::sync::Arc::new(Crm)).unwrap();
    assert_eq!(Crm::contact_count(&crm).unwrap(), 50);
}
