//! Erased values, as the handlers of events read them.
//!
//! An erased value of a payload is `{"redacted":true}`, whatever it was before. A handler has to accept that in every field
//! that holds data about a person. The functions here are for `#[serde(deserialize_with = "…")]`:
//!
//! ```
//! use ramax::{Event, EventPayload};
//!
//! ramax::events! {
//!     struct ContactAdded: "contact.added" {
//!         #[serde(deserialize_with = "ramax::redacted::text")]
//!         name: String,
//!         #[serde(deserialize_with = "ramax::redacted::optional", default)]
//!         born: Option<ramax::Date>,
//!     }
//! }
//!
//! let event = ramax::NewEvent::new("c1", ContactAdded::TYPE, ramax::Json::checked(
//!     r#"{"name":{"redacted":true},"born":{"redacted":true}}"#.to_owned(),
//! )?);
//! let ContactAdded { name, born } = event.to()?;
//! assert_eq!((name.as_str(), born), (ramax::redacted::TEXT, None));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::json::{Part, Parts};

/// The value that takes the place of an erased one.
pub const VALUE: &str = r#"{"redacted":true}"#;

/// The text that [`text`] returns for an erased value.
pub const TEXT: &str = "[redacted]";

/// The name of the only field of an erased value.
const FIELD: &str = "redacted";

/// Returns true if this is an erased value.
pub fn is_redacted(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| fields.len() == 1 && fields.get(FIELD) == Some(&Value::Bool(true)))
}

/// Returns true if this JSON text is an erased value.
pub(crate) fn is_redacted_text(json: &str) -> bool {
    let Some(mut parts) = Parts::of_object(json) else { return false };
    let is_it = |part: Part<'_>| part.value == "true" && part.key.is_some_and(|key| key.is(FIELD));
    parts.next().is_some_and(is_it) && parts.next().is_none()
}

/// Reads a text, or [`TEXT`] if it was erased. For `String` and `Cow<str>`.
///
/// # Errors
/// If the value is neither.
pub fn text<'de, D: Deserializer<'de>, T: From<&'de str> + From<String>>(source: D) -> Result<T, D::Error> {
    source.deserialize_any(Text(PhantomData))
}

struct Text<T>(PhantomData<T>);

impl<'de, T: From<&'de str> + From<String>> Visitor<'de> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<T, E> {
        Ok(T::from(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::from(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<T, E> {
        Ok(T::from(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        match (map.next_entry::<String, Value>()?, map.next_key::<IgnoredAny>()?) {
            (Some((name, Value::Bool(true))), None) if name == FIELD => Ok(T::from(TEXT.to_owned())),
            _ => Err(A::Error::custom("invalid type: map, expected a string")),
        }
    }
}

/// Reads an optional value, or `None` if it was erased.
///
/// # Errors
/// If the value is of another type.
pub fn optional<'de, D: Deserializer<'de>, T: DeserializeOwned>(source: D) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(source)?;
    if is_redacted(&value) {
        return Ok(None);
    }
    serde_json::from_value(value).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Payload<'a> {
        #[serde(borrow, deserialize_with = "text")]
        name: Cow<'a, str>,
        #[serde(default, deserialize_with = "optional")]
        age: Option<u8>,
    }

    #[test]
    fn an_erased_value_is_read_as_a_note_or_as_none_and_anything_else_as_before() {
        let read = |json: &'static str| serde_json::from_str::<Payload<'_>>(json);
        let payload = |name: &'static str, age| Payload { name: name.into(), age };
        assert_eq!(read(r#"{"name":"Ada","age":36}"#).unwrap(), payload("Ada", Some(36)));
        assert!(matches!(read(r#"{"name":"Ada"}"#).unwrap().name, Cow::Borrowed("Ada")));
        assert_eq!(read(r#"{"name":"A\u0064a","age":null}"#).unwrap(), payload("Ada", None));
        assert_eq!(
            read(r#"{"name":{"redacted":true},"age":{"redacted": true}}"#).unwrap(),
            payload("[redacted]", None)
        );
        let refused = read(r#"{"name":{"$decimal":"1.50"}}"#).unwrap_err().to_string();
        assert!(refused.contains("expected a string"), "{refused}");
        for json in [
            r#"{"name":1}"#,
            r#"{"name":{}}"#,
            r#"{"name":{"redacted":false}}"#,
            r#"{"name":{"redacted":true,"x":1}}"#,
            r#"{"name":"Ada","age":{"redacted":1}}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn an_erased_value_is_recognised_in_any_form_of_writing() {
        for json in [VALUE, r#" { "redacted" : true } "#, r#"{"\u0072edacted":true}"#] {
            assert!(is_redacted_text(json) && is_redacted(&serde_json::from_str(json).unwrap()), "{json}");
        }
        for json in ["true", "{}", r#"{"redacted":1}"#, r#"{"redacted":true,"a":1}"#, r#""redacted""#] {
            assert!(!is_redacted_text(json) && !is_redacted(&serde_json::from_str(json).unwrap()), "{json}");
        }
    }
}
