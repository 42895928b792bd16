//! The widths of the columns: as wide as their content, if there is room, and the least important columns are dropped first.

use crate::console::widgets::pen::{pieces_width, width};

use super::{Column, GAP, Table};

impl Table<'_> {
    /// Returns the width at which nothing is cut, including the selection marker.
    pub fn preferred_width(&self) -> u16 {
        self.preferred(&self.full_widths()).saturating_add(2)
    }

    /// Returns true if a column of numbers other than a spare one has to be dropped at this width.
    pub fn drops_counters(&self, width: u16) -> bool {
        let widths = self.widths(width.saturating_sub(2));
        let is_missed = |(width, column): (&u16, &Column)| *width == 0 && column.right && !column.spare;
        widths.iter().zip(&self.columns).any(is_missed)
    }

    /// Returns true if the last column is not dropped at this width.
    pub fn shows_last(&self, width: u16) -> bool {
        self.columns.len().checked_sub(1).is_some_and(|last| self.column_width(last, width) > 0)
    }

    /// The widths of all columns if there is room for everything.
    fn full_widths(&self) -> Vec<u16> {
        let full = |(index, column): (usize, &Column)| {
            self.content_width(index, column).min(column.most.max(column.least)).max(1)
        };
        self.columns.iter().enumerate().map(full).collect()
    }

    /// The width of the widest text of a column, or of the usual one if that is known, with its heading.
    fn content_width(&self, index: usize, column: &Column) -> u16 {
        let content = self.rows.iter().filter_map(|row| row.cells.get(index)).map(|cell| pieces_width(cell));
        let title = if self.bare { 0 } else { width(&self.heading(index)) };
        if column.usual > 0 {
            return title.max(column.least).max(column.usual);
        }
        content.fold(title.max(column.least).max(column.loaded), u16::max)
    }

    /// Returns the width that a column has in a table of this width; 0 if it is dropped.
    pub fn column_width(&self, index: usize, width: u16) -> u16 {
        self.widths(width.saturating_sub(2)).get(index).copied().unwrap_or(0)
    }

    /// The widths of all columns; 0 for dropped ones.
    pub(super) fn widths(&self, available: u16) -> Vec<u16> {
        let mut widths = self.full_widths();
        let mut dropped: Vec<usize> = (0..widths.len()).filter(|index| self.rank(*index) > 0).collect();
        dropped.sort_by_key(|index| self.rank(*index));
        while let Some(index) = dropped.pop() {
            let minimum = if self.is_spare(index) { self.preferred(&widths) } else { self.minimum(&widths) };
            if minimum > available
                && let Some(width) = widths.get_mut(index)
            {
                *width = 0;
            }
        }
        self.grow(&mut widths, available);
        widths
    }

    /// The minimum width of the table. Growing columns and names can be cut.
    fn minimum(&self, widths: &[u16]) -> u16 {
        let shown = widths.iter().zip(&self.columns).filter(|(width, _)| **width > 0);
        sum_with_gaps(shown.map(|(width, column)| column.needs(*width)))
    }

    /// The width of the table with nothing cut.
    fn preferred(&self, widths: &[u16]) -> u16 {
        sum_with_gaps(widths.iter().copied().filter(|width| *width > 0))
    }

    /// Limits the columns that may take only a share of the table beside the growing column.
    fn limit(&self, widths: &mut [u16], available: u16) {
        for (width, column) in widths.iter_mut().zip(&self.columns).filter(|(_, column)| column.share > 0) {
            *width = (*width).min((available / column.share).max(column.least));
        }
    }

    /// Gives the remaining width to the growing column. If there is too little, shrinks what may be cut first, then the widest
    /// columns.
    fn grow(&self, widths: &mut [u16], available: u16) {
        let growing = self.columns.iter().position(|column| column.grows);
        if growing.is_some_and(|index| widths.get(index).is_some_and(|width| *width > 0)) {
            self.limit(widths, available);
        }
        let gaps = GAP
            * u16::try_from(widths.iter().filter(|width| **width > 0).count()).unwrap_or(0).saturating_sub(1);
        let available = available.saturating_sub(gaps);
        let sum = |widths: &[u16]| widths.iter().fold(0, |sum: u16, width| sum.saturating_add(*width));
        if let Some(index) = growing {
            let others = sum(widths) - widths.get(index).copied().unwrap_or(0);
            if let Some((width, column)) =
                widths.get_mut(index).zip(self.columns.get(index)).filter(|(width, _)| **width > 0)
            {
                *width = available.saturating_sub(others).max(column.needs(*width));
            }
            self.spread(widths, index);
        }
        while sum(widths) > available {
            let names = widths.iter_mut().zip(&self.columns).filter(|(_, column)| column.names || column.cut);
            let spare = names.filter(|(width, column)| **width > column.needs(**width));
            let Some((widest, _)) = spare.max_by_key(|(width, _)| **width) else { break };
            *widest -= 1;
        }
        while sum(widths) > available {
            let Some(widest) = widths.iter_mut().max_by_key(|width| **width).filter(|width| **width > 1)
            else {
                return;
            };
            *widest -= 1;
        }
    }

    /// Gives the room that the growing column does not need to columns whose texts are longer than their maximum.
    fn spread(&self, widths: &mut [u16], growing: usize) {
        let Some(column) = self.columns.get(growing).filter(|column| column.loaded > 0) else { return };
        let needed = self.content_width(growing, column);
        let mut spare = widths.get(growing).map_or(0, |width| width.saturating_sub(needed));
        let mut given = 0;
        for (index, (width, column)) in widths.iter_mut().zip(&self.columns).enumerate() {
            if index != growing && *width > 0 {
                let more = column.loaded.saturating_sub(*width).min(spare);
                (*width, spare, given) = (*width + more, spare - more, given + more);
            }
        }
        if let Some(width) = widths.get_mut(growing) {
            *width -= given;
        }
    }

    fn rank(&self, index: usize) -> u8 {
        self.columns.get(index).map_or(0, |column| column.rank)
    }

    fn is_spare(&self, index: usize) -> bool {
        self.columns.get(index).is_some_and(|column| column.spare)
    }
}

fn sum_with_gaps(widths: impl Iterator<Item = u16>) -> u16 {
    widths.map(|width| width.saturating_add(GAP)).fold(0, u16::saturating_add).saturating_sub(GAP)
}
