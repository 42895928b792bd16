//! A diff: changed keys, each with the fields of its value that differ, before and after.
//!
//! Signs say what the colours say: `+` is new, `-` is gone, an arrow leads from the value before to the one after.

use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Piece, piece, pieces_width, width};
use crate::console::widgets::text::wrap_exact;
use crate::content_store::{Change, FieldChange};
use crate::json::Json;
use crate::operations::{DifferenceExample, Pause};
use crate::pstate::STATE;
use crate::text::{counted, excerpt, visible};

/// The most characters shown of a path or value.
const MOST: usize = 2_000;
/// The most keys of a diff, and the most fields of a key.
const MOST_PARTS: usize = 200;
/// The most fields on one line.
const MOST_ON_LINE: usize = 12;
/// The cells by which fields are indented below their key, and values below their field.
const INDENT: usize = 2;

/// Changed keys, as far as they are shown. Made once where the changes are read, since documents may be long.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diff {
    /// The first keys.
    pub keys: Vec<KeyDiff>,
    /// The number of further ones.
    pub more: usize,
}

/// A changed key with the fields of its value that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDiff {
    /// The name of the projection.
    pub projection: &'static str,
    /// The key.
    pub key: String,
    /// The kind of change.
    pub kind: DiffKind,
    /// The first fields that differ. Long values are cut.
    pub fields: Vec<FieldChange>,
    /// The number of further ones.
    pub more: usize,
}

/// A kind of change of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffKind {
    /// The key is new.
    New,
    /// The key is gone.
    Deleted,
    /// Its value differs.
    Changed,
    /// It was written again with the same value.
    Renewed,
}

/// A line of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// Its text.
    pub pieces: Vec<Piece<'static>>,
    /// The index of the key that it belongs to.
    pub key: usize,
}

impl Diff {
    /// Returns the diff of changes. Calls `pause` often enough to stop the comparison of large values.
    ///
    /// # Errors
    /// The error of `pause`.
    pub fn of<E>(changes: &[Change], pause: &mut Pause<'_, E>) -> Result<Self, E> {
        let key = |change: &Change| Ok(KeyDiff::of_fields(change, change.fields_between(pause)?));
        let keys = changes.iter().take(MOST_PARTS).map(key).collect::<Result<_, _>>()?;
        Ok(Self { keys, more: changes.len().saturating_sub(MOST_PARTS) })
    }

    /// Returns the diff of examples of a difference: from the stored value to the derived one.
    pub fn of_examples(examples: &[DifferenceExample]) -> Self {
        Self { keys: examples.iter().map(KeyDiff::from).collect(), more: 0 }
    }

    /// Returns its lines, of at most `cells`. A value that does not fit continues below.
    pub fn lines(&self, glyphs: &Glyphs, cells: u16) -> Vec<DiffLine> {
        let of_key = |(key, diff): (usize, &KeyDiff)| {
            let lines = diff.lines(glyphs, cells).into_iter();
            lines.map(move |pieces| DiffLine { pieces, key })
        };
        let mut lines: Vec<DiffLine> = self.keys.iter().enumerate().flat_map(of_key).collect();
        if let Some(last) = self.keys.len().checked_sub(1).filter(|_| self.more > 0) {
            let text = format!("and {}", counted(self.more as u64, "more key", "more keys"));
            lines.push(DiffLine { pieces: vec![piece(text, Role::Muted)], key: last });
        }
        lines
    }
}

impl From<&Change> for KeyDiff {
    fn from(change: &Change) -> Self {
        Self::of_fields(change, change.fields())
    }
}

impl From<&DifferenceExample> for KeyDiff {
    fn from(example: &DifferenceExample) -> Self {
        let DifferenceExample { key, path, before, after, .. } = example;
        let change =
            Change { projection: STATE, key: key.clone(), before: before.clone(), after: after.clone() };
        let mut diff = Self::from(&change);
        if let Some(path) = path.strip_prefix('.').or(Some(path.as_str())).filter(|path| !path.is_empty()) {
            diff.kind = DiffKind::Changed;
            for field in &mut diff.fields {
                let joint = if field.path.is_empty() || field.path.starts_with('[') { "" } else { "." };
                field.path = excerpt(&format!("{path}{joint}{}", field.path), MOST);
            }
        }
        diff
    }
}

impl KeyDiff {
    /// Returns the diff of some of the fields of a change.
    pub fn of_fields(change: &Change, mut fields: Vec<FieldChange>) -> Self {
        let kind = match (&change.before, &change.after) {
            (None, _) => DiffKind::New,
            (_, None) => DiffKind::Deleted,
            (before, after) if before == after => DiffKind::Renewed,
            _ => DiffKind::Changed,
        };
        let more = fields.len().saturating_sub(MOST_PARTS);
        fields.truncate(MOST_PARTS);
        for field in &mut fields {
            let long = [&mut field.before, &mut field.after].into_iter().flatten();
            long.for_each(|value| *value = Json::from_stored(excerpt(value.as_str(), MOST)));
            field.path = excerpt(&field.path, MOST);
        }
        Self { projection: change.projection, key: change.key.clone(), kind, fields, more }
    }

