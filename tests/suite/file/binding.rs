//! The binding between an events file and its projections file.

use std::fs;
use std::path::{Path, PathBuf};

use ramax::apps::Crm;
use ramax::error::Remedy;
use ramax::operations::{DeleteOptions, Rebuild, backup as backup_to, delete, keep_going, rebuild};
use ramax::{Apps, Location, OpenOptions, Page, SpaceId, Store};

use super::READ_ONLY;
use crate::support::{Fixture, add_contact, create};

fn projections(fixture: &Fixture) -> PathBuf {
    fixture.store.location().unwrap().projections.clone().unwrap()
}

fn with(fixture: &Fixture, projections: &Path) -> Location {
    Location::two_files(fixture.file(), projections)
}

/// Two closed files with a tenant.
fn closed() -> Fixture {
    let fixture = Fixture::two_files();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    Fixture { store: Store::memory(), ..fixture }
}

fn at(fixture: &Fixture, name: &str) -> PathBuf {
    fixture.directory.path().join(name)
}

#[test]
fn a_second_projections_file_is_refused_while_the_first_exists() {
    let fixture = Fixture::two_files();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let (first, second) = (projections(&fixture), at(&fixture, "second.db"));
    let refused = |options: OpenOptions| {
        let error = Store::open_or_create(&with(&fixture, &second), options).err().unwrap();
        assert_eq!(error.kind(), "other_projections");
        assert!(error.hint().unwrap().contains(&first.display().to_string()), "{error}");
    };
    refused(OpenOptions::default());
    assert!(!second.exists(), "nothing was created");
    // A copy of the first one is not accepted in its place either.
    fs::copy(&first, &second).unwrap();
    refused(OpenOptions::default());
    refused(READ_ONLY);
    Store::open(&with(&fixture, &first), OpenOptions::default()).unwrap();
}

#[test]
fn a_second_projections_file_is_refused_although_the_first_lost_its_id() {
    for lost in ["NULL", "x''", "x'00'"] {
        let fixture = closed();
        let (events, first, second) =
            (at(&fixture, "events.db"), at(&fixture, "projections.db"), at(&fixture, "second.db"));
        let sqlite = rusqlite::Connection::open(&first).unwrap();
        sqlite.execute_batch(&format!("UPDATE store SET file_id = {lost}")).unwrap();
        drop(sqlite);
        let refused = || {
            let location = Location::two_files(&events, &second);
            let error = Store::open_or_create(&location, OpenOptions::default()).err().unwrap();
            assert_eq!(error.kind(), "other_projections", "{lost}");
        };
        refused();
        // It gets another id, and is bound again.
        drop(Store::open(&Location::two_files(&events, &first), OpenOptions::default()).unwrap());
        refused();
        assert!(!second.exists());
    }
}

#[test]
fn a_refused_projections_file_leaves_no_wal_beside_the_one_that_is_bound() {
    let fixture = closed();
    for path in ["events.db", "projections.db"] {
        assert!(!at(&fixture, &format!("{path}-wal")).exists(), "it is closed");
    }
    let second = Location::two_files(at(&fixture, "events.db"), at(&fixture, "second.db"));
    let error = Store::open_or_create(&second, OpenOptions::default()).err().unwrap();
    assert_eq!(error.kind(), "other_projections");
    let entries = fs::read_dir(fixture.directory.path()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["events.db", "projections.db"]);
}

#[test]
fn a_program_can_follow_the_remedy_of_an_error() {
    let fixture = Fixture::two_files();
    let second = with(&fixture, &at(&fixture, "second.db"));
    let error = Store::open(&second, OpenOptions::default()).err().unwrap();
    let Some(Remedy::UseProjections { path }) = error.remedy() else { panic!("{error}") };
    Store::open(&with(&fixture, &path), OpenOptions::default()).unwrap();

    let directory = tempfile::tempdir().unwrap();
    let missing = Location::file(directory.path().join("none.db"));
    let error = Store::open(&missing, OpenOptions::default()).err().unwrap();
    let Some(Remedy::CreateDatabase { path }) = error.remedy() else { panic!("{error}") };
    create(&Location::file(path));
}

#[test]
fn a_copy_of_both_files_is_a_separate_store() {
    let fixture = closed();
    for (name, copy) in [("events.db", "e2.db"), ("projections.db", "p2.db")] {
        fs::copy(at(&fixture, name), at(&fixture, copy)).unwrap();
    }
    let copy = Location::two_files(at(&fixture, "e2.db"), at(&fixture, "p2.db"));
    drop(Store::open(&copy, READ_ONLY).unwrap());
    let store = create(&copy);
    assert_eq!(store.lost_projections().unwrap(), Vec::<PathBuf>::new());
    // The first pair still belongs together.
    let first = Location::two_files(at(&fixture, "events.db"), at(&fixture, "projections.db"));
    assert_eq!(create(&first).events().totals().unwrap().events, 1);
}

