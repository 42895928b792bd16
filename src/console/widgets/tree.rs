//! A foldable JSON document. Only the lines on screen are drawn.

use ratatui::layout::Rect;

use crate::console::panes::detail::json_lines::{Fold, JsonLine, Kind};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Pen, Piece, piece, row};
use crate::console::widgets::table::mark;

/// Draws the lines on screen. `cursor` is the marked line, if the document has the focus.
pub fn draw<'a>(
    pen: &mut Pen<'_>,
    area: Rect,
    lines: impl IntoIterator<Item = &'a JsonLine>,
    cursor: Option<usize>,
) {
    for (index, line) in (0..area.height).zip(lines) {
        let place = row(area, index);
        let text = Rect { x: place.x.saturating_add(1), width: place.width.saturating_sub(2), ..place };
        pen.line(text, &pieces(line, pen.glyphs()));
        mark(pen, place, cursor == Some(usize::from(index)), true);
    }
}

fn pieces<'a>(line: &'a JsonLine, glyphs: &Glyphs) -> Vec<Piece<'a>> {
    let fold = match line.fold {
        Fold::None => " ",
        Fold::Open => glyphs.open,
        Fold::Folded => glyphs.closed,
    };
    let indent = "  ".repeat(line.depth.min(40));
    let mut pieces = vec![piece(format!("{indent}{fold} "), Role::Muted)];
    if let Some(key) = &line.key {
        pieces.push(piece(quoted(key), Role::Key));
        pieces.push(piece(": ", Role::Muted));
    }
    pieces.push(piece(&line.text, role(line.kind)));
    if line.comma {
        pieces.push(piece(",", Role::Muted));
    }
    pieces
}

/// A key as a JSON string.
fn quoted(key: &str) -> String {
    serde_json::Value::from(key).to_string()
}

fn role(kind: Kind) -> Role {
    match kind {
        Kind::Bracket => Role::Muted,
        Kind::String => Role::String,
        Kind::Number => Role::Number,
        Kind::Word => Role::Literal,
        Kind::Invalid => Role::Warning,
        Kind::Note => Role::Muted,
    }
}
