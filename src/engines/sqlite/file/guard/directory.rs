//! Detects changes of names in a directory at low cost.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, fstat, open};

use super::identity::directory_of;

/// Two changes within this time may give a directory the same timestamp. File systems take it from a clock that ticks at
/// least every ten milliseconds.
const TICK: Duration = Duration::from_millis(50);

/// Opens a directory without the permission to read it.
#[cfg(target_os = "linux")]
const LOOK: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const LOOK: OFlags = OFlags::RDONLY;

/// A directory, whose timestamp shows when a name in it was last created, removed or renamed.
pub(crate) struct Directory(OwnedFd);

impl Directory {
    /// Opens the directory of a file.
    pub(crate) fn of(file: &Path) -> Option<Self> {
        let flags = LOOK | OFlags::DIRECTORY | OFlags::CLOEXEC;
        open(directory_of(file), flags, Mode::empty()).ok().map(Self)
    }

    /// Returns the time of the last change of a name, since 1970. While the time stays the same, no name has changed.
    /// Returns `None` while another change could get the same time.
    pub(crate) fn last_change(&self) -> Option<Duration> {
        // Read first, so that a later change is not mistaken for an older one.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let found = fstat(&self.0).ok()?;
        let seconds = u64::try_from(found.st_ctime).ok()?;
        let changed = Duration::new(seconds, u32::try_from(found.st_ctime_nsec).ok()?);
        (changed + TICK < now).then_some(changed)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Waits until another change would get a different time.
    fn change_time(directory: &Directory) -> Duration {
        loop {
            if let Some(changed) = directory.last_change() {
                return changed;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn changes_of_names_are_noticed_and_writes_are_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name| directory.path().join(name);
        let watched = Directory::of(&path("a")).unwrap();
        let mut last = change_time(&watched);
        let mut expect_change = |what: &str| {
            assert_ne!(watched.last_change(), Some(last), "{what}");
            last = change_time(&watched);
        };
        fs::write(path("a"), "one").unwrap();
        expect_change("created");
        fs::rename(path("a"), path("b")).unwrap();
        expect_change("renamed");
        fs::hard_link(path("b"), path("a")).unwrap();
        expect_change("linked");
        fs::remove_file(path("b")).unwrap();
        expect_change("removed");
        fs::write(path("a"), "two").unwrap();
        assert_eq!(watched.last_change(), Some(last));
    }
}
