//! The WAL stays as long as the file is open, even if other processes open and close it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use ramax::{Location, OpenOptions, Store};

use crate::support::{Fixture, add_contact};

/// Returns true if any process holds a lock on the file, according to Linux.
fn is_locked(file: &Path) -> bool {
    let inode = format!(":{} ", fs::metadata(file).unwrap().ino());
    fs::read_to_string("/proc/locks").unwrap_or_default().lines().any(|lock| lock.contains(&inode))
}

/// Returns true if the system reports locks there. Some containers and file systems do not.
fn tells_of_locks(directory: &Path) -> bool {
    let path = directory.join("probe");
    let probe = fs::File::create(&path).unwrap();
    probe.lock().is_ok() && is_locked(&path)
}

/// Closing a file drops all locks that the process holds on it. Without them, another process that closes the
/// database removes the WAL, as the older SQLite of many machines does.
#[test]
#[cfg(target_os = "linux")]
fn a_reopened_file_stays_locked() {
    let fixture = Fixture::one_file();
    if !tells_of_locks(fixture.directory.path()) {
        return println!("SKIPPED: this system does not tell which files are locked");
    }
    fixture.crm("crm_acme").execute(add_contact("c1")).unwrap();
    assert!(is_locked(&fixture.file()));
    let again = fixture.other_process();
    assert!(is_locked(&fixture.file()), "the second opening dropped the first one's lock");
    drop(again);
    assert!(is_locked(&fixture.file()), "its closing did");
    let read_only = OpenOptions { read_only: true, ..OpenOptions::default() };
    drop(Store::open(&Location::file(fixture.file()), read_only).unwrap());
    assert!(Store::open(&Location::two_files(fixture.file(), fixture.file()), read_only).is_err());
    assert!(is_locked(&fixture.file()), "a read-only one did");
}
