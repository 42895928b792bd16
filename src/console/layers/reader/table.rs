//! The tables of a guide: columns side by side or, where the screen is too narrow, each row below the other.

use crate::console::layers::reader::markdown::Line;
use crate::console::theme::Role;
use crate::console::widgets::pen::{piece, width};
use crate::console::widgets::text::wrap;

/// The cells between two columns.
const GAP: u16 = 2;
/// The least width of a column that is wrapped.
const LEAST: u16 = 14;

/// Returns the rows of a table, of which the first names the columns, in lines of at most this many cells.
pub(super) fn lines(rows: &[Vec<String>], cells: u16) -> Vec<Line> {
    let Some((heading, rows)) = rows.split_first() else { return Vec::new() };
    match widths(heading, rows, cells) {
        Some(widths) => {
            let heading = side_by_side(heading, &widths, Role::Heading);
            heading
                .into_iter()
                .chain(rows.iter().flat_map(|row| side_by_side(row, &widths, Role::Text)))
                .collect()
        }
        None => rows.iter().flat_map(|row| below_each_other(heading, row, cells)).collect(),
    }
}

/// Returns the widths of the columns, if they fit: narrow ones as they need, the others with equal shares of the rest.
fn widths(heading: &[String], rows: &[Vec<String>], cells: u16) -> Option<Vec<u16>> {
    let count = rows.iter().map(Vec::len).chain([heading.len()]).max()?;
    let needed = |column: usize| {
        let all = rows.iter().map(Vec::as_slice).chain([heading]);
        all.filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0)
    };
    let mut widths: Vec<u16> = (0..count).map(needed).collect();
    let gaps = GAP.saturating_mul(u16::try_from(count.saturating_sub(1)).ok()?);
    let mut rest = cells.checked_sub(gaps)?;
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|column| widths[*column]);
    for (done, column) in order.into_iter().enumerate() {
        let share = rest / u16::try_from(count - done).ok()?;
        if widths[column] > share {
            if share < LEAST {
                return None;
            }
            widths[column] = share;
        }
        rest -= widths[column];
    }
    Some(widths)
}

fn side_by_side(row: &[String], widths: &[u16], role: Role) -> Vec<Line> {
    let wrapped: Vec<Vec<String>> = row.iter().zip(widths).map(|(cell, width)| wrap(cell, *width)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let line = |index: usize| {
        let mut text = String::new();
        let mut end = 0;
        for (lines, wide) in wrapped.iter().zip(widths) {
            let missing = usize::from(end).saturating_sub(usize::from(width(&text)));
            text.push_str(&" ".repeat(missing));
            text.push_str(lines.get(index).map_or("", String::as_str));
            end += wide + GAP;
        }
        vec![piece(text, role)]
    };
    (0..height).map(line).collect()
}

/// Returns a row with its first cell on a line of its own, and each other one after the name of its column.
fn below_each_other(heading: &[String], row: &[String], cells: u16) -> Vec<Line> {
    let mut cells_of_row = row.iter();
    let first = cells_of_row.next().map(String::as_str).unwrap_or_default();
    let mut lines: Vec<Line> =
        wrap(first, cells).into_iter().map(|line| vec![piece(line, Role::Strong)]).collect();
    for (name, cell) in heading.iter().skip(1).zip(cells_of_row).filter(|(_, cell)| !cell.is_empty()) {
        let text = if name.is_empty() { cell.clone() } else { format!("{name}: {cell}") };
        let wrapped = wrap(&text, cells.saturating_sub(2));
        lines.extend(wrapped.into_iter().map(|line| vec![piece(format!("  {line}"), Role::Text)]));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(cells: u16) -> Vec<String> {
        let rows = [["key", "action", "result"], ["j", "down", "the next space; its events appear"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        let lines = lines(&rows, cells).into_iter();
        lines.map(|line| line.iter().map(|piece| piece.text()).collect()).collect()
    }

    #[test]
    fn columns_are_side_by_side_and_the_widest_is_wrapped() {
        assert_eq!(shown(60), ["key  action  result", "j    down    the next space; its events appear"]);
        assert_eq!(
            shown(34),
            ["key  action  result", "j    down    the next space; its", "             events appear"]
        );
    }

    #[test]
    fn a_narrow_screen_shows_every_column_of_a_row_below_the_other() {
        assert_eq!(
            shown(24),
            ["j", "  action: down", "  result: the next", "  space; its events", "  appear"]
        );
    }
}
