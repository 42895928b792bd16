//! JSON as stored: the source text, with digits and the order of keys.

mod difference;
mod lines;
mod number;
mod object;
mod parts;
mod pieces;
#[cfg(feature = "console")]
mod pointer;
mod quoted;
mod replace;
mod search;
mod tokens;

pub(crate) use difference::{differences, differences_between, is_same_document, path_text};
#[cfg(feature = "console")]
pub(crate) use lines::LineKind;
pub(crate) use lines::Lines;
pub(crate) use number::is_same_number;
pub(crate) use object::{check_object, with_field, with_fields_of};
pub(crate) use parts::{Part, Parts};
#[cfg(feature = "console")]
pub(crate) use pointer::{Pointer, path_to, paths, pointer_to, value_at};
pub(crate) use quoted::Quoted;
pub(crate) use replace::{find_values, replace_ranges};
pub(crate) use search::contains;
pub(crate) use tokens::{Container, Token, Tokens};

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;

use memchr::memchr3_iter;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::text::{is_hidden, is_hiding, pieces};

/// The maximum indentation of a document in levels. Deeper values are indented no further.
const DEEPEST_INDENT: usize = 100;

/// The text of a JSON document: an event's payload, a projection's value or a space's metadata. The text passes through
/// the program unchanged, with its digits, the order of its keys and repeated keys.
///
/// Text read from a file may be invalid, so parsing can fail. Text made with [`Json::of`] is always valid.
#[derive(Debug, Clone, Default)]
pub struct Json {
    text: String,
    /// True if the text was serialised from a value or has been checked.
    is_known_valid: bool,
}

impl Json {
    /// Serialises a value.
    ///
    /// ```
    /// let json = ramax::Json::of(&serde_json::json!({"b": 1, "a": 2}));
    /// assert_eq!(json.as_str(), r#"{"b":1,"a":2}"#);
    /// ```
    pub fn of(value: &Value) -> Self {
        Self::serialized(value.to_string())
    }

    /// Serialises any serialisable value.
    ///
    /// # Errors
    /// If the value has no JSON form, such as a map whose keys are not strings.
    pub fn from_serialize(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self::serialized)
    }

    /// Wraps stored text, valid or not.
    pub fn from_stored(text: String) -> Self {
        Self { text, is_known_valid: false }
    }

    /// Wraps text that was serialised from a value and needs no check.
    pub(crate) fn serialized(text: String) -> Self {
        Self { text, is_known_valid: true }
    }

    /// Checks that a text is valid JSON and wraps it unchanged.
    ///
    /// ```
    /// let json = ramax::Json::checked(r#"{"n":1.10,"n":12345678901234567890123}"#.to_owned())?;
    /// assert_eq!(json.to_string(), r#"{"n":1.10,"n":12345678901234567890123}"#);
    /// assert!(ramax::Json::checked("nope".to_owned()).is_err());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn checked(text: String) -> Result<Self, serde_json::Error> {
        Self::from_stored(text).check()
    }

    /// Checks that the text is valid JSON, unless that is known already.
    pub fn check(mut self) -> Result<Self, serde_json::Error> {
        self.note_validity().map(|()| self)
    }

    /// As [`Json::check`], in place.
    pub(crate) fn note_validity(&mut self) -> Result<(), serde_json::Error> {
        self.fault().map_or(Ok(()), Err)?;
        self.is_known_valid = true;
        Ok(())
    }

    /// Returns the reason why the text is not valid JSON.
    pub fn fault(&self) -> Option<serde_json::Error> {
        if self.is_known_valid { None } else { serde_json::from_str::<IgnoredAny>(&self.text).err() }
    }

    /// Replaces the text and keeps the allocation.
    pub(crate) fn refill(&mut self, text: &str) {
        crate::text::refill(&mut self.text, text);
        self.is_known_valid = false;
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Parses the text into a typed value, which may borrow from it.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.text)
    }

    /// Parses the text into an owned typed value.
    pub fn parse_owned<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.text)
    }

    /// Parses the document into a [`Value`]; invalid text becomes a JSON string. Numbers may be rounded, and of repeated
    /// keys only the last remains. To pass the document on unchanged, serialise the `Json` itself.
    pub fn to_value(&self) -> Value {
        self.parse().unwrap_or_else(|_| Value::String(self.text.clone()))
    }

    /// Returns the text, or a JSON string of it if it is not valid JSON.
    pub(crate) fn as_document(&self) -> Cow<'_, str> {
        match self.fault() {
            None => Cow::Borrowed(&self.text),
            Some(_) => Cow::Owned(Value::from(self.text.as_str()).to_string()),
        }
    }

    /// Calls `each` with the lines of the document, indented by two spaces per level and otherwise unchanged. Invalid
    /// text is split at its own line feeds.
    pub fn each_line<E>(&self, each: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        self.each_line_between(&mut || Ok(()), each)
    }

    /// As [`Json::each_line`], but calls `pause` before each line, and before each piece of a large text that is checked.
    pub(crate) fn each_line_between<E>(
        &self,
        pause: &mut dyn FnMut() -> Result<(), E>,
        mut each: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.fault_between(pause)?.is_some() {
            return self.text.lines().try_for_each(each);
        }
        let mut text = String::new();
        for line in Lines::new(&self.text) {
            pause()?;
            text.clear();
            text.extend(std::iter::repeat_n("  ", line.depth.min(DEEPEST_INDENT)));
            if let Some(key) = line.key {
                text.extend(["\"", key.written(), "\": "]);
            }
            text.push_str(line.text);
            if line.comma {
                text.push(',');
            }
            each(&text)?;
        }
        Ok(())
    }

    /// Returns the document on one line: without the line feeds and tabs between its parts, and the spaces around those.
    /// Invalid text is returned unchanged.
    fn on_one_line(&self) -> Cow<'_, str> {
        let mut breaks = memchr3_iter(b'\n', b'\r', b'\t', self.text.as_bytes()).peekable();
        if breaks.peek().is_none() || self.fault().is_some() {
            return Cow::Borrowed(&self.text);
        }
        // Within strings, these characters are escaped.
        let mut line = String::with_capacity(self.text.len());
        let mut start = 0;
        for end in breaks {
            line.push_str(self.text[start..end].trim_matches(' '));
            start = end + 1;
        }
        line.push_str(self.text[start..].trim_matches(' '));
        Cow::Owned(line)
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Json {}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Serialises the document unchanged, on one line. Invalid text becomes a string.
impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serde_json::from_str::<&RawValue>(&self.on_one_line()) {
            Ok(raw) => raw.serialize(serializer),
            Err(_) => serializer.serialize_str(&self.text),
        }
    }
}

