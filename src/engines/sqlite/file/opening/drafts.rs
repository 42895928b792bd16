//! Files under temporary names, and the removal of those whose process was killed.

use std::fs::{self, File};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::engines::sqlite::file::guard::identity::companion_of;

/// The suffixes of the files that SQLite keeps next to a database, and of the database itself.
const BESIDE: [&str; 4] = ["-wal", "-shm", "-journal", ""];

/// Locks a draft until it is closed, so that no process sweeps it. Returns false if another process swept it before
/// it was locked.
pub(crate) fn lock(draft: &NamedTempFile) -> bool {
    // Not every file system supports this lock.
    let _ = draft.as_file().lock();
    draft.path().exists()
}

/// Removes the drafts in a directory that no process has locked, with their companion files.
pub(crate) fn sweep(directory: &Path, is_draft: impl Fn(&str) -> bool) {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    for draft in entries.filter(|entry| is_draft(&entry.file_name().to_string_lossy())) {
        let draft = draft.path();
        let file = File::open(&draft);
        // Locked until it is removed, so that a process that has just created it finds it gone.
        if file.as_ref().is_ok_and(|file| file.try_lock().is_ok()) {
            for ending in BESIDE {
                let _ = fs::remove_file(companion_of(&draft, ending));
            }
        }
    }
}
