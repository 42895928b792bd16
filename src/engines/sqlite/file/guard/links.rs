//! Files with several names (hard links).
//!
//! SQLite keeps a WAL beside the name under which it opened a file. So a file with two names can have two, and writers under
//! different names overwrite each other's commits. Nor is a copy made of hard links one: it changes with its original. So
//! such a file is never written. It is read, unless commits are known to be missing under this name.

use std::path::{Path, PathBuf};

use crate::error::StoreError;

use super::identity::{FileIdentity, Found, companion_of, directory_of, log_beside};

/// Returns true if the file at a path has several names.
pub(crate) fn has_several(path: &Path) -> bool {
    Found::at(path).is_some_and(|found| found.links > 1)
}

/// Refuses to write to a file with several names.
pub(crate) fn check_writable(path: &Path) -> Result<(), StoreError> {
    match Found::at(path) {
        Some(Found { links: links @ 2.., .. }) => {
            Err(StoreError::HardLinked { path: path.to_owned(), links })
        }
        _ => Ok(()),
    }
}

/// Refuses to read a file under a name that lacks commits: another name in the same directory has a WAL, or a process has the
/// file open under another name.
pub(crate) fn check_readable(path: &Path) -> Result<(), StoreError> {
    let Some(Found { links: 2.., identity, .. }) = Found::at(path) else { return Ok(()) };
    let log = other_log(path, identity);
    if log.is_some() || (!companion_of(path, "-shm").exists() && identity.is_locked_by_others()) {
        return Err(StoreError::UnderOtherName { path: path.to_owned(), log });
    }
    Ok(())
}

/// Finds another name of a file in its directory with a WAL or a journal that holds commits.
fn other_log(path: &Path, identity: FileIdentity) -> Option<PathBuf> {
    let own = log_beside(path).and_then(|log| FileIdentity::of(&log));
    let names = directory_of(path).read_dir().ok()?.flatten().map(|entry| entry.path());
    let others =
        names.filter(|name| name.file_name() != path.file_name() && FileIdentity::of(name) == Some(identity));
    others.into_iter().filter_map(|name| log_beside(&name)).find(|log| FileIdentity::of(log) != own)
}

#[cfg(target_os = "linux")]
impl FileIdentity {
    /// Returns true if another process of this system has locked the file, as every process does that has it open. Opening
    /// the file to ask for its locks would release those of this process.
    fn is_locked_by_others(self) -> bool {
        let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
        locks.lines().any(|lock| self.is_of(lock, std::process::id()))
    }

    /// Returns true if a line of `/proc/locks` is about this file and another process: `1: POSIX ADVISORY READ 71 fe:00:9 0 9`.
    fn is_of(self, lock: &str, this_process: u32) -> bool {
        let mut words = lock.split_whitespace().skip(1);
        let (kind, process, file) = (words.next(), words.nth(2), words.next());
        kind == Some("POSIX")
            && process
                .and_then(|process| process.parse().ok())
                .is_some_and(|process: u32| process != this_process)
            && file == Some(&self.in_locks())
    }

    fn in_locks(self) -> String {
        let (major, minor) = (rustix::fs::major(self.device), rustix::fs::minor(self.device));
        format!("{major:02x}:{minor:02x}:{}", self.inode)
    }
}

#[cfg(not(target_os = "linux"))]
impl FileIdentity {
    fn is_locked_by_others(self) -> bool {
        false
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_recognised_by_its_file_and_its_process() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let identity = FileIdentity::of(file.path()).unwrap();
        let lock = |kind: &str, process: u32| {
            format!("3: {kind}  ADVISORY  READ {process} {} 1073741826 1073742335", identity.in_locks())
        };
        assert!(identity.is_of(&lock("POSIX", 71), 70));
        assert!(!identity.is_of(&lock("POSIX", 70), 70), "its own");
        assert!(!identity.is_of(&lock("FLOCK", 71), 70), "not SQLite's");
        assert!(!identity.is_of("3: POSIX  ADVISORY  READ 71 00:00:1 0 EOF", 70), "another file");
        assert!(!identity.is_of("", 70));
    }
}
