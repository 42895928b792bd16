//! The limit of the size of files that the system sets for a process (`ulimit -f`).
//!
//! A checkpoint writes to the file what is in the WAL. If the file may not be as large as that, no process under the limit
//! can remove the WAL. So a commit that would make the file larger is refused, and a process under a limit moves its commits
//! from the WAL to the file before the WAL reaches it.

use rusqlite::Connection;

use crate::error::{NoRoom, StoreError, file_size_limit};

use super::Result;

/// The size of a page with its frame in the WAL.
const FRAME: u64 = 4096 + 24;

/// The part of the limit after which a commit starts a checkpoint, as a divisor. Another commit still fits into the rest.
const PART: u64 = 4;

/// Refuses to commit if the file would be larger than the limit.
pub(super) fn check(connection: &Connection) -> Result<()> {
    let Some(limit) = file_size_limit() else { return Ok(()) };
    let number = |pragma| -> rusqlite::Result<i64> {
        connection.prepare_cached(pragma)?.query_row([], |row| row.get(0))
    };
    let bytes = number("PRAGMA page_count")?.saturating_mul(number("PRAGMA page_size")?);
    if bytes.unsigned_abs() > limit {
        return Err(StoreError::NoRoom(NoRoom::FileSize { limit }).into());
    }
    Ok(())
}

/// Returns the pages in the WAL at which a commit starts a checkpoint: `most`, or fewer under a limit.
pub(super) fn wal_pages(most: u32) -> u32 {
    let of_limit = |limit: u64| u32::try_from((limit / FRAME / PART).max(1)).unwrap_or(u32::MAX);
    file_size_limit().map_or(most, |limit| most.min(of_limit(limit)))
}
