//! References from one entity to another.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[cfg(feature = "console")]
use crate::json::{Parts, Quoted};

/// The only field of a reference in JSON.
const FIELD: &str = "$ref";

/// A reference to the entity at a key. In JSON it is an object with one field: `{"$ref": "card:c1"}`.
///
/// ```
/// use ramax::Reference;
/// # fn main() -> Result<(), serde_json::Error> {
/// let card = Reference::to("card", "c1");
/// assert_eq!(card, Reference::new("card:c1"));
/// assert_eq!(serde_json::to_string(&card)?, r#"{"$ref":"card:c1"}"#);
/// assert_eq!(serde_json::from_str::<Reference>(r#"{"$ref":"card:c1"}"#)?, card);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    #[serde(rename = "$ref")]
    key: String,
}

impl Reference {
    /// Creates a reference to the entity at this key.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into() }
    }

    /// Creates a reference to the entity of this type with this id.
    pub fn to(entity_type: &str, id: &str) -> Self {
        Self::new(format!("{entity_type}:{id}"))
    }

    /// Returns the referenced key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the referenced key, if the value is a reference.
    ///
    /// ```
    /// use ramax::Reference;
    /// use serde_json::json;
    /// assert_eq!(Reference::key_in(&json!({"$ref": "card:c1"})), Some("card:c1"));
    /// assert_eq!(Reference::key_in(&json!({"$ref": "card:c1", "since": 2020})), None);
    /// assert_eq!(Reference::key_in(&json!("card:c1")), None);
    /// ```
    pub fn key_in(value: &Value) -> Option<&str> {
        match value {
            Value::Object(fields) if fields.len() == 1 => fields.get(FIELD)?.as_str(),
            _ => None,
        }
    }

    /// Returns the referenced key, if the text of a JSON value is a reference.
    #[cfg(feature = "console")]
    pub(crate) fn key_in_text(json: &str) -> Option<String> {
        let mut members = Parts::of_object(json)?;
        let first = members.next().filter(|member| member.key.is_some_and(|key| key.is(FIELD)))?;
        let written = first.value.strip_prefix('"')?.strip_suffix('"')?;
        members.next().is_none().then(|| Quoted::new(written).decoded().into_owned())
    }

    /// Returns true if a value is a reference.
    pub fn is(value: &Value) -> bool {
        Self::key_in(value).is_some()
    }

    /// Converts the reference to a value.
    pub fn to_value(&self) -> Value {
        Value::Object(Map::from_iter([(FIELD.to_owned(), Value::from(self.key.as_str()))]))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)
    }
}

impl From<Reference> for Value {
    fn from(reference: Reference) -> Self {
        reference.to_value()
    }
}
