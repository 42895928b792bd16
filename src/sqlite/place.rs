//! Which file a path led to.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::error::OpenError;

/// A file's identity, which it keeps when it is written and no other file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    device: u64,
    inode: u64,
}

/// The file that a path leads to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) place: Place,
    /// How many names it has.
    pub(super) links: u64,
    pub(super) bytes: u64,
}

impl Place {
    /// The file that the path leads to now.
    pub(super) fn of(path: &Path) -> Option<Self> {
        Found::at(path).map(|found| found.place)
    }
}

impl Found {
    /// Looks where a path leads now.
    ///
    /// The times of the file are not asked for: a file of which they were asked gets new ones with its next write, which
    /// the next sync then has to put on disk as well.
    #[cfg(target_os = "linux")]
    pub(super) fn at(path: &Path) -> Option<Self> {
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
        let place = Place { device, inode: found.stx_ino };
        Self { place, links: found.stx_nlink.into(), bytes: found.stx_size }
    }

    /// Looks where a path leads now.
    #[cfg(all(unix, not(target_os = "linux")))]
    pub(super) fn at(path: &Path) -> Option<Self> {
        Self::by_metadata(path)
    }

    #[cfg(unix)]
    fn by_metadata(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = fs::metadata(path).ok()?;
        let place = Place { device: metadata.dev(), inode: metadata.ino() };
        Some(Self { place, links: metadata.nlink(), bytes: metadata.len() })
    }

    /// Elsewhere an open file cannot be removed or replaced, so that its being there is enough.
    #[cfg(not(unix))]
    pub(super) fn at(path: &Path) -> Option<Self> {
        let bytes = fs::metadata(path).ok()?.len();
        Some(Self { place: Place { device: 0, inode: 0 }, links: 1, bytes })
    }
}

#[cfg(target_os = "linux")]
fn wanted() -> rustix::fs::StatxFlags {
    use rustix::fs::StatxFlags;
    StatxFlags::INO | StatxFlags::NLINK | StatxFlags::SIZE
}

/// A file held by its identity: looking at it costs a third of following its path, and does not tell where the path
/// leads now.
#[cfg(target_os = "linux")]
pub(super) struct Handle(rustix::fd::OwnedFd);

#[cfg(target_os = "linux")]
impl Handle {
    pub(super) fn of(path: &Path) -> Option<Self> {
        use rustix::fs::{Mode, OFlags, open};
        // Any other way of opening it would, when it is closed, release SQLite's locks on the file.
        open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok().map(Self)
    }

    pub(super) fn found(&self) -> Option<Found> {
        use rustix::fs::{AtFlags, statx};
        statx(&self.0, c"", AtFlags::EMPTY_PATH, wanted()).ok().map(|found| Found::of(&found))
    }
}

/// A file held by its path, where the system cannot hold it by its identity without locking it.
#[cfg(not(target_os = "linux"))]
pub(super) struct Handle(PathBuf);

#[cfg(not(target_os = "linux"))]
impl Handle {
    pub(super) fn of(path: &Path) -> Option<Self> {
        Some(Self(path.to_owned()))
    }

    pub(super) fn found(&self) -> Option<Found> {
        Found::at(&self.0)
    }
}

/// The most links that are followed one after the other, as Linux does.
const LINKS: usize = 40;

/// The file that a path names, be it there or not: where the path's last name is a symbolic link, what that leads to.
/// SQLite keeps its other files beside that one.
pub(super) fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Ok(target) = fs::read_link(&path) else { break };
        // A relative target starts in the directory of the link.
        path = path.parent().map_or_else(|| target.clone(), |directory| directory.join(&target));
    }
    path
}

/// The log that SQLite keeps beside a file.
pub(super) fn log_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// What SQLite keeps beside a file under its name with this ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The endings of what SQLite keeps beside a file: its log, the index of that, and the journal that it has instead
/// while it has no log.
const ENDINGS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The log or the journal that lies beside a path and is not empty.
pub(crate) fn log_beside(path: &Path) -> Option<PathBuf> {
    let files = ["-wal", "-journal"].into_iter().map(|ending| beside(path, ending));
    files.into_iter().find(|file| fs::metadata(file).is_ok_and(|file| file.len() > 0))
}

/// The database beside which SQLite keeps a log, shared memory or a journal of that name, if it is there.
pub(crate) fn database_beside(path: &Path) -> Option<PathBuf> {
    let path = followed(path);
    let name = path.file_name()?.as_bytes();
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending.as_bytes()))?;
    Some(path.with_file_name(OsStr::from_bytes(stem)))
        .filter(|database| !stem.is_empty() && database.is_file())
}

/// Whether a path leads to a database's file, or to one that SQLite keeps beside it, be that there now or not.
pub(crate) fn is_file_of(database: &Path, path: &Path) -> bool {
    let named = in_its_directory(database);
    // Where a link leads to the database, they are beside the file itself.
    let file = fs::canonicalize(database).unwrap_or_else(|_| named.clone());
    let path = in_its_directory(path);
    [named, file].iter().any(|file| {
        let mut files = ENDINGS.iter().map(|ending| beside(file, ending)).chain([file.clone()]);
        files.any(|file| file == path || is_same(&file, &path))
    })
}

/// The path with no link but, perhaps, the last name in it.
fn in_its_directory(path: &Path) -> PathBuf {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return path.to_owned() };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    fs::canonicalize(parent).map_or_else(|_| path.to_owned(), |parent| parent.join(name))
}

/// Whether both lead to one file that is there. Only where files have an identity can that be told of hard links.
fn is_same(one: &Path, other: &Path) -> bool {
    cfg!(unix) && Place::of(one).is_some_and(|place| Place::of(other) == Some(place))
}

/// The directory that a file is in, or would be in.
pub(super) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Less room than this is none: SQLite needs a page of shared memory to read a file in WAL mode.
const ROOM: u64 = 64 << 10;

/// Returns true if there is no room on the disk that a file is on.
pub(super) fn is_disk_full(path: &Path) -> bool {
    let found = rustix::fs::statvfs(directory_of(path));
    found.is_ok_and(|found| found.f_bavail.saturating_mul(found.f_frsize) < ROOM)
}

/// The longest path that SQLite opens, in bytes.
const LONGEST_PATH: usize = 510;

/// The error for a name that leaves no room for those that SQLite gives to the files beside the database.
pub(super) fn is_name_too_long(path: &Path) -> Option<OpenError> {
    let beside = "-journal".len();
    let error = |what, bytes: usize, most| {
        (bytes > most).then(|| OpenError::NameTooLong { path: path.to_owned(), what, bytes, most })
    };
    let longest = rustix::fs::statvfs(directory_of(path)).map_or(255, |found| found.f_namemax);
    let longest = usize::try_from(longest).unwrap_or(255);
    let name = path.file_name().map_or(0, |name| name.len());
    let whole = std::path::absolute(path).map_or(0, |path| path.as_os_str().len());
    error("name", name, longest.saturating_sub(beside)).or_else(|| error("whole path", whole, LONGEST_PATH))
}
