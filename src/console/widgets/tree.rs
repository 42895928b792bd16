//! A JSON document as flat, foldable lines, with every value exactly as stored. Only the lines on screen are drawn.

use std::collections::BTreeSet;

use ratatui::layout::Rect;

use crate::console::app::pointer::region::Spot;
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::moment::Moments;
use crate::console::widgets::pen::{Pen, Piece, piece, row};
use crate::json::{Container, Json, LineKind, Lines, value_at};
use crate::pstate::Reference;
use crate::timestamp::Timestamp;

/// The most lines shown of a document.
const MOST_LINES: usize = 20_000;

/// The most bytes shown of one value.
const MOST_BYTES: usize = 4096;

/// One line of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonLine {
    /// The nesting depth.
    pub depth: usize,
    /// The key, inside an object.
    pub key: Option<String>,
    /// The value as JSON text, a bracket, or a folded container: `{ 3 keys }`.
    pub text: String,
    /// The kind of value, which selects the colour.
    pub kind: Kind,
    /// The fold state.
    pub fold: LineFold,
    /// The byte at which its value starts; for a closing bracket, the start of its container.
    pub start: usize,
    /// The start of the enclosing container; at the top level, the line's own start.
    pub parent: usize,
    /// True if a comma follows.
    pub comma: bool,
    /// The key to which the value refers, if it is that of a reference.
    pub reference: Option<String>,
    /// A note after the value.
    pub note: Option<LineNote>,
}

/// A note after a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineNote {
    /// The text.
    pub text: String,
    /// Its role.
    pub role: Role,
}

/// The kind of value on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A bracket.
    Bracket,
    /// A string.
    String,
    /// A number.
    Number,
    /// `true`, `false` or `null`.
    Word,
    /// Text that is not JSON.
    Invalid,
    /// A note that the document is truncated.
    Note,
}

/// The fold state of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFold {
    /// Not foldable.
    None,
    /// Opens an unfolded container.
    Open,
    /// Stands for a folded container.
    Folded,
}

/// Returns the lines of a document, without the contents of containers whose start bytes are in `folded`.
/// Text that is not JSON is returned verbatim. A large document is truncated, with a note at the end.
pub fn json_lines(json: &Json, folded: &BTreeSet<usize>) -> Vec<JsonLine> {
    if json.fault().is_some() {
        return json.as_str().lines().take(MOST_LINES).map(invalid).collect();
    }
    let mut lines = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut rest = Lines::new(json.as_str());
    while let Some(line) = rest.next() {
        if lines.len() == MOST_LINES {
            lines.push(note("… truncated; the commands `events show` and `projections get` print all of it"));
            break;
        }
        let container = if line.kind == LineKind::Closing { open.pop() } else { None };
        let start = container.unwrap_or(line.start);
        let mut shown = JsonLine {
            depth: line.depth,
            key: line.key.map(|key| cut(&key.decoded())),
            text: cut(line.text),
            kind: kind(line.kind),
            fold: LineFold::None,
            start,
            parent: open.last().copied().unwrap_or(start),
            comma: line.comma,
            reference: None,
            note: None,
        };
        if let LineKind::Opening(of) = line.kind {
            if folded.contains(&start) {
                let (count, comma) = rest.skip_container(of);
                (shown.text, shown.comma, shown.fold) = (folded_text(of, count), comma, LineFold::Folded);
            } else {
                open.push(start);
                shown.fold = LineFold::Open;
            }
        }
        lines.push(shown);
        if line.kind == LineKind::Closing {
            note_reference(json.as_str(), &mut lines);
        }
    }
    lines
}

/// Notes the reference that the last lines show: an opening bracket, the key, and the closing bracket.
fn note_reference(json: &str, lines: &mut [JsonLine]) {
    let [.., opening, key, _] = lines else { return };
    if opening.fold == LineFold::Open && opening.start == key.parent && key.kind == Kind::String {
        let container = value_at(json, opening.start);
        key.reference = container.and_then(Reference::key_in_text);
    }
}

/// Returns the text of a folded container: `{ 3 keys }`, `[ 1 item ]`.
fn folded_text(container: Container, count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    match container {
        Container::Object => format!("{{ {count} key{plural} }}"),
        Container::Array => format!("[ {count} item{plural} ]"),
    }
}

/// Truncates a value to the length shown.
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
    let fold = LineFold::None;
    JsonLine {
        depth: 0,
        key: None,
        text,
        kind,
        fold,
        start: 0,
        parent: 0,
        comma: false,
        reference: None,
        note: None,
    }
}

fn kind(kind: LineKind) -> Kind {
    match kind {
        LineKind::Opening(_) | LineKind::Closing | LineKind::Empty => Kind::Bracket,
        LineKind::String => Kind::String,
        LineKind::Number => Kind::Number,
        LineKind::Word => Kind::Word,
    }
}

