//! Scrollbars and the visible part of a list.

use ratatui::layout::Rect;

use crate::console::theme::Role;
use crate::console::widgets::pen::Pen;

/// The visible part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scroll {
    /// The first row on screen.
    pub first: u64,
    /// The number of rows on screen.
    pub shown: u64,
    /// The total number of rows.
    pub total: u64,
}

impl Scroll {
    /// Returns the visible part, moved from `first` only as far as needed to show the selected row.
    pub fn around(selected: u64, first: u64, shown: u64, total: u64) -> Self {
        let lowest = (selected + 1).saturating_sub(shown);
        let first = first.clamp(lowest, selected.max(lowest)).min(total.saturating_sub(shown));
        Self { first, shown, total }
    }

    /// Draws the scrollbar over the right border of a pane, if the list is longer than the screen.
    pub fn draw(self, pen: &mut Pen<'_>, border: Rect) {
        let height = u64::from(border.height);
        if height < 2 || self.total <= self.shown || border.width == 0 {
            return;
        }
        let length = (height * self.shown / self.total).clamp(1, height - 1);
        let furthest = self.total - self.shown;
        let start = place(self.first.min(furthest), furthest, height - length);
        let glyph = pen.glyphs().thumb;
        for step in start..start + length {
            let y = border.y.saturating_add(u16::try_from(step).unwrap_or(u16::MAX));
            pen.glyph(border.right() - 1, y, glyph, Role::Thumb);
        }
    }
}

/// The position of `at` of `of` on a track of `steps`. Only the ends of the range map to the ends of the track.
fn place(at: u64, of: u64, steps: u64) -> u64 {
    if at == 0 {
        return 0;
    }
    if at >= of {
        return steps;
    }
    let scaled = u64::try_from(u128::from(at) * u128::from(steps) / u128::from(of)).unwrap_or(steps);
    scaled.clamp(1.min(steps), steps.saturating_sub(1).max(1.min(steps)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scrolling_moves_only_as_far_as_the_selection_needs() {
        assert_eq!(Scroll::around(5, 0, 10, 100).first, 0);
        assert_eq!(Scroll::around(10, 0, 10, 100).first, 1);
        assert_eq!(Scroll::around(3, 7, 10, 100).first, 3);
        assert_eq!(Scroll::around(99, 0, 10, 100).first, 90);
        assert_eq!(Scroll::around(2, 50, 10, 5).first, 0);
        assert_eq!(Scroll::around(0, 0, 0, 0).first, 0);
    }

    #[test]
    fn the_thumb_touches_an_end_only_at_the_end_of_the_list() {
        assert_eq!([0, 1, 50, 99, 100].map(|at| place(at, 100, 10)), [0, 1, 5, 9, 10]);
        assert_eq!([0, 1, 2].map(|at| place(at, 2, 1)), [0, 1, 1]);
        assert_eq!(place(3, 9, 0), 0);
    }
}
