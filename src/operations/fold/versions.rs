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

use crate::clock::Timestamp;
use crate::content_store::Value;
use crate::error::Result;
use crate::event_store::{Direction, Page};
use crate::json::Json;
use crate::model::changes::{Changes, Write};
use crate::pstate::{Entries, Entry, end_of_prefix};

use super::spilled::SpilledVersions;
use super::texts::Texts;

/// A value at a keyframe. The text is stored separately, so that the versions of many keys fit in memory.
#[derive(Clone, Copy)]
struct Version {
    frame: u32,
    /// The length of the text in bytes, or [`DELETED`].
    length: u32,
    position: u64,
    updated_at: Timestamp,
}

/// The length of a value that does not exist. No text is that long.
const DELETED: u32 = u32::MAX;

/// The versions of a key, by the number of the keyframe.
enum KeyVersions {
    One(Version),
    Many(Vec<Version>),
}

impl KeyVersions {
    fn as_slice(&self) -> &[Version] {
        match self {
            Self::One(version) => std::slice::from_ref(version),
            Self::Many(versions) => versions,
        }
    }

    fn push(&mut self, version: Version) {
        match self {
            Self::One(first) => *self = Self::Many(vec![*first, version]),
            Self::Many(versions) => versions.push(version),
        }
    }
}

/// The values of a projection at every keyframe: in memory, then with their texts in a temporary file, and at last completely in
/// one.
#[derive(Default)]
pub(super) struct Versions {
    memory: RefCell<BTreeMap<Box<str>, KeyVersions>>,
    texts: RefCell<Texts>,
    /// The size of the map.
    bytes: Cell<usize>,
    file: OnceCell<SpilledVersions>,
}

impl Versions {
    /// Adds the values written before a keyframe, and since the keyframe before it.
    pub(super) fn add(&self, frame: u32, changes: Changes) -> Result<()> {
        if let Some(file) = self.file.get() {
            return file.add(frame, changes);
        }
        let (mut memory, mut texts) = (self.memory.borrow_mut(), self.texts.borrow_mut());
        for (key, write) in changes {
            let version = match write {
                Write::Put { value, updated_at } => {
                    let length = u32::try_from(value.as_str().len()).unwrap_or(DELETED);
                    Version { frame, length, position: texts.add(value.as_str())?, updated_at }
                }
                Write::Delete => {
                    Version { frame, length: DELETED, position: 0, updated_at: Timestamp::default() }
                }
            };
            match memory.get_mut(key.as_str()) {
                Some(versions) => {
                    self.bytes.set(self.bytes.get() + VERSION);
                    versions.push(version);
                }
                None => {
                    self.bytes.set(self.bytes.get() + KEY + key.len());
                    memory.insert(key.into_boxed_str(), KeyVersions::One(version));
                }
            }
        }
        Ok(())
    }

