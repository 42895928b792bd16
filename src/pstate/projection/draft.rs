//! Optimistic changes, which are written only if the values that they are based on are unchanged.

use std::collections::BTreeMap;

use serde_json::Value;
use tracing::{debug, debug_span};

use crate::clock::Timestamp;
use crate::error::Result;
use crate::json::Json;
use crate::pstate::{Changes, Entry, Seen};

use super::{Projection, parse};

/// A view of a projection that collects changes.
pub struct Draft<'a> {
    projection: &'a Projection<'a>,
    entities: BTreeMap<String, Drafted>,
}

#[derive(Default)]
struct Drafted {
    seen: Option<Entry>,
    before: Option<Value>,
    after: Option<Value>,
}

impl<'a> Projection<'a> {
    /// Changes several keys atomically: the changes of `work` are written all together, and only if everything that it read
    /// is unchanged. Otherwise `work` runs again on a new draft, so that no write of another thread or process is lost. If
    /// `work` fails, nothing is written.
    ///
    /// ```
    /// # use ramax::engines::memory::MemoryPState;
    /// # use ramax::{Projection, SpaceId, Timestamp};
    /// # use serde_json::json;
    /// # fn main() -> ramax::Result<()> {
    /// # let pstate = MemoryPState::default();
    /// # let projection = Projection::new(&pstate, SpaceId(1));
    /// let moved = projection.change(Timestamp(0), |draft| {
    ///     let from = draft.entity("count:a")?.take();
    ///     *draft.entity("count:b")? = from.clone();
    ///     Ok(from)
    /// })?;
    /// assert_eq!(moved, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn change<R>(&self, now: Timestamp, mut work: impl FnMut(&mut Draft<'_>) -> Result<R>) -> Result<R> {
        let _span = debug_span!("change", space_id = self.id.space_id.0).entered();
        loop {
            let mut draft = Draft { projection: self, entities: BTreeMap::new() };
            let result = work(&mut draft)?;
            if draft.write(now)? {
                return Ok(result);
            }
            debug!("another write was faster: trying again");
        }
    }

    /// Changes the value at a key, and returns the result of `change`, which receives the value, if any. The value that it
    /// leaves is stored; if it leaves `None`, the key is deleted. If the value was written meanwhile, `change` runs again.
    ///
    /// ```
    /// # use ramax::engines::memory::MemoryPState;
    /// # use ramax::{Projection, SpaceId, Timestamp};
    /// # use serde_json::json;
    /// # fn main() -> ramax::Result<()> {
    /// # let pstate = MemoryPState::default();
    /// # let projection = Projection::new(&pstate, SpaceId(1));
    /// let before = projection.get_and_update("count:visits", Timestamp(0), |count| count.replace(json!(1)))?;
    /// assert_eq!(before, None);
    /// assert_eq!(projection.pop("count:visits")?, Some(json!(1)));
    /// assert_eq!(projection.fetch("count:visits")?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_and_update<R>(
        &self,
        key: &str,
        now: Timestamp,
        mut change: impl FnMut(&mut Option<Value>) -> R,
    ) -> Result<R> {
        self.change(now, |draft| Ok(change(draft.entity(key)?)))
    }

    /// Removes the value at a key and returns it.
    pub fn pop(&self, key: &str) -> Result<Option<Value>> {
        self.get_and_update(key, Timestamp::default(), Option::take)
    }
}

impl Draft<'_> {
    /// Returns the value at a key, to read, change, set or take.
    pub fn entity(&mut self, key: &str) -> Result<&mut Option<Value>> {
        if !self.entities.contains_key(key) {
            let seen = self.projection.pstate.get(self.projection.id, key)?;
            let today = seen.clone().map(|entry| self.projection.schema.migrated_entry(entry));
            let before: Option<Value> = today.as_ref().map(parse).transpose()?;
            let drafted = Drafted { seen, after: before.clone(), before };
            self.entities.insert(key.to_owned(), drafted);
        }
        Ok(&mut self.entities.entry(key.to_owned()).or_default().after)
    }

    /// Writes the changes. Returns false if another write was faster.
    fn write(self, now: Timestamp) -> Result<bool> {
        let projection = self.projection;
        let mut changes = Changes::default();
        for (key, drafted) in &self.entities {
            match &drafted.after {
                after if *after == drafted.before => {}
                Some(value) => changes.put(key, Json::of(value), now),
                None => changes.delete(key),
            }
        }
        if changes.is_empty() {
            return Ok(true);
        }
        let seen: Vec<Seen<'_>> =
            self.entities.iter().map(|(key, drafted)| Seen { key, entry: drafted.seen.as_ref() }).collect();
        let written = projection.pstate.write_if(projection.id, &seen, &changes)?.is_empty();
        changes.iter().for_each(|(key, _)| projection.forget(key));
        Ok(written)
    }
}
