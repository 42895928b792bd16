//! A JSON document as lines: flat, foldable, in the order in which it was written.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::json::Json;

/// One line of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonLine {
    /// How deep it is nested.
    pub depth: usize,
    /// The key it stands under, in an object.
    pub key: Option<String>,
    /// The value as JSON text, a bracket, or a folded container: `{ 3 keys }`.
    pub text: String,
    /// What kind of value it is, for its colour.
    pub kind: Kind,
    /// Whether it can be folded, and is.
    pub fold: Fold,
    /// Where it is in the document, as a JSON pointer.
    pub pointer: String,
    /// A comma follows.
    pub comma: bool,
}

/// What kind of value a line shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Brackets.
    Bracket,
    /// A string.
    String,
    /// A number.
    Number,
    /// `true`, `false` or `null`.
    Word,
    /// Text that is not JSON.
    Invalid,
}

/// Whether a line can be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// There is nothing to fold.
    None,
    /// It opens a container that is unfolded.
    Open,
    /// It stands for a container that is folded.
    Folded,
}

/// The lines of a document, without what lies in folded containers. Text that is not JSON comes as it is.
#[must_use]
pub fn json_lines(json: &Json, folded: &BTreeSet<String>) -> Vec<JsonLine> {
    let mut lines = Lines { lines: Vec::new(), folded };
    match json.parse::<Value>() {
        Ok(value) => {
            lines.value(&Place { depth: 0, key: None, pointer: String::new(), comma: false }, &value)
        }
        Err(_) => lines.invalid(json.as_str()),
    }
    lines.lines
}

struct Place {
    depth: usize,
    key: Option<String>,
    pointer: String,
    comma: bool,
}

struct Lines<'a> {
    lines: Vec<JsonLine>,
    folded: &'a BTreeSet<String>,
}

impl Lines<'_> {
    fn value(&mut self, place: &Place, value: &Value) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                let parts: Vec<_> =
                    map.iter().map(|(key, value)| (Some(key.clone()), key.clone(), value)).collect();
                self.container(place, ["{", "}"], "key", &parts);
            }
            Value::Array(items) if !items.is_empty() => {
                let parts: Vec<_> =
                    items.iter().enumerate().map(|(index, value)| (None, index.to_string(), value)).collect();
                self.container(place, ["[", "]"], "item", &parts);
            }
            _ => self.push(place, value.to_string(), kind(value), Fold::None),
        }
    }

    fn container(
        &mut self,
        place: &Place,
        [open, close]: [&str; 2],
        unit: &str,
        parts: &[(Option<String>, String, &Value)],
    ) {
        if self.folded.contains(&place.pointer) {
            let plural = if parts.len() == 1 { "" } else { "s" };
            let text = format!("{open} {} {unit}{plural} {close}", parts.len());
            return self.push(place, text, Kind::Bracket, Fold::Folded);
        }
        let head = Place { comma: false, key: place.key.clone(), pointer: place.pointer.clone(), ..*place };
        self.push(&head, open.to_owned(), Kind::Bracket, Fold::Open);
        for (index, (key, name, value)) in parts.iter().enumerate() {
            let pointer = format!("{}/{}", place.pointer, name.replace('~', "~0").replace('/', "~1"));
            let comma = index + 1 < parts.len();
            self.value(&Place { depth: place.depth + 1, key: key.clone(), pointer, comma }, value);
        }
        let tail = Place { key: None, pointer: place.pointer.clone(), ..*place };
        self.push(&tail, close.to_owned(), Kind::Bracket, Fold::None);
    }

    fn invalid(&mut self, text: &str) {
        for line in text.lines() {
            let place = Place { depth: 0, key: None, pointer: String::new(), comma: false };
            self.push(&place, line.to_owned(), Kind::Invalid, Fold::None);
        }
    }

    fn push(&mut self, place: &Place, text: String, kind: Kind, fold: Fold) {
        self.lines.push(JsonLine {
            depth: place.depth,
            key: place.key.clone(),
            text,
            kind,
            fold,
            pointer: place.pointer.clone(),
            comma: place.comma,
        });
    }
}

fn kind(value: &Value) -> Kind {
    match value {
        Value::Null | Value::Bool(_) => Kind::Word,
        Value::Number(_) => Kind::Number,
        Value::String(_) => Kind::String,
        Value::Array(_) | Value::Object(_) => Kind::Bracket,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Fold, Kind, json_lines};
    use crate::json::Json;

    fn texts(json: &str, folded: &[&str]) -> Vec<String> {
        let folded: BTreeSet<String> = folded.iter().map(|pointer| (*pointer).to_owned()).collect();
        json_lines(&Json::from_stored(json.to_owned()), &folded).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn a_document_unfolds_line_by_line_and_folds_where_asked() {
        let json = r#"{"b":1,"a":{"x":[true,null]}}"#;
        assert_eq!(texts(json, &[]), ["{", "1", "{", "[", "true", "null", "]", "}", "}"]);
        assert_eq!(texts(json, &["/a/x"]), ["{", "1", "{", "[ 2 items ]", "}", "}"]);
        assert_eq!(texts(json, &[""]), ["{ 2 keys }"]);
    }

    #[test]
    fn text_that_is_not_json_is_shown_as_it_is() {
        let lines = json_lines(&Json::from_stored("{oops".to_owned()), &BTreeSet::new());
        assert_eq!(
            (lines[0].text.as_str(), lines[0].kind, lines[0].fold),
            ("{oops", Kind::Invalid, Fold::None)
        );
    }
}
