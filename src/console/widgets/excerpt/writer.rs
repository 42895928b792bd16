//! Writing a document as coloured pieces, up to the limits of a line.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::console::theme::Role;
use crate::console::widgets::pen::{Piece, piece, width};
use crate::json::{
    Container, Part, Parts, Quoted, Token, Tokens, contains_between, is_same_document_between,
};
use crate::operations::Pause;
use crate::text::{PieceCount, find_between, visible};

use super::{ExcerptContext, Match};

/// The cells kept of a line; no screen shows more.
pub(super) const MOST_CELLS: u16 = 512;
/// The bytes kept of a line. Some characters take no cell.
const MOST_BYTES: usize = 8192;
/// The bytes kept of one value.
pub(super) const MOST_OF_VALUE: usize = 4096;
/// The characters shown before a match within a long value.
const BEFORE_MATCH: usize = 8;
/// The cells of a name before a match.
const NAME_BEFORE_MATCH: u16 = 24;

/// Text up to a limit. Neighbours of one role are joined.
#[derive(Default)]
pub(super) struct Line {
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
        let text = beginning(text);
        self.cells = self.cells.saturating_add(width(&visible(text)));
        self.bytes += text.len();
        match self.parts.last_mut().filter(|(_, last)| *last == role) {
            Some((last, _)) => last.push_str(text),
            None => self.parts.push((text.to_owned(), role)),
        }
    }

    pub(super) fn pieces(self) -> Vec<Piece<'static>> {
        self.parts.into_iter().map(|(text, role)| piece(text, role)).collect()
    }
}

/// Writes a document to its start, and from the first match on to that match.
#[derive(Default)]
pub(super) struct Writer<'a> {
    wanted: &'a [&'a str],
    pub(super) start: Line,
    pub(super) from_match: Line,
    pub(super) found: Option<Match>,
    /// The name of the member whose value is written next.
    name: String,
    /// The number of skipped members.
    skipped: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn looking_for(wanted: &'a [&'a str]) -> Self {
        Self { wanted, ..Self::default() }
    }

    fn is_done(&self) -> bool {
        let has_match = self.wanted.is_empty() || (self.found.is_some() && self.from_match.is_full());
        self.start.is_full() && has_match
    }

    /// Writes the members of a document.
    pub(super) fn members<E>(
        &mut self,
        mut members: Parts<'_>,
        context: ExcerptContext<'_>,
        pause: &mut Pause<'_, E>,
    ) -> Result<(), E> {
        let before = context.before.map(|before| values_of(before.as_str(), pause)).transpose()?;
        let before = before.unwrap_or_default();
        let (mut written, mut unchanged) = (0, Vec::new());
        while let Some(member) = members.next_between(pause)? {
            if self.is_done() {
                return Ok(());
            }
            let Some(key) = member.key else { continue };
            if is_shown(&member, context.shown) {
                self.skipped += 1;
                continue;
            }
            let same = before.get(&key.decoded_between(pause)?).copied().flatten();
            let is_same =
                same.map_or(Ok(false), |same| is_same_document_between(same, member.value, pause))?;
            if is_same && !self.is_wanted(&member, pause)? {
                unchanged.push(key);
                continue;
            }
            if written > 0 {
                self.put("  ", Role::Muted);
            }
            written += 1;
            self.key(key, pause)?;
            self.value(member.value, pause)?;
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
        Ok(())
    }

    /// Returns true if a member contains a text that was searched for.
    fn is_wanted<E>(&self, member: &Part<'_>, pause: &mut Pause<'_, E>) -> Result<bool, E> {
        let key = member.key.map(|key| key.decoded_between(pause)).transpose()?.unwrap_or_default();
        for wanted in self.wanted {
            if contains_between(member.value, wanted, pause)? || find_between(&key, wanted, pause)?.is_some()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes a value: `"text"`, `1.50`, `[1, 2]`, `{city "Paris", zip 1}`.
    pub(super) fn value<E>(&mut self, json: &str, pause: &mut Pause<'_, E>) -> Result<(), E> {
        // For each open container, true once something was written in it.
        let mut open: Vec<bool> = Vec::new();
        let mut after_key = false;
        let (mut tokens, mut read) = (Tokens::new(json), PieceCount::default());
        while let Some(token) = tokens.next() {
            if self.is_done() {
                break;
            }
            if read.is_next(tokens.end()) {
                pause()?;
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
                    self.key(key, pause)?;
                    after_key = true;
                }
                Token::String(quoted) => self.string(quoted, pause)?,
                Token::Number(number) => self.text(number, Role::Number, pause)?,
                Token::Word(word) => self.text(word, Role::Literal, pause)?,
            }
            if !after_key {
                self.name.clear();
            }
        }
        Ok(())
    }

    /// Writes the name of a member.
    fn key<E>(&mut self, key: Quoted<'_>, pause: &mut Pause<'_, E>) -> Result<(), E> {
        let name = self.decoded(key, pause)?;
        self.name.clear();
        let shown = name_text(&name);
        self.text(&shown, Role::Muted, pause)?;
        self.put(" ", Role::Muted);
        if width(&shown) <= NAME_BEFORE_MATCH {
            self.name = shown.into_owned() + " ";
        }
        Ok(())
    }

    fn string<E>(&mut self, quoted: Quoted<'_>, pause: &mut Pause<'_, E>) -> Result<(), E> {
        let text = self.decoded(quoted, pause)?;
        self.put("\"", Role::String);
        self.text(&text, Role::String, pause)?;
        self.put("\"", Role::String);
        Ok(())
    }

    /// Decodes a string, as far as it is needed.
    fn decoded<'t, E>(&self, quoted: Quoted<'t>, pause: &mut Pause<'_, E>) -> Result<Cow<'t, str>, E> {
        if self.wanted.is_empty() {
            return Ok(Quoted::new(beginning(quoted.written())).decoded());
        }
        quoted.decoded_between(pause)
    }

    /// Writes a text in which a match may be.
    pub(super) fn text<E>(&mut self, text: &str, role: Role, pause: &mut Pause<'_, E>) -> Result<(), E> {
        let mut first: Option<(usize, usize)> = None;
        for wanted in self.wanted.iter().filter(|wanted| !wanted.is_empty() && self.found.is_none()) {
            let found = find_between(text, wanted, pause)?.map(|at| (at, wanted.len()));
            first = first.into_iter().chain(found).min();
        }
        let Some((at, length)) = first else {
            self.put(&escaped(beginning(text), role), role);
            return Ok(());
        };
        let parts = [&text[..at], &text[at..at + length], &text[at + length..]];
        let [before, matching, after] = parts.map(|part| escaped(beginning(part), role));
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
        Ok(())
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

/// Returns the part of a text that is kept of a value.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_OF_VALUE)]
}

/// The values of an object by name; none for a repeated name, whose value is not known.
type Values<'a> = BTreeMap<Cow<'a, str>, Option<&'a str>>;

/// Returns the values of an object.
fn values_of<'a, E>(json: &'a str, pause: &mut Pause<'_, E>) -> Result<Values<'a>, E> {
    let mut values = Values::new();
    let Some(mut members) = Parts::of_object(json) else { return Ok(values) };
    while let Some(member) = members.next_between(pause)? {
        let Some(key) = member.key else { continue };
        let key = key.decoded_between(pause)?;
        values.entry(key).and_modify(|value| *value = None).or_insert(Some(member.value));
    }
    Ok(values)
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
