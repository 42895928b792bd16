//! Putting entities in the place of the references to them.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Map, Value};
use tracing::debug_span;

use crate::error::{ProjectionError, Result};
use crate::pstate::Reference;

use super::{Projection, parse};

/// The most levels of maps and lists that a resolved value may have, so that no stack runs out, and the
/// most references that may lead from one to the next.
const DEEPEST: usize = 400;
/// The most entities that a resolved value may be made of, counted as often as they come up in it.
const LARGEST: usize = 100_000;

/// How far references are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// As far as they lead.
    #[default]
    All,
    /// From one entity to the next so many times; 0 leaves all references as they are.
    Levels(usize),
}

impl Projection<'_> {
    /// The value at a key, with entities in the place of the references to them: where the value itself is
    /// a reference, in maps and in lists. A reference stays one where it leads back to an entity that it
    /// stands in, where nothing is at its key, and below `depth`. If the value itself is a reference to
    /// nothing, there is none. Entities are read level by level, all as they are at one moment.
    ///
    /// # Errors
    /// [`ProjectionError::CircularReference`] if references lead to each other and to no value;
    /// [`ProjectionError::TooDeep`] and [`ProjectionError::TooLarge`]; as [`Projection::fetch`].
    pub fn get_resolved(&self, key: &str, depth: Depth) -> Result<Option<Value>> {
        let levels = match depth {
            Depth::All => usize::MAX,
            // One more, to come to the entity itself.
            Depth::Levels(levels) => levels.saturating_add(1),
        };
        let _span = debug_span!("resolve", space_id = self.space_id.0, key).entered();
        let mut resolved = None;
        self.pstate.snapshot(&mut || {
            resolved = Entities::of(self).resolved(key, levels)?;
            Ok(())
        })?;
        self.write_back_if_many();
        Ok(resolved)
    }
}

/// Entities of one projection, each read once.
pub(super) struct Entities<'a> {
    projection: &'a Projection<'a>,
    values: RefCell<HashMap<String, Option<Rc<Value>>>>,
}

/// What a reference leads to, over any number of entities that are nothing but references.
pub(super) enum Target {
    /// A value, with the keys on the way to it and the levels that may still be followed.
    Value(Rc<Value>, Vec<String>, usize),
    /// Nothing is at the last key.
    Nothing(String),
    /// It may not be followed beyond this key.
    Stops(String),
}

impl<'a> Entities<'a> {
    pub(super) fn of(projection: &'a Projection<'a>) -> Self {
        Self { projection, values: RefCell::default() }
    }

    /// Reads those keys that have not been read yet, in one go.
    pub(super) fn read(&self, mut keys: Vec<&str>) -> Result<()> {
        let mut values = self.values.borrow_mut();
        keys.retain(|key| !values.contains_key(*key));
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return Ok(());
        }
        if let Some(key) = keys.first().filter(|_| values.len() + keys.len() > LARGEST) {
            return Err(too_large(key));
        }
        let entries = self.projection.load(&keys)?;
        for (key, entry) in keys.into_iter().zip(entries) {
            values.insert(key.to_owned(), entry.as_ref().map(parse).transpose()?.map(Rc::new));
        }
        Ok(())
    }

    fn value(&self, key: &str) -> Result<Option<Rc<Value>>> {
        self.read(vec![key])?;
        Ok(self.values.borrow().get(key).cloned().flatten())
    }

    /// Follows a reference over at most so many entities, and not to those in `outer`.
    pub(super) fn target(&self, key: &str, outer: &[String], mut levels: usize) -> Result<Target> {
        let mut keys = vec![];
        let mut key = key.to_owned();
        loop {
            if levels == 0 || outer.contains(&key) {
                return Ok(Target::Stops(key));
            }
            if keys.len() > DEEPEST {
                return Err(too_deep(&key));
            }
            if let Some(start) = keys.iter().position(|earlier| *earlier == key) {
                let mut keys = keys.split_off(start);
                keys.push(key);
                return Err(ProjectionError::CircularReference { keys }.into());
            }
            let Some(value) = self.value(&key)? else { return Ok(Target::Nothing(key)) };
            keys.push(key);
            levels -= 1;
            match Reference::key_in(&value) {
                Some(next) => key = next.to_owned(),
                None => return Ok(Target::Value(value, keys, levels)),
            }
        }
    }

    /// What a key leads to, resolved over at most so many levels.
    pub(super) fn resolved(&self, key: &str, levels: usize) -> Result<Option<Value>> {
        match self.target(key, &[], levels)? {
            Target::Nothing(_) => Ok(None),
            Target::Stops(key) => Ok(Some(Reference::new(key).into())),
            Target::Value(value, mut keys, levels) => self.resolve(key, &value, &mut keys, levels).map(Some),
        }
    }

    /// A value with its references resolved. It stands in the entities `outer`.
    pub(super) fn resolve(
        &self,
        start: &str,
        value: &Value,
        outer: &mut Vec<String>,
        levels: usize,
    ) -> Result<Value> {
        self.read_ahead(value, levels)?;
        Assembly { entities: self, start, made_of: Cell::new(0) }.value(value, outer, levels, 0)
    }

    /// Reads what a value refers to, directly and over other entities, a level at a time. What lies deeper
    /// than a value can be is read when it is asked for, if ever.
    fn read_ahead(&self, value: &Value, levels: usize) -> Result<()> {
        let mut keys = Vec::new();
        collect(value, &mut keys);
        for _ in 0..levels.min(DEEPEST) {
            keys.sort_unstable();
            keys.dedup();
            keys.retain(|key| !self.values.borrow().contains_key(key));
            if keys.is_empty() {
                break;
            }
            self.read(keys.iter().map(String::as_str).collect())?;
            let mut next = Vec::new();
            for key in &keys {
                if let Some(value) = self.value(key)? {
                    collect(&value, &mut next);
                }
            }
            keys = next;
        }
        Ok(())
    }
}

