//! Tables that build only the rows on screen.

mod column;
mod widths;

use std::borrow::Cow;

use ratatui::layout::Rect;

use crate::console::app::pointer::region::Spot;
use crate::console::theme::Role;
use crate::console::widgets::pen::{Pen, Piece, below, right_of, row};
use crate::console::widgets::text::{fit, highlight};

pub use column::Column;

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
    /// The time zone of the times, named in the headings of their columns.
    pub zone: String,
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
                pen.text_right(place, &self.heading(index), Role::Heading);
                place.width
            } else {
                pen.text(place, &self.heading(index), Role::Heading)
            };
            // The sign may lie in the gap, so that sorting moves no column.
            pen.glyph(place.x.saturating_add(used), place.y, column.sorted, Role::Accent);
            x += width + GAP;
        }
    }

    /// Returns the heading of a column.
    fn heading(&self, index: usize) -> Cow<'_, str> {
        let day = self.days.as_ref().filter(|days| days.column == index).map(|days| days.first.as_str());
        match (day, self.columns.get(index)) {
            (Some(day), _) => day.into(),
            (None, Some(column)) if column.times && !self.zone.is_empty() => {
                format!("{} {}", column.title, self.zone).into()
            }
            (None, column) => column.map_or("", |column| column.title).into(),
        }
    }

    /// Returns the day on the line above a row, if there is such a line.
    fn day_above(&self, index: usize) -> Option<&str> {
        let others = &self.days.as_ref()?.others;
        others.iter().find(|(row, _)| *row == index).map(|(_, day)| day.as_str())
    }
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
    fn one_long_text_does_not_widen_a_column_for_all_rows() {
        let row = |kind: &'static str| TableRow {
            cells: vec![vec![piece(kind, Role::Text)], vec![piece("name Ada King", Role::Text)]],
            selected: false,
        };
        let columns = vec![
            Column::text("type").names().at_most(32).usually(5).holding(20),
            Column::text("payload").growing().at_least(4).holding(13),
        ];
        let table =
            Table { columns, rows: vec![row("added"), row("imported_from_a_file")], ..Table::default() };
        assert_eq!(drawn(&table, 22)[1..], [" added  name Ada King", " im…le  name Ada King"]);
        assert_eq!(
            drawn(&table, 40)[2],
            " imported_from_a_file  name Ada King",
            "there is room for all of it"
        );
    }

    #[test]
    fn long_types_leave_room_for_a_payload_that_needs_it() {
        let row = |kind: &'static str, payload: &'static str| TableRow {
            cells: vec![vec![piece(kind, Role::Text)], vec![piece(payload, Role::Text)]],
            selected: false,
        };
        let table = |payload: &'static str| {
            let wanted = payload.len().try_into().unwrap();
            let columns = vec![
                Column::text("type").names().at_least(8).at_most(32).at_most_one_in(4).holding(29),
                Column::text("payload").growing().at_least(4).holding(wanted),
            ];
            let rows = vec![row("contact.email-address-changed", payload)];
            Table { columns, rows, ..Table::default() }
        };
        let long = "email ada@acme.example, before ada@old.example";
        assert_eq!(drawn(&table(long), 52)[1], " contac…anged  email ada@acme.example, before ada@…");
        assert_eq!(drawn(&table("name Ada"), 52)[1], " contact.email-address-changed  name Ada");
    }

    #[test]
    fn a_text_that_may_be_cut_keeps_its_start() {
        let row = TableRow {
            cells: vec![
                vec![piece("crm", Role::Text)],
                vec![piece("event 3: a value is missing", Role::Text)],
            ],
            selected: false,
        };
        let columns =
            vec![Column::text("name").growing(), Column::text("last error").at_least(16).cut().rank(1)];
        let table = Table { columns, rows: vec![row], ..Table::default() };
        assert_eq!(drawn(&table, 30)[1], " crm   event 3: a value is m…");
        assert_eq!(drawn(&table, 20)[1], " crm");
    }

    #[test]
    fn a_table_without_room_draws_nothing_and_does_not_panic() {
        assert_eq!(drawn(&table(), 0), ["", "", ""]);
        assert_eq!(drawn(&table(), 1).len(), 3);
        assert_eq!(drawn(&table(), 2).len(), 3);
    }
}
