//! Motions in lists, and scrolling.

use crate::console::app::scrolled::scrolled;

/// A motion in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    Rows(isize),
    HalfPages(isize),
    Pages(isize),
    Start,
    End,
}

impl Motion {
    /// Returns the new top line of a view without a selection, now scrolled to `top`.
    pub(crate) fn scrolled(self, top: usize, count: usize, height: usize) -> usize {
        let most = count.saturating_sub(height);
        self.from(top.min(most), most + 1, height)
    }

    /// Returns the index that it leads to from `index` among `count`.
    pub(crate) fn from(self, index: usize, count: usize, height: usize) -> usize {
        let by = match self {
            Self::Rows(by) => by,
            Self::HalfPages(by) => by * (height / 2).max(1).cast_signed(),
            Self::Pages(by) => by * height.saturating_sub(1).max(1).cast_signed(),
            Self::Start => return 0,
            Self::End => return count.saturating_sub(1),
        };
        index.saturating_add_signed(by).min(count.saturating_sub(1))
    }
}

/// Returns the index that a motion leads to in a list, and scrolls it into view.
pub(crate) fn go_in_list(
    place: Option<usize>,
    count: usize,
    top: &mut usize,
    motion: Motion,
    height: u16,
) -> usize {
    let to = motion.from(place.unwrap_or(0), count, height.into());
    *top = scrolled(*top, to, count, height.into());
    to
}
