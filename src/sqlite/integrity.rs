//! What SQLite finds amiss in a file.

use crate::error::Result;

use super::{Database, text};

impl Database {
    /// What SQLite's own check finds, up to its hundred; with `deep` it compares the indexes too.
    pub(crate) fn integrity(&self, deep: bool) -> Result<Vec<String>> {
        let sql = if deep { "PRAGMA integrity_check" } else { "PRAGMA quick_check" };
        self.read(|connection| {
            let mut statement = connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(text(row.get_ref(0)?).unwrap_or_default().into_owned());
            }
            found.retain(|line| line != "ok");
            Ok(found)
        })
    }

    /// Ends the statement that another thread runs on this connection.
    pub(crate) fn interrupter(&self) -> Result<Box<dyn Fn() + Send + Sync>> {
        let handle = self.read(|connection| Ok(connection.get_interrupt_handle()))?;
        Ok(Box::new(move || handle.interrupt()))
    }
}
