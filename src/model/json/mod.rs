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
mod serialized;
mod tokens;

#[cfg(feature = "console")]
pub(crate) use difference::is_same_document_between;
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
pub(crate) use replace::{find_values, find_values_between, replace_ranges};
pub(crate) use search::{contains, contains_between};
pub use serialized::json_text;
pub(crate) use serialized::{is_hiding_between, json_text_between};
pub(crate) use tokens::{Container, Token, Tokens};

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// The maximum indentation of a document in levels. Deeper values are indented no further.
const DEEPEST_INDENT: usize = 100;

/// The text of a JSON document: an event's payload, a projection's value or a space's metadata. The text passes through
/// the program unchanged, with its digits, the order of its keys and repeated keys.
///
/// Text read from a file may be invalid, so parsing can fail. Text made with [`Json::of`] is always valid.
#[derive(Debug, Clone)]
pub struct Json(Text);

#[derive(Debug, Clone)]
enum Text {
    /// As stored, valid or not.
    Stored(String),
    /// Serialised from a value, or checked.
    Valid(String),
    /// The same, in the form in which it is serialised without another look at it.
    Raw(Box<RawValue>),
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
        Self(Text::Stored(text))
    }

    /// Wraps text that was serialised from a value and needs no check.
    pub(crate) fn serialized(text: String) -> Self {
        Self(Text::Valid(text))
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
        if let Text::Stored(text) = &mut self.0 {
            self.0 = Text::Valid(std::mem::take(text));
        }
        Ok(())
    }

    /// Returns the reason why the text is not valid JSON.
    pub fn fault(&self) -> Option<serde_json::Error> {
        match &self.0 {
            Text::Stored(text) => serde_json::from_str::<IgnoredAny>(text).err(),
            Text::Valid(_) | Text::Raw(_) => None,
        }
    }

    /// Returns false if the text was serialised from a value or has been checked.
    fn may_be_invalid(&self) -> bool {
        matches!(self.0, Text::Stored(_))
    }

    /// Replaces the text and keeps the allocation.
    pub(crate) fn refill(&mut self, text: &str) {
        match &mut self.0 {
            Text::Stored(own) => crate::text::refill(own, text),
            Text::Valid(_) | Text::Raw(_) => self.0 = Text::Stored(text.to_owned()),
        }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Stored(text) | Text::Valid(text) => text,
            Text::Raw(raw) => raw.get(),
        }
    }

    /// Parses the text into a typed value, which may borrow from it.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_str())
    }

    /// Parses the text into an owned typed value.
    pub fn parse_owned<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_str())
    }

    /// Parses the document into a [`Value`]; invalid text becomes a JSON string. Numbers may be rounded, and of repeated
    /// keys only the last remains. To pass the document on unchanged, serialise the `Json` itself.
    pub fn to_value(&self) -> Value {
        self.parse().unwrap_or_else(|_| Value::from(self.as_str()))
    }

    /// Returns the text, or a JSON string of it if it is not valid JSON.
    pub(crate) fn as_document(&self) -> Cow<'_, str> {
        match self.fault() {
            None => Cow::Borrowed(self.as_str()),
            Some(_) => Cow::Owned(Value::from(self.as_str()).to_string()),
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
            return self.as_str().lines().try_for_each(|line| {
                pause()?;
                each(line)
            });
        }
        let mut text = String::new();
        for line in Lines::new(self.as_str()) {
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
}

impl Default for Json {
    fn default() -> Self {
        Self::from_stored(String::new())
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        Self::of(value)
    }
}
