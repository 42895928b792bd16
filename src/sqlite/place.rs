//! Which file a path led to.

use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// A file's identity, which it keeps when it is written and no other file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    device: u64,
    inode: u64,
}

impl Place {
    /// The file that the path leads to now.
    #[cfg(unix)]
    pub(super) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self { device: metadata.dev(), inode: metadata.ino() })
    }

    /// Elsewhere an open file cannot be removed or replaced, so that its being there is enough.
    #[cfg(not(unix))]
    pub(super) fn of(path: &Path) -> Option<Self> {
        path.exists().then_some(Self { device: 0, inode: 0 })
    }
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

/// The path leads to another file than the one that was opened.
pub(super) fn replaced(path: &Path) -> StoreError {
    let log = log_of(path);
    let is_filled = std::fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    StoreError::FileReplaced { path: path.to_owned(), log: is_filled.then_some(log) }
}
