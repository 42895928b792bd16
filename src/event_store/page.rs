//! Pages: bounded pieces of a log, each behind a place.

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
