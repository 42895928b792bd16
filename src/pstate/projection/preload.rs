//! Reads related entities in a few batches instead of one by one.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use tracing::debug_span;

use crate::error::Result;
use crate::pstate::path::MOST_STEPS;
use crate::pstate::{Entry, Reference};

use super::{Projection, RefCell};

/// Names to follow, each with the names to follow from there.
#[derive(Default)]
struct Names(BTreeMap<String, Names>);

impl Names {
    fn add(&mut self, path: &str) {
        // Deeper entities are read when they are needed.
        let names = path.split('.').filter(|name| !name.is_empty()).take(MOST_STEPS);
        names.fold(self, |names, name| names.0.entry(name.to_owned()).or_default());
    }
}

impl<'a> Projection<'a> {
    /// Returns the same projection with an entity in memory, together with the entities to which it refers along the paths,
    /// such as `["cards.translations", "owner"]`. Each level is read in one batch. A name selects a field; the next name
    /// selects fields of the entities to which it refers, directly, in a map or in a list, or else nested fields.
    ///
    /// Reads through the returned handle take these entities from memory, as of one moment. A write through it discards the
    /// written entity from memory.
    ///
    /// ```
    /// # use ramax::engines::memory::MemoryPState;
    /// # use ramax::pstate::Link;
    /// # use ramax::{Projection, SpaceId, Timestamp};
    /// # use serde_json::json;
    /// # fn main() -> ramax::Result<()> {
    /// # let pstate = MemoryPState::default();
    /// # let projection = Projection::new(&pstate, SpaceId(1));
    /// # let now = Timestamp(0);
    /// # projection.put("deck:d1", &json!({"name": "Greetings"}), now)?;
    /// # let link = Link::new(("card", "c1"), ("deck", "d1")).in_collection("cards");
    /// # projection.create_linked(&link, json!({"front": "Hello"}), now)?;
    /// let preloaded = projection.preload("deck:d1", &["cards"])?;
    /// assert_eq!(preloaded.preloaded(), 2);
    /// assert!(preloaded.fetch("card:c1")?.is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub fn preload(&self, key: &str, paths: &[&str]) -> Result<Projection<'a>> {
        let _span = debug_span!("preload", space_id = self.id.space_id.0, key, ?paths).entered();
        let mut names = Names::default();
        paths.iter().for_each(|path| names.add(path));
        let known = RefCell::new(self.known.borrow().clone());
        let preloaded = Projection { known, write_back: self.write_back.clone(), ..*self };
        if !names.0.is_empty() {
            self.pstate.snapshot(&mut || preloaded.read_along(key, &names))?;
            self.write_back_if_many();
        }
        Ok(preloaded)
    }

    /// Returns the number of preloaded keys.
    pub fn preloaded(&self) -> usize {
        self.known.borrow().len()
    }

    fn read_along(&self, key: &str, names: &Names) -> Result<()> {
        let mut level: HashMap<String, Vec<&Names>> = HashMap::from([(key.to_owned(), vec![names])]);
        while !level.is_empty() {
            let keys: Vec<&str> = level.keys().map(String::as_str).collect();
            self.keep(&keys)?;
            let mut next = HashMap::new();
            for (entry, names) in self.load(&keys)?.iter().zip(level.values()) {
                let Some(entry) = entry else { continue };
                let value = entry.value.to_value();
                names.iter().for_each(|names| collect(&value, names, &mut next));
            }
            level = next;
        }
        Ok(())
    }

    fn keep(&self, keys: &[&str]) -> Result<()> {
        let mut known = self.known.borrow_mut();
        let unknown: Vec<&str> = keys.iter().copied().filter(|key| !known.contains_key(*key)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let entries: Vec<Option<Entry>> = self.pstate.multi_get(self.id, &unknown)?;
        known.extend(unknown.into_iter().map(str::to_owned).zip(entries));
        Ok(())
    }
}

/// Collects the keys to which the named fields of a value refer, with the names to follow from there.
fn collect<'n>(value: &Value, names: &'n Names, keys: &mut HashMap<String, Vec<&'n Names>>) {
    for (name, then) in &names.0 {
        let Some(field) = value.get(name) else { continue };
        let mut refer = |value: &Value| {
            let key = Reference::key_in(value);
            key.inspect(|key| keys.entry((*key).to_owned()).or_default().push(then)).is_some()
        };
        if refer(field) {
            continue;
        }
        let mut others = Vec::new();
        match field {
            Value::Array(items) => others.extend(items.iter().filter(|item| !refer(item))),
            Value::Object(items) => {
                items.values().for_each(|item| {
                    refer(item);
                });
                others.push(field);
            }
            _ => {}
        }
        others.into_iter().for_each(|other| collect(other, then, keys));
    }
}
