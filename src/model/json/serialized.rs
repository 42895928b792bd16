//! Serialising documents and items, with pauses within large ones.

use std::borrow::Cow;
use std::io::{self, Write};

use memchr::{memchr3, memchr3_iter};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};
use serde_json::value::RawValue;

use crate::text::{PIECE, PieceCount, is_hidden, is_hiding, pieces, without_pause};

use super::{Json, Text};

impl Json {
    /// As [`Json::of`], but calls `pause` between the pieces of a large value.
    ///
    /// # Errors
    /// The error of `pause`.
    #[cfg(feature = "cli")]
    pub(crate) fn of_between<E>(value: &Value, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<Self, E> {
        serialized(value, pause).map(Self::serialized)
    }

    /// Returns the document as it is serialised: on one line, and as a string if it is not JSON. A large one is then serialised
    /// without another look at it. Calls `pause` between the pieces of a large one.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn prepared_between<E>(
        &self,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Cow<'_, Self>, E> {
        let is_prepared = matches!(self.0, Text::Raw(_)) && !has_breaks(self.as_str());
        if is_prepared || self.as_str().len() <= PIECE {
            return Ok(Cow::Borrowed(self));
        }
        let text = match self.fault_between(pause)? {
            None => on_one_line(self.as_str(), pause)?.into_owned(),
            Some(_) => serialized(&self.as_str(), pause)?,
        };
        pause()?;
        Ok(RawValue::from_string(text).map_or(Cow::Borrowed(self), |raw| Cow::Owned(Self(Text::Raw(raw)))))
    }

    /// As [`prepared_between`](Self::prepared_between), with a copy of the document.
    ///
    /// # Errors
    /// The error of `pause`.
    #[cfg(feature = "cli")]
    pub(crate) fn prepared<E>(&self, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<Self, E> {
        self.prepared_between(pause).map(Cow::into_owned)
    }

    /// Returns the text, or a JSON string of it if it is not valid JSON. Calls `pause` between the pieces of a large one.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn as_document_between<E>(
        &self,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Cow<'_, str>, E> {
        Ok(match self.fault_between(pause)? {
            None => Cow::Borrowed(self.as_str()),
            Some(_) => Cow::Owned(serialized(&self.as_str(), pause)?),
        })
    }

    /// Returns the document unchanged, in the form in which [`Json::raw`] needs no check of a large one. Calls `pause` between the
    /// pieces of a large one.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn checked_between<E>(
        &self,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Cow<'_, Self>, E> {
        let is_small = self.as_str().len() <= PIECE;
        if is_small || matches!(self.0, Text::Raw(_)) || self.fault_between(pause)?.is_some() {
            return Ok(Cow::Borrowed(self));
        }
        // Without the whitespace around it, it would be another text.
        let raw = RawValue::from_string(self.as_str().to_owned()).ok();
        let raw = raw.filter(|raw| raw.get().len() == self.as_str().len());
        Ok(raw.map_or(Cow::Borrowed(self), |raw| Cow::Owned(Self(Text::Raw(raw)))))
    }

    /// Returns the document as raw JSON, without whitespace around it; none if it is not valid JSON.
    pub(crate) fn raw(&self) -> Option<&RawValue> {
        match &self.0 {
            Text::Raw(raw) => Some(raw),
            Text::Stored(text) | Text::Valid(text) => serde_json::from_str(text).ok(),
        }
    }

    /// Returns the document on one line. Invalid text is returned unchanged.
    fn on_one_line(&self) -> Cow<'_, str> {
        if !has_breaks(self.as_str()) || self.fault().is_some() {
            return Cow::Borrowed(self.as_str());
        }
        without_pause(|pause| on_one_line(self.as_str(), pause))
    }
}

/// Returns true if a text has line feeds or tabs. Within the strings of a document, they are escaped.
fn has_breaks(text: &str) -> bool {
    memchr3(b'\n', b'\r', b'\t', text.as_bytes()).is_some()
}

/// Returns a document without the line feeds and tabs between its parts, and the spaces around those.
fn on_one_line<'a, E>(text: &'a str, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<Cow<'a, str>, E> {
    if !has_breaks(text) {
        return Ok(Cow::Borrowed(text));
    }
    let mut line = String::with_capacity(text.len());
    let (mut start, mut read) = (0, PieceCount::default());
    for end in memchr3_iter(b'\n', b'\r', b'\t', text.as_bytes()) {
        if read.is_next(end) {
            pause()?;
        }
        line.push_str(text[start..end].trim_matches(' '));
        start = end + 1;
    }
    line.push_str(text[start..].trim_matches(' '));
    Ok(Cow::Owned(line))
}

/// Serialises the document unchanged, on one line. Invalid text becomes a string.
impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Text::Raw(raw) = &self.0
            && !has_breaks(raw.get())
        {
            return raw.serialize(serializer);
        }
        match serde_json::from_str::<&RawValue>(&self.on_one_line()) {
            Ok(raw) => raw.serialize(serializer),
            Err(_) => serializer.serialize_str(self.as_str()),
        }
    }
}

/// Deserialises a JSON document unchanged, digit by digit. Only from JSON.
impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Text::Raw(Box::<RawValue>::deserialize(deserializer)?)))
    }
}

/// Serialises an item as one line of JSON, with every character escaped that a terminal would interpret or hide.
pub fn json_text(item: &impl Serialize) -> String {
    without_pause(|pause| json_text_between(item, pause))
}

