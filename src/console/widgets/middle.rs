//! Names cut in the middle, because similar names often differ only at the end.

use std::cmp::Reverse;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use crate::console::widgets::pen::{Piece, pieces_width, width};

/// Cuts the widest piece in the middle so that all pieces fit into `cells`. If that is not enough, returns them
/// unchanged.
pub fn fit<'a>(mut pieces: Vec<Piece<'a>>, cells: u16, ellipsis: &str) -> Vec<Piece<'a>> {
    let over = pieces_width(&pieces).saturating_sub(cells);
    let widest = pieces.iter_mut().min_by_key(|piece| Reverse(width(piece.text())));
    if let Some(widest) = widest.filter(|_| over > 0)
        && let Some(room) = width(widest.text()).checked_sub(over).filter(|room| *room > width(ellipsis) + 1)
    {
        *widest = widest.with_text(cut(widest.text(), room, ellipsis));
    }
    pieces
}

/// Returns the text, cut in the middle if it is too wide.
pub fn cut(text: &str, cells: u16, ellipsis: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let room = cells.saturating_sub(width(ellipsis));
    let end: Vec<&str> = up_to(room / 2, text.graphemes(true).rev());
    let start: Vec<&str> = up_to(room - room / 2, text.graphemes(true));
    start.into_iter().chain([ellipsis]).chain(end.into_iter().rev()).collect()
}

/// The first graphemes that fit.
fn up_to<'t>(cells: u16, graphemes: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut used = 0;
    graphemes
        .take_while(|grapheme| {
            used += grapheme.cell_width();
            used <= cells
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::theme::Role;
    use crate::console::widgets::pen::piece;

    #[test]
    fn names_that_differ_at_the_end_stay_distinguishable() {
        assert_eq!(cut("crm_load_0042", 13, "…"), "crm_load_0042");
        assert_eq!(cut("crm_load_0042", 11, "…"), "crm_l…_0042");
        assert_eq!(cut("crm_load_0042", 8, "…"), "crm_…042");
        assert_eq!(cut("crm_load_0042", 1, "…"), "…");
        assert_eq!(cut("crm_load_0042", 8, "..."), "crm...42");
    }

    #[test]
    fn wide_characters_are_kept_whole() {
        assert_eq!(cut("日本語のテナント", 8, "…"), "日本…ト");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}e\u{301}", 3, "…"), "e\u{301}…e\u{301}");
    }

    #[test]
    fn only_the_widest_piece_is_cut() {
        let pieces = || vec![piece("> ", Role::Text), piece("crm_load_0042", Role::Strong)];
        let texts = |cells| -> Vec<String> {
            fit(pieces(), cells, "…").iter().map(|piece| piece.text().to_owned()).collect()
        };
        assert_eq!(texts(15), ["> ", "crm_load_0042"]);
        assert_eq!(texts(13), ["> ", "crm_l…_0042"]);
        assert_eq!(texts(3), ["> ", "crm_load_0042"]);
    }
}
