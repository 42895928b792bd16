//! Tables that build only the rows on screen.

use ratatui::layout::Rect;

use crate::console::app::pointer::region::Spot;
use crate::console::theme::Role;
use crate::console::widgets::pen::{Pen, Piece, below, pieces_width, right_of, row, width};
use crate::console::widgets::text::{fit, highlight};

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

    /// The minimum width, given the full width of the content.
    pub(crate) fn needs(&self, width: u16) -> u16 {
        if self.grows || self.names { self.least.max(LITTLE).min(width) } else { width }
    }

    /// Drops the column as soon as a growing one would have to be cut.
    pub const fn spare(self) -> Self {
        Self { spare: true, ..self }
    }

    /// Shows after the title that the list is sorted by this column, and in which direction.
    pub const fn sorted(self, sign: &'static str) -> Self {
        Self { sorted: sign, ..self }
    }

    /// Marks the texts as names, which are cut in the middle.
    pub const fn names(self) -> Self {
        Self { names: true, ..self }
    }
}

/// A row: pieces of text for each column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableRow<'a> {
    /// The cells.
    pub cells: Vec<Vec<Piece<'a>>>,
    /// True if the row is selected.
    pub selected: bool,
}

/// The visible rows of a table.
#[derive(Debug, Clone, Default)]
pub struct Table<'a> {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows on screen, from the first.
    pub rows: Vec<TableRow<'a>>,
    /// True if the pane has the focus.
    pub focused: bool,
    /// Words to highlight.
    pub matches: &'a [String],
    /// Omits the headings.
    pub bare: bool,
    /// The number of the first row, by which the pointer finds it.
    pub first: usize,
    /// The days of the rows, if they have any.
    pub days: Option<Days>,
}

/// The days of the rows of a table: the first above the times, every other one on a line of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Days {
    /// The index of the column of times, whose heading is the day of the first row.
    pub column: usize,
    /// The day of the first row.
    pub first: String,
    /// The rows on another day than the row above, with their days.
    pub others: Vec<(usize, String)>,
}

/// The gap between two columns.
const GAP: u16 = 2;

