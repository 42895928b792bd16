//! Reading and changing a JSON object as text.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::Json;
use super::parts::{Part, Parts};

/// Checks that a text is a JSON object.
pub(crate) fn check_object(json: &str) -> Result<(), serde_json::Error> {
    let mut source = serde_json::Deserializer::from_str(json);
    source.deserialize_map(Members)?;
    source.end()
}

/// Reads the members of an object, and keeps none.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Sets a field of a JSON object: in place if it exists, otherwise at the end.
pub(crate) fn with_field(object: &str, name: &str, value: &str) -> String {
    let is_it = |part: &Part<'_>| part.key.is_some_and(|key| key.is(name));
    let there: Vec<Part<'_>> = Parts::of_object(object).into_iter().flatten().filter(is_it).collect();
    let mut changed = object.trim().to_owned();
    let offset = object.len() - object.trim_start().len();
    for part in there.iter().rev() {
        let start = part.start - offset;
        changed.replace_range(start..start + part.value.len(), value);
    }
    if there.is_empty() && changed.pop().is_some() {
        let is_empty = Parts::of_object(object).is_none_or(|mut parts| parts.next().is_none());
        let separator = if is_empty { "" } else { "," };
        let key = serde_json::Value::from(name);
        changed.push_str(&format!("{separator}{key}:{value}}}"));
    }
    changed
}

/// Adds the fields of another JSON object, except those that the first one has.
pub(crate) fn with_fields_of(object: &Json, more: &Json) -> Json {
    let parts = |json| Parts::of_object(json).into_iter().flatten();
    let mut fields = object.as_str().trim().to_owned();
    let mut is_empty = parts(object.as_str()).next().is_none();
    for Part { key, value, .. } in parts(more.as_str()) {
        let Some(key) = key else { continue };
        let is_there = parts(object.as_str()).any(|part| part.key.is_some_and(|own| own.is(&key.decoded())));
        if is_there || fields.pop().is_none() {
            continue;
        }
        let separator = if is_empty { "" } else { "," };
        fields.push_str(&format!("{separator}\"{}\":{value}}}", key.written()));
        is_empty = false;
    }
    Json::serialized(fields)
}

#[cfg(test)]
mod tests {
    use super::{check_object, with_field, with_fields_of};
    use crate::json::Json;

    #[test]
    fn added_fields_never_replace_those_that_exist() {
        let added = |object: &str, more: &str| {
            let json = |text: &str| Json::checked(text.to_owned()).unwrap();
            with_fields_of(&json(object), &json(more)).to_string()
        };
        assert_eq!(added("{}", r#"{"a":1.10}"#), r#"{"a":1.10}"#);
        assert_eq!(
            added(r#" {"a":1} "#, r#"{"\u0061":2,"b":[1, 2],"c":{}}"#),
            r#"{"a":1,"b":[1, 2],"c":{}}"#
        );
        assert_eq!(added(r#"{"a":1}"#, "{}"), r#"{"a":1}"#);
    }

    #[test]
    fn setting_a_field_leaves_the_others_unchanged() {
        assert_eq!(with_field("{}", "app", r#""crm""#), r#"{"app":"crm"}"#);
        assert_eq!(with_field(r#" {"n":1.10} "#, "app", r#""crm""#), r#"{"n":1.10,"app":"crm"}"#);
        assert_eq!(
            with_field(r#" {"app" : [1], "n":1e400}"#, "app", r#""crm""#),
            r#"{"app" : "crm", "n":1e400}"#
        );
    }

    #[test]
    fn other_json_values_are_not_objects() {
        assert!(check_object(r#"{"a":1,"a":2,"n":1e400}"#).is_ok());
        for text in ["[]", "1", "null", "{", "{}x", ""] {
            assert!(check_object(text).is_err(), "{text}");
        }
    }
}
