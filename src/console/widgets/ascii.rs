//! Screens in ASCII.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Replaces the punctuation of our texts by ASCII, cell by cell. The same characters in data are replaced, too; all others stay
/// as they are.
pub fn to_ascii(buffer: &mut Buffer, area: Rect) {
    for position in area.intersection(buffer.area).positions() {
        if let Some(cell) = buffer.cell_mut(position)
            && let Some(ascii) = counterpart(cell.symbol())
        {
            cell.set_symbol(ascii);
        }
    }
}

/// Returns the counterpart of a character that takes one cell.
fn counterpart(symbol: &str) -> Option<&'static str> {
    match symbol {
        "…" => Some("."),
        "·" | "–" | "—" => Some("-"),
        "•" => Some("*"),
        "×" => Some("x"),
        "“" | "”" => Some("\""),
        "‘" | "’" => Some("'"),
        "→" => Some(">"),
        _ => None,
    }
}
