//! The identity of files, and the paths of their companion files.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{NoRoom, OpenError};

/// A file's identity, which it shares with no other file and keeps when it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileIdentity {
    pub(super) device: u64,
    pub(super) inode: u64,
}

/// The file at a path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) identity: FileIdentity,
    /// The number of its names.
    pub(crate) links: u64,
    pub(crate) bytes: u64,
}

impl FileIdentity {
    /// Returns the identity of the file at a path.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        Found::at(path).map(|found| found.identity)
    }

    /// Returns the identity of the file with this metadata.
    pub(crate) fn of_metadata(metadata: &fs::Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

impl Found {
    /// Looks up the file at a path.
    ///
    /// It does not read the times of the file: after that, the next write would update them, and the next sync would have
    /// to write them to disk as well.
    #[cfg(target_os = "linux")]
    pub(crate) fn at(path: &Path) -> Option<Self> {
        use rustix::fs::{AtFlags, CWD, statx};
        match statx(CWD, path, AtFlags::empty(), wanted()) {
            Ok(found) => Some(Self::of(&found)),
            Err(rustix::io::Errno::NOSYS) => Self::by_metadata(path),
            Err(_) => None,
        }
    }

    #[cfg(target_os = "linux")]
    fn of(found: &rustix::fs::Statx) -> Self {
        let device = rustix::fs::makedev(found.stx_dev_major, found.stx_dev_minor);
        let identity = FileIdentity { device, inode: found.stx_ino };
        Self { identity, links: found.stx_nlink.into(), bytes: found.stx_size }
    }

    /// Looks up the file at a path.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn at(path: &Path) -> Option<Self> {
        Self::by_metadata(path)
    }

    fn by_metadata(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        let identity = FileIdentity::of_metadata(&metadata);
        Some(Self { identity, links: metadata.nlink(), bytes: metadata.len() })
    }
}

#[cfg(target_os = "linux")]
fn wanted() -> rustix::fs::StatxFlags {
    use rustix::fs::StatxFlags;
    StatxFlags::INO | StatxFlags::NLINK | StatxFlags::SIZE
}

/// A handle on a file. Checking it costs a third of checking a path, but does not show where the path leads now.
#[cfg(target_os = "linux")]
pub(crate) struct Handle(rustix::fd::OwnedFd);

#[cfg(target_os = "linux")]
impl Handle {
    pub(crate) fn of(path: &Path) -> Option<Self> {
        use rustix::fs::{Mode, OFlags, open};
        // Closing a file that was opened in any other way would release SQLite's locks on it.
        open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok().map(Self)
    }

    pub(crate) fn found(&self) -> Option<Found> {
        use rustix::fs::{AtFlags, statx};
        statx(&self.0, c"", AtFlags::EMPTY_PATH, wanted()).ok().map(|found| Found::of(&found))
    }
}

/// The path of a file, on systems without a handle that keeps SQLite's locks.
#[cfg(not(target_os = "linux"))]
pub(crate) struct Handle(PathBuf);

#[cfg(not(target_os = "linux"))]
impl Handle {
    pub(crate) fn of(path: &Path) -> Option<Self> {
        Some(Self(path.to_owned()))
    }

    pub(crate) fn found(&self) -> Option<Found> {
        Found::at(&self.0)
    }
}

/// The maximum number of links to follow, as on Linux.
const LINKS: usize = 40;

/// Follows symbolic links in the last name of a path, to a file that may be missing. SQLite keeps its companion files next
/// to that file.
pub(crate) fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Ok(target) = fs::read_link(&path) else { break };
        // A relative target starts in the directory of the link.
        path = path.parent().map_or_else(|| target.clone(), |directory| directory.join(&target));
    }
    path
}

/// Returns the path of a file's WAL.
pub(crate) fn wal_of(path: &Path) -> PathBuf {
    companion_of(path, "-wal")
}

/// Returns the path of a companion file with this suffix.
pub(crate) fn companion_of(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The suffixes of SQLite's companion files: the WAL, its index, and the rollback journal outside of WAL mode.
const ENDINGS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Returns the WAL or journal next to a path, if it exists and is not empty.
pub(crate) fn log_beside(path: &Path) -> Option<PathBuf> {
    let files = ["-wal", "-journal"].into_iter().map(|ending| companion_of(path, ending));
    files.into_iter().find(|file| fs::metadata(file).is_ok_and(|file| file.len() > 0))
}

/// Returns the existing database whose companion file would have this name.
pub(crate) fn database_beside(path: &Path) -> Option<PathBuf> {
    let path = followed(path);
    let name = path.file_name()?.as_bytes();
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending.as_bytes()))?;
    Some(path.with_file_name(OsStr::from_bytes(stem)))
        .filter(|database| !stem.is_empty() && database.is_file())
}

/// Returns true if a path leads to a database's file or to one of its companion files, which may be missing.
pub(crate) fn is_file_of(database: &Path, path: &Path) -> bool {
    let named = in_its_directory(database);
    // If the database is a link, the companion files are next to its target.
    let file = fs::canonicalize(database).unwrap_or_else(|_| named.clone());
    let path = in_its_directory(path);
    [named, file].iter().any(|file| {
        let mut files = ENDINGS.iter().map(|ending| companion_of(file, ending)).chain([file.clone()]);
        files.any(|file| file == path || is_same(&file, &path))
    })
}

/// Resolves all links in a path except in its last name.
fn in_its_directory(path: &Path) -> PathBuf {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return path.to_owned() };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    fs::canonicalize(parent).map_or_else(|_| path.to_owned(), |parent| parent.join(name))
}

/// Returns true if both paths lead to the same existing file, possibly by different hard links.
fn is_same(one: &Path, other: &Path) -> bool {
    FileIdentity::of(one).is_some_and(|identity| FileIdentity::of(other) == Some(identity))
}

/// Returns the directory of a file, which may be missing.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The free space below which a disk counts as full: SQLite needs a page of shared memory to read a file in WAL mode.
const ROOM: u64 = 64 << 10;

/// Returns true if the disk of a file is full.
pub(crate) fn is_disk_full(path: &Path) -> bool {
    let found = rustix::fs::statvfs(directory_of(path));
    found.is_ok_and(|found| found.f_bavail.saturating_mul(found.f_frsize) < ROOM)
}

/// Returns the reason why this process may find no room for files beside a database, if there is one.
pub(crate) fn no_room_beside(path: &Path) -> Option<NoRoom> {
    if is_disk_full(path) { Some(NoRoom::Disk) } else { NoRoom::of_limit() }
}

/// The longest path that SQLite opens, in bytes.
const LONGEST_PATH: usize = 510;

/// Returns an error if a name is too long for the companion files of the database.
pub(crate) fn is_name_too_long(path: &Path) -> Option<OpenError> {
    let suffix = "-journal".len();
    let error = |what, bytes: usize, most| {
        (bytes > most).then(|| OpenError::NameTooLong { path: path.to_owned(), what, bytes, most })
    };
    let longest = rustix::fs::statvfs(directory_of(path)).map_or(255, |found| found.f_namemax);
    let longest = usize::try_from(longest).unwrap_or(255);
    let name = path.file_name().map_or(0, |name| name.len());
    let whole = std::path::absolute(path).map_or(0, |path| path.as_os_str().len());
    error("name", name, longest.saturating_sub(suffix)).or_else(|| error("whole path", whole, LONGEST_PATH))
}
