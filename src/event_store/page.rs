//! Pages: bounded pieces of a log, each after a given place.

use std::fmt::Display;

use crate::error::StoreError;
use crate::event::Event;

/// The bytes of payloads or values after which a page ends early: 16 MiB.
pub const PAGE_BYTES: usize = 16 << 20;

/// The direction of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Oldest first.
    #[default]
    Forward,
    /// Newest first.
    Backward,
}

/// A page of a log: its start, direction and maximum length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<K> {
    /// The page starts after this place, which it does not include. With `None` it starts at the beginning or end of the
    /// log.
    pub after: Option<K>,
    /// The direction of reading.
    pub direction: Direction,
    /// The most rows to return.
    pub limit: usize,
}

/// A row of a page.
pub trait PageRow {
    /// Returns the bytes of its payload and metadata, or of its value.
    fn bytes(&self) -> usize;
}

impl PageRow for Event {
    fn bytes(&self) -> usize {
        self.payload.as_str().len() + self.metadata.as_ref().map_or(0, |metadata| metadata.as_str().len())
    }
}

/// Returns true if no rows follow those of a page of up to `limit` rows. A page may have fewer because it ends early:
/// with the row that brings its payloads or values to [`PAGE_BYTES`].
pub fn is_last_page<R: PageRow>(rows: &[R], limit: usize) -> bool {
    rows.len() < limit && total_bytes(rows) < PAGE_BYTES
}

/// Returns the bytes of the rows' payloads or values.
pub(crate) fn total_bytes<R: PageRow>(rows: &[R]) -> usize {
    rows.iter().map(PageRow::bytes).fold(0, usize::saturating_add)
}

impl<K> Page<K> {
    /// Creates a page that goes forward.
    pub fn forward(after: Option<K>, limit: usize) -> Self {
        Self { after, direction: Direction::Forward, limit }
    }

    /// Creates a page that goes backward.
    pub fn backward(after: Option<K>, limit: usize) -> Self {
        Self { after, direction: Direction::Backward, limit }
    }
}

impl Direction {
    /// Checks that a row follows the one before it. In a damaged file, a reader could otherwise loop for ever.
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
        Err(StoreError::Corrupt { detail: format!("{of} {at} is out of order") })
    }
}
