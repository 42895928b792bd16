//! Paths that begin with the key of an entity.

use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::error::{Error, PathError, ProjectionError, Result};
use crate::pstate::path::{Elsewhere, Land, Path, Step, put, walk};
use crate::pstate::{Entries, Reference};

use super::resolve::{Entities, ResolvePause, Target};
use super::{Depth, Projection};

impl Projection<'_> {
    /// Returns the value at a path, or `None` if it is null or missing. The path begins with the key of an entity and follows
    /// references; the value is resolved as by [`Projection::get_resolved`].
    ///
    /// # Errors
    /// [`PathError::Blocked`] if the path does not begin with a key; like [`Projection::get_resolved`].
    pub fn value_at(&self, path: &Path) -> Result<Option<Value>> {
        self.value_at_depth(path, Depth::All)
    }

    /// Like [`Projection::value_at`], with the references in the value resolved over `depth` levels. References on the way are
    /// followed at any depth.
    ///
    /// # Errors
    /// Like [`Projection::value_at`].
    pub fn value_at_depth(&self, path: &Path, depth: Depth) -> Result<Option<Value>> {
        self.value_at_between(path, depth, &|| Ok(()))
    }

    /// As [`Projection::value_at_depth`], but calls `pause` often enough to stop within large values.
    ///
    /// # Errors
    /// Like [`Projection::value_at`]; the error of `pause`.
    pub(crate) fn value_at_between(
        &self,
        path: &Path,
        depth: Depth,
        pause: &ResolvePause<'_>,
    ) -> Result<Option<Value>> {
        let mut found = None;
        self.pstate.snapshot(&mut || {
            found = Walk { entities: &Entities::of(&|keys| self.load(keys), pause), depth }.first(path)?;
            Ok(())
        })?;
        self.write_back_if_many();
        Ok(found)
    }

    /// Like [`Projection::value_at`], for a required value.
    ///
    /// # Errors
    /// [`PathError::Required`] if it is missing; like [`Projection::value_at`].
    pub fn required_at(&self, path: &Path) -> Result<Value> {
        Ok(self.value_at(path)?.ok_or_else(|| path.is_required())?)
    }

    /// Returns the values at several paths, separated by commas. Missing values are null.
    pub fn values_at(&self, paths: &str) -> Result<Map<String, Value>> {
        let paths = Path::parse_many(paths)?;
        let value = |path: &Path| Ok((path.to_string(), self.value_at(path)?.unwrap_or_default()));
        paths.iter().map(value).collect()
    }

    /// Inserts a value at a path like [`Path::insert`], into the entity to which the path leads through references. A
    /// missing entity is created. A map inserted at a reference is merged into the referenced entity; any other value
    /// replaces the reference. Writes of other threads and processes are not lost.
    ///
    /// # Errors
    /// [`PathError::Blocked`], with the place and the reason; [`ProjectionError::CircularReference`]. Nothing is written
    /// then.
    pub fn insert_at(&self, path: &Path, new: Value, now: Timestamp) -> Result<()> {
        let (key, steps) = entity(path, path.steps()?)?;
        self.change(now, |draft| {
            let mut work =
                VecDeque::from([(Vec::new(), Elsewhere { key: key.to_owned(), steps, new: new.clone() })]);
            while let Some((passed, Elsewhere { key, steps, new })) = work.pop_front() {
                let value = draft.entity(&key)?.get_or_insert_default();
                // The same place can recur only through an entity that is itself a reference.
                let chain = if Reference::is(value) { followed(passed, &key)? } else { Vec::new() };
                let mut elsewhere = Vec::new();
                put(path, value, steps, new, Some(&mut elsewhere))?;
                work.extend(elsewhere.into_iter().map(|next| (chain.clone(), next)));
            }
            Ok(())
        })
    }
}

/// Splits a path into the key at its beginning and the remaining steps.
fn entity<'p>(path: &Path, steps: &'p [Step]) -> Result<(&'p str, &'p [Step]), PathError> {
    match steps.split_first() {
        Some((Step::Field(key), rest)) => Ok((key, rest)),
        _ => Err(path.blocked("it", "does not begin with the key of an entity".to_owned())),
    }
}

/// Adds a key to a chain of entities that are only references, or reports a circle.
fn followed(mut passed: Vec<String>, key: &str) -> Result<Vec<String>> {
    let start = passed.iter().position(|earlier| earlier == key);
    passed.push(key.to_owned());
    match start {
        Some(start) => Err(ProjectionError::CircularReference { keys: passed.split_off(start) }.into()),
        None => Ok(passed),
    }
}

/// Returns the value at a path, as [`Projection::value_at_depth`].
pub(crate) fn resolve_at(
    entries: &dyn Entries,
    path: &Path,
    depth: Depth,
    pause: &ResolvePause<'_>,
) -> Result<Option<Value>> {
    let load = |keys: &[&str]| keys.iter().map(|key| entries.get(key)).collect();
    Walk { entities: &Entities::of(&load, pause), depth }.first(path)
}

/// A walk along paths that begin with the key of an entity.
struct Walk<'a> {
    entities: &'a Entities<'a>,
    /// The levels over which references in the value at the end are resolved.
    depth: Depth,
}

impl Walk<'_> {
    fn first(&self, path: &Path) -> Result<Option<Value>> {
        path.first(|steps| self.along(path, steps))
    }

    fn along(&self, path: &Path, steps: &[Step]) -> Result<Value> {
        let (key, steps) = entity(path, steps)?;
        if matches!(self.entities.target(key, &[], usize::MAX)?, Target::Nothing(_)) {
            return Ok(Value::Null);
        }
        walk(self, &Reference::new(key).into(), steps, &mut Vec::new())
    }
}

impl Land for Walk<'_> {
    type Error = Error;

    fn follow(&self, key: &str, passed: &mut Vec<String>) -> Result<Option<Rc<Value>>> {
        match self.entities.target(key, &[], usize::MAX)? {
            Target::Value(value, keys, _) => {
                passed.extend(keys);
                Ok(Some(value))
            }
            Target::Nothing(_) | Target::Stops(_) => Ok(None),
        }
    }

    fn prepare(&self, items: &mut dyn Iterator<Item = &Value>) -> Result<()> {
        self.entities.read(items.filter_map(Reference::key_in).collect())
    }

    fn arrive(&self, value: &Value, passed: &[String]) -> Result<Value> {
        let levels = self.depth.levels();
        match Reference::key_in(value) {
            Some(key) => Ok(self.entities.resolved(key, levels)?.unwrap_or_else(|| value.clone())),
            None => {
                let start = passed.last().map_or("", String::as_str);
                self.entities.resolve(start, value, &mut passed.to_vec(), levels)
            }
        }
    }
}
