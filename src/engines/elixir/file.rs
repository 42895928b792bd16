//! A file of the original, opened so that neither it nor its directory changes.

use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::engines::sqlite::{Database, FileResult, OpenOptions, Stop, followed, log_of};
use crate::error::{Error, OpenError, Result, StoreError};
use crate::text::{counted, grouped};

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
    path: PathBuf,
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
        if (layout.has_events || layout.is_of_projections) && copy.is_none() {
            check_size(&database, path)?;
        }
        let (catalog, keys) = (Mutex::default(), Mutex::default());
        Ok(Self { database, layout, catalog, keys, path: path.to_owned(), _copy: copy })
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

    /// As [`read`](Self::read), with errors of damage that name the file: for work with several files.
    pub(super) fn read_named<T>(&self, work: impl FnOnce(&Connection) -> FileResult<T>) -> Result<T> {
        self.read(work).map_err(|error| damage_in(&self.path, error))
    }
}

/// Adds the path to the error of a damaged file.
pub(crate) fn damage_in(path: &Path, error: Error) -> Error {
    match error {
        Error::Store(StoreError::Corrupt { detail }) => {
            OpenError::DamagedOriginal { path: path.to_owned(), detail }.into()
        }
        other => other,
    }
}

/// Checks that a file is not cut off within its last page, whose rest would be read as zeros. Its end may be in its log as long
/// as that holds pages.
fn check_size(database: &Database, path: &Path) -> Result<()> {
    let number = |name: &'static str| {
        database.read(|connection| Ok(connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0))?))
    };
    let (pages, page_size) = (number("page_count")?.unsigned_abs(), number("page_size")?.unsigned_abs());
    let path = followed(path);
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
    let expected = pages.saturating_mul(page_size);
    let missing = expected.saturating_sub(size(&path));
    if missing == 0 || size(&log_of(&path)) > 0 {
        return Ok(());
    }
    let detail = format!(
        "it is cut off: the last {} of {} {} missing",
        grouped(missing),
        counted(expected, "byte", "bytes"),
        if missing == 1 { "is" } else { "are" }
    );
    Err(OpenError::DamagedOriginal { path, detail }.into())
}
