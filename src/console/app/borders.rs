//! The borders between the panes, which can be moved.

use ratatui::layout::Rect;

/// A border that can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    /// Between the side column and the list.
    Side,
    /// Between the list and the detail to its right.
    Beside,
    /// Between the list and the detail below it.
    Below,
}

/// The positions of the borders that were moved. The others are where the layout puts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Split {
    /// The width of the side column in cells. A narrow screen may shorten it.
    pub side: Option<u16>,
    /// The share of the list beside the detail, in thousandths.
    pub beside: Option<u16>,
    /// The share of the list above the detail, in thousandths.
    pub below: Option<u16>,
}

/// The minimum width of the side column.
const LEAST_SIDE: u16 = 20;
/// The minimum width of a list or a detail.
const LEAST_WIDTH: u16 = 30;
/// The minimum height of a list or a detail.
const LEAST_HEIGHT: u16 = 5;

impl Split {
    /// Returns the width of the side column on a screen of this width.
    pub(crate) fn side(&self, screen: u16, default: u16) -> u16 {
        let most = screen.saturating_sub(2 * LEAST_WIDTH).max(LEAST_SIDE);
        self.side.map_or(default, |cells| cells.clamp(LEAST_SIDE, most))
    }

    /// Returns the width of the list beside the detail, of the width of both.
    pub(crate) fn beside(&self, both: u16, default: u16) -> u16 {
        limited(self.beside.map_or(default, |share| cells(share, both)), both, LEAST_WIDTH)
    }

    /// Returns the height of the list above the detail, of the height of both.
    pub(crate) fn below(&self, both: u16, default: u16) -> u16 {
        limited(self.below.map_or(default, |share| cells(share, both)), both, LEAST_HEIGHT)
    }

    /// Moves a border to `cell`, counted from the start of the area that it divides.
    pub(crate) fn put(&mut self, border: Border, cell: u16, area: Rect) {
        match border {
            Border::Side => self.side = Some(cell.max(LEAST_SIDE)),
            Border::Beside => self.beside = Some(share(cell, area.width)),
            Border::Below => self.below = Some(share(cell, area.height)),
        }
    }

    /// Moves a border back to where the layout puts it.
    pub(crate) fn restore(&mut self, border: Border) {
        match border {
            Border::Side => self.side = None,
            Border::Beside => self.beside = None,
            Border::Below => self.below = None,
        }
    }
}

fn share(cell: u16, of: u16) -> u16 {
    let of = u32::from(of.max(1));
    u16::try_from((u32::from(cell) * 1000 + of / 2) / of).unwrap_or(1000).min(1000)
}

fn cells(share: u16, of: u16) -> u16 {
    u16::try_from((u32::from(share) * u32::from(of) + 500) / 1000).unwrap_or(of)
}

/// Leaves at least `least` cells on both sides, or half if there are fewer.
fn limited(cells: u16, of: u16, least: u16) -> u16 {
    let least = least.min(of / 2);
    cells.clamp(least, of - least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_border_stays_where_it_was_put_and_leaves_room_on_both_sides() {
        for width in 61..400 {
            let area = Rect::new(0, 0, width, 40);
            for cell in 0..=width + 5 {
                let mut split = Split::default();
                split.put(Border::Beside, cell, area);
                let expected = cell.clamp(LEAST_WIDTH.min(width / 2), width - LEAST_WIDTH.min(width / 2));
                assert_eq!(split.beside(width, 0), expected, "{cell} of {width}");
                split.put(Border::Side, cell, area);
                assert!(split.side(width, 0) >= LEAST_SIDE && split.side(width, 0) < width);
            }
        }
    }

    #[test]
    fn a_share_survives_a_smaller_screen() {
        let mut split = Split::default();
        split.put(Border::Below, 30, Rect::new(0, 0, 100, 40));
        let heights = [40, 20, 8, 3, 0].map(|height| split.below(height, 0));
        assert_eq!(heights, [30, 15, 4, 2, 0]);
        assert_eq!(split.below(40, 0), 30);
        split.restore(Border::Below);
        assert_eq!((split, split.below(40, 22)), (Split::default(), 22));
    }
}