    /// Estimates the size in memory.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.get() + self.texts.borrow().bytes()
    }

    /// Returns true if values are in a temporary file.
    pub(super) fn is_spilled(&self) -> bool {
        self.file.get().is_some() || self.texts.borrow().is_spilled()
    }

    /// Moves the texts to a temporary file or, if they are there already, everything. If `proceed` fails, the rest stays in
    /// memory.
    pub(super) fn spill(&self, proceed: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        if !self.texts.borrow().is_spilled() {
            return self.texts.borrow_mut().spill(proceed);
        }
        if self.file.get().is_some() {
            return Ok(());
        }
        let file = SpilledVersions::create()?;
        for (key, versions) in &*self.memory.borrow() {
            proceed()?;
            for version in versions.as_slice() {
                file.add_version(key, version.frame, self.value(version)?)?;
            }
        }
        file.flush()?;
        // There is no other thread that could have set it meanwhile.
        let _ = self.file.set(file);
        drop(mem::take(&mut *self.memory.borrow_mut()));
        drop(mem::take(&mut *self.texts.borrow_mut()));
        self.bytes.set(0);
        Ok(())
    }

    /// Returns the value of a version, unless it is deleted.
    fn value(&self, version: &Version) -> Result<Option<Value>> {
        if version.length == DELETED {
            return Ok(None);
        }
        let text = self.texts.borrow().read(version.position, version.length as usize)?;
        Ok(Some(Value { json: Json::from_stored(text), updated_at: version.updated_at }))
    }

    /// Returns the entry of a key at a keyframe.
    fn entry_at(&self, frame: u32, key: &str, versions: &[Version]) -> Result<Option<Entry>> {
        let place = versions.partition_point(|version| version.frame <= frame);
        let Some(version) = place.checked_sub(1).and_then(|place| versions.get(place)) else {
            return Ok(None);
        };
        let entry = |Value { json, updated_at }| Entry { key: key.to_owned(), value: json, updated_at };
        Ok(self.value(version)?.map(entry))
    }

    /// Returns the keyframes before which a key was written, in order.
    pub(super) fn frames_of(&self, key: &str) -> Result<Vec<u32>> {
        if let Some(file) = self.file.get() {
            return file.frames_of(key);
        }
        let memory = self.memory.borrow();
        let versions = memory.get(key).map(KeyVersions::as_slice).unwrap_or_default();
        Ok(versions.iter().map(|version| version.frame).collect())
    }

    fn get(&self, frame: u32, key: &str) -> Result<Option<Entry>> {
        if let Some(file) = self.file.get() {
            return file.get(frame, key);
        }
        let memory = self.memory.borrow();
        memory.get(key).map_or(Ok(None), |versions| self.entry_at(frame, key, versions.as_slice()))
    }

    fn scan(&self, frame: u32, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        if let Some(file) = self.file.get() {
            return file.scan(frame, prefix, page);
        }
        let memory = self.memory.borrow();
        let end = end_of_prefix(prefix);
        let (from, to) = match page.direction {
            Direction::Forward => {
                let after = page.after.as_deref().filter(|after| *after >= prefix);
                (after.map_or(Bound::Included(prefix), Bound::Excluded), Bound::Unbounded)
            }
            Direction::Backward => {
                let before = page.after.as_deref().into_iter().chain(end.as_deref()).min();
                if before.is_some_and(|before| before <= prefix) {
                    return Ok(Vec::new());
                }
                (Bound::Included(prefix), before.map_or(Bound::Unbounded, Bound::Excluded))
            }
        };
        let keys = memory.range::<str, _>((from, to));
        let keys: &mut dyn Iterator<Item = (&Box<str>, &KeyVersions)> = match page.direction {
            Direction::Forward => &mut { keys },
            Direction::Backward => &mut keys.rev(),
        };
        let mut found = Vec::new();
        for (key, versions) in keys {
            if found.len() == page.limit || !key.starts_with(prefix) {
                break;
            }
            found.extend(self.entry_at(frame, key, versions.as_slice())?);
        }
        Ok(found)
    }
}

/// Estimates the size of a key with its first version, in bytes: its place in a map that is half full, and its allocation.
const KEY: usize = 120;

/// Estimates the size of a further version, with the room that a growing list keeps free.
const VERSION: usize = 56;

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

    fn backward(versions: &Versions, frame: u32, prefix: &str, before: Option<&str>) -> Vec<String> {
        let page = Page::backward(before.map(str::to_owned), 2);
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
        for spilled in 0..3 {
            assert_eq!(versions.is_spilled(), spilled > 0);
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
            assert_eq!(backward(&versions, 2, "", None), ["é", "bc"]);
            assert_eq!(backward(&versions, 2, "b", None), ["bc", "b\u{1}\u{1}"]);
            assert_eq!(backward(&versions, 2, "b", Some("b\u{1}")), ["b\u{0}x", "b"]);
            assert_eq!(backward(&versions, 3, "", Some("b\u{0}x")), ["a"]);
            assert_eq!(backward(&versions, 2, "b", Some("b")), [""; 0]);
            assert_eq!(versions.frames_of("a").unwrap(), [1, 2, 3]);
            assert_eq!(versions.frames_of("c").unwrap(), [0; 0]);
            versions.spill(&mut || Ok(())).unwrap();
        }
        versions.add(4, changes(&["a2"], &[])).unwrap();
        assert_eq!(keys(&versions, 4, "a", None), ["a", "a2"]);
        assert_eq!(versions.bytes(), 0);
    }
}