/// A copy of both files in another directory, which was not opened yet.
fn unopened_copy(fixture: &Fixture) -> Location {
    let directory = at(fixture, "copy");
    fs::create_dir(&directory).unwrap();
    for name in ["events.db", "projections.db"] {
        fs::copy(at(fixture, name), directory.join(name)).unwrap();
    }
    Location::two_files(directory.join("events.db"), directory.join("projections.db"))
}

#[test]
fn the_state_of_the_original_never_fails_a_copy() {
    type Change<'a> = &'a dyn Fn(&Path);
    let altered = |path: &Path, sql: &str| {
        let sqlite = rusqlite::Connection::open(path).unwrap();
        sqlite.execute_batch(sql).unwrap();
    };
    let overwritten = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        bytes[4096..].fill(0xff);
        fs::write(path, bytes).unwrap();
    };
    let states: [(&str, Change<'_>); 5] = [
        ("overwritten", &overwritten),
        ("cut off", &|path| fs::File::options().write(true).open(path).unwrap().set_len(5000).unwrap()),
        ("without its row", &|path| altered(path, "DELETE FROM store")),
        ("newer", &|path| altered(path, "PRAGMA user_version = 9")),
        ("beside a journal", &|path| {
            fs::write(path.with_file_name("projections.db-journal"), [0xd9, 0xd5, 5, 0xf9]).unwrap();
        }),
    ];
    for (state, change) in states {
        let fixture = closed();
        let copy = unopened_copy(&fixture);
        change(&at(&fixture, "projections.db"));
        for options in [READ_ONLY, OpenOptions::default()] {
            let opened = Store::open(&copy, options);
            assert!(opened.is_ok(), "{state}: {}", opened.err().unwrap());
        }
    }
}

#[test]
fn a_copy_does_not_wait_for_the_lock_of_its_original() {
    let fixture = closed();
    let copy = unopened_copy(&fixture);
    let sqlite = rusqlite::Connection::open(at(&fixture, "projections.db")).unwrap();
    sqlite.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    Store::open(&copy, OpenOptions { busy_timeout: std::time::Duration::ZERO, ..READ_ONLY }).unwrap();
}

#[test]
fn a_copy_creates_nothing_beside_its_original() {
    let fixture = closed();
    let copy = unopened_copy(&fixture);
    for options in [READ_ONLY, OpenOptions::default()] {
        drop(Store::open(&copy, options).unwrap());
        let entries = fs::read_dir(fixture.directory.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["copy", "events.db", "projections.db"]);
    }
}

#[test]
fn a_projections_file_may_be_moved() {
    let fixture = closed();
    fs::rename(at(&fixture, "projections.db"), at(&fixture, "moved.db")).unwrap();
    let moved = Location::two_files(at(&fixture, "events.db"), at(&fixture, "moved.db"));
    let store = create(&moved);
    assert_eq!(store.lost_projections().unwrap(), Vec::<PathBuf>::new());
    assert_eq!(store.pstate().checkpoint(SpaceId(1).into()).unwrap().sequence.0, 1);
}

#[test]
fn a_purge_names_the_replaced_projections_file() {
    let fixture = closed();
    fs::rename(at(&fixture, "projections.db"), at(&fixture, "elsewhere.db")).unwrap();
    let location = Location::two_files(at(&fixture, "events.db"), at(&fixture, "new.db"));
    let fixture = Fixture { store: create(&location), ..fixture };
    rebuild(&fixture.crm("crm_acme"), Rebuild::default(), &mut keep_going).unwrap();
    let options = DeleteOptions { purge: true, ..DeleteOptions::default() };
    let proof = delete(&fixture.store, "crm_acme", options, &mut keep_going).unwrap().proof;
    let lost = at(&fixture, "projections.db")
        .canonicalize()
        .unwrap_or_else(|_| fixture.directory.path().canonicalize().unwrap().join("projections.db"));
    assert_eq!(proof.out_of_reach, [lost.display().to_string()]);
    assert!(proof.warnings()[0].contains("may still contain the space"));
}

#[test]
fn after_a_restore_a_new_space_gets_no_number_that_the_projections_still_use() {
    let fixture = Fixture::two_files();
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    let backup = at(&fixture, "backup.db");
    let target = Location::two_files(&backup, at(&fixture, "unused.db"));
    backup_to(&fixture.store, &Apps::standard(), &target, false, &mut keep_going).unwrap();
    let secret = fixture.crm("crm_secret");
    secret.execute(add_contact("secret")).unwrap();
    let number = secret.space_id();
    let location = fixture.store.location().unwrap().clone();
    drop(secret);
    let fixture = Fixture { store: Store::memory(), ..fixture };
    fs::copy(&backup, &location.database).unwrap();
    let restored = Fixture { store: create(&location), ..fixture };
    let new = restored.crm("crm_new");
    assert_ne!(new.space_id(), number);
    assert_eq!(Crm::contact_count(&new).unwrap(), 0);
    assert_eq!(restored.store.pstate().scan(new.space_id().into(), "", Page::forward(None, 9)).unwrap(), []);
}
