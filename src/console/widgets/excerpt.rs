//! A JSON document on one line of a list: its members without braces, from the start or from the text that was searched for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::IgnoredAny;

use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Piece, piece, pieces_width, width};
use crate::json::{Container, Json, Part, Parts, Quoted, Token, Tokens, contains, is_same_document};
use crate::text::{find, visible};

/// The cells kept of a line; no screen shows more.
const MOST_CELLS: u16 = 512;
/// The bytes kept of a line. Some characters take no cell.
const MOST_BYTES: usize = 8192;
/// The bytes kept of one value.
const MOST_OF_VALUE: usize = 4096;
/// The longest document, in bytes, that is checked before it is shown. Longer ones are shown as far as they can be read.
const CHECKED: usize = 64 << 10;
/// The characters shown before a match within a long value.
const BEFORE_MATCH: usize = 8;
/// The cells of a name before a match.
const NAME_BEFORE_MATCH: u16 = 24;

/// The context of a document, which decides what is worth showing of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExcerptContext<'a> {
    /// Texts that the row shows already. A member that only repeats one of them is skipped.
    pub shown: &'a [&'a str],
    /// The document before, if this one updates it. Members that stayed the same are skipped.
    pub before: Option<&'a Json>,
    /// The texts that were searched for.
    pub wanted: &'a [&'a str],
}

/// The start of a document as coloured pieces, and its first match with the text that was searched for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Excerpt {
    start: Vec<Piece<'static>>,
    found: Option<Match>,
}

/// A match, with the text around it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Match {
    /// The cell of the start after the match.
    end: u16,
    /// The name of the member, and the opening quote of a string.
    name: Piece<'static>,
    /// True if the text before the match is cut.
    is_cut: bool,
    /// The text just before the match.
    before: Piece<'static>,
    /// The text from the match on.
    pieces: Vec<Piece<'static>>,
}

impl Excerpt {
    /// Returns the excerpt of a document.
    pub fn of(json: &str, context: ExcerptContext<'_>) -> Self {
        let mut writer = Writer { wanted: context.wanted, ..Writer::default() };
        if json.len() <= CHECKED && serde_json::from_str::<IgnoredAny>(json).is_err() {
            writer.text(json, Role::Text);
        } else if let Some(members) = Parts::of_object(json) {
            writer.members(members, context);
        } else {
            writer.value(json);
        }
        let Writer { start, from_match, found, .. } = writer;
        let found = found.map(|found| Match { pieces: from_match.pieces(), ..found });
        Self { start: start.pieces(), found }
    }

    /// Returns what to show in `cells`: the start, or the text from a match on if the start does not reach it. It may be
    /// longer; then its end can be cut off.
    pub fn pieces(&self, cells: u16, glyphs: &Glyphs) -> Vec<Piece<'_>> {
        let Some(found) = self.found.as_ref().filter(|found| found.end > cells) else {
            return self.start.iter().map(Piece::borrowed).collect();
        };
        let ellipsis = |after: &str| piece(format!("{}{after}", glyphs.ellipsis), Role::Muted);
        let mut lead = vec![ellipsis(" "), found.name.borrowed()];
        lead.extend(found.is_cut.then(|| ellipsis("")));
        lead.push(found.before.borrowed());
        let matching = found.pieces.first().map_or(0, |piece| width(piece.text()));
        // The match matters more than the name of its member.
        if pieces_width(&lead).saturating_add(matching) >= cells {
            lead = vec![ellipsis("")];
        }
        lead.extend(found.pieces.iter().map(Piece::borrowed));
        lead
    }

    /// Returns the width of the start in cells.
    pub fn width(&self) -> u16 {
        pieces_width(&self.start)
    }
}

/// Text up to a limit. Neighbours of one role are joined.
#[derive(Default)]
struct Line {
    parts: Vec<(String, Role)>,
    cells: u16,
    bytes: usize,
}

