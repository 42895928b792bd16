//! JSON as stored: text that keeps the order of its keys.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

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
