//! The values of a projection at every keyframe, in an unlinked temporary file.

use std::cell::RefCell;
use std::mem;

use crate::content_store::Value;
use crate::engines::sqlite::SqlitePState;
use crate::error::Result;
use crate::event_store::{Direction, Page, is_last_page};
use crate::json::Json;
use crate::model::changes::{Changes, Write};
use crate::pstate::{Entry, ReadProjections, WriteProjections};
use crate::space::SpaceId;
use crate::timestamp::Timestamp;

/// The number of versions written at once.
const PIECE: usize = 1000;

/// The number of versions read at once.
const PAGE: usize = 1000;

/// The place of the versions in the temporary file.
const PLACE: SpaceId = SpaceId(0);

/// Versions by key and keyframe. A version is an entry whose key is the key, an end mark and the number of the keyframe; the
/// value of a deleted key is empty.
pub(super) struct SpilledVersions {
    file: SqlitePState,
    waiting: RefCell<Vec<(String, Write)>>,
}

impl SpilledVersions {
    pub(super) fn create() -> Result<Self> {
        Ok(Self { file: SqlitePState::temporary()?, waiting: RefCell::default() })
    }

    pub(super) fn add(&self, frame: u32, changes: Changes) -> Result<()> {
        for (key, write) in changes {
            let write = match write {
                Write::Delete => deleted(),
                put => put,
            };
            self.write(place_of(&key, frame), write)?;
        }
        self.flush()
    }

    /// Adds one version of a key. It has to be [flushed](Self::flush) before it is read.
    pub(super) fn add_version(&self, key: &str, frame: u32, value: Option<Value>) -> Result<()> {
        let put = |value: Value| Write::Put { value: value.json, updated_at: value.updated_at };
        self.write(place_of(key, frame), value.map_or_else(deleted, put))
    }

    fn write(&self, place: String, write: Write) -> Result<()> {
        self.waiting.borrow_mut().push((place, write));
        if self.waiting.borrow().len() < PIECE { Ok(()) } else { self.flush() }
    }

    /// Writes what waits to be written.
    pub(super) fn flush(&self) -> Result<()> {
        let changes: Changes = mem::take(&mut *self.waiting.borrow_mut()).into_iter().collect();
        self.file.write(PLACE.into(), &changes)
    }

    pub(super) fn get(&self, frame: u32, key: &str) -> Result<Option<Entry>> {
        let page = Page::backward(Some(place_of(key, frame + 1)), 1);
        let found = self.file.scan(PLACE.into(), &end_of(key), page)?.pop();
        Ok(found.and_then(|version| entry(key.to_owned(), version)))
    }

    pub(super) fn frames_of(&self, key: &str) -> Result<Vec<u32>> {
        let (mut frames, mut after) = (Vec::new(), None);
        loop {
            let page = self.file.scan(PLACE.into(), &end_of(key), Page::forward(after, PAGE))?;
            frames.extend(page.iter().filter_map(|version| Some(parts_of(&version.key)?.1)));
            if is_last_page(&page, PAGE) {
                return Ok(frames);
            }
            after = page.last().map(|version| version.key.clone());
        }
    }

    pub(super) fn scan(&self, frame: u32, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        match page.direction {
            Direction::Forward => self.scan_forward(frame, prefix, page),
            Direction::Backward => self.scan_backward(frame, prefix, page),
        }
    }

    fn scan_forward(&self, frame: u32, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        let prefix = escaped(prefix);
        // After the last version of the key.
        let mut after = page.after.map(|after| place_of(&after, u32::MAX));
        let mut found: Vec<Entry> = Vec::new();
        // The last version that counts of the key that is being read.
        let mut current: Option<(String, Entry)> = None;
        while found.len() < page.limit {
            let versions = self.file.scan(
                PLACE.into(),
                &prefix,
                Page { after, direction: Direction::Forward, limit: PAGE },
            )?;
            let is_last = is_last_page(&versions, PAGE);
            after = versions.last().map(|version| version.key.clone());
            for version in versions {
                let Some((key, at)) = parts_of(&version.key) else { continue };
                if current.as_ref().is_some_and(|(current, _)| *current != key) {
                    found.extend(current.take().and_then(|(key, version)| entry(key, version)));
                    if found.len() == page.limit {
                        return Ok(found);
                    }
                }
                if at <= frame {
                    current = Some((key, version));
                }
            }
            if is_last {
                found.extend(current.take().and_then(|(key, version)| entry(key, version)));
                break;
            }
        }
        Ok(found)
    }

    fn scan_backward(&self, frame: u32, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        let prefix = escaped(prefix);
        // Before the first version of the key.
        let mut before = page.after.map(|before| end_of(&before));
        let mut found: Vec<Entry> = Vec::new();
        // The last key of which the version that counts was read.
        let mut done: Option<String> = None;
        loop {
            let versions = self.file.scan(PLACE.into(), &prefix, Page::backward(before, PAGE))?;
            let is_last = is_last_page(&versions, PAGE);
            before = versions.last().map(|version| version.key.clone());
            for version in versions {
                let Some((key, at)) = parts_of(&version.key) else { continue };
                if at > frame || done.as_ref() == Some(&key) {
                    continue;
                }
                if found.len() == page.limit {
                    return Ok(found);
                }
                done = Some(key.clone());
                found.extend(entry(key, version));
            }
            if is_last {
                return Ok(found);
            }
        }
    }
}

fn deleted() -> Write {
    Write::Put { value: Json::from_stored(String::new()), updated_at: Timestamp::default() }
}

/// Returns the entry of a key, given its version in the file, unless the key is deleted there.
fn entry(key: String, version: Entry) -> Option<Entry> {
    (!version.value.as_str().is_empty()).then_some(Entry { key, ..version })
}

/// Marks the end of a key. It is less than every character or pair of characters with which an escaped key can continue, so
/// that the versions of a key are neighbours and keys keep their order.
const END: &str = "\u{1}\u{1}";

/// Escapes the characters that occur in the end mark, or that are less.
fn escaped(key: &str) -> String {
    key.replace('\u{1}', "\u{1}\u{3}").replace('\u{0}', "\u{1}\u{2}")
}

fn end_of(key: &str) -> String {
    escaped(key) + END
}

fn place_of(key: &str, frame: u32) -> String {
    format!("{}{END}{frame:08x}", escaped(key))
}

/// Returns the key and the number of the keyframe.
fn parts_of(place: &str) -> Option<(String, u32)> {
    let (key, frame) = place.rsplit_once(END)?;
    let frame = u32::from_str_radix(frame, 16).ok()?;
    Some((key.replace("\u{1}\u{2}", "\u{0}").replace("\u{1}\u{3}", "\u{1}"), frame))
}