impl Line {
    fn is_full(&self) -> bool {
        self.cells >= MOST_CELLS || self.bytes >= MOST_BYTES
    }

    fn push(&mut self, text: &str, role: Role) {
        if self.is_full() || text.is_empty() {
            return;
        }
        let text = &text[..text.floor_char_boundary(MOST_OF_VALUE)];
        self.cells = self.cells.saturating_add(width(&visible(text)));
        self.bytes += text.len();
        match self.parts.last_mut().filter(|(_, last)| *last == role) {
            Some((last, _)) => last.push_str(text),
            None => self.parts.push((text.to_owned(), role)),
        }
    }

    fn pieces(self) -> Vec<Piece<'static>> {
        self.parts.into_iter().map(|(text, role)| piece(text, role)).collect()
    }
}

/// Writes a document to its start, and from the first match on to that match.
#[derive(Default)]
struct Writer<'a> {
    wanted: &'a [&'a str],
    start: Line,
    from_match: Line,
    found: Option<Match>,
    /// The name of the member whose value is written next.
    name: String,
    /// The number of skipped members.
    skipped: usize,
}

impl<'a> Writer<'a> {
    fn is_done(&self) -> bool {
        let has_match = self.wanted.is_empty() || (self.found.is_some() && self.from_match.is_full());
        self.start.is_full() && has_match
    }

    /// Writes the members of a document.
    fn members(&mut self, members: Parts<'_>, context: ExcerptContext<'_>) {
        let before = context.before.map(|before| values_of(before.as_str())).unwrap_or_default();
        let (mut written, mut unchanged) = (0, Vec::new());
        for member in members {
            if self.is_done() {
                return;
            }
            let Some(key) = member.key else { continue };
            if is_shown(&member, context.shown) {
                self.skipped += 1;
                continue;
            }
            let same = before.get(&key.decoded()).copied().flatten();
            if same.is_some_and(|same| is_same_document(same, member.value)) && !self.is_wanted(&member) {
                unchanged.push(key);
                continue;
            }
            if written > 0 {
                self.put("  ", Role::Muted);
            }
            written += 1;
            self.key(key);
            self.value(member.value);
        }
        self.skipped += unchanged.len();
        let note = match unchanged.as_slice() {
            [] if written == 0 && self.skipped == 0 => "{}".to_owned(),
            [] => String::new(),
            _ if written == 0 => "(nothing changed)".to_owned(),
            [name] => format!("  ({} unchanged)", name_text(&name.decoded())),
            names => format!("  ({} unchanged)", names.len()),
        };
        self.put(&note, Role::Muted);
    }

    /// Returns true if a member contains a text that was searched for.
    fn is_wanted(&self, member: &Part<'_>) -> bool {
        let holds = |wanted: &&str| {
            contains(member.value, wanted)
                || member.key.is_some_and(|key| find(&key.decoded(), wanted, 0).is_some())
        };
        self.wanted.iter().any(holds)
    }

    /// Writes a value: `"text"`, `1.50`, `[1, 2]`, `{city "Paris", zip 1}`.
    fn value(&mut self, json: &str) {
        // For each open container, true once something was written in it.
        let mut open: Vec<bool> = Vec::new();
        let mut after_key = false;
        for token in Tokens::new(json) {
            if self.is_done() {
                break;
            }
            let is_close = matches!(token, Token::Close(_));
            if let Some(has_more) = open.last_mut().filter(|_| !after_key && !is_close)
                && std::mem::replace(has_more, true)
            {
                self.put(", ", Role::Muted);
            }
            after_key = false;
            match token {
                Token::Open(container) => {
                    self.put(if container == Container::Object { "{" } else { "[" }, Role::Muted);
                    open.push(false);
                }
                Token::Close(container) => {
                    self.put(if container == Container::Object { "}" } else { "]" }, Role::Muted);
                    open.pop();
                }
                Token::Key(key) => {
                    self.key(key);
                    after_key = true;
                }
                Token::String(quoted) => self.string(quoted),
                Token::Number(number) => self.text(number, Role::Number),
                Token::Word(word) => self.text(word, Role::Literal),
            }
            if !after_key {
                self.name.clear();
            }
        }
    }

