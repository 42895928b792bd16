//! JSON on one line, in syntax colours.

use crate::console::theme::Role;
use crate::console::widgets::pen::{Piece, piece};

/// Returns the start of a JSON text as coloured pieces, enough to fill `cells`.
pub fn tint(text: &str, cells: u16) -> Vec<Piece<'_>> {
    let enough = text.char_indices().nth(usize::from(cells) * 2 + 8).map_or(text.len(), |(at, _)| at);
    let mut rest = &text[..enough];
    let mut pieces = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_end(rest),
            '{' | '}' | '[' | ']' | ':' | ',' => 1,
            _ => rest.find(['"', '{', '}', '[', ']', ':', ',']).unwrap_or(rest.len()),
        };
        let (token, behind) = rest.split_at(length);
        let is_key = first == '"' && behind.trim_start().starts_with(':');
        pieces.push(piece(token, role(token, is_key)));
        rest = behind;
    }
    pieces
}

/// The end of the string that starts here, after its closing quote.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

fn role(token: &str, is_key: bool) -> Role {
    match token.trim_start().chars().next() {
        Some('"') if is_key => Role::Muted,
        Some('"') => Role::String,
        Some('-' | '0'..='9') => Role::Number,
        Some('t' | 'f' | 'n') => Role::Literal,
        Some('{' | '}' | '[' | ']' | ':' | ',') | None => Role::Disabled,
        Some(_) => Role::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_get_their_roles_and_no_text_is_lost() {
        let text = r#"{"a\"b":"x:y","n":-1.5,"ok":true}"#;
        let pieces = tint(text, 80);
        let joined: String = pieces.iter().map(|piece| piece.text()).collect();
        assert_eq!(joined, text);
        let of = |part: &str| pieces.iter().find(|piece| piece.text() == part).map(|piece| piece.role());
        assert_eq!(of(r#""a\"b""#), Some(Role::Muted));
        assert_eq!(of(r#""x:y""#), Some(Role::String));
        assert_eq!((of("-1.5"), of("true")), (Some(Role::Number), Some(Role::Literal)));
    }

    #[test]
    fn invalid_and_unterminated_json_is_kept() {
        for text in ["oops", "\"never ends", "\\", "", "{\"a\":"] {
            assert_eq!(tint(text, 80).iter().map(|piece| piece.text()).collect::<String>(), text);
        }
        assert_eq!(tint("\"\u{1b}[31m\"", 80)[0].text(), "\"␛[31m\"");
    }

    #[test]
    fn only_the_start_of_a_long_text_is_processed() {
        let text = "語".repeat(100_000);
        assert!(tint(&text, 10).iter().map(|piece| piece.text().len()).sum::<usize>() < 100);
    }
}
