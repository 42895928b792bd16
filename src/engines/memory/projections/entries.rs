//! The entries of a projection by key.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::error::Result;
use crate::event_store::{Direction, Page};
use crate::id::SpaceId;
use crate::pstate::{Changes, Entries, Entry, ProjectionId, ReadProjections, Write};

use super::MemoryPState;

/// The entries of a projection.
pub(super) struct MemoryEntries<'a> {
    pub(super) pstate: &'a MemoryPState,
    pub(super) space_id: SpaceId,
    pub(super) name: String,
}

impl MemoryEntries<'_> {
    fn id(&self) -> ProjectionId<'_> {
        ProjectionId::new(self.space_id, &self.name)
    }
}

impl Entries for MemoryEntries<'_> {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        self.pstate.read(self.id(), |projection| projection.entries.get(key).cloned())
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.pstate.scan(self.id(), prefix, page)
    }
}

pub(super) fn write(entries: &mut BTreeMap<String, Entry>, changes: &Changes) {
    for (key, write) in changes.iter() {
        match write {
            Write::Put { value, updated_at } => {
                let entry = Entry { key: key.to_owned(), value: value.clone(), updated_at: *updated_at };
                entries.insert(key.to_owned(), entry);
            }
            Write::Delete => {
                entries.remove(key);
            }
        }
    }
}

pub(super) fn scan(entries: &BTreeMap<String, Entry>, prefix: &str, page: Page<String>) -> Vec<Entry> {
    let matching = |(key, _): &(&String, &Entry)| key.starts_with(prefix);
    let values = |(_, entry): (&String, &Entry)| entry.clone();
    match page.direction {
        Direction::Forward => {
            let from = match &page.after {
                Some(after) if after.as_str() >= prefix => Bound::Excluded(after.as_str()),
                _ => Bound::Included(prefix),
            };
            let range = entries.range::<str, _>((from, Bound::Unbounded));
            range.take_while(matching).take(page.limit).map(values).collect()
        }
        Direction::Backward => {
            let to = page.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            if page.after.as_deref().is_some_and(|after| after <= prefix) {
                return Vec::new();
            }
            let range = entries.range::<str, _>((Bound::Included(prefix), to)).rev();
            range
                .skip_while(|pair| !matching(pair))
                .take_while(matching)
                .take(page.limit)
                .map(values)
                .collect()
        }
    }
}