    /// Writes the name of a member.
    fn key(&mut self, key: Quoted<'_>) {
        let name = self.decoded(key);
        self.name.clear();
        let shown = name_text(&name);
        self.text(&shown, Role::Muted);
        self.put(" ", Role::Muted);
        if width(&shown) <= NAME_BEFORE_MATCH {
            self.name = shown.into_owned() + " ";
        }
    }

    fn string(&mut self, quoted: Quoted<'_>) {
        let text = self.decoded(quoted);
        self.put("\"", Role::String);
        self.text(&text, Role::String);
        self.put("\"", Role::String);
    }

    /// Decodes a string, as far as it is needed.
    fn decoded<'t>(&self, quoted: Quoted<'t>) -> Cow<'t, str> {
        let written = quoted.written();
        if self.wanted.is_empty() && written.len() > MOST_OF_VALUE {
            return Quoted::new(&written[..written.floor_char_boundary(MOST_OF_VALUE)]).decoded();
        }
        quoted.decoded()
    }

    /// Writes a text in which a match may be.
    fn text(&mut self, text: &str, role: Role) {
        let wanted = self.wanted.iter().filter(|wanted| !wanted.is_empty());
        let first = wanted.filter_map(|wanted| find(text, wanted, 0).map(|at| (at, wanted.len()))).min();
        let Some((at, length)) = first.filter(|_| self.found.is_none()) else {
            return self.put(&escaped(text, role), role);
        };
        let parts = [&text[..at], &text[at..at + length], &text[at + length..]];
        let [before, matching, after] = parts.map(|part| escaped(part, role));
        self.start.push(&before, role);
        self.start.push(&matching, Role::Match);
        let near = parts[0].char_indices().rev().nth(BEFORE_MATCH).map_or(0, |(from, _)| from);
        let quote = if role == Role::String { "\"" } else { "" };
        self.found = Some(Match {
            end: if self.start.is_full() { u16::MAX } else { self.start.cells },
            name: piece(format!("{}{quote}", self.name), Role::Muted),
            is_cut: near > 0,
            before: piece(escaped(&parts[0][near..], role).into_owned(), role),
            pieces: Vec::new(),
        });
        self.from_match.push(&matching, Role::Match);
        self.put(&after, role);
    }

    /// Writes a text to the start, and after a match to the text that follows it.
    fn put(&mut self, text: &str, role: Role) {
        self.start.push(text, role);
        if self.found.is_some() {
            self.from_match.push(text, role);
        }
    }
}

/// Returns true if a member repeats a text that is shown already.
fn is_shown(member: &Part<'_>, shown: &[&str]) -> bool {
    let value = member.value;
    let text = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    shown.iter().any(|shown| text.map_or(value == *shown, |text| Quoted::new(text).is(shown)))
}

/// Returns the values of an object by name; none for a repeated name, whose value is not known.
fn values_of(json: &str) -> BTreeMap<Cow<'_, str>, Option<&str>> {
    let mut values = BTreeMap::new();
    for member in Parts::of_object(json).into_iter().flatten() {
        let Some(key) = member.key else { continue };
        values.entry(key.decoded()).and_modify(|value| *value = None).or_insert(Some(member.value));
    }
    values
}

/// Returns a name as it is shown: quoted if it could be taken for something else.
fn name_text(name: &str) -> Cow<'_, str> {
    let is_plain = |character: char| character.is_alphanumeric() || "_-.$@/".contains(character);
    if !name.is_empty() && name.chars().all(is_plain) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("\"{}\"", escaped(name, Role::String)))
}

