//! A JSON document as lines: flat, foldable, every value as it is written.

use std::collections::BTreeSet;

use crate::json::{Container, Json, LineKind, Lines};

/// The most lines that are shown of a document.
const MOST_LINES: usize = 20_000;

/// The most bytes that are shown of one value.
const MOST_BYTES: usize = 4096;

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
    /// The byte of the document at which its value starts; for a closing bracket, that of its container.
    pub start: usize,
    /// Where the container starts that it is in; of the whole, where that starts itself.
    pub parent: usize,
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
    /// A note that not all is shown.
    Note,
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

/// The lines of a document, without what lies in folded containers, which are named by where they start. Text that
/// is not JSON comes as it is. Of a large document the first lines are shown, and that there are more.
#[must_use]
pub fn json_lines(json: &Json, folded: &BTreeSet<usize>) -> Vec<JsonLine> {
    if json.fault().is_some() {
        return json.as_str().lines().take(MOST_LINES).map(invalid).collect();
    }
    let mut lines = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut rest = Lines::new(json.as_str());
    while let Some(line) = rest.next() {
        if lines.len() == MOST_LINES {
            lines.push(note(
                "… the rest is not shown; `ramax events show` or `projections get` writes all of it",
            ));
            break;
        }
        let container = if line.kind == LineKind::Closing { open.pop() } else { None };
        let start = container.unwrap_or(line.start);
        let mut shown = JsonLine {
            depth: line.depth,
            key: line.key.map(|key| cut(&key.decoded())),
            text: cut(line.text),
            kind: kind(line.kind),
            fold: Fold::None,
            start,
            parent: open.last().copied().unwrap_or(start),
            comma: line.comma,
        };
        if let LineKind::Opening(of) = line.kind {
            if folded.contains(&start) {
                let (count, comma) = rest.skip_container(of);
                (shown.text, shown.comma, shown.fold) = (folded_text(of, count), comma, Fold::Folded);
            } else {
                open.push(start);
                shown.fold = Fold::Open;
            }
        }
        lines.push(shown);
    }
    lines
}

/// A container that is folded: `{ 3 keys }`, `[ 1 item ]`.
fn folded_text(container: Container, count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    match container {
        Container::Object => format!("{{ {count} key{plural} }}"),
        Container::Array => format!("[ {count} item{plural} ]"),
    }
}

/// A value as far as it is shown.
fn cut(text: &str) -> String {
    if text.len() <= MOST_BYTES {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(MOST_BYTES)])
}

fn invalid(text: &str) -> JsonLine {
    JsonLine { kind: Kind::Invalid, ..note(&cut(text)) }
}

fn note(text: &str) -> JsonLine {
    let (text, kind) = (text.to_owned(), Kind::Note);
    JsonLine { depth: 0, key: None, text, kind, fold: Fold::None, start: 0, parent: 0, comma: false }
}

fn kind(kind: LineKind) -> Kind {
    match kind {
        LineKind::Opening(_) | LineKind::Closing | LineKind::Empty => Kind::Bracket,
        LineKind::String => Kind::String,
        LineKind::Number => Kind::Number,
        LineKind::Word => Kind::Word,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Fold, Kind, MOST_LINES, json_lines};
    use crate::json::Json;

    fn texts(json: &str, folded: &[&str]) -> Vec<String> {
        let folded: BTreeSet<usize> = folded.iter().map(|part| json.find(part).unwrap()).collect();
        json_lines(&Json::from_stored(json.to_owned()), &folded).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn a_document_unfolds_line_by_line_and_folds_where_asked() {
        let json = r#"{"b":1.10,"a":{"x":[true,null],"y":{}},"b":1e400}"#;
        assert_eq!(texts(json, &[]), ["{", "1.10", "{", "[", "true", "null", "]", "{}", "}", "1e400", "}"]);
        assert_eq!(texts(json, &["[true"]), ["{", "1.10", "{", "[ 2 items ]", "{}", "}", "1e400", "}"]);
        assert_eq!(texts(json, &["{\"b"]), ["{ 3 keys }"]);
    }

    #[test]
    fn each_line_knows_the_container_that_it_is_in() {
        let json = r#"{"a":[1],"b":2}"#;
        let lines = json_lines(&Json::from_stored(json.to_owned()), &BTreeSet::new());
        let places: Vec<(usize, usize)> = lines.iter().map(|line| (line.start, line.parent)).collect();
        assert_eq!(places, [(0, 0), (5, 0), (6, 5), (5, 0), (13, 0), (0, 0)]);
    }

    #[test]
    fn text_that_is_not_json_is_shown_as_it_is() {
        let lines = json_lines(&Json::from_stored("{oops".to_owned()), &BTreeSet::new());
        assert_eq!(
            (lines[0].text.as_str(), lines[0].kind, lines[0].fold),
            ("{oops", Kind::Invalid, Fold::None)
        );
    }

    #[test]
    fn of_a_document_without_end_the_beginning_is_shown() {
        let long = format!("[\"{}\",{}]", "é".repeat(1 << 20), vec!["1"; 1 << 20].join(","));
        let lines = json_lines(&Json::from_stored(long), &BTreeSet::new());
        assert_eq!((lines.len(), lines[MOST_LINES].kind), (MOST_LINES + 1, Kind::Note));
        assert!(lines[1].text.ends_with("é…") && lines[1].text.len() < 5000);
        let deep = "[".repeat(1 << 20) + &"]".repeat(1 << 20);
        assert_eq!(json_lines(&Json::from_stored(deep), &BTreeSet::new()).len(), MOST_LINES + 1);
    }
}
