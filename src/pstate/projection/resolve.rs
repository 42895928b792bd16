//! Replaces references by the entities to which they refer.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Map, Value};
use tracing::debug_span;

use crate::error::{ProjectionError, Result};
use crate::pstate::{Entries, Entry, Reference};

use super::{Projection, unreadable};

/// The maximum nesting of a resolved value, which protects the stack, and the maximum length of a chain of references.
const DEEPEST: usize = 400;
/// The maximum number of entities in a resolved value, each counted as often as it occurs.
const LARGEST: usize = 100_000;

/// The number of levels over which references are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// All levels.
    #[default]
    All,
    /// This many levels; 0 resolves nothing.
    Levels(usize),
}

impl Depth {
    pub(super) fn levels(self) -> usize {
        match self {
            Self::All => usize::MAX,
            Self::Levels(levels) => levels,
        }
    }
}

impl Projection<'_> {
    /// Returns the value at a key with its references replaced by entities: in maps, in lists, and as the value itself. A
    /// reference is kept if it leads back to an entity that contains it, if its key is missing, and below `depth`. If the
    /// value itself is a reference to nothing, the result is `None`. Entities are read level by level, in one snapshot.
    ///
    /// # Errors
    /// [`ProjectionError::CircularReference`] if references lead only to each other; [`ProjectionError::TooDeep`];
    /// [`ProjectionError::TooLarge`].
    pub fn get_resolved(&self, key: &str, depth: Depth) -> Result<Option<Value>> {
        self.get_resolved_between(key, depth, &|| Ok(()))
    }

    /// As [`Projection::get_resolved`], but calls `pause` often enough to stop within large values.
    ///
    /// # Errors
    /// As [`Projection::get_resolved`]; the error of `pause`.
    pub(crate) fn get_resolved_between(
        &self,
        key: &str,
        depth: Depth,
        pause: &ResolvePause<'_>,
    ) -> Result<Option<Value>> {
        let _span = debug_span!("resolve", space_id = self.id.space_id.0, key).entered();
        let mut resolved = None;
        self.pstate.snapshot(&mut || {
            resolved = Entities::of(&|keys| self.load(keys), pause).of_key(key, depth)?;
            Ok(())
        })?;
        self.write_back_if_many();
        Ok(resolved)
    }
}

/// Returns the value at a key with its references replaced, as [`Projection::get_resolved`].
pub(crate) fn resolve_key(
    entries: &dyn Entries,
    key: &str,
    depth: Depth,
    pause: &ResolvePause<'_>,
) -> Result<Option<Value>> {
    Entities::of(&|keys| keys.iter().map(|key| entries.get(key)).collect(), pause).of_key(key, depth)
}

/// Called every few thousand values, and between the pieces of a large document. Its error ends the work.
pub(crate) type ResolvePause<'a> = dyn Fn() -> Result<()> + 'a;

/// The number of values after which a pause is called.
const VALUES: usize = 4096;

/// Reads the entries at several keys, in the order of the keys.
type Load<'a> = dyn Fn(&[&str]) -> Result<Vec<Option<Entry>>> + 'a;

/// The entities of a projection, each read once.
pub(super) struct Entities<'a> {
    load: &'a Load<'a>,
    values: RefCell<HashMap<String, Option<Rc<Value>>>>,
    pause: &'a ResolvePause<'a>,
    /// The number of values that were handled.
    handled: Cell<usize>,
}

/// The target of a reference, possibly through a chain of entities that are only references.
pub(super) enum Target {
    /// A value, the keys on the way to it, and the levels left.
    Value(Rc<Value>, Vec<String>, usize),
    /// The last key is missing.
    Nothing(String),
    /// The reference may not be followed beyond this key.
    Stops(String),
}

impl<'a> Entities<'a> {
    pub(super) fn of(load: &'a Load<'a>, pause: &'a ResolvePause<'a>) -> Self {
        Self { load, values: RefCell::default(), pause, handled: Cell::default() }
    }

    /// Counts a value, and pauses now and then.
    fn step(&self) -> Result<()> {
        self.handled.set(self.handled.get() + 1);
        if self.handled.get().is_multiple_of(VALUES) { (self.pause)() } else { Ok(()) }
    }

