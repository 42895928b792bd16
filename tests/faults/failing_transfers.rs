//! Imports, exports and archives on failing disks, of the database or of the file written.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use ramax::operations::{
    DeleteOptions, ImportFile, ImportOptions, delete, export, export_to_file, import, keep_going,
};
use ramax::{ContentStore, Result, Store};

use super::acknowledged::Account;
use super::failing_calls::{a_few, campaigns, nothing_more};
use crate::support::add_contact;

/// The imported space and its contacts.
pub const MOVED: &str = "crm_moved";
pub const CONTACTS: [&str; 3] = ["m1", "m2", "m3"];

/// Exports a tenant with an idempotency key.
fn tenant() -> Vec<u8> {
    let store = Store::memory();
    let crm = ContentStore::open(&store, MOVED, std::sync::Arc::new(ramax::apps::Crm)).unwrap();
    for id in CONTACTS {
        let request = ramax::Request {
            conditions: ramax::Conditions {
                idempotency_key: Some(format!("key of {id}")),
                ..ramax::Conditions::default()
            },
            ..add_contact(id).into()
        };
        crm.execute(request).unwrap();
    }
    text(&store, MOVED)
}

fn text(store: &Store, space: &str) -> Vec<u8> {
    let mut text = Vec::new();
    export(store, space, &mut text, &mut keep_going).unwrap();
    text
}

/// Imports the tenant.
pub fn import_tenant(store: &Store) -> Result<()> {
    let mut file = ImportFile::new(Cursor::new(tenant()));
    import(store, &mut file, &ImportOptions::default(), &mut keep_going).map(drop)
}

/// Imports the tenant unless it is complete.
pub fn import_once_more(store: &Store) -> Result<()> {
    match import_tenant(store) {
        Err(error) if error.kind() == "space_exists" => Ok(()),
        outcome => outcome,
    }
}

#[test]
fn a_failed_call_during_an_import_leaves_the_space_complete_closed_or_absent() {
    let deeds = |store: &Store, account: &mut Account| {
        account.begin_import(MOVED, &CONTACTS);
        account.importing(MOVED, &import_tenant(store));
        account.execute(store, "crm_acme", "c1");
    };
    campaigns("import", a_few, deeds, |store, account| {
        let again = import_once_more(store);
        again.as_ref().unwrap();
        account.importing(MOVED, &again);
    });
}

fn beside(store: &Store, name: &str) -> PathBuf {
    store.location().unwrap().database.with_file_name(name)
}

/// Asserts that the file is complete or missing, and nothing else was left.
#[track_caller]
fn assert_whole_or_missing(path: &Path, outcome: &Result<()>) {
    assert_eq!(path.exists(), outcome.is_ok(), "{outcome:?}");
    let names = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name());
    let parts: Vec<_> = names.filter(|name| name.to_string_lossy().ends_with(".part")).collect();
    assert!(parts.is_empty(), "{parts:?}");
    if outcome.is_ok() {
        let mut file = ImportFile::open(path).unwrap();
        assert_eq!(file.check(&mut keep_going).unwrap().events, 2);
    }
}

#[test]
fn a_failed_call_during_an_export_leaves_a_complete_file_or_none() {
    let deeds = |store: &Store, account: &mut Account| {
        let path = beside(store, "export.jsonl");
        let outcome = export_to_file(store, "crm_acme", &path, false, &mut keep_going).map(drop);
        assert_whole_or_missing(&path, &outcome);
        account.execute(store, "crm_acme", "c1");
    };
    campaigns("export", a_few, deeds, nothing_more);
}

fn archive_and_delete(store: &Store) -> Result<()> {
    let archive = Some(beside(store, "archive.jsonl"));
    let options = DeleteOptions { archive, ..DeleteOptions::default() };
    delete(store, "crm_acme", options, &mut keep_going).map(drop)
}

#[test]
fn a_failed_call_during_an_archive_removes_nothing_that_is_not_archived() {
    let deeds = |store: &Store, account: &mut Account| {
        account.deleting("crm_acme", &archive_and_delete(store));
        account.execute(store, "crm_other", "c1");
    };
    campaigns("archive", a_few, deeds, |store, account| {
        let path = beside(store, "archive.jsonl");
        if path.exists() {
            let options = DeleteOptions::default();
            let outcome = delete(store, "crm_acme", options, &mut keep_going).map(drop);
            assert!(outcome.is_ok() || outcome.is_err_and(|error| error.kind() == "unknown_space"));
        } else {
            archive_and_delete(store).unwrap();
        }
        account.deleting("crm_acme", &Ok(()));
        assert_whole_or_missing(&path, &Ok(()));
    });
}
