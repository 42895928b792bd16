//! A file that appears complete or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{ExportError, Result, reason_of};
use crate::masking::MaskedPath;
use crate::sqlite::{Location, database_beside, drafts, log_beside, share_with_group_of};

/// The start and the end of temporary names.
const PREFIX: &str = ".ramax-";
const SUFFIX: &str = ".part";

/// How often to try again if another process removes the new file as a leftover.
const TRIES: u32 = 8;

/// A file being written under a temporary name in its target directory.
pub(crate) struct NewFile {
    path: PathBuf,
    replace: bool,
    temporary: NamedTempFile,
}

impl NewFile {
    /// Creates a temporary file for `path`. An existing file is refused unless `replace` is set, and names
    /// reserved for the database are always refused.
    pub fn begin(database: Option<&Location>, path: &Path, replace: bool) -> Result<Self> {
        if database.is_some_and(|location| location.owns(path)) {
            return Err(ExportError::OfDatabase { path: path.to_owned() }.into());
        }
        check_apart(path)?;
        match fs::symlink_metadata(path) {
            Ok(found) if !replace || !found.is_file() => {
                return Err(
                    ExportError::Exists { path: path.to_owned(), replaceable: found.is_file() }.into()
                );
            }
            // Otherwise it would fail only at the end, when the file gets its name.
            Err(error) if error.kind() == io::ErrorKind::InvalidFilename => {
                let reason = "its name is too long".to_owned();
                return Err(ExportError::NotWritable { path: path.to_owned(), reason }.into());
            }
            Ok(_) | Err(_) => {}
        }
        let directory = directory_of(path);
        if !directory.is_dir() {
            let reason = format!("there is no directory {}", directory.shown());
            return Err(ExportError::NotWritable { path: path.to_owned(), reason }.into());
        }
        drafts::sweep(directory, |name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        for _ in 0..TRIES {
            let temporary = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(directory);
            let temporary = temporary.map_err(|error| not_writable(path, &error))?;
            if drafts::lock(&temporary) {
                if let Some(location) = database {
                    share_with_group_of(&location.database, temporary.path());
                }
                return Ok(Self { path: path.to_owned(), replace, temporary });
            }
        }
        let reason = "another process keeps removing its temporary file".to_owned();
        Err(ExportError::NotWritable { path: path.to_owned(), reason }.into())
    }

    /// Returns the final name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the temporary name.
    pub fn written_to(&self) -> &Path {
        self.temporary.path()
    }

    /// Syncs the file and gives it its final name.
    pub fn finish(self) -> Result<()> {
        let Self { path, replace, mut temporary } = self;
        temporary.flush().and_then(|()| temporary.as_file().sync_all()).map_err(ExportError::from)?;
        let placed = if replace { temporary.persist(&path) } else { temporary.persist_noclobber(&path) };
        placed.map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => ExportError::Exists { path: path.clone(), replaceable: true },
            _ => not_writable(&path, &error.error),
        })?;
        let directory = File::open(directory_of(&path)).and_then(|directory| directory.sync_all());
        Ok(directory.map_err(ExportError::from)?)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

/// Refuses a name that would make SQLite take the file for a part of a database, or a log for a part of the
/// file.
fn check_apart(path: &Path) -> Result<(), ExportError> {
    let reason = match (database_beside(path), log_beside(path)) {
        (Some(database), _) => {
            format!("SQLite would take it for a part of the database {}, and remove it", database.shown())
        }
        (None, Some(log)) if path.exists() => format!("it is a database with commits in {}", log.shown()),
        (None, Some(log)) => format!("{} holds the commits of a missing database", log.shown()),
        (None, None) => return Ok(()),
    };
    Err(ExportError::OfOtherDatabase { path: path.to_owned(), reason })
}

fn not_writable(path: &Path, error: &io::Error) -> ExportError {
    ExportError::NotWritable { path: path.to_owned(), reason: reason_of(error) }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