/// Deserialises a JSON document unchanged, digit by digit. Only from JSON.
impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::serialized(String::from(Box::<str>::from(Box::<RawValue>::deserialize(deserializer)?))))
    }
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        Self::of(value)
    }
}

/// Serialises an item as one line of JSON, with every character escaped that a terminal would interpret or hide.
pub fn json_text(item: &impl Serialize) -> String {
    match json_text_between(item, &mut || Ok::<(), Infallible>(())) {
        Ok(text) => text,
        Err(never) => match never {},
    }
}

/// As [`json_text`], but calls `pause` between the pieces of a long line.
///
/// # Errors
/// The error of `pause`.
pub(crate) fn json_text_between<E>(
    item: &impl Serialize,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<String, E> {
    let text =
        serde_json::to_string(item).unwrap_or_else(|error| serde_json::json!(error.to_string()).to_string());
    if !is_hiding_between(&text, pause)? {
        return Ok(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for piece in pieces(&text, pause) {
        escape_hidden(piece?, &mut escaped);
    }
    Ok(escaped)
}

/// Returns true if a text has characters that a terminal would interpret or hide. Calls `pause` between the pieces of a long one.
///
/// # Errors
/// The error of `pause`.
pub(crate) fn is_hiding_between<E>(text: &str, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<bool, E> {
    for piece in pieces(text, pause) {
        if is_hiding(piece?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Adds a part of a JSON text with its hidden characters escaped. JSON has such characters only within strings, where every
/// character may be escaped.
fn escape_hidden(text: &str, escaped: &mut String) {
    if !is_hiding(text) {
        return escaped.push_str(text);
    }
    let mut units = [0; 2];
    for character in text.chars() {
        if is_hidden(character) {
            for unit in character.encode_utf16(&mut units) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::text::PIECE;

    use super::*;

    #[test]
    fn json_escapes_terminal_control_characters_and_parses_back_to_the_same_value() {
        let nasty = serde_json::json!({"k": "a\u{9b}31m\u{202e}b\u{e0041}\u{7f}"});
        let text = json_text(&nasty);
        assert_eq!(text, r#"{"k":"a\u009b31m\u202eb\udb40\udc41\u007f"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), nasty);
    }

    #[test]
    fn a_long_line_is_the_same_in_pieces_and_is_stopped_between_two() {
        let json = Json::of(&Value::from("\u{200b}x".repeat(PIECE)));
        let mut pauses = 0;
        let mut pause = || {
            pauses += 1;
            if pauses < 4 { Ok(()) } else { Err("stopped") }
        };
        assert_eq!(json_text_between(&json, &mut pause), Err("stopped"));
        assert_eq!(pauses, 4);
        assert_eq!(json_text(&json), format!("\"{}\"", "\\u200bx".repeat(PIECE)));
    }

    #[test]
    fn a_document_of_several_lines_is_serialised_on_one() {
        let json = Json::from_stored("\n{\r\n\t \"a b\" : [1,\n  2 ],\n \"c\":\t\"\\n \"\n}\n".to_owned());
        assert_eq!(serde_json::to_string(&json).unwrap(), r#"{"a b" : [1,2 ],"c":"\n "}"#);
    }
}
