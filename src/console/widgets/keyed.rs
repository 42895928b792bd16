//! Text with highlighted key names.

use crate::console::theme::Role;
use crate::console::widgets::pen::{Piece, piece};

/// The maximum length of a key name.
const LONGEST: usize = 8;

/// Returns the text with key names between backticks styled as keys. Other backticks are kept as text.
pub fn keyed<'a>(text: &str, role: Role) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, key, behind)) = next_key(rest) {
        pieces.extend([piece(before.to_owned(), role), piece(key.to_owned(), Role::HintKey)]);
        rest = behind;
    }
    pieces.push(piece(rest.to_owned(), role));
    pieces
}

fn next_key(text: &str) -> Option<(&str, &str, &str)> {
    let (before, behind) = text.split_once('`')?;
    let (key, rest) = behind.split_once('`')?;
    let is_key = !key.is_empty() && key.len() <= LONGEST && !key.contains(' ');
    is_key.then_some((before, key, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_names_are_recognised_and_other_backticks_kept() {
        let texts = |text| -> Vec<String> {
            keyed(text, Role::Text).iter().map(|piece| piece.text().to_owned()).collect()
        };
        assert_eq!(texts("`D` deletes it, `esc` does not"), ["", "D", " deletes it, ", "esc", " does not"]);
        assert_eq!(texts("a ` b"), ["a ` b"]);
        assert_eq!(texts("`ramax spaces list`"), ["`ramax spaces list`"]);
    }
}
