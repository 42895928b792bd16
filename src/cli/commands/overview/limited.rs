//! A list that stays short.

use crate::text::grouped;

/// The most lines of a list.
pub(super) const MOST: usize = 20;

/// The first lines of a list, and the number of those omitted.
#[derive(Default)]
pub(super) struct Limited {
    lines: Vec<String>,
    omitted: u64,
}

impl Limited {
    /// Returns true if another line would be omitted.
    pub fn is_full(&self) -> bool {
        self.lines.len() >= MOST
    }

    /// Adds a line, or counts it if there are enough.
    pub fn push(&mut self, line: impl FnOnce() -> String) {
        if self.is_full() { self.omitted += 1 } else { self.lines.push(line()) }
    }

    pub fn lines(&self) -> impl Iterator<Item = &String> {
        self.lines.iter()
    }

    /// Returns the number of lines, including those omitted.
    pub fn total(&self) -> u64 {
        self.lines.len() as u64 + self.omitted
    }

    /// Returns the number of lines omitted.
    pub fn omitted(&self) -> u64 {
        self.omitted
    }

    /// Joins the lines to one.
    pub fn joined(&self) -> String {
        let more = match self.omitted {
            0 => String::new(),
            omitted => format!(" and {} more", grouped(omitted)),
        };
        self.lines.join(", ") + &more
    }
}
