//! Changes of keys, and of the fields of their values.

use serde::Serialize;

use crate::json::{Json, differences_between, path_text};
use crate::pstate::STATE;
use crate::text::{find_between, without_pause};

/// One key's value before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The name of the projection.
    #[serde(skip_serializing_if = "is_state")]
    pub projection: &'static str,
    /// The key.
    pub key: String,
    /// Its value before. `None` if the key is new.
    pub before: Option<Json>,
    /// Its value after. `None` if the key is deleted.
    pub after: Option<Json>,
}

fn is_state(name: &str) -> bool {
    name == STATE
}

impl Change {
    /// Returns the fields that differ, in the order of the later value.
    ///
    /// ```
    /// use ramax::Json;
    /// use ramax::content_store::Change;
    /// use serde_json::json;
    ///
    /// let before = Some(Json::of(&json!({"name": "Ada", "email": "ada@b.c"})));
    /// let after = Some(Json::of(&json!({"name": "Ada", "email": "ada@acme.com"})));
    /// let change = Change { projection: "state", key: "contact:c1".to_owned(), before, after };
    /// let fields = change.fields();
    /// assert_eq!((fields.len(), fields[0].path.as_str()), (1, "email"));
    /// assert_eq!(fields[0].after.as_ref().map(Json::as_str), Some("\"ada@acme.com\""));
    /// ```
    pub fn fields(&self) -> Vec<FieldChange> {
        FieldChange::between(self.before.as_ref(), self.after.as_ref())
    }

    /// As [`Change::fields`], but calls `pause` often enough to stop the comparison of large values.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn fields_between<E>(
        &self,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Vec<FieldChange>, E> {
        FieldChange::between_with(self.before.as_ref(), self.after.as_ref(), pause)
    }

    /// Prepares its values to be serialised. Calls `pause` between the pieces of large ones.
    ///
    /// # Errors
    /// The error of `pause`.
    #[cfg(feature = "cli")]
    pub(crate) fn prepared<E>(&self, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<Self, E> {
        let (before, after) = (self.before.as_ref(), self.after.as_ref());
        Ok(Self {
            projection: self.projection,
            key: self.key.clone(),
            before: before.map(|json| json.prepared(pause)).transpose()?,
            after: after.map(|json| json.prepared(pause)).transpose()?,
        })
    }
}

/// A part of a value that differs between two forms of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The path to it: `name`, `address.city`, `tags[0]`. Empty for the whole value.
    pub path: String,
    /// Its value before. `None` if there was none.
    pub before: Option<Json>,
    /// Its value after. `None` if there is none.
    pub after: Option<Json>,
}

impl FieldChange {
    /// Returns true if the path or a value contains a text, ignoring ASCII case. Calls `pause` between the pieces of a large
    /// value.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn contains<E>(
        &self,
        text: &str,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<bool, E> {
        let values = [&self.before, &self.after].into_iter().flatten().map(Json::as_str);
        for part in std::iter::once(self.path.as_str()).chain(values) {
            if find_between(part, text, pause)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Prepares its values to be serialised. Calls `pause` between the pieces of large ones.
    ///
    /// # Errors
    /// The error of `pause`.
    #[cfg(feature = "cli")]
    pub(crate) fn prepared<E>(&self, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<Self, E> {
        let (before, after) = (self.before.as_ref(), self.after.as_ref());
        Ok(Self {
            path: self.path.clone(),
            before: before.map(|json| json.prepared(pause)).transpose()?,
            after: after.map(|json| json.prepared(pause)).transpose()?,
        })
    }

    /// Returns the parts in which two values differ, in the order of the later one. A missing value is compared like an
    /// empty object.
    pub fn between(before: Option<&Json>, after: Option<&Json>) -> Vec<Self> {
        without_pause(|pause| Self::between_with(before, after, pause))
    }

    /// As [`FieldChange::between`], but calls `pause` often enough to stop the comparison of large values.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn between_with<E>(
        before: Option<&Json>,
        after: Option<&Json>,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Vec<Self>, E> {
        let before = before.map(|json| json.as_document_between(pause)).transpose()?;
        let after = after.map(|json| json.as_document_between(pause)).transpose()?;
        let json = |text: Option<&str>| text.map(|text| Json::from_stored(text.to_owned()));
        let found = differences_between(after.as_deref(), before.as_deref(), pause)?.into_iter();
        let change = found.map(|(place, after, before)| Self {
            path: path_text(&place),
            before: json(before),
            after: json(after),
        });
        Ok(change.collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn changes(before: Option<Value>, after: Option<Value>) -> Vec<(String, Option<String>, Option<String>)> {
        let [before, after] = [before, after].map(|value| value.map(|value| Json::of(&value)));
        let text = |json: Option<Json>| json.map(|json| json.to_string());
        let changes = FieldChange::between(before.as_ref(), after.as_ref()).into_iter();
        changes.map(|change| (change.path, text(change.before), text(change.after))).collect()
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn only_changed_fields_are_listed() {
        let before = json!({"name": "Ada", "email": "a@b.c", "address": {"city": "London", "zip": 1}});
        let after =
            json!({"name": "Ada L", "email": "a@b.c", "address": {"city": "Paris", "zip": 1}, "tags": [1]});
        assert_eq!(
            changes(Some(before), Some(after)),
            [
                ("name".to_owned(), text("\"Ada\""), text("\"Ada L\"")),
                ("address.city".to_owned(), text("\"London\""), text("\"Paris\"")),
                ("tags".to_owned(), None, text("[1]")),
            ]
        );
    }

    #[test]
    fn lists_are_compared_item_by_item() {
        let found =
            changes(Some(json!({"tags": ["a", {"b": 1}]})), Some(json!({"tags": ["a", {"b": 2}, "c"]})));
        assert_eq!(
            found,
            [("tags[1].b".to_owned(), text("1"), text("2")), ("tags[2]".to_owned(), None, text("\"c\""))]
        );
    }

    #[test]
    fn a_change_of_a_scalar_or_an_empty_value_has_no_path() {
        assert_eq!(changes(Some(json!(1)), Some(json!(2))), [(String::new(), text("1"), text("2"))]);
        assert_eq!(changes(Some(json!({"a": 1})), None), [("a".to_owned(), text("1"), None)]);
        assert_eq!(changes(None, Some(json!({}))), [(String::new(), None, text("{}"))]);
        assert_eq!(changes(None, None), []);
    }
}
