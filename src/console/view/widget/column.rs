//! Columns of a table: how wide they are, and which give way.

/// Cells that say something of a text that is cut.
const LITTLE: u16 = 7;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub(super) title: &'static str,
    pub(super) right: bool,
    pub(super) least: u16,
    pub(super) most: u16,
    pub(super) grows: bool,
    pub(super) rank: u8,
    pub(super) spare: bool,
    pub(super) names: bool,
}

impl Column {
    /// A column of text, as wide as what is in it.
    #[must_use]
    pub const fn text(title: &'static str) -> Self {
        Self {
            title,
            right: false,
            least: 0,
            most: u16::MAX,
            grows: false,
            rank: 0,
            spare: false,
            names: false,
        }
    }

    /// A column of numbers, set to the right.
    #[must_use]
    pub const fn number(title: &'static str) -> Self {
        Self { right: true, ..Self::text(title) }
    }

    /// The same column, never narrower than this while it is shown, so that scrolling does not move it.
    #[must_use]
    pub const fn at_least(self, least: u16) -> Self {
        Self { least, ..self }
    }

    /// The same column, never wider than this.
    #[must_use]
    pub const fn at_most(self, most: u16) -> Self {
        Self { most, ..self }
    }

    /// The same column, taking what the others leave.
    #[must_use]
    pub const fn growing(self) -> Self {
        Self { grows: true, ..self }
    }

    /// The same column, left out where it gets too narrow for all: the highest rank first, 0 never.
    #[must_use]
    pub const fn rank(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// What it can do with if it would be so wide.
    pub(super) fn needs(&self, width: u16) -> u16 {
        if self.grows || self.names { self.least.max(LITTLE).min(width) } else { width }
    }

    /// The same column, left out as soon as a growing one would have to be cut for its sake.
    #[must_use]
    pub const fn spare(self) -> Self {
        Self { spare: true, ..self }
    }

    /// The same column, whose texts are cut in the middle where they are cut: they are names.
    #[must_use]
    pub const fn names(self) -> Self {
        Self { names: true, ..self }
    }
}
