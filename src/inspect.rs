//! Looking at a storage from below: what its engine finds amiss.

use std::path::Path;

use crate::error::{BackupError, Result};

/// Numbers that are given once and never again, and whose count of what was given is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostNumbers {
    /// What is numbered.
    pub table: &'static str,
    /// The last number that was given, as far as the storage knows.
    pub given: i64,
    /// The highest number that something has, or is known to have had.
    pub used: i64,
}

/// What a storage's engine can say of itself. One that has no engine below it finds nothing.
pub trait Inspect: Send + Sync {
    /// What the engine finds amiss, in its own words, up to a hundred things; with `deep` also what costs a
    /// second look at every row, such as its indexes.
    ///
    /// # Errors
    /// Failures of the storage.
    fn integrity(&self, _deep: bool) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// What somebody else put into the storage and left there, for people.
    ///
    /// # Errors
    /// Failures of the storage.
    fn foreign_objects(&self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Where numbers could be given once more.
    ///
    /// # Errors
    /// Failures of the storage.
    fn lost_numbers(&self) -> Result<Vec<LostNumbers>> {
        Ok(Vec::new())
    }

    /// Sees to it that numbers go on behind the highest one known.
    ///
    /// # Errors
    /// Failures of the storage.
    fn repair_numbers(&self) -> Result<()> {
        Ok(())
    }

    /// Writes a copy of the storage, as it is at one moment, to `file`, which is empty. Others read and write
    /// meanwhile.
    ///
    /// # Errors
    /// [`BackupError::InMemory`]; failures of the storage, of which [`StoreError::DiskFull`](crate::StoreError)
    /// concerns the disk of the copy.
    fn copy_to(&self, _file: &Path) -> Result<()> {
        Err(BackupError::InMemory.into())
    }

    /// What ends a look that another thread takes through this handle, as soon as may be. It may have to be
    /// called again, where that look is made of several.
    ///
    /// # Errors
    /// Failures of the storage.
    fn interrupter(&self) -> Result<Box<dyn Fn() + Send + Sync>> {
        Ok(Box::new(|| {}))
    }
}
