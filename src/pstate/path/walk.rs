//! Follows a path.

use std::rc::Rc;

use serde_json::Value;

use crate::pstate::Reference;

use super::Step;

/// Resolves the references on a path.
pub(crate) trait Land {
    type Error;

    /// Returns the value of a reference, or `None` if there is none. Adds the keys on the way to `passed`.
    fn follow(&self, key: &str, passed: &mut Vec<String>) -> Result<Option<Rc<Value>>, Self::Error>;

    /// Announces that all references among these items will be followed.
    fn prepare(&self, items: &mut dyn Iterator<Item = &Value>) -> Result<(), Self::Error>;

    /// Converts the value at the end of a path.
    fn arrive(&self, value: &Value, passed: &[String]) -> Result<Value, Self::Error>;
}

/// Returns the value at the end of the steps, or null if there is none.
pub(crate) fn walk<L: Land>(
    land: &L,
    value: &Value,
    steps: &[Step],
    passed: &mut Vec<String>,
) -> Result<Value, L::Error> {
    let Some((step, rest)) = steps.split_first() else {
        return land.arrive(value, passed);
    };
    if let Some(key) = Reference::key_in(value) {
        let before = passed.len();
        if let Some(target) = land.follow(key, passed)? {
            let found = walk(land, &target, steps, passed);
            passed.truncate(before);
            return found;
        }
    }
    match (step, value) {
        (Step::Field(name), Value::Object(fields)) => match fields.get(name) {
            Some(value) => walk(land, value, rest, passed),
            None => Ok(Value::Null),
        },
        (Step::Field(_), Value::Array(items)) => walk_each(land, items.iter(), steps, passed),
        (Step::Index(index), Value::Array(items)) => match items.get(*index) {
            Some(value) => walk(land, value, rest, passed),
            None => Ok(Value::Null),
        },
        (Step::Every, Value::Array(items)) => walk_each(land, items.iter(), rest, passed),
        (Step::Every, Value::Object(fields)) => walk_each(land, fields.values(), rest, passed),
        _ => Ok(Value::Null),
    }
}

fn walk_each<'a, L: Land>(
    land: &L,
    items: impl Iterator<Item = &'a Value> + Clone,
    steps: &[Step],
    passed: &mut Vec<String>,
) -> Result<Value, L::Error> {
    if !steps.is_empty() {
        land.prepare(&mut items.clone())?;
    }
    items.map(|item| walk(land, item, steps, passed)).collect::<Result<Vec<_>, _>>().map(Value::Array)
}