/// As [`json_text`], but calls `pause` between the pieces of a long line. Documents in it are [prepared](Json::prepared_between)
/// before.
///
/// # Errors
/// The error of `pause`.
pub(crate) fn json_text_between<E>(
    item: &impl Serialize,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<String, E> {
    let text = serialized(item, pause)?;
    if !is_hiding_between(&text, pause)? {
        return Ok(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for piece in pieces(&text, pause) {
        escape_hidden(piece?, &mut escaped);
    }
    Ok(escaped)
}

/// Serialises an item, or the reason why it cannot be.
fn serialized<E>(item: &impl Serialize, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<String, E> {
    let mut written = Vec::new();
    let mut between = Between { left: PIECE, pause, stopped: None };
    let done = item.serialize(&mut serde_json::Serializer::with_formatter(&mut written, &mut between));
    if let Some(stopped) = between.stopped {
        return Err(stopped);
    }
    let reason = |error: &dyn ToString| Value::from(error.to_string()).to_string();
    Ok(match done {
        Ok(()) => String::from_utf8(written).unwrap_or_else(|error| reason(&error)),
        Err(error) => reason(&error),
    })
}

/// Writes JSON as the [`CompactFormatter`] does, and asks after each piece if it should continue.
struct Between<'p, E> {
    /// The number of bytes until it asks again.
    left: usize,
    pause: &'p mut dyn FnMut() -> Result<(), E>,
    stopped: Option<E>,
}

impl<E> Between<'_, E> {
    fn pass(&mut self, bytes: usize) -> io::Result<()> {
        if let Some(left) = self.left.checked_sub(bytes) {
            self.left = left;
            return Ok(());
        }
        self.left = PIECE;
        (self.pause)().map_err(|error| {
            self.stopped = Some(error);
            io::Error::other("stopped")
        })
    }
}

impl<E> Formatter for &mut Between<'_, E> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        self.pass(text.len())?;
        CompactFormatter.write_string_fragment(writer, text)
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        self.pass(1)?;
        CompactFormatter.write_char_escape(writer, escape)
    }

    fn write_raw_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        self.pass(text.len())?;
        CompactFormatter.write_raw_fragment(writer, text)
    }
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
    use super::*;

    /// Counts the pauses, and stops at the given one.
    fn pausing(stop_at: usize, pauses: &mut usize) -> impl FnMut() -> Result<(), &'static str> {
        move || {
            *pauses += 1;
            if *pauses < stop_at { Ok(()) } else { Err("stopped") }
        }
    }

    #[test]
    fn json_escapes_terminal_control_characters_and_parses_back_to_the_same_value() {
        let nasty = serde_json::json!({"k": "a\u{9b}31m\u{202e}b\u{e0041}\u{7f}"});
        let text = json_text(&nasty);
        assert_eq!(text, r#"{"k":"a\u009b31m\u202eb\udb40\udc41\u007f"}"#);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), nasty);
    }

    #[test]
    fn a_long_line_is_the_same_in_pieces_and_is_stopped_between_two() {
        let json = Json::of(&Value::from("\u{200b}x".repeat(PIECE)));
        let mut pauses = 0;
        assert_eq!(json_text_between(&json, &mut pausing(4, &mut pauses)), Err("stopped"));
        assert_eq!(pauses, 4);
        assert_eq!(json_text(&json), format!("\"{}\"", "\\u200bx".repeat(PIECE)));
    }

    #[test]
    fn a_long_string_is_serialised_with_pauses_between_its_lines() {
        let lines = "ab\n".repeat(PIECE);
        let (mut all, mut some) = (0, 0);
        let text = json_text_between(&lines, &mut pausing(usize::MAX, &mut all)).unwrap();
        assert_eq!(text, format!("\"{}\"", "ab\\n".repeat(PIECE)));
        assert!(all > 5, "{all} pauses");
        assert_eq!(json_text_between(&lines, &mut pausing(2, &mut some)), Err("stopped"));
        assert_eq!(some, 2);
    }

    #[test]
    fn a_document_of_several_lines_is_serialised_on_one() {
        let json = Json::from_stored("\n{\r\n\t \"a b\" : [1,\n  2 ],\n \"c\":\t\"\\n \"\n}\n".to_owned());
        assert_eq!(serde_json::to_string(&json).unwrap(), r#"{"a b" : [1,2 ],"c":"\n "}"#);
    }

    #[test]
    fn a_large_document_is_checked_with_pauses_and_stays_byte_for_byte() {
        for (text, is_json) in [
            (format!("[\n {} 2]", "1,\n".repeat(PIECE)), true),
            ("a\n".repeat(PIECE), false),
            ("[1,\n2]".to_owned(), true),
            (format!("{}1 ", " ".repeat(2 * PIECE)), true),
        ] {
            let json = Json::from_stored(text);
            let mut pauses = 0;
            let checked = json.checked_between(&mut pausing(usize::MAX, &mut pauses)).unwrap().into_owned();
            assert!(checked == json && checked.raw().is_some() == is_json);
            let document = json.as_document_between(&mut pausing(usize::MAX, &mut 0)).unwrap();
            assert!(document == json.as_document());
        }
    }

    #[test]
    fn a_large_document_is_prepared_with_pauses_and_serialised_the_same() {
        let many = "1,\n".repeat(PIECE);
        for text in [format!("[\n {many} 2]"), format!("[{many}"), format!("\"{}\"", "x".repeat(2 * PIECE))] {
            let json = Json::from_stored(text);
            let mut pauses = 0;
            let prepared = json.prepared_between(&mut pausing(usize::MAX, &mut pauses)).unwrap().into_owned();
            assert!(pauses > 2, "{pauses} pauses");
            assert!(matches!(prepared.0, Text::Raw(_)) && !has_breaks(prepared.as_str()));
            assert!(json_text(&prepared) == json_text(&json));
            let stopped = json.prepared_between(&mut pausing(3, &mut 0));
            assert_eq!(stopped.err(), Some("stopped"));
        }
    }
}
