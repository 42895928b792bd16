//! Compares the list of free pages with the pages in use.
//!
//! SQLite's own check passes over the list if the object it meets first is a view, which depends on the order in which the
//! objects were created. A page in use that is also listed as free is overwritten by a later write, so it is looked for
//! here. No statement of SQLite reads the list: it is read from the file, in a snapshot without a WAL.

mod list;
mod unclosed;

use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use crate::error::StoreError;

use super::concurrency::transaction::Use;
use super::guard::identity;
use super::{Database, Result};

/// The most pages that are named.
const MOST: usize = 100;

/// How often a WAL that is not empty is copied to the file, before the comparison is given up.
const ATTEMPTS: u32 = 3;

/// The result of a comparison.
pub(super) enum Compared {
    /// The pages that are in use and in the list of free pages.
    InUse(Vec<u32>),
    /// The WAL was in use, so the list in the file may be an earlier one.
    NotRead,
}

impl Database {
    /// Returns the pages that are in use and in the list of free pages.
    pub(super) fn compare_free_pages(&self) -> crate::Result<Compared> {
        if self.files.is_none() {
            return Ok(Compared::InUse(Vec::new()));
        }
        for _ in 0..ATTEMPTS {
            if let Some(in_use) = self.snapshot(|connection| self.listed_in_use(connection))? {
                return Ok(Compared::InUse(in_use));
            }
            self.copy_wal()?;
        }
        Ok(Compared::NotRead)
    }

    /// Returns `None` if the snapshot includes pages of a WAL, or if the file cannot be read directly.
    fn listed_in_use(&self, connection: &Connection) -> Result<Option<Vec<u32>>> {
        // The first statement determines the snapshot.
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
        if number("freelist_count")? == 0 {
            return Ok(Some(Vec::new()));
        }
        let (page_size, page_count) = (number("page_size")?, number("page_count")?);
        let Some(files) = &self.files else { return Ok(None) };
        // A WAL that is empty now had no page of this snapshot, and nothing is copied to the file until its end.
        let is_empty = |wal| std::fs::metadata(wal).map_or(true, |wal| wal.len() == 0);
        if !is_empty(identity::wal_of(files.path())) {
            return Ok(None);
        }
        let Some(file) = unclosed::open(files) else { return Ok(None) };
        match list::read(file, page_size, page_count) {
            Ok(listed) => Ok(Some(used(connection, &listed)?)),
            Err(_) => Ok(None),
        }
    }

    /// Copies the WAL to the file, unless others prevent that. Does not wait for them, since writers would wait for it.
    fn copy_wal(&self) -> crate::Result<()> {
        let shared = self.turn()?;
        if self.options.read_only || shared.in_use.get() != Use::Free {
            return Ok(());
        }
        self.check_identity()?;
        let connection = shared.connection.borrow();
        connection.busy_timeout(Duration::ZERO).map_err(StoreError::of_sqlite)?;
        let copied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        self.options.wait_for_others(&connection).map_err(StoreError::of_sqlite)?;
        match copied.map_err(StoreError::of_sqlite) {
            Err(StoreError::Stopped) => Err(StoreError::Stopped.into()),
            _ => Ok(()),
        }
    }
}

/// Returns the listed pages that belong to a table or an index. In a damaged table, those before the damage.
fn used(connection: &Connection, listed: &list::Listed) -> Result<Vec<u32>> {
    let mut pages = connection.prepare("SELECT pageno FROM dbstat")?;
    let mut pages = pages.query([])?;
    let mut used = Vec::new();
    loop {
        match pages.next() {
            Ok(Some(row)) => {
                let page: i64 = row.get(0)?;
                used.extend(u32::try_from(page).ok().filter(|page| listed.contains(*page)));
            }
            Ok(None) => break,
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => break,
            Err(error) => return Err(error.into()),
        }
    }
    used.sort_unstable();
    used.dedup();
    used.truncate(MOST);
    Ok(used)
}
