//! The values of a projection at every keyframe.
//!
//! A key has one version for each keyframe before which it was written, so keyframes share everything that did not change
//! between them, and their size is known exactly. A persistent map would copy the path to each written key, which for writes
//! in random order takes many times as much.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::mem;
use std::ops::Bound;
use std::rc::Rc;

use crate::content_store::Value;
use crate::error::Result;
use crate::event_store::Page;
use crate::model::changes::{Changes, Write};
use crate::pstate::{Entries, Entry};

use super::spilled::SpilledVersions;

/// The versions of a key, by the number of the keyframe.
type KeyVersions = Vec<(u32, Option<Value>)>;

/// The values of a projection at every keyframe, in memory or in a temporary file.
#[derive(Default)]
pub(super) struct Versions {
    memory: RefCell<BTreeMap<String, KeyVersions>>,
    bytes: Cell<usize>,
    file: OnceCell<SpilledVersions>,
}

impl Versions {
    /// Adds the values written before a keyframe, and since the keyframe before it.
    pub(super) fn add(&self, frame: u32, changes: Changes) -> Result<()> {
        if let Some(file) = self.file.get() {
            return file.add(frame, changes);
        }
        let mut memory = self.memory.borrow_mut();
        for (key, write) in changes {
            let value = match write {
                Write::Put { value, updated_at } => Some(Value { json: value, updated_at }),
                Write::Delete => None,
            };
            self.bytes.set(self.bytes.get() + version_size(value.as_ref()));
            match memory.get_mut(&key) {
                Some(versions) => versions.push((frame, value)),
                None => {
                    self.bytes.set(self.bytes.get() + key_size(&key));
                    memory.insert(key, vec![(frame, value)]);
                }
            }
        }
        Ok(())
    }

    /// Estimates the size in memory.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.get()
    }

    /// Returns true if the values are in a temporary file.
    pub(super) fn is_spilled(&self) -> bool {
        self.file.get().is_some()
    }

    /// Moves everything to a temporary file. If `proceed` fails, everything stays in memory.
    pub(super) fn spill(&self, proceed: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        if self.is_spilled() {
            return Ok(());
        }
        let file = SpilledVersions::create()?;
        for (key, versions) in &*self.memory.borrow() {
            proceed()?;
            file.add_key(key, versions)?;
        }
        file.flush()?;
        // There is no other thread that could have set it meanwhile.
        let _ = self.file.set(file);
        drop(mem::take(&mut *self.memory.borrow_mut()));
        self.bytes.set(0);
        Ok(())
    }

    /// Returns the keyframes before which a key was written, in order.
    pub(super) fn frames_of(&self, key: &str) -> Result<Vec<u32>> {
        if let Some(file) = self.file.get() {
            return file.frames_of(key);
        }
        let memory = self.memory.borrow();
        Ok(memory.get(key).into_iter().flatten().map(|(frame, _)| *frame).collect())
    }

    fn get(&self, frame: u32, key: &str) -> Result<Option<Entry>> {
        if let Some(file) = self.file.get() {
            return file.get(frame, key);
        }
        Ok(self.memory.borrow().get(key).and_then(|versions| entry_at(frame, key, versions)))
    }

    fn scan(&self, frame: u32, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        if let Some(file) = self.file.get() {
            return file.scan(frame, prefix, page);
        }
        let after = page.after.as_deref().filter(|after| *after >= prefix);
        let from = after.map_or(Bound::Included(prefix), Bound::Excluded);
        let memory = self.memory.borrow();
        let keys = memory.range::<str, _>((from, Bound::Unbounded));
        let keys = keys.take_while(|(key, _)| key.starts_with(prefix));
        Ok(keys.filter_map(|(key, versions)| entry_at(frame, key, versions)).take(page.limit).collect())
    }
}

/// Returns the entry of a key at a keyframe.
fn entry_at(frame: u32, key: &str, versions: &KeyVersions) -> Option<Entry> {
    let place = versions.partition_point(|(at, _)| *at <= frame);
    let Value { json, updated_at } = versions.get(place.checked_sub(1)?)?.1.as_ref()?;
    Some(Entry { key: key.to_owned(), value: json.clone(), updated_at: *updated_at })
}

/// Estimates the size of a key, with its place in the map and its allocations.
fn key_size(key: &str) -> usize {
    const APART: usize = 128;
    APART + key.len()
}

/// Estimates the size of a version, with the room that a growing list keeps free.
fn version_size(value: Option<&Value>) -> usize {
    const APART: usize = 112;
    APART + value.map_or(0, |value| value.json.as_str().len())
}

/// The entries of a projection at a keyframe that can change.
pub(super) struct FrameEntries {
    pub(super) versions: Rc<Versions>,
    pub(super) frame: Rc<Cell<u32>>,
}

impl Entries for FrameEntries {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        self.versions.get(self.frame.get(), key)
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.versions.scan(self.frame.get(), prefix, page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::json::Json;

    fn changes(puts: &[&str], deletes: &[&str]) -> Changes {
        let mut changes = Changes::default();
        puts.iter().for_each(|key| changes.put(key, Json::of(&(*key).into()), Timestamp(1)));
        deletes.iter().for_each(|key| changes.delete(key));
        changes
    }

    fn keys(versions: &Versions, frame: u32, prefix: &str, after: Option<&str>) -> Vec<String> {
        let page = Page::forward(after.map(str::to_owned), 2);
        versions.scan(frame, prefix, page).unwrap().into_iter().map(|entry| entry.key).collect()
    }

    /// Keys in which the characters of the stored form occur.
    const ODD: [&str; 5] = ["b\u{0}x", "b\u{1}", "b\u{1}\u{1}", "bc", "é"];

    #[test]
    fn each_keyframe_has_its_own_values_in_memory_and_in_a_file() {
        let versions = Versions::default();
        versions.add(1, changes(&["a", "b"], &[])).unwrap();
        versions.add(2, changes(&ODD, &["a"])).unwrap();
        versions.add(3, changes(&["a"], &["b"])).unwrap();
        for is_spilled in [false, true] {
            assert_eq!(versions.is_spilled(), is_spilled);
            assert_eq!(keys(&versions, 0, "", None), [""; 0]);
            assert_eq!(keys(&versions, 1, "", None), ["a", "b"]);
            assert_eq!(keys(&versions, 2, "", None), ["b", "b\u{0}x"]);
            assert_eq!(keys(&versions, 2, "b", Some("b\u{0}x")), ["b\u{1}", "b\u{1}\u{1}"]);
            assert_eq!(keys(&versions, 3, "b", Some("b\u{1}\u{1}")), ["bc"]);
            assert_eq!(keys(&versions, 4, "é", None), ["é"]);
            assert!(versions.get(2, "a").unwrap().is_none() && versions.get(9, "a").unwrap().is_some());
            assert!(
                ODD.iter().all(|key| versions.get(2, key).unwrap().is_some_and(|found| found.key == *key))
            );
            assert!(versions.get(2, "b\u{2}").unwrap().is_none());
            assert_eq!(versions.frames_of("a").unwrap(), [1, 2, 3]);
            assert_eq!(versions.frames_of("c").unwrap(), [0; 0]);
            versions.spill(&mut || Ok(())).unwrap();
        }
        versions.add(4, changes(&["a2"], &[])).unwrap();
        assert_eq!(keys(&versions, 4, "a", None), ["a", "a2"]);
        assert_eq!(versions.bytes(), 0);
    }
}
