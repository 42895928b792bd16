//! Exports and archives never overwrite the files of a database.

use std::fs;
use std::path::{Path, PathBuf};

use ramax::operations::{DeleteOptions, check_destination, delete, export_to_file, keep_going};
use ramax::{Location, OpenOptions, Store};

use super::fixtures::*;
use crate::support::{Fixture, add_contact};

const ENDINGS: [&str; 4] = ["", "-wal", "-shm", "-journal"];

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Asserts that neither an export with `replace` nor an archive is written to that path, and that nothing
/// changes there.
fn assert_refused(store: &Store, path: &Path) {
    let was_there = fs::symlink_metadata(path).is_ok();
    let archive = DeleteOptions { archive: Some(path.to_owned()), ..DeleteOptions::default() };
    let refusals = [
        check_destination(store, path, true).unwrap_err(),
        export_to_file(store, "crm_acme", path, true, &mut keep_going).unwrap_err(),
        delete(store, "crm_acme", archive, &mut keep_going).unwrap_err(),
    ];
    for error in refusals {
        // A database with a hard link cannot be written at all.
        if error.kind() != "hard_linked" {
            assert_eq!(error.kind(), "file_of_database", "{}: {error}", path.display());
            assert!(error.hint().unwrap().contains("another file"));
        }
    }
    assert_eq!(fs::symlink_metadata(path).is_ok(), was_there, "{}", path.display());
}

fn files(store: &Store) -> Vec<PathBuf> {
    let Location { database, projections } = store.location().unwrap().clone();
    std::iter::once(database).chain(projections).collect()
}

#[test]
fn no_export_overwrites_a_file_of_the_database() {
    for fixture in [Fixture::one_file(), Fixture::two_files()] {
        let crm = tenant(&fixture, "crm_acme");
        let last = crm.execute(add_contact("latest")).unwrap();
        for file in files(&fixture.store) {
            let log = with(&file, "-wal");
            assert!(fs::metadata(&log).unwrap().len() > 0, "the last acknowledged commit is in the WAL");
            ENDINGS.iter().for_each(|ending| assert_refused(&fixture.store, &with(&file, ending)));
        }
        let seen = fixture.other_process();
        assert_eq!(
            seen.events().find_space("crm_acme").unwrap().unwrap().head.last_sequence,
            last.space_sequence
        );
    }
}

#[test]
fn no_export_overwrites_one_by_another_path() {
    let fixture = Fixture::two_files();
    tenant(&fixture, "crm_acme");
    let directory = fixture.directory.path();
    let around = directory.join("around");
    fs::create_dir(&around).unwrap();
    for file in files(&fixture.store) {
        let name = file.file_name().unwrap();
        for ending in ENDINGS {
            assert_refused(&fixture.store, &with(&around.join("..").join(name), ending));
            assert_refused(&fixture.store, &with(&directory.join(".").join(name), ending));
        }
    }
}

#[cfg(unix)]
#[test]
fn no_export_overwrites_one_through_links() {
    use std::os::unix::fs::symlink;
    let fixture = Fixture::two_files();
    tenant(&fixture, "crm_acme");
    let (directory, links) = (fixture.directory.path(), tempfile::TempDir::new().unwrap());
    symlink(directory, links.path().join("directory")).unwrap();
    for (number, file) in files(&fixture.store).into_iter().enumerate() {
        let name = file.file_name().unwrap();
        for ending in ENDINGS {
            assert_refused(&fixture.store, &with(&links.path().join("directory").join(name), ending));
            let (hard, soft) = (format!("hard{number}{ending}"), format!("soft{number}{ending}"));
            symlink(with(&file, ending), links.path().join(&soft)).unwrap();
            if with(&file, ending).exists() {
                assert_refused(&fixture.store, &links.path().join(&soft));
                fs::hard_link(with(&file, ending), directory.join(&hard)).unwrap();
                assert_refused(&fixture.store, &directory.join(&hard));
                fs::remove_file(directory.join(&hard)).unwrap();
            }
        }
    }
    // SQLite keeps its files next to the target of a link.
    let link = links.path().join("link.db");
    symlink(&files(&fixture.store)[0], &link).unwrap();
    let through_link = Location::two_files(&link, &files(&fixture.store)[1]);
    let store = Store::open(&through_link, OpenOptions::default()).unwrap();
    for ending in ENDINGS {
        assert_refused(&store, &with(&link, ending));
        assert_refused(&store, &with(&files(&fixture.store)[0], ending));
    }
}

#[test]
fn no_export_overwrites_one_by_a_relative_path() {
    // Both paths are relative to the current directory, as on a command line.
    let directory = tempfile::TempDir::new_in(".").unwrap();
    let name = PathBuf::from(directory.path().file_name().unwrap());
    let store = Store::open_or_create(&Location::file(name.join("t.db")), OpenOptions::default()).unwrap();
    let whole = fs::canonicalize(&name).unwrap();
    for ending in ENDINGS {
        for path in [name.join("t.db"), whole.join("t.db"), Path::new(".").join(&name).join("t.db")] {
            let error = check_destination(&store, &with(&path, ending), true).unwrap_err();
            assert_eq!(error.kind(), "file_of_database", "{}{ending}", path.display());
        }
    }
    assert!(check_destination(&store, &name.join("t.db.jsonl"), false).is_ok());
    assert!(check_destination(&store, &whole.join("other.db-wal"), false).is_ok());
}

#[test]
fn an_archive_next_to_the_database_survives_the_delete() {
    let fixture = Fixture::one_file();
    tenant(&fixture, "crm_acme");
    let path = with(&fixture.file(), "-archive");
    let options = DeleteOptions { archive: Some(path.clone()), purge: true, ..DeleteOptions::default() };
    delete(&fixture.store, "crm_acme", options, &mut keep_going).unwrap();
    drop(fixture.store);
    assert!(fs::read_to_string(path).unwrap().lines().count() > 10);
}

#[test]
fn no_file_is_written_over_the_remains_of_a_database() {
    let fixture = Fixture::one_file();
    let path = fixture.directory.path().join("lost.db");
    std::fs::write(fixture.directory.path().join("lost.db-wal"), "commits").unwrap();
    let error = check_destination(&fixture.store, &path, true).unwrap_err();
    assert_eq!(error.kind(), "file_of_database");
    assert!(error.to_string().contains("lost.db-wal"), "{error}");
}