/// Draws the lines on screen, from that with the index `first`.
pub fn draw<'a>(
    pen: &mut Pen<'_>,
    area: Rect,
    lines: impl IntoIterator<Item = &'a JsonLine>,
    (first, moments): (usize, &Moments),
) {
    for (index, line) in (0..area.height).zip(lines) {
        let place = row(area, index);
        let text = Rect { x: place.x.saturating_add(1), width: place.width.saturating_sub(2), ..place };
        pen.line(text, &pieces((first + usize::from(index), line), pen.glyphs(), moments));
    }
}

fn pieces<'a>((index, line): (usize, &'a JsonLine), glyphs: &Glyphs, moments: &Moments) -> Vec<Piece<'a>> {
    let fold = match line.fold {
        LineFold::None => " ",
        LineFold::Open => glyphs.open,
        LineFold::Folded => glyphs.closed,
    };
    let indent = "  ".repeat(line.depth.min(40));
    let mut pieces = vec![piece(format!("{indent}{fold} "), Role::Muted)];
    if let Some(key) = &line.key {
        pieces.push(piece(quoted(key), Role::Key));
        pieces.push(piece(": ", Role::Muted));
    }
    let value = piece(&line.text, kind_role(line.kind));
    pieces.push(match line.reference {
        Some(_) => value.with_role(Role::Link).with_spot(Spot::Reference(index)),
        None => value,
    });
    if line.comma {
        pieces.push(piece(",", Role::Muted));
    }
    if let Some(note) = &line.note {
        pieces.push(piece(format!("  {}", note.text), note.role));
    }
    if let Some(time) = time(line) {
        pieces.push(piece(format!("  {}", moments.date_and_time(time)), Role::Muted));
    }
    pieces
}

/// Returns the time that a number stands for.
fn time(line: &JsonLine) -> Option<Timestamp> {
    let number = (line.kind == Kind::Number).then(|| line.text.parse().ok())??;
    Timestamp::of_field(line.key.as_ref()?, number)
}

/// A key as a JSON string.
fn quoted(key: &str) -> String {
    serde_json::Value::from(key).to_string()
}

fn kind_role(kind: Kind) -> Role {
    match kind {
        Kind::Bracket => Role::Muted,
        Kind::String => Role::String,
        Kind::Number => Role::Number,
        Kind::Word => Role::Literal,
        Kind::Invalid => Role::Warning,
        Kind::Note => Role::Muted,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::json::Json;

    fn texts(json: &str, folded: &[&str]) -> Vec<String> {
        let folded: BTreeSet<usize> = folded.iter().map(|part| json.find(part).unwrap()).collect();
        json_lines(&Json::from_stored(json.to_owned()), &folded).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn a_document_is_shown_line_by_line_and_folds_on_request() {
        let json = r#"{"b":1.10,"a":{"x":[true,null],"y":{}},"b":1e400}"#;
        assert_eq!(texts(json, &[]), ["{", "1.10", "{", "[", "true", "null", "]", "{}", "}", "1e400", "}"]);
        assert_eq!(texts(json, &["[true"]), ["{", "1.10", "{", "[ 2 items ]", "{}", "}", "1e400", "}"]);
        assert_eq!(texts(json, &["{\"b"]), ["{ 3 keys }"]);
    }

    #[test]
    fn a_number_that_stands_for_a_time_is_shown_with_its_date() {
        let json = r#"{"created_at":1795508736,"updated_at":1795508736123,"size":1795508736,"seen_at":7,"x_at":"1795508736"}"#;
        let lines = json_lines(&Json::from_stored(json.to_owned()), &BTreeSet::new());
        let times: Vec<_> =
            lines.iter().filter_map(time).map(|time| Moments::default().date_and_time(time)).collect();
        assert_eq!(times, ["2026-11-24 08:25:36 UTC"; 2]);
    }

    #[test]
    fn each_line_knows_its_container() {
        let json = r#"{"a":[1],"b":2}"#;
        let lines = json_lines(&Json::from_stored(json.to_owned()), &BTreeSet::new());
        let places: Vec<(usize, usize)> = lines.iter().map(|line| (line.start, line.parent)).collect();
        assert_eq!(places, [(0, 0), (5, 0), (6, 5), (5, 0), (13, 0), (0, 0)]);
    }

    #[test]
    fn text_that_is_not_json_is_shown_verbatim() {
        let lines = json_lines(&Json::from_stored("{oops".to_owned()), &BTreeSet::new());
        assert_eq!(
            (lines[0].text.as_str(), lines[0].kind, lines[0].fold),
            ("{oops", Kind::Invalid, LineFold::None)
        );
    }

    #[test]
    fn a_huge_document_is_truncated() {
        let long = format!("[\"{}\",{}]", "é".repeat(1 << 20), vec!["1"; 1 << 20].join(","));
        let lines = json_lines(&Json::from_stored(long), &BTreeSet::new());
        assert_eq!((lines.len(), lines[MOST_LINES].kind), (MOST_LINES + 1, Kind::Note));
        assert!(lines[1].text.ends_with("é…") && lines[1].text.len() < 5000);
        let deep = "[".repeat(1 << 20) + &"]".repeat(1 << 20);
        assert_eq!(json_lines(&Json::from_stored(deep), &BTreeSet::new()).len(), MOST_LINES + 1);
    }
}
