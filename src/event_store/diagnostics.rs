//! Checks and copies of a store at the level of its engine.

use std::path::Path;

use crate::error::{BackupError, Result};

/// A counter of ids that lost count: an id could be given out twice, or none is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostNumbers {
    /// The table whose ids are counted.
    pub table: &'static str,
    /// The last id given out, according to the counter or, if it is out of range, to a row.
    pub given: i64,
    /// The highest id in range that is in use, or known to have been used.
    pub used: i64,
}

/// Numbers of a column that are outside its range, and that no other part of a check finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfRange {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The number of rows.
    pub rows: u64,
    /// Their value after a repair.
    pub repaired: RepairedNumber,
}

/// The value that a repair gives a number which is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepairedNumber {
    /// One that follows from other data.
    Derived,
    /// This one: nothing says what it was, and nothing depends on it.
    Set(&'static str),
    /// None: nothing says what it was, although it matters.
    Lost,
}

/// A problem that a storage engine finds in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineFault {
    /// The engine's words.
    pub detail: String,
    /// True if no row is damaged, so that [`Inspect::rewrite`] repairs it.
    pub is_derived: bool,
}

/// The result of an engine's check of its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Integrity {
    /// The problems found.
    pub faults: Vec<EngineFault>,
    /// The part of the check that was not possible now, with the reason.
    pub unchecked: Option<&'static str>,
}

/// Diagnostics of a storage engine. By default there is no engine, and nothing is reported.
pub trait Inspect: Send + Sync {
    /// Returns up to 100 problems for each part of the check. With `deep`, also checks what needs a second pass over every
    /// row or page, such as indexes and the list of free pages.
    fn integrity(&self, _deep: bool) -> Result<Integrity> {
        Ok(Integrity::default())
    }

    /// Writes all rows again and derives the indexes from them, which repairs everything but the rows themselves. Other
    /// processes wait meanwhile.
    fn rewrite(&self) -> Result<()> {
        Ok(())
    }

    /// Describes objects that another program created in the storage.
    fn foreign_objects(&self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Returns the counters that could give out an id twice, or have none left.
    fn lost_numbers(&self) -> Result<Vec<LostNumbers>> {
        Ok(Vec::new())
    }

    /// Sets every such counter to the highest id known, and gives rows that are out of range the next ids.
    fn repair_numbers(&self) -> Result<()> {
        Ok(())
    }

    /// Counts the numbers outside the range of their column that no other part of a check finds.
    fn out_of_range(&self) -> Result<Vec<OutOfRange>> {
        Ok(Vec::new())
    }

    /// Replaces such numbers, except for those that are lost.
    fn repair_ranges(&self) -> Result<()> {
        Ok(())
    }

    /// Writes a consistent copy of the storage to the empty file `file`. Other processes may read and write
    /// meanwhile.
    ///
    /// # Errors
    /// [`BackupError::InMemory`] if there is no file to copy. [`StoreError::NoRoom`](crate::StoreError)
    /// concerns the disk of the copy.
    fn copy_to(&self, _file: &Path) -> Result<()> {
        Err(BackupError::InMemory.into())
    }

    /// Returns a function that stops a check on this handle from another thread. A check may consist of
    /// several queries, so the function may have to be called again.
    fn interrupter(&self) -> Result<Box<dyn Fn() + Send + Sync>> {
        Ok(Box::new(|| {}))
    }
}