/// Adds the keys that a value refers to.
fn collect(value: &Value, keys: &mut Vec<String>) {
    if let Some(key) = Reference::key_in(value) {
        keys.push(key.to_owned());
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, keys)),
        _ => {}
    }
}

struct Assembly<'a> {
    entities: &'a Entities<'a>,
    start: &'a str,
    made_of: Cell<usize>,
}

impl Assembly<'_> {
    fn value(&self, value: &Value, outer: &mut Vec<String>, levels: usize, nesting: usize) -> Result<Value> {
        if nesting > DEEPEST {
            return Err(too_deep(self.start));
        }
        if let Some(key) = Reference::key_in(value) {
            return self.referred(key, outer, levels, nesting);
        }
        match value {
            Value::Array(items) => self.items(items, outer, levels, nesting),
            Value::Object(fields) => self.fields(fields, outer, levels, nesting),
            plain => Ok(plain.clone()),
        }
    }

    // Loops in functions of their own: without optimisation, a function takes stack for all of its branches, and each
    // iterator adapter takes more, on every level.
    fn items(
        &self,
        items: &[Value],
        outer: &mut Vec<String>,
        levels: usize,
        nesting: usize,
    ) -> Result<Value> {
        let mut resolved = Vec::with_capacity(items.len());
        for item in items {
            resolved.push(self.value(item, outer, levels, nesting + 1)?);
        }
        Ok(Value::Array(resolved))
    }

    fn fields(
        &self,
        fields: &Map<String, Value>,
        outer: &mut Vec<String>,
        levels: usize,
        nesting: usize,
    ) -> Result<Value> {
        let mut resolved = Map::with_capacity(fields.len());
        for (name, value) in fields {
            resolved.insert(name.clone(), self.value(value, outer, levels, nesting + 1)?);
        }
        Ok(Value::Object(resolved))
    }

    fn referred(&self, key: &str, outer: &mut Vec<String>, levels: usize, nesting: usize) -> Result<Value> {
        let (value, keys, levels) = match self.entities.target(key, outer, levels)? {
            Target::Nothing(key) | Target::Stops(key) => return Ok(Reference::new(key).into()),
            Target::Value(value, keys, levels) => (value, keys, levels),
        };
        self.made_of.set(self.made_of.get() + 1);
        if self.made_of.get() > LARGEST {
            return Err(too_large(self.start));
        }
        let before = outer.len();
        outer.extend(keys);
        let resolved = self.value(&value, outer, levels, nesting);
        outer.truncate(before);
        resolved
    }
}

fn too_deep(key: &str) -> crate::Error {
    ProjectionError::TooDeep { key: key.to_owned(), limit: DEEPEST }.into()
}

fn too_large(key: &str) -> crate::Error {
    ProjectionError::TooLarge { key: key.to_owned(), limit: LARGEST }.into()
}
