//! Creating a file: atomic, and private to its owner.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ramax::{Location, OpenOptions, Store};
use tempfile::TempDir;

use crate::support::{Fixture, add_contact, create};

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn no_process_sees_a_partially_created_file() {
    for _ in 0..20 {
        let directory = TempDir::new().unwrap();
        let location = Location::file(directory.path().join("t.db"));
        let ids = std::thread::scope(|scope| {
            let creates = || {
                Store::open_or_create(&location, OpenOptions::default()).map(|store| {
                    store
                        .events()
                        .get_or_create_space("crm_acme", None, ramax::Timestamp(0))
                        .unwrap()
                        .space_id
                })
            };
            let creators: Vec<_> = (0..4).map(|_| scope.spawn(creates)).collect();
            let opens = || loop {
                match Store::open(&location, OpenOptions::default()) {
                    Ok(_) => return,
                    Err(error) => assert_eq!(error.kind(), "missing", "{error}"),
                }
            };
            let openers: Vec<_> = (0..2).map(|_| scope.spawn(opens)).collect();
            openers.into_iter().for_each(|opener| opener.join().unwrap());
            creators.into_iter().map(|creator| creator.join().unwrap().unwrap()).collect::<Vec<_>>()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "all of them opened the same file: {ids:?}");
        assert_eq!(names(directory.path()), ["t.db"]);
    }
}

#[test]
fn leftovers_of_a_creation_are_swept_and_a_creation_in_progress_is_not() {
    let directory = TempDir::new().unwrap();
    let (dead, alive) = (directory.path().join(".ramax-new-dead"), directory.path().join(".ramax-new-alive"));
    fs::write(&dead, "a part").unwrap();
    let held = fs::File::create(&alive).unwrap();
    held.lock().unwrap();
    drop(create(&Location::file(directory.path().join("t.db"))));
    assert_eq!(names(directory.path()), [".ramax-new-alive", "t.db"]);
}

#[test]
fn new_files_are_private_and_a_later_change_of_mode_is_kept() {
    let fixture = Fixture::two_files();
    let location = fixture.store.location().unwrap().clone();
    let files = [location.database.clone(), location.projections.clone().unwrap()];
    for file in &files {
        for name in ["", "-wal", "-shm"] {
            assert_eq!(mode(format!("{}{name}", file.display()).as_ref()), 0o600, "{name}");
        }
    }
    let Fixture { store, directory: _directory } = fixture;
    drop(store);
    for file in &files {
        fs::set_permissions(file, Permissions::from_mode(0o640)).unwrap();
    }
    let store = create(&location);
    let crm = ramax::ContentStore::open(&store, "crm_acme", std::sync::Arc::new(ramax::apps::Crm)).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    for file in &files {
        for name in ["", "-wal", "-shm"] {
            assert_eq!(mode(format!("{}{name}", file.display()).as_ref()), 0o640, "{name}");
        }
    }
}

#[test]
fn an_existing_empty_file_keeps_its_mode() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("t.db");
    fs::write(&file, "").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o660)).unwrap();
    drop(create(&Location::file(&file)));
    assert_eq!(mode(&file), 0o660);
}

#[test]
fn a_name_that_is_too_long_for_the_companion_files_is_refused_and_leaves_nothing() {
    let directory = TempDir::new().unwrap();
    let deep = "d".repeat(200);
    fs::create_dir_all(directory.path().join(&deep).join(&deep)).unwrap();
    let long_path = format!("{deep}/{deep}/{}", "n".repeat(120));
    for (name, what) in [("n".repeat(250), "name"), ("n".repeat(300), "name"), (long_path, "whole path")] {
        let file = directory.path().join(&name);
        let refused = Store::open_or_create(&Location::file(&file), OpenOptions::default()).err().unwrap();
        assert_eq!(refused.kind(), "name_too_long", "{refused}");
        assert!(refused.to_string().contains(what), "{refused}");
        assert!(!file.exists());
    }
    assert_eq!(names(directory.path()), [deep.as_str()]);
    drop(create(&Location::file(directory.path().join("n".repeat(247)))));
}
