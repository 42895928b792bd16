//! The surroundings in which an operation runs.

use std::io;
use std::path::{Path, PathBuf};

use crate::content_store::{Apps, Store};
use crate::error::{ExportError, ImportError, Result};
use crate::operator::Operator;

use super::super::{ImportFile, ReviewDecision, Reviewer, Spool};

/// The surroundings in which an operation runs.
#[derive(Clone, Copy)]
pub struct OperationContext<'a> {
    /// The store.
    pub store: &'a Store,
    /// The known apps.
    pub apps: &'a Apps,
    /// The files that are read and written.
    pub files: &'a dyn FileAccess,
    /// Decides about a rebuild that is to be reviewed.
    pub reviewer: &'a dyn Reviewer,
    /// Returns true if an operator's process may still be running.
    pub is_running: fn(&Operator) -> bool,
}

impl<'a> OperationContext<'a> {
    /// Returns the context of a process that names files as the operating system does. A rebuild that is to be reviewed is
    /// discarded; set [`reviewer`](Self::reviewer) to decide about it.
    pub fn new(store: &'a Store, apps: &'a Apps) -> Self {
        let reviewer = &ReviewDecision::Discard;
        Self { store, apps, files: &NamedFiles, reviewer, is_running: Operator::is_running }
    }
}

/// The files that operations read and write.
pub trait FileAccess {
    /// Returns the path of a file.
    ///
    /// # Errors
    /// An error if there can be no file of this name.
    fn find(&self, named: &Path) -> io::Result<PathBuf>;

    /// Opens a file that was found, to import it.
    fn open(&self, path: &Path) -> Result<ImportFile<Spool>> {
        ImportFile::open(path)
    }

    /// Returns the path of a file to be written.
    ///
    /// # Errors
    /// [`ExportError::NotWritable`].
    fn to_write(&self, named: &Path) -> Result<PathBuf> {
        let refused =
            |error: io::Error| ExportError::NotWritable { path: named.to_owned(), reason: error.to_string() };
        Ok(self.find(named).map_err(refused)?)
    }

    /// Returns the path of a file to be read.
    ///
    /// # Errors
    /// [`ImportError::Read`].
    fn to_read(&self, named: &Path) -> Result<PathBuf> {
        Ok(self.find(named).map_err(ImportError::from)?)
    }
}

/// Files under the names that the operating system knows them by.
#[derive(Debug, Clone, Copy, Default)]
pub struct NamedFiles;

impl FileAccess for NamedFiles {
    fn find(&self, named: &Path) -> io::Result<PathBuf> {
        Ok(named.to_owned())
    }
}