    /// Returns the fields that differ on one line, for a list.
    pub fn line(&self, glyphs: &Glyphs) -> Vec<Piece<'static>> {
        let mut pieces = match self.kind {
            DiffKind::New => vec![piece("+ ", Role::Added)],
            DiffKind::Deleted => return vec![piece("- deleted", Role::Removed)],
            DiffKind::Renewed => return vec![piece("written again, unchanged", Role::Muted)],
            DiffKind::Changed => Vec::new(),
        };
        for (index, field) in self.fields.iter().take(MOST_ON_LINE).enumerate() {
            if index > 0 {
                pieces.push(piece("  ", Role::Text));
            }
            if self.kind == DiffKind::Changed && (field.before.is_none() || field.after.is_none()) {
                pieces.push(sign(field));
            }
            if !field.path.is_empty() {
                pieces.push(piece(format!("{} ", field.path), Role::Muted));
            }
            pieces.extend(values(glyphs, field));
        }
        pieces
    }

    /// Returns its lines: the key, then the fields that differ. A value without fields is beside its key.
    fn lines(&self, glyphs: &Glyphs, cells: u16) -> Vec<Vec<Piece<'static>>> {
        let mut head = vec![match self.kind {
            DiffKind::New => piece("+ ", Role::Added),
            DiffKind::Deleted => piece("- ", Role::Removed),
            DiffKind::Changed | DiffKind::Renewed => piece("  ", Role::Muted),
        }];
        if self.projection != STATE {
            head.push(piece(format!("{}  ", self.projection), Role::Muted));
        }
        head.push(piece(excerpt(&self.key, MOST), Role::Key));
        if self.kind == DiffKind::Renewed {
            head.push(piece("  written again, unchanged", Role::Muted));
        }
        if let [field] = self.fields.as_slice()
            && field.path.is_empty()
        {
            let value = values(glyphs, field);
            if pieces_width(&head).saturating_add(pieces_width(&value)).saturating_add(2) <= cells {
                return vec![[head, vec![piece("  ", Role::Text)], value].concat()];
            }
        }
        let mut lines = wrapped(head, cells);
        lines.extend(self.field_lines(glyphs, cells));
        lines
    }

    /// Returns the lines of the fields that differ.
    fn field_lines(&self, glyphs: &Glyphs, cells: u16) -> Vec<Vec<Piece<'static>>> {
        let paths = self.fields.iter().map(|field| width(&visible(&field.path))).max().unwrap_or(0);
        let paths = paths.min(cells / 3);
        let lines = self.fields.iter().flat_map(|field| field_lines(glyphs, field, cells, paths));
        let more = (self.more > 0).then(|| {
            let text = format!("  and {}", counted(self.more as u64, "more field", "more fields"));
            vec![piece(text, Role::Muted)]
        });
        lines.chain(more).collect()
    }
}

/// Returns the lines of a field, its path padded to a width: one line, or the values below the path.
fn field_lines(glyphs: &Glyphs, field: &FieldChange, cells: u16, paths: u16) -> Vec<Vec<Piece<'static>>> {
    let mut line = vec![piece(" ".repeat(INDENT), Role::Text), sign(field)];
    let path = piece(field.path.clone(), Role::Muted);
    let gap = match width(path.text()) {
        0 => 0,
        used => paths.saturating_sub(used) + 2,
    };
    line.push(path);
    let value = values(glyphs, field);
    if pieces_width(&line).saturating_add(gap).saturating_add(pieces_width(&value)) <= cells {
        line.push(piece(" ".repeat(gap.into()), Role::Text));
        line.extend(value);
        return vec![line];
    }
    let mut lines = wrapped(line, cells);
    lines.extend(field.before.iter().flat_map(|value| below("- ", value, Role::Removed, cells)));
    lines.extend(field.after.iter().flat_map(|value| below("+ ", value, Role::Added, cells)));
    lines
}

/// Returns the sign of a field that is new or gone.
fn sign(field: &FieldChange) -> Piece<'static> {
    match (&field.before, &field.after) {
        (None, _) => piece("+ ", Role::Added),
        (_, None) => piece("- ", Role::Removed),
        _ => piece("  ", Role::Muted),
    }
}

