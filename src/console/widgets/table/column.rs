//! Columns of tables.

/// The minimum width of a text that is cut.
const LITTLE: u16 = 7;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub(crate) title: &'static str,
    pub(crate) right: bool,
    pub(crate) least: u16,
    pub(crate) most: u16,
    pub(crate) grows: bool,
    pub(crate) rank: u8,
    pub(crate) spare: bool,
    pub(crate) names: bool,
    pub(crate) sorted: &'static str,
    pub(crate) loaded: u16,
    pub(crate) usual: u16,
    pub(crate) cut: bool,
    pub(crate) share: u16,
    pub(crate) times: bool,
}

impl Column {
    /// Returns a column of text, as wide as its content.
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
            sorted: "",
            loaded: 0,
            usual: 0,
            cut: false,
            share: 0,
            times: false,
        }
    }

    /// Returns a column of right-aligned numbers.
    pub const fn number(title: &'static str) -> Self {
        Self { right: true, ..Self::text(title) }
    }

    /// Sets the minimum width, so that the column does not move while scrolling.
    pub const fn at_least(self, least: u16) -> Self {
        Self { least, ..self }
    }

    /// Sets the maximum width.
    pub const fn at_most(self, most: u16) -> Self {
        Self { most, ..self }
    }

    /// Limits the column to one part in `parts` of the table, but not below its minimum width, as long as a growing column needs
    /// the room.
    pub const fn at_most_one_in(self, parts: u16) -> Self {
        Self { share: parts, ..self }
    }

    /// Lets the column take the remaining width.
    pub const fn growing(self) -> Self {
        Self { grows: true, ..self }
    }

    /// Allows the column to be dropped if the table is too narrow: the highest rank first, rank 0 never.
    pub const fn rank(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// Sets the width of the widest text of all loaded rows, on screen or not. The column may become wider than its maximum
    /// if the growing column does not need all of its room.
    pub const fn holding(self, loaded: u16) -> Self {
        Self { loaded, ..self }
    }

    /// Sets the width that most texts of the loaded rows fit into. Longer ones are cut, unless the growing column does not need
    /// all of its room.
    pub const fn usually(self, usual: u16) -> Self {
        Self { usual, ..self }
    }

    /// Allows the texts to be cut at their end down to the minimum width.
    pub const fn cut(self) -> Self {
        Self { cut: true, ..self }
    }

    /// The minimum width, given the full width of the content.
    pub(crate) fn needs(&self, width: u16) -> u16 {
        if self.grows || self.names || self.cut { self.least.max(LITTLE).min(width) } else { width }
    }

    /// Drops the column as soon as a growing one would have to be cut.
    pub const fn spare(self) -> Self {
        Self { spare: true, ..self }
    }

    /// Shows after the title that the list is sorted by this column, and in which direction.
    pub const fn sorted(self, sign: &'static str) -> Self {
        Self { sorted: sign, ..self }
    }

    /// Marks the texts as times, so that the heading names their time zone.
    pub const fn times(self) -> Self {
        Self { times: true, ..self }
    }

    /// Marks the texts as names, which are cut in the middle.
    pub const fn names(self) -> Self {
        Self { names: true, ..self }
    }
}