/// Returns a string with the escapes without which it would be misread. Other control characters become visible later.
fn escaped(text: &str, role: Role) -> Cow<'_, str> {
    if role != Role::String || !text.contains(['"', '\\', '\n', '\r', '\t']) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '"' | '\\' => shown.extend(['\\', character]),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(pieces: &[Piece<'_>]) -> String {
        pieces.iter().map(Piece::text).collect()
    }

    fn start(json: &str, context: ExcerptContext<'_>) -> String {
        text(&Excerpt::of(json, context).pieces(u16::MAX, &Glyphs::UNICODE))
    }

    #[test]
    fn members_are_shown_in_their_order_without_what_the_row_shows() {
        let context = ExcerptContext { shown: &["c23"], ..ExcerptContext::default() };
        for (json, expected) in [
            (
                r#"{"contact_id":"c23","name":"Ada King","email":"ada@x"}"#,
                r#"name "Ada King"  email "ada@x""#,
            ),
            (
                r#"{"z":1.10,"a":1e400,"n":12345678901234567890123}"#,
                "z 1.10  a 1e400  n 12345678901234567890123",
            ),
            (r#"{"a":1,"a":2}"#, "a 1  a 2"),
            (
                r#"{ "to" : {"city":"Paris","zip":[1, "x" ,{}]}, "ok":true }"#,
                r#"to {city "Paris", zip [1, "x", {}]}  ok true"#,
            ),
            (r#"{"id":"c23"}"#, ""),
            (r#"{"\u0069d":"\u006323","x":null}"#, "x null"),
            (r#"{"a b":"","":[]}"#, r#""a b" ""  "" []"#),
            (r#"{"q":"say \"hi\"\n\\ \u00e9\u001b[31m"}"#, r#"q "say \"hi\"\n\\ é␛[31m""#),
            ("{}", "{}"),
            ("[]", "[]"),
            (r#"["c23",[2]]"#, r#"["c23", [2]]"#),
            ("\"text\"", "\"text\""),
            ("1.0", "1.0"),
            ("{\"a\":1", "{\"a\":1"),
            ("oops\u{202e}", "oops<U+202E>"),
            ("", ""),
        ] {
            assert_eq!(start(json, context), expected, "{json}");
        }
        let number = ExcerptContext { shown: &["17"], ..ExcerptContext::default() };
        assert_eq!(start(r#"{"id":17,"n":170}"#, number), "n 170");
    }

    #[test]
    fn an_update_shows_what_changed() {
        let before =
            Json::from_stored(r#"{"id":"c1","name":"Ada","email":"a@b","tags":[1],"x":1,"x":1}"#.to_owned());
        let context = ExcerptContext { shown: &["c1"], before: Some(&before), wanted: &[] };
        for (json, expected) in [
            (r#"{"id":"c1","name":"Ada","email":"c@d"}"#, r#"email "c@d"  (name unchanged)"#),
            (r#"{"name":"Ada","email":"c@d","tags":[ 1 ]}"#, r#"email "c@d"  (2 unchanged)"#),
            (r#"{"id":"c1","name":"\u0041da"}"#, "(nothing changed)"),
            (r#"{"id":"c1","x":1,"new":null}"#, "x 1  new null"),
        ] {
            assert_eq!(start(json, context), expected, "{json}");
        }
        let searched = ExcerptContext { wanted: &["ada"], ..context };
        assert_eq!(start(r#"{"name":"Ada","email":"a@b"}"#, searched), r#"name "Ada"  (email unchanged)"#);
    }

    fn at(json: &str, wanted: &str, cells: u16) -> String {
        let wanted = [wanted];
        let excerpt = Excerpt::of(json, ExcerptContext { wanted: &wanted, ..ExcerptContext::default() });
        text(&excerpt.pieces(cells, &Glyphs::UNICODE))
    }

    #[test]
    fn a_match_beyond_the_visible_part_starts_the_excerpt() {
        let json =
            r#"{"name":"Ada King","notes":"the first programmer of all","tags":["x","analytical engine"]}"#;
        assert_eq!(
            at(json, "ada", 30),
            r#"name "Ada King"  notes "the first programmer of all"  tags ["x", "analytical engine"]"#
        );
        assert_eq!(
            at(json, "PROGRAMMER", 30),
            r#"… notes "…he first programmer of all"  tags ["x", "analytical engine"]"#
        );
        assert_eq!(at(json, "programmer", 12), r#"…programmer of all"  tags ["x", "analytical engine"]"#);
        assert_eq!(at(json, "engine", 30), r#"… "…alytical engine"]"#);
        assert_eq!(at(json, "tags", 30), r#"… tags ["x", "analytical engine"]"#);
        let escaped = r#"{"a":"0123456789","b":"say \"hi\" \u0041da"}"#;
        assert_eq!(at(escaped, r#""hi""#, 14), r#"…\"hi\" Ada""#);
    }

    #[test]
    fn a_huge_document_is_shown_by_its_start_and_by_its_match() {
        let filler = "é".repeat(5 << 20);
        let json = format!(
            r#"{{"a":"{filler}","deep":{}1{},"needle":"found it"}}"#,
            "[".repeat(1 << 20),
            "]".repeat(1 << 20)
        );
        let shown = start(&json, ExcerptContext::default());
        assert!(shown.starts_with("a \"éé") && shown.len() < 20_000);
        assert_eq!(at(&json, "found", 40), r#"… needle "found it""#);
    }

    proptest! {
        #[test]
        fn no_text_leaks_control_characters_or_hides_the_match(
            json in prop_oneof![any::<String>(), any_json()],
            wanted in "[a-z0-9 é]{1,3}",
            cells in 0_u16..200,
        ) {
            let context = ExcerptContext { shown: &["a"], before: None, wanted: &[&wanted] };
            let excerpt = Excerpt::of(&json, context);
            let pieces = excerpt.pieces(cells, &Glyphs::ASCII);
            prop_assert!(pieces_width(&excerpt.start) <= MOST_CELLS + 8 * u16::try_from(MOST_OF_VALUE).unwrap());
            let shown = text(&pieces);
            prop_assert!(!shown.chars().any(char::is_control), "{:?}", shown);
            let matching = pieces.iter().position(|piece| piece.role() == Role::Match);
            if let Some(matching) = matching && width(&wanted) + 2 < cells {
                prop_assert!(pieces_width(&pieces[..=matching]) <= cells, "{:?}", shown);
            }
        }

        #[test]
        fn every_value_of_a_document_is_shown_as_it_is_stored(members in prop::collection::vec(("[a-z]{1,4}", any_json()), 0..5)) {
            let json: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            let shown = start(&format!("{{{}}}", json.join(",")), ExcerptContext::default());
            let mut rest = shown.as_str();
            for (name, value) in &members {
                let single = start(&format!("{{\"{name}\":{value}}}"), ExcerptContext::default());
                if rest.len() > 200 {
                    break;
                }
                prop_assert!(rest.starts_with(&single), "{} in {}", single, shown);
                rest = rest[single.len()..].trim_start_matches("  ");
            }
        }
    }

    fn any_json() -> impl Strategy<Value = String> {
        let scalar = prop_oneof![
            any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
            any::<f64>().prop_map(|number| serde_json::json!(number).to_string()),
            Just("null".to_owned()),
            Just("true".to_owned()),
        ];
        scalar.prop_recursive(4, 16, 4, |inner| {
            let member = ("[a-z \"é]{0,3}", inner.clone());
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
                prop::collection::vec(member, 0..4).prop_map(|members| {
                    let name = |name: String| serde_json::Value::from(name).to_string();
                    let members: Vec<String> =
                        members.into_iter().map(|(key, value)| format!("{}: {value}", name(key))).collect();
                    format!("{{ {} }}", members.join(" ,"))
                }),
            ]
        })
    }
}
