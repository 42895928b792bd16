//! Tells cheaply that no name in a directory has changed.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, fstat, open};

use super::place::directory_of;

/// Two changes within this time may leave a directory with the same time. File systems take it from a clock that ticks
/// every ten milliseconds or faster.
const TICK: Duration = Duration::from_millis(50);

/// Opens a directory only to look at it, which needs no permission to read it.
#[cfg(target_os = "linux")]
const LOOK: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
const LOOK: OFlags = OFlags::RDONLY;

/// A directory, which keeps the time at which a name in it was last created, removed or renamed.
pub(super) struct Directory(OwnedFd);

impl Directory {
    /// Opens the directory that a file is in.
    pub(super) fn of(file: &Path) -> Option<Self> {
        let flags = LOOK | OFlags::DIRECTORY | OFlags::CLOEXEC;
        open(directory_of(file), flags, Mode::empty()).ok().map(Self)
    }

    /// Returns when a name last changed, as time since 1970. As long as it returns the same time, none has changed
    /// again. Returns none while a further change might get the same time.
    pub(super) fn last_change(&self) -> Option<Duration> {
        // Read first, so that a change after it is not taken for an older one.
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

    /// Waits until the last change can be told from a further one.
    fn settled(directory: &Directory) -> Duration {
        loop {
            if let Some(changed) = directory.last_change() {
                return changed;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn each_change_of_a_name_is_noticed_and_a_write_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name| directory.path().join(name);
        let watched = Directory::of(&path("a")).unwrap();
        let mut last = settled(&watched);
        let mut expect_change = |what: &str| {
            assert_ne!(watched.last_change(), Some(last), "{what}");
            last = settled(&watched);
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
