//! Paths that begin at an entity's key.

use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::error::{Error, PathError, ProjectionError, Result};
use crate::pstate::Reference;
use crate::pstate::path::{Elsewhere, Land, Path, Step, put, walk};

use super::Projection;
use super::resolve::{Entities, Target};

impl Projection<'_> {
    /// What a path leads to; none where that is null, or not there. It begins with the key of an entity and
    /// follows references; what it leads to is resolved as by [`Projection::get_resolved`].
    ///
    /// # Errors
    /// [`PathError::Blocked`] if it does not begin with a key; as [`Projection::get_resolved`].
    pub fn value_at(&self, path: &Path) -> Result<Option<Value>> {
        let mut found = None;
        self.pstate.snapshot(&mut || {
            let entities = Entities::of(self);
            found = path.first(|steps| entities.walk(path, steps))?;
            Ok(())
        })?;
        self.write_back_if_many();
        Ok(found)
    }

    /// As [`Projection::value_at`], of a value that has to be there.
    ///
    /// # Errors
    /// [`PathError::Required`] if it is not; as [`Projection::value_at`].
    pub fn required_at(&self, path: &Path) -> Result<Value> {
        Ok(self.value_at(path)?.ok_or_else(|| path.is_required())?)
    }

    /// What several paths, with commas between them, lead to: null where there is nothing.
    ///
    /// # Errors
    /// [`PathError::Malformed`]; as [`Projection::value_at`].
    pub fn values_at(&self, paths: &str) -> Result<Map<String, Value>> {
        let paths = Path::parse_many(paths)?;
        let value = |path: &Path| Ok((path.to_string(), self.value_at(path)?.unwrap_or_default()));
        paths.iter().map(value).collect()
    }

    /// Inserts a value where a path leads, as [`Path::insert`] does, into the entity that it leads to over
    /// references. An entity that is missing is created. A map that is inserted where a reference is goes
    /// into the entity referred to; another value takes the reference's place. No other's write is lost.
    ///
    /// # Errors
    /// [`PathError::Blocked`], saying where and why; [`ProjectionError::CircularReference`]; as
    /// [`Projection::fetch`]. Then nothing is written.
    pub fn insert_at(&self, path: &Path, new: Value, now: Timestamp) -> Result<()> {
        let (key, steps) = entity(path, path.steps()?)?;
        self.change(now, |draft| {
            let mut work =
                VecDeque::from([(Vec::new(), Elsewhere { key: key.to_owned(), steps, new: new.clone() })]);
            while let Some((passed, Elsewhere { key, steps, new })) = work.pop_front() {
                let value = draft.entity(&key)?.get_or_insert_default();
                // Only from an entity that is a reference itself can the same place come up again.
                let chain = if Reference::is(value) { followed(passed, &key)? } else { Vec::new() };
                let mut elsewhere = Vec::new();
                put(path, value, steps, new, Some(&mut elsewhere))?;
                work.extend(elsewhere.into_iter().map(|next| (chain.clone(), next)));
            }
            Ok(())
        })
    }
}

/// The key that a path begins with, and the steps from there.
fn entity<'p>(path: &Path, steps: &'p [Step]) -> Result<(&'p str, &'p [Step]), PathError> {
    match steps.split_first() {
        Some((Step::Field(key), rest)) => Ok((key, rest)),
        _ => Err(path.blocked("it", "does not begin with the key of an entity".to_owned())),
    }
}

/// The entities that are nothing but references, followed so far without a value between them.
fn followed(mut passed: Vec<String>, key: &str) -> Result<Vec<String>> {
    let start = passed.iter().position(|earlier| earlier == key);
    passed.push(key.to_owned());
    match start {
        Some(start) => Err(ProjectionError::CircularReference { keys: passed.split_off(start) }.into()),
        None => Ok(passed),
    }
}

impl Entities<'_> {
    fn walk(&self, path: &Path, steps: &[Step]) -> Result<Value> {
        let (key, steps) = entity(path, steps)?;
        if matches!(self.target(key, &[], usize::MAX)?, Target::Nothing(_)) {
            return Ok(Value::Null);
        }
        walk(self, &Reference::new(key).into(), steps, &mut Vec::new())
    }
}

impl Land for Entities<'_> {
    type Error = Error;

    fn follow(&self, key: &str, passed: &mut Vec<String>) -> Result<Option<Rc<Value>>> {
        match self.target(key, &[], usize::MAX)? {
            Target::Value(value, keys, _) => {
                passed.extend(keys);
                Ok(Some(value))
            }
            Target::Nothing(_) | Target::Stops(_) => Ok(None),
        }
    }

    fn prepare(&self, items: &mut dyn Iterator<Item = &Value>) -> Result<()> {
        self.read(items.filter_map(Reference::key_in).collect())
    }

    fn arrive(&self, value: &Value, passed: &[String]) -> Result<Value> {
        match Reference::key_in(value) {
            Some(key) => Ok(self.resolved(key, usize::MAX)?.unwrap_or_else(|| value.clone())),
            None => {
                let start = passed.last().map_or("", String::as_str);
                self.resolve(start, value, &mut passed.to_vec(), usize::MAX)
            }
        }
    }
}
