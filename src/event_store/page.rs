//! Pages: bounded pieces of a log, each behind a place.

use std::fmt::Display;

use crate::error::StoreError;

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
