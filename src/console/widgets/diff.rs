//! The differences between two documents, field by field.

use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Piece, piece};
use crate::json::{Apart, Json, Place, differences};

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
    let change = |(place, after, before): (Vec<Place<'_>>, Option<&str>, Option<&str>)| FieldChange {
        path: path(&place),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    };
    found.into_iter().map(change).collect()
}

fn path(place: &[Place<'_>]) -> String {
    let names = place.iter().map(|place| match place {
        Place::Key(key) => key.to_string(),
        Place::Index(index) => index.to_string(),
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