/// Returns the values of a field on one line.
fn values(glyphs: &Glyphs, field: &FieldChange) -> Vec<Piece<'static>> {
    let value = |json: &Json, role| piece(json.as_str().to_owned(), role);
    let before = field.before.as_ref().map(|json| value(json, Role::Removed));
    let after = field.after.as_ref().map(|json| value(json, Role::Added));
    let is_changed = before.is_some() && after.is_some();
    let arrow = is_changed.then(|| piece(format!(" {} ", glyphs.arrow), Role::Muted));
    before.into_iter().chain(arrow).chain(after).collect()
}

/// Returns a value with its sign in lines of its own.
fn below(sign: &'static str, value: &Json, role: Role, cells: u16) -> Vec<Vec<Piece<'static>>> {
    let indent = INDENT * 2 + sign.len();
    let room = cells.saturating_sub(u16::try_from(indent).unwrap_or(u16::MAX));
    let lines = wrap_exact(value.as_str(), room).into_iter().enumerate();
    let line = |(number, text)| {
        let before = if number == 0 { sign } else { "  " };
        vec![piece(format!("{}{before}", " ".repeat(INDENT * 2)), role), piece(text, role)]
    };
    lines.map(line).collect()
}

/// Returns a line whose last piece continues below if it does not fit.
fn wrapped(mut line: Vec<Piece<'static>>, cells: u16) -> Vec<Vec<Piece<'static>>> {
    if pieces_width(&line) <= cells {
        return vec![line];
    }
    let Some(last) = line.pop() else { return Vec::new() };
    let room = cells.saturating_sub(pieces_width(&line));
    let mut rest = wrap_exact(last.text(), room).into_iter();
    let indent = " ".repeat(pieces_width(&line).into());
    line.extend(rest.next().map(|text| last.with_text(text)));
    let continued = rest.map(|text| vec![piece(indent.clone(), Role::Text), last.with_text(text)]);
    std::iter::once(line).chain(continued).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::text::without_pause;

    fn change(key: &str, before: Option<Value>, after: Option<Value>) -> Change {
        let json = |value: Option<Value>| value.map(|value| Json::of(&value));
        Change { projection: STATE, key: key.to_owned(), before: json(before), after: json(after) }
    }

    fn texts(changes: &[Change], cells: u16) -> Vec<String> {
        let text = |line: DiffLine| line.pieces.iter().map(Piece::text).collect::<String>();
        without_pause(|pause| Diff::of(changes, pause))
            .lines(&Glyphs::UNICODE, cells)
            .into_iter()
            .map(text)
            .collect()
    }

    #[test]
    fn keys_and_fields_are_marked_by_signs_without_colour() {
        let changes = [
            change("c1", Some(json!({"a": 1, "gone": true})), Some(json!({"a": 2, "added": [1]}))),
            change("c2", None, Some(json!({"a": "x"}))),
            change("c3", Some(json!({"a": "x"})), None),
            change("n", Some(json!(1)), Some(json!(2))),
            change("same", Some(json!(1)), Some(json!(1))),
        ];
        assert_eq!(
            texts(&changes, 40),
            [
                "  c1",
                "    a      1 → 2",
                "  + added  [1]",
                "  - gone   true",
                "+ c2",
                "  + a  \"x\"",
                "- c3",
                "  - a  \"x\"",
                "  n  1 → 2",
                "  same  written again, unchanged",
            ]
        );
    }

    #[test]
    fn values_that_do_not_fit_continue_below() {
        let changes =
            [change("key", Some(json!({"name": "ab  cd"})), Some(json!({"name": "0123456789abcdef"})))];
        assert_eq!(
            texts(&changes, 18),
            ["  key", "    name", "    - \"ab  cd\"", "    + \"0123456789a", "      bcdef\""]
        );
        for cells in 0..30 {
            let is_inside = |line: &String| width(line) <= cells.max(7);
            assert!(texts(&changes, cells).iter().all(is_inside), "{cells}");
        }
    }

    #[test]
    fn hostile_and_huge_values_are_visible_and_bounded() {
        let value = json!({"\u{1b}[2J": "\u{202e}x", "long": "語".repeat(100_000)});
        let shown = texts(&[change("\u{7}", None, Some(value))], 60);
        assert!(shown.len() < 100 && shown[0] == "+ ␇", "{}", shown[0]);
        assert!(!shown.iter().any(|line| line.contains(['\u{1b}', '\u{202e}'])));
        let many: Vec<Change> = (0..2_000).map(|n| change(&n.to_string(), None, Some(json!(1)))).collect();
        assert_eq!(texts(&many, 60)[MOST_PARTS], "and 1,800 more keys");
        let wide: serde_json::Map<String, Value> = (0..2_000).map(|n| (n.to_string(), json!(1))).collect();
        assert_eq!(
            texts(&[change("k", None, Some(wide.into()))], 60)[MOST_PARTS + 1],
            "  and 1,800 more fields"
        );
    }
}
