//! The part of a window that is on screen, with a line between two days.

use crate::console::widgets::table::Days;

use super::{Row, Window};

impl<R: Row> Window<R> {
    /// Returns the index of the first row on screen among the loaded ones.
    pub fn top_index(&self) -> usize {
        self.top.as_ref().map_or(0, |key| self.index_of(key)).min(self.rows.len().saturating_sub(1))
    }

    /// Returns the rows on screen if `height` lines fit. A line between two days takes one of them.
    pub fn visible(&self, height: usize) -> impl Iterator<Item = &R> {
        let top = self.top_index();
        self.rows.iter().skip(top).take(self.fitting(top, height))
    }

    /// Returns true if a row is on another day than the row before it.
    pub fn begins_day(&self, index: usize) -> bool {
        let day = |index: usize| self.rows.get(index).map(Row::day);
        index.checked_sub(1).is_some_and(|before| day(before) != day(index))
    }

    /// Returns the number of lines between days on a screen of `height` lines.
    pub fn day_lines(&self, height: usize) -> usize {
        let top = self.top_index();
        let below = (top + 1)..(top + self.fitting(top, height));
        below.filter(|index| self.begins_day(*index)).count()
    }

    /// Returns the days of the rows on a screen of `height` lines, for a table whose times are in `column`.
    pub fn days(&self, height: usize, column: usize, day: impl Fn(&R) -> String) -> Option<Days> {
        let top = self.top_index();
        let first = day(self.rows.get(top)?);
        let below = (top + 1)..(top + self.fitting(top, height));
        let others = below.filter(|index| self.begins_day(*index));
        let others = others.filter_map(|index| Some((index - top, day(self.rows.get(index)?)))).collect();
        Some(Days { column, first, others })
    }

    /// Returns the number of lines of a row below another one.
    fn lines_of(&self, index: usize) -> usize {
        1 + usize::from(self.begins_day(index))
    }

    /// Returns the number of rows from `top` on that fit into `height` lines.
    fn fitting(&self, top: usize, height: usize) -> usize {
        let mut used = 0;
        let fits = |index: &usize| {
            used += if *index > top { self.lines_of(*index) } else { 1 };
            used <= height
        };
        (top..self.rows.len()).take_while(fits).count()
    }

    /// Returns the first row of a screen of `height` lines whose last row is at `index`.
    fn first_above(&self, index: usize, height: usize) -> usize {
        let (mut top, mut used) = (index, 1);
        while top > 0 {
            used += self.lines_of(top);
            if used > height {
                break;
            }
            top -= 1;
        }
        top
    }

    /// Selects the loaded row at an index and shows it.
    pub fn select_index(&mut self, index: usize, height: usize) {
        self.selected = self.rows.get(index).map(Row::key);
        self.reveal(height);
    }

    /// Selects a row by its number on screen, if there is one.
    pub fn select_shown(&mut self, row: usize, height: usize) {
        let index = self.top_index().saturating_add(row);
        if index < self.rows.len() {
            self.select_index(index, height);
        }
    }

    /// Scrolls just far enough to show the selected row and to leave no row needlessly blank.
    pub fn reveal(&mut self, height: usize) {
        let selected = self.selected_index().unwrap_or(0);
        let mut top = self.top_index();
        if height > 0 {
            top = top.clamp(self.first_above(selected, height).min(selected), selected);
        }
        // Otherwise, rows that are still to be loaded will fill the rest of the screen.
        if height > 0 && self.at_end {
            top = top.min(self.first_above(self.rows.len().saturating_sub(1), height));
        }
        self.top = self.rows.get(top).map(Row::key);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::console::widgets::moment::{Day, Moments};

    /// A row with a number and a day.
    struct Numbered(u64, Day);

    impl Row for Numbered {
        type Key = u64;

        fn key(&self) -> u64 {
            self.0
        }

        fn day(&self) -> Day {
            self.1
        }
    }

    fn window(days: &[i64]) -> Window<Numbered> {
        let moments = Moments::default();
        let day = |day: i64| moments.day(crate::clock::Timestamp(day * 86_400_000));
        let rows = days.iter().enumerate().map(|(at, of)| Numbered(at as u64, day(*of))).collect();
        Window { rows, at_start: true, at_end: true, loaded: true, ..Window::default() }
    }

    /// The lines on screen: the numbers of rows, and none for a line between days.
    fn lines(window: &Window<Numbered>, height: usize) -> Vec<Option<u64>> {
        let mut lines = Vec::new();
        let top = window.top_index();
        for (index, row) in window.visible(height).enumerate() {
            if index > 0 && window.begins_day(top + index) {
                lines.push(None);
            }
            lines.push(Some(row.0));
        }
        lines
    }

    #[test]
    fn a_line_between_days_takes_the_room_of_a_row() {
        let mut window = window(&[1, 1, 2, 2, 3]);
        window.select_index(0, 4);
        assert_eq!(lines(&window, 4), [Some(0), Some(1), None, Some(2)]);
        window.select_index(3, 4);
        assert_eq!(lines(&window, 4), [Some(1), None, Some(2), Some(3)]);
        window.select_index(4, 4);
        assert_eq!(lines(&window, 4), [Some(2), Some(3), None, Some(4)]);
        let days = window.days(4, 1, |row| format!("day of {}", row.0)).unwrap();
        assert_eq!((days.first.as_str(), days.others), ("day of 2", vec![(2, "day of 4".to_owned())]));
    }

    proptest! {
        #[test]
        fn the_selected_row_is_on_screen_and_the_screen_is_full(
            days in prop::collection::vec(0_i64..3, 1..60),
            moves in prop::collection::vec((0_usize..60, 0_usize..20), 1..12),
        ) {
            let mut window = window(&days);
            for (index, height) in moves {
                let index = index.min(days.len() - 1);
                window.select_index(index, height);
                let shown = lines(&window, height);
                prop_assert!(shown.len() <= height);
                if height > 0 {
                    prop_assert!(shown.contains(&Some(index as u64)), "{:?}", shown);
                    // One more row, with a line above it, would not have fitted.
                    prop_assert!(shown.len() + 2 > height || shown.iter().flatten().count() == days.len());
                }
            }
        }
    }
}
