//! Key hints: each a key and the name of its action.

use crate::console::app::action::Hint;
use crate::console::theme::Role;
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width};

/// Returns as many hints as fit. A hint that is too long is skipped in favour of the next ones.
pub fn hint_pieces(pen: &Pen<'_>, hints: &[Hint], room: u16) -> Vec<Piece<'static>> {
    let mut pieces = Vec::new();
    for hint in hints {
        let mut next = hint_piece(pen, hint);
        if !pieces.is_empty() {
            next.insert(0, piece("   ", Role::Text));
        }
        if pieces_width(&pieces) + pieces_width(&next) > room {
            continue;
        }
        pieces.extend(next);
    }
    pieces
}

fn hint_piece(pen: &Pen<'_>, hint: &Hint) -> Vec<Piece<'static>> {
    if hint.enabled {
        return vec![piece(hint.key.clone(), Role::HintKey), piece(format!(" {}", hint.label), Role::Muted)];
    }
    let [before, behind] = pen.glyphs().disabled;
    vec![piece(format!("{before}{} {}{behind}", hint.key, hint.label), Role::Disabled)]
}
