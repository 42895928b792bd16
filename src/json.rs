//! JSON as stored: text that keeps the order of its keys.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::text::visible;

/// The text of a JSON document: an event's payload or a projection's value.
///
/// Read from a file it is whatever the file holds, so parsing may fail; made with [`Json::of`] it
/// is always valid.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Json(String);

impl Json {
    /// The JSON text of a value.
    ///
    /// ```
    /// let json = ramax::Json::of(&serde_json::json!({"b": 1, "a": 2}));
    /// assert_eq!(json.as_str(), r#"{"b":1,"a":2}"#);
    /// ```
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self(value.to_string())
    }

    /// The JSON text of anything that serialises.
    ///
    /// # Errors
    /// If the value has no JSON form, such as a map whose keys are not strings.
    pub fn from_serialize(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self)
    }

    /// Takes stored text as it is, valid or not.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Replaces the text, keeping the allocation.
    pub(crate) fn refill(&mut self, text: &str) {
        self.0.clear();
        self.0.push_str(text);
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the text as a typed value, which may borrow from it.
    ///
    /// # Errors
    /// If the text is not JSON, or not of that type.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    /// Reads the text as an owned typed value.
    ///
    /// # Errors
    /// If the text is not JSON, or not of that type.
    pub fn parse_owned<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    /// The document, or its text as one JSON string where the text is not JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.parse().unwrap_or_else(|_| Value::String(self.0.clone()))
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        Self::of(value)
    }
}

/// One line of JSON, in which every character that a terminal would obey or hide is escaped.
#[must_use]
pub fn json_text(item: &impl Serialize) -> String {
    let text =
        serde_json::to_string(item).unwrap_or_else(|error| serde_json::json!(error.to_string()).to_string());
    if matches!(visible(&text), Cow::Borrowed(_)) {
        return text;
    }
    // Outside of strings JSON has no such characters, and within them it may escape any.
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut units = [0; 2];
    for character in text.chars() {
        if matches!(visible(character.encode_utf8(&mut [0; 4])), Cow::Borrowed(_)) {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut units) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_escapes_what_a_terminal_would_obey_and_reads_back_the_same() {
        let nasty = serde_json::json!({"k": "a\u{9b}31m\u{202e}b\u{e0041}\u{7f}"});
        let text = json_text(&nasty);
        assert_eq!(text, r#"{"k":"a\u009b31m\u202eb\udb40\udc41\u007f"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), nasty);
    }
}
