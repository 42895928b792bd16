//! Database files that are read without SQLite.
//!
//! The operating system keeps one set of locks for a process and a file. If the process closes the file in any place, it
//! drops the locks of all of its SQLite connections, and another process could remove the WAL that they use. So a file that
//! was once opened here stays open until the process ends, and is opened only once.

use std::fs::File;

use parking_lot::Mutex;

use crate::engines::sqlite::file::guard::files::Files;
use crate::engines::sqlite::file::guard::identity::FileIdentity;

/// The open files. Like the locks, they belong to the process.
static OPEN: Mutex<Vec<(FileIdentity, &'static File)>> = Mutex::new(Vec::new());

/// Opens a database file for reading. Returns `None` if it was replaced or cannot be read.
pub(super) fn open(files: &Files) -> Option<&'static File> {
    let mut open = OPEN.lock();
    let is_it = |(identity, _): &&(FileIdentity, &File)| files.is_at(Some(*identity));
    if let Some((_, file)) = open.iter().find(is_it) {
        return Some(file);
    }
    // Never dropped, whichever file it is.
    let file: &'static File = Box::leak(Box::new(File::open(files.path()).ok()?));
    let identity = FileIdentity::of_metadata(&file.metadata().ok()?);
    open.push((identity, file));
    files.is_at(Some(identity)).then_some(file)
}