impl Table<'_> {
    /// Draws the table. The first cell of each line is for the selection marker; the last stays empty.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect) {
        let text = Rect { width: area.width.saturating_sub(1), ..right_of(area, 1) };
        let text = Rect { width: text.width.saturating_sub(u16::from(area.width > 2)), ..text };
        let widths = self.widths(text.width);
        let mut lines = area;
        if !self.bare {
            self.headings(pen, row(text, 0), &widths);
            lines = below(area, 1);
        }
        for (index, entry) in self.rows.iter().enumerate() {
            if let Some(day) = self.day_above(index) {
                day_line(pen, row(lines, 0), day);
                lines = below(lines, 1);
            }
            let line = row(lines, 0);
            lines = below(lines, 1);
            if line.is_empty() {
                return;
            }
            for (cell, place, column) in
                columns(&entry.cells, &widths, &self.columns, Rect { y: line.y, ..text })
            {
                let place = Rect { height: 1, ..place };
                if column.names {
                    pen.line(place, &fit(cell.to_vec(), place.width, pen.glyphs().ellipsis));
                } else if column.right {
                    pen.line_right(place, cell);
                } else {
                    pen.line(place, cell);
                }
            }
            pen.spot(line, Spot::Row(self.first + index));
            mark(pen, line, entry.selected, self.focused);
            highlight(pen, Rect { y: line.y, height: 1, ..text }, self.matches);
        }
    }

    fn headings(&self, pen: &mut Pen<'_>, line: Rect, widths: &[u16]) {
        let mut x = 0;
        let columns = self.columns.iter().enumerate().zip(widths);
        for ((index, column), width) in columns.filter(|(_, width)| **width > 0) {
            let place = Rect { width: *width, ..right_of(line, x) };
            let place = place.intersection(line);
            pen.spot(place, Spot::Heading(column.title));
            let used = if column.right {
                pen.text_right(place, self.heading(index), Role::Heading);
                place.width
            } else {
                pen.text(place, self.heading(index), Role::Heading)
            };
            // The sign may lie in the gap, so that sorting moves no column.
            pen.glyph(place.x.saturating_add(used), place.y, column.sorted, Role::Accent);
            x += width + GAP;
        }
    }

    /// Returns the heading of a column.
    fn heading(&self, index: usize) -> &str {
        let day = self.days.as_ref().filter(|days| days.column == index).map(|days| days.first.as_str());
        day.unwrap_or_else(|| self.columns.get(index).map_or("", |column| column.title))
    }

    /// Returns the day on the line above a row, if there is such a line.
    fn day_above(&self, index: usize) -> Option<&str> {
        let others = &self.days.as_ref()?.others;
        others.iter().find(|(row, _)| *row == index).map(|(_, day)| day.as_str())
    }

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

    /// The widths of all columns if there is room for everything.
    fn full_widths(&self) -> Vec<u16> {
        let full = |(index, column): (usize, &Column)| {
            self.content_width(index, column).min(column.most.max(column.least)).max(1)
        };
        self.columns.iter().enumerate().map(full).collect()
    }

    /// The width of the widest text of a column, with its heading.
    fn content_width(&self, index: usize, column: &Column) -> u16 {
        let content = self.rows.iter().filter_map(|row| row.cells.get(index)).map(|cell| pieces_width(cell));
        let title = if self.bare { 0 } else { width(self.heading(index)) };
        content.fold(title.max(column.least).max(column.loaded), u16::max)
    }

    /// Returns the width that a column has in a table of this width; 0 if it is dropped.
    pub fn column_width(&self, index: usize, width: u16) -> u16 {
        self.widths(width.saturating_sub(2)).get(index).copied().unwrap_or(0)
    }

    /// The widths of all columns; 0 for dropped ones.
    fn widths(&self, available: u16) -> Vec<u16> {
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

    /// Gives the remaining width to the growing column. If there is too little, shrinks names first, then the widest
    /// columns.
    fn grow(&self, widths: &mut [u16], available: u16) {
        let gaps = GAP
            * u16::try_from(widths.iter().filter(|width| **width > 0).count()).unwrap_or(0).saturating_sub(1);
        let available = available.saturating_sub(gaps);
        let sum = |widths: &[u16]| widths.iter().fold(0, |sum: u16, width| sum.saturating_add(*width));
        if let Some(index) = self.columns.iter().position(|column| column.grows) {
            let others = sum(widths) - widths.get(index).copied().unwrap_or(0);
            if let Some((width, column)) =
                widths.get_mut(index).zip(self.columns.get(index)).filter(|(width, _)| **width > 0)
            {
                *width = available.saturating_sub(others).max(column.needs(*width));
            }
            self.spread(widths, index);
        }
        while sum(widths) > available {
            let names = widths.iter_mut().zip(&self.columns).filter(|(_, column)| column.names);
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

/// Draws a day between two rows: `── 2026-01-31 UTC ─────`.
fn day_line(pen: &mut Pen<'_>, line: Rect, day: &str) {
    let rule = pen.glyphs().lines.horizontal;
    let before = pen.text(right_of(line, 1), &rule.repeat(2), Role::Border) + 2;
    let used = before + pen.text(right_of(line, before), day, Role::Muted) + 1;
    let rest = Rect { width: line.width.saturating_sub(1), ..line };
    let rest = right_of(rest, used);
    pen.text(rest, &rule.repeat(rest.width.into()), Role::Border);
}

/// Marks a row if it is selected.
pub fn mark(pen: &mut Pen<'_>, line: Rect, selected: bool, focused: bool) {
    if selected {
        let marker = pen.glyphs().marker;
        pen.wash(line, if focused { Role::Selection } else { Role::Resting });
        let role = if focused { Role::Marker } else { Role::Muted };
        pen.text(Rect { width: 1, ..line }, marker, role);
    }
}

/// The visible cells with their areas and columns.
fn columns<'t, 'a>(
    cells: &'t [Vec<Piece<'a>>],
    widths: &'t [u16],
    columns: &'t [Column],
    line: Rect,
) -> impl Iterator<Item = (&'t [Piece<'a>], Rect, &'t Column)> {
    let mut x = 0;
    let shown = cells.iter().zip(widths).zip(columns).filter(|((_, width), _)| **width > 0);
    shown.map(move |((cell, width), column)| {
        let place = Rect { width: *width, ..right_of(line, x) }.intersection(line);
        x += width + GAP;
        (cell.as_slice(), place, column)
    })
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;

    use super::*;
    use crate::console::theme::Theme;
    use crate::console::widgets::pen::piece;

    fn drawn(table: &Table<'_>, cells: u16) -> Vec<String> {
        let area = Rect::new(0, 0, cells, 3);
        let (mut buffer, theme) = (Buffer::empty(area), Theme::mono());
        table.draw(&mut Pen::new(&mut buffer, &theme), area);
        (0..3)
            .map(|y| (0..cells).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned())
            .collect()
    }

    fn table<'a>() -> Table<'a> {
        let row = |name: &'static str, count: &'static str, note: &'static str, selected| TableRow {
            cells: [name, count, note].map(|text| vec![piece(text, Role::Text)]).to_vec(),
            selected,
        };
        Table {
            columns: vec![
                Column::text("name").growing(),
                Column::number("count"),
                Column::text("note").rank(1),
            ],
            rows: vec![row("crm_acme", "1,204", "crm", false), row("日本語のテナント", "7", "cms", true)],
            focused: true,
            ..Table::default()
        }
    }

    #[test]
    fn numbers_are_right_aligned_and_the_growing_column_takes_the_rest() {
        assert_eq!(
            drawn(&table(), 34),
            [
                " name                 count  note",
                " crm_acme             1,204  crm",
                ">日 本 語 の テ ナ ン ト          7  cms",
            ]
        );
    }

    #[test]
    fn a_column_that_does_not_fit_is_dropped_and_wide_text_is_cut_between_characters() {
        assert_eq!(drawn(&table(), 18), [" name       count", " crm_acme   1,204", ">日 本 語 の …      7"]);
    }

    #[test]
    fn spare_columns_are_dropped_before_names_are_cut_in_the_middle() {
        let row = |name: &'static str| TableRow {
            cells: [name, "7", "crm"].map(|text| vec![piece(text, Role::Text)]).to_vec(),
            selected: false,
        };
        let columns = vec![
            Column::text("name").growing().names(),
            Column::number("lag"),
            Column::text("app").rank(1).spare(),
        ];
        let rows = vec![row("crm_load_0042"), row("crm_load_0043")];
        let table = Table { columns, rows, ..Table::default() };
        assert_eq!(drawn(&table, 25)[1], " crm_load_0042    7  crm");
        assert_eq!(drawn(&table, 24)[1], " crm_load_0042        7");
        assert_eq!(drawn(&table, 18)[1..], [" crm_l…_0042    7", " crm_l…_0043    7"]);
    }

    #[test]
    fn days_are_named_above_the_times_and_between_rows() {
        let row = |time: &'static str| TableRow {
            cells: vec![vec![piece(time, Role::Muted)], vec![piece("added", Role::Text)]],
            selected: time == "00:01",
        };
        let columns = vec![Column::text("time").at_least(14), Column::text("type").growing()];
        let days =
            Days { column: 0, first: "2026-01-30 UTC".to_owned(), others: vec![(1, "today UTC".to_owned())] };
        let table =
            Table { columns, rows: vec![row("23:59"), row("00:01")], days: Some(days), ..Table::default() };
        let area = Rect::new(0, 0, 30, 4);
        let (mut buffer, theme) = (Buffer::empty(area), Theme::mono());
        table.draw(&mut Pen::new(&mut buffer, &theme), area);
        let line = |y| (0..30).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
        assert_eq!(
            [0, 1, 2, 3].map(line),
            [
                " 2026-01-30 UTC  type",
                " 23:59           added",
                " ── today UTC ───────────────",
                ">00:01           added"
            ]
        );
        assert_eq!(drawn(&table, 30).len(), 3, "a row without room is not drawn");
    }

    #[test]
    fn room_that_the_growing_column_does_not_need_shows_long_texts_in_full() {
        let row = |space: &'static str| TableRow {
            cells: vec![vec![piece(space, Role::Text)], vec![piece("Ada", Role::Text)]],
            selected: false,
        };
        let columns = vec![
            Column::text("space").names().at_most(8).holding(18),
            Column::text("payload").growing().at_least(4).holding(6),
        ];
        let table = Table { columns, rows: vec![row("crm"), row("crm_load_0042")], ..Table::default() };
        assert_eq!(drawn(&table, 60)[2], " crm_load_0042       Ada");
        assert_eq!(drawn(&table, 25)[2], " crm_load_0042   Ada");
        assert_eq!(drawn(&table, 20)[2], " crm_…0042  Ada");
    }

    #[test]
    fn a_table_without_room_draws_nothing_and_does_not_panic() {
        assert_eq!(drawn(&table(), 0), ["", "", ""]);
        assert_eq!(drawn(&table(), 1).len(), 3);
        assert_eq!(drawn(&table(), 2).len(), 3);
    }
}
