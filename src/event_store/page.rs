//! Pages: bounded pieces of a log, each behind a place.

use std::fmt::Display;

use crate::error::StoreError;
use crate::event::Event;

/// The bytes of payloads or values behind which a page ends early: 16 MiB.
pub const PAGE_BYTES: usize = 16 << 20;

/// Which way to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Oldest first.
    #[default]
    Forward,
    /// Newest first.
    Backward,
}

/// A page of a log: where it starts, which way it goes, how long it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<K> {
    /// The page starts behind this place, which is not part of it; from the log's start or end where
    /// there is none.
    pub after: Option<K>,
    /// Which way to read.
    pub direction: Direction,
    /// The most rows to return.
    pub limit: usize,
}

/// A row that pages hold.
pub trait PageRow {
    /// Returns the bytes of its payload or value.
    fn bytes(&self) -> usize;
}

impl PageRow for Event {
    fn bytes(&self) -> usize {
        self.payload.as_str().len()
    }
}

/// Returns true if no rows follow those of a page of up to `limit` rows. A page may have fewer because it ends early:
/// with the row that brings its payloads or values to [`PAGE_BYTES`].
#[must_use]
pub fn is_last_page<R: PageRow>(rows: &[R], limit: usize) -> bool {
    rows.len() < limit && total_bytes(rows) < PAGE_BYTES
}

/// Returns the bytes of the rows' payloads or values.
pub(crate) fn total_bytes<R: PageRow>(rows: &[R]) -> usize {
    rows.iter().map(PageRow::bytes).fold(0, usize::saturating_add)
}

impl<K> Page<K> {
    /// A page that goes forward.
    pub fn forward(after: Option<K>, limit: usize) -> Self {
        Self { after, direction: Direction::Forward, limit }
    }

    /// A page that goes backward.
    pub fn backward(after: Option<K>, limit: usize) -> Self {
        Self { after, direction: Direction::Backward, limit }
    }
}

impl Direction {
    /// Checks that a row lies past the one before it. A page of a damaged file may hold the rows of another place:
    /// whoever went on behind them would never come to an end.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub(crate) fn check_past<K: PartialOrd + Display + ?Sized>(
        self,
        before: Option<&K>,
        at: &K,
        of: &str,
    ) -> Result<(), StoreError> {
        let is_past = before.is_none_or(|before| match self {
            Self::Forward => at > before,
            Self::Backward => at < before,
        });
        if is_past {
            return Ok(());
        }
        Err(StoreError::Corrupt { detail: format!("{of} {at} lies in the wrong place") })
    }
}