    /// Parses the value of an entry.
    fn parsed(&self, entry: &Entry) -> Result<Rc<Value>> {
        let parsed = entry.value.parse_between(&mut || (self.pause)())?;
        parsed.map(Rc::new).map_err(|error| unreadable(&entry.key, &error))
    }

    fn of_key(&self, key: &str, depth: Depth) -> Result<Option<Value>> {
        // One more for the entity itself.
        self.resolved(key, depth.levels().saturating_add(1))
    }

    /// Reads those of the keys that were not read yet, in one batch.
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
        let entries = (self.load)(&keys)?;
        for (key, entry) in keys.into_iter().zip(entries) {
            values.insert(key.to_owned(), entry.as_ref().map(|entry| self.parsed(entry)).transpose()?);
        }
        Ok(())
    }

    fn value(&self, key: &str) -> Result<Option<Rc<Value>>> {
        self.read(vec![key])?;
        Ok(self.values.borrow().get(key).cloned().flatten())
    }

    /// Follows a reference over at most `levels` entities, and not to those in `outer`.
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

    /// Returns the value of a key, resolved over at most `levels` levels.
    pub(super) fn resolved(&self, key: &str, levels: usize) -> Result<Option<Value>> {
        match self.target(key, &[], levels)? {
            Target::Nothing(_) => Ok(None),
            Target::Stops(key) => Ok(Some(Reference::new(key).into())),
            Target::Value(value, mut keys, levels) => self.resolve(key, &value, &mut keys, levels).map(Some),
        }
    }

    /// Resolves the references in a value that is nested in the entities `outer`.
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

    /// Reads the entities to which a value refers, directly or through others, one level at a time. Entities deeper than
    /// the maximum nesting are read on demand.
    fn read_ahead(&self, value: &Value, levels: usize) -> Result<()> {
        let mut keys = Vec::new();
        self.collect(value, &mut keys)?;
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
                    self.collect(&value, &mut next)?;
                }
            }
            keys = next;
        }
        Ok(())
    }

    /// Collects the keys to which a value refers.
    fn collect(&self, value: &Value, keys: &mut Vec<String>) -> Result<()> {
        self.step()?;
        if let Some(key) = Reference::key_in(value) {
            keys.push(key.to_owned());
            return Ok(());
        }
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.collect(item, keys)),
            Value::Object(fields) => fields.values().try_for_each(|value| self.collect(value, keys)),
            _ => Ok(()),
        }
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
        self.entities.step()?;
        if let Some(key) = Reference::key_in(value) {
            return self.referred(key, outer, levels, nesting);
        }
        match value {
            Value::Array(items) => self.items(items, outer, levels, nesting),
            Value::Object(fields) => self.fields(fields, outer, levels, nesting),
            plain => Ok(plain.clone()),
        }
    }

    // The loops are separate functions to save stack: without optimisation, a function reserves stack for all of its
    // branches, and each iterator adapter adds more, on every level.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::StoreError;
    use crate::event_store::Page;
    use crate::json::Json;
    use crate::timestamp::Timestamp;

    /// A source of one value.
    struct One(Json);

    impl Entries for One {
        fn get(&self, key: &str) -> Result<Option<Entry>> {
            let (key, value) = (key.to_owned(), self.0.clone());
            Ok((key == "big").then_some(Entry { key, value, updated_at: Timestamp(0) }))
        }

        fn scan(&self, _: &str, _: Page<String>) -> Result<Vec<Entry>> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn a_large_value_is_parsed_and_resolved_with_pauses() {
        let entries = One(Json::serialized(format!("[{}1]", "1,".repeat(1 << 19))));
        let resolve = |most: usize| {
            let pauses = Cell::new(0);
            let pause = || {
                pauses.set(pauses.get() + 1);
                if pauses.get() < most { Ok(()) } else { Err(StoreError::Stopped.into()) }
            };
            let resolved = resolve_key(&entries, "big", Depth::All, &pause);
            (resolved.map(|value| value.is_some()).map_err(|error| error.kind()), pauses.get())
        };
        let (found, pauses) = resolve(usize::MAX);
        assert!(found == Ok(true) && pauses > 256, "{pauses}");
        for most in [2, 100, 200] {
            assert_eq!(resolve(most), (Err("stopped"), most));
        }
    }
}
