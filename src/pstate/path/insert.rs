//! Inserts a value at a path.

use serde_json::{Map, Value};

use crate::error::PathError;
use crate::pstate::Reference;

use super::{Path, Step};

/// An insertion into another entity, to which a reference leads.
pub(crate) struct Elsewhere<'a> {
    /// The entity's key.
    pub(crate) key: String,
    /// The path within the entity.
    pub(crate) steps: &'a [Step],
    /// The value to insert.
    pub(crate) new: Value,
}

/// Inserts into a value. Insertions beyond references are added to `elsewhere`; without that list, references are not
/// followed. On failure the value may be partly changed.
pub(crate) fn put<'a>(
    path: &Path,
    value: &mut Value,
    steps: &'a [Step],
    new: Value,
    elsewhere: Option<&mut Vec<Elsewhere<'a>>>,
) -> Result<(), PathError> {
    Insertion { path, elsewhere }.put(value, steps, new)
}

struct Insertion<'p, 'e, 'a> {
    path: &'p Path,
    elsewhere: Option<&'e mut Vec<Elsewhere<'a>>>,
}

impl<'a> Insertion<'_, '_, 'a> {
    fn put(&mut self, value: &mut Value, steps: &'a [Step], new: Value) -> Result<(), PathError> {
        if let Some(key) = Reference::key_in(value) {
            // A map is inserted into the entity that it refers to. Any other value replaces the reference.
            let through = !steps.is_empty() || (new.is_object() && !Reference::is(&new));
            match &mut self.elsewhere {
                Some(elsewhere) if through => {
                    elsewhere.push(Elsewhere { key: key.to_owned(), steps, new });
                    return Ok(());
                }
                None if !steps.is_empty() => {
                    return Err(self.blocked(steps, "is a reference, which only a projection can follow"));
                }
                _ => {}
            }
        }
        match steps.split_first() {
            None => self.merge(value, new),
            Some((Step::Field(name), rest)) => self.put_field(value, name, steps, rest, new),
            Some((Step::Index(index), rest)) => self.put_item(value, *index, steps, rest, new),
            Some((Step::Every, rest)) => self.put_every(value, steps, rest, new),
        }
    }

    fn merge(&mut self, value: &mut Value, new: Value) -> Result<(), PathError> {
        let apart = Reference::is(value) || Reference::is(&new);
        match (value, new) {
            (Value::Object(fields), Value::Object(new)) if !apart => new
                .into_iter()
                .try_for_each(|(name, new)| self.put(fields.entry(name).or_insert(Value::Null), &[], new)),
            (value, new) => {
                *value = new;
                Ok(())
            }
        }
    }

    fn put_field(
        &mut self,
        value: &mut Value,
        name: &str,
        steps: &'a [Step],
        rest: &'a [Step],
        new: Value,
    ) -> Result<(), PathError> {
        if value.is_null() {
            *value = Value::Object(Map::new());
        }
        match value {
            Value::Object(fields) => {
                self.put(fields.entry(name.to_owned()).or_insert(Value::Null), rest, new)
            }
            Value::Array(items) => self.put_each(items, steps, new),
            other => Err(self.blocked(steps, &format!("is {}, not a map", kind(other)))),
        }
    }

    fn put_item(
        &mut self,
        value: &mut Value,
        index: usize,
        steps: &'a [Step],
        rest: &'a [Step],
        new: Value,
    ) -> Result<(), PathError> {
        if value.is_null() {
            *value = Value::Array(Vec::new());
        }
        let Value::Array(items) = value else {
            return Err(self.blocked(steps, &format!("is {}, not a list", kind(value))));
        };
        if index == items.len() {
            items.push(Value::Null);
        }
        let length = items.len();
        match items.get_mut(index) {
            Some(item) => self.put(item, rest, new),
            None => Err(self.blocked(steps, &format!("has {length} items, so there is no [{index}]"))),
        }
    }

    fn put_every(
        &mut self,
        value: &mut Value,
        steps: &'a [Step],
        rest: &'a [Step],
        new: Value,
    ) -> Result<(), PathError> {
        if value.is_null() && new.is_array() {
            *value = Value::Array(Vec::new());
        }
        match value {
            Value::Array(items) => self.put_each(items, rest, new),
            Value::Object(fields) => {
                fields.values_mut().try_for_each(|item| self.put(item, rest, new.clone()))
            }
            other => Err(self.blocked(steps, &format!("is {}, which has no items", kind(other)))),
        }
    }

    fn put_each(&mut self, items: &mut Vec<Value>, steps: &'a [Step], new: Value) -> Result<(), PathError> {
        let Value::Array(news) = new else {
            return items.iter_mut().try_for_each(|item| self.put(item, steps, new.clone()));
        };
        items.resize(items.len().max(news.len()), Value::Null);
        items.iter_mut().zip(news).try_for_each(|(item, new)| self.put(item, steps, new))
    }

    /// Returns an error at the place where the remaining steps begin.
    fn blocked(&self, left: &[Step], reason: &str) -> PathError {
        let steps = self.path.steps().unwrap_or_default();
        let place = text(&steps[..steps.len() - left.len()]);
        self.path.blocked(&place, reason.to_owned())
    }
}

fn text(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Field(name) if text.is_empty() => text.push_str(name),
            Step::Field(name) => text.extend([".", name]),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Every => text.push_str("[*]"),
        }
    }
    if text.is_empty() { "the value".to_owned() } else { format!("'{text}'") }
}

/// Names the type of a value, for people.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}
