//! Diagnostics of a file, the same for whatever is kept in it.

use std::path::Path;

use super::file::{Database, bounds, numbers};
use super::{SqliteEventStore, SqlitePState};
use crate::error::Result;
use crate::event_store::{Inspect, Integrity, LostNumbers, OutOfRange};

/// A store that is kept in a file.
pub(crate) trait OnFile: Send + Sync {
    fn database(&self) -> &Database;
}

impl OnFile for SqliteEventStore {
    fn database(&self) -> &Database {
        &self.database
    }
}

impl OnFile for SqlitePState {
    fn database(&self) -> &Database {
        &self.database
    }
}

impl<T: OnFile> Inspect for T {
    fn integrity(&self, deep: bool) -> Result<Integrity> {
        self.database().integrity(deep)
    }

    fn rewrite(&self) -> Result<()> {
        self.database().rewrite()
    }

    fn foreign_objects(&self) -> Result<Vec<String>> {
        self.database().foreign_objects()
    }

    fn lost_numbers(&self) -> Result<Vec<LostNumbers>> {
        self.database().snapshot(numbers::lost)
    }

    fn repair_numbers(&self) -> Result<()> {
        self.database().write(numbers::repair)
    }

    fn out_of_range(&self) -> Result<Vec<OutOfRange>> {
        self.database().read(bounds::out_of_range)
    }

    fn repair_ranges(&self) -> Result<()> {
        self.database().write(|connection| {
            bounds::repair(connection)?;
            // Rows may have got other numbers.
            numbers::repair(connection)
        })
    }

    fn copy_to(&self, file: &Path) -> Result<()> {
        self.database().copy_to(file)
    }

    fn interrupter(&self) -> Result<Box<dyn Fn() + Send + Sync>> {
        self.database().interrupter()
    }
}
