//! JSON on one line: syntax colours, and the differences between two documents.

use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Piece, piece};
use crate::json::{Apart, Json, JsonStep, differences};

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

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Its path: `name`, `address.city`, `tags.0`; empty for the document as a whole.
    pub path: String,
    /// Its value before, as JSON text.
    pub before: Option<String>,
    /// Its value after, as JSON text.
    pub after: Option<String>,
}

/// Returns the fields that differ between two documents, in the order of the later one.
pub fn field_changes(before: Option<&Json>, after: Option<&Json>) -> Vec<FieldChange> {
    let (before, after) = (before.map(Json::as_document), after.map(Json::as_document));
    let found = differences(after.as_deref(), before.as_deref(), Apart::Fields);
    let change = |(place, after, before): (Vec<JsonStep<'_>>, Option<&str>, Option<&str>)| FieldChange {
        path: path(&place),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    };
    found.into_iter().map(change).collect()
}

fn path(place: &[JsonStep<'_>]) -> String {
    let names = place.iter().map(|place| match place {
        JsonStep::Key(key) => key.to_string(),
        JsonStep::Index(index) => index.to_string(),
    });
    names.collect::<Vec<String>>().join(".")
}

/// Returns a changed field as a line: the old value, an arrow, the new value.
pub fn pieces<'a>(change: &'a FieldChange, glyphs: &Glyphs) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    if !change.path.is_empty() {
        pieces.push(piece(&change.path, Role::Muted));
        pieces.push(piece("  ", Role::Muted));
    }
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => pieces.extend([
            piece(before, Role::Removed),
            piece(format!(" {} ", glyphs.arrow), Role::Muted),
            piece(after, Role::Added),
        ]),
        (Some(before), None) => pieces.extend([piece("- ", Role::Removed), piece(before, Role::Removed)]),
        (None, Some(after)) => pieces.push(piece(after, Role::Added)),
        (None, None) => {}
    }
    pieces
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

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

    fn changes(before: Option<Value>, after: Option<Value>) -> Vec<(String, Option<String>, Option<String>)> {
        let [before, after] = [before, after].map(|value| value.map(|value| Json::of(&value)));
        let changes = field_changes(before.as_ref(), after.as_ref());
        changes.into_iter().map(|change| (change.path, change.before, change.after)).collect()
    }

    #[test]
    fn only_changed_fields_are_listed() {
        let before = json!({"name": "Ada", "email": "a@b.c", "address": {"city": "London", "zip": 1}});
        let after =
            json!({"name": "Ada L", "email": "a@b.c", "address": {"city": "Paris", "zip": 1}, "tags": [1]});
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            changes(Some(before), Some(after)),
            [
                ("name".to_owned(), text("\"Ada\""), text("\"Ada L\"")),
                ("address.city".to_owned(), text("\"London\""), text("\"Paris\"")),
                ("tags".to_owned(), None, text("[1]")),
            ]
        );
    }

    #[test]
    fn a_change_of_a_scalar_document_has_no_path() {
        assert_eq!(
            changes(Some(json!(1)), Some(json!(2))),
            [(String::new(), Some("1".into()), Some("2".into()))]
        );
        assert_eq!(changes(Some(json!({"a": 1})), None), [("a".to_owned(), Some("1".into()), None)]);
    }
}
