//! A file of the original, opened so that neither it nor its directory changes.

use std::path::Path;

use parking_lot::Mutex;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::engines::sqlite::{Database, FileResult, OpenOptions, Stop, log_of};
use crate::error::{Error, OpenError, Result};

use super::catalog::{Catalog, Keys};
use super::layout::Layout;

/// An open file of the original.
pub(super) struct OriginalFile {
    pub(super) database: Database,
    pub(super) layout: Layout,
    /// The facts about its spaces, as of a version of the file; as of none that this connection knows if they are from
    /// another connection.
    pub(super) catalog: Mutex<Option<(Option<u64>, std::sync::Arc<Catalog>)>>,
    pub(super) keys: Mutex<Option<(u64, std::sync::Arc<Keys>)>>,
    /// A copy of the file, if its log cannot be read in place. Removed after the database is closed.
    _copy: Option<TempDir>,
}

impl OriginalFile {
    pub(super) fn open(path: &Path, options: OpenOptions, stop: &Stop) -> Result<Self> {
        let options = OpenOptions { read_only: true, without_companions: true, ..options };
        let (database, copy) = match Database::open_original(path, &options) {
            Err(Error::Open(OpenError::LogUnreadable { .. })) => Self::open_copy(path, options)?,
            // Only a program that writes the file can roll it back, and this one does not.
            Err(Error::Open(OpenError::HotJournal { path, journal })) => {
                return Err(OpenError::OriginalInTransaction { path, journal }.into());
            }
            opened => (opened?, None),
        };
        let database = database.stopped_by(stop);
        let layout = database.read(Layout::of)?;
        let (catalog, keys) = (Mutex::default(), Mutex::default());
        Ok(Self { database, layout, catalog, keys, _copy: copy })
    }

    /// Opens the same file with a new connection. It begins with what this one knows, and reads what was added since.
    pub(super) fn reopen(&self, path: &Path, options: OpenOptions, stop: &Stop) -> Result<Self> {
        let file = Self::open(path, options, stop)?;
        let known = self.catalog.lock().clone();
        *file.catalog.lock() = known.map(|(_, catalog)| (None, catalog));
        Ok(file)
    }

    /// Copies a file whose log holds commits while no process has it open, as after a crash. SQLite reads such a log only
    /// with shared memory, which it would create beside the file.
    fn open_copy(path: &Path, options: OpenOptions) -> Result<(Database, Option<TempDir>)> {
        let copied = || {
            let directory = tempfile::tempdir()?;
            let copy = directory.path().join("copy.db");
            std::fs::copy(path, &copy)?;
            std::fs::copy(log_of(path), log_of(&copy))?;
            Ok::<_, std::io::Error>((directory, copy))
        };
        let unusable = |error: std::io::Error| OpenError::TemporaryDirectory {
            directory: std::env::temp_dir(),
            reason: format!(
                "the write-ahead log of {} holds commits that can only be read from a copy, and none could be made: {error}",
                path.display()
            ),
        };
        let (directory, copy) = copied().map_err(unusable)?;
        let options = OpenOptions { without_companions: false, ..options };
        Ok((Database::open_original(&copy, &options)?, Some(directory)))
    }

    /// Runs read statements.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> FileResult<T>) -> Result<T> {
        self.database.read(work)
    }
}
