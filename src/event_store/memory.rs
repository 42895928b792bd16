//! The log in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;

use parking_lot::ReentrantMutex;
use tracing::debug_span;

use crate::clock::Timestamp;
use crate::error::{Result, StoreError};
use crate::event::{Event, EventId, SpaceSequence};
use crate::space::{Head, Metadata, Space, SpaceId};

use super::append::check_placed;
use super::{Direction, EventStore, Page, Remembered, SpaceRecord, Tail, Totals, check_space_name};

/// An event store in memory, gone when it is dropped.
#[derive(Default)]
pub struct MemoryEventStore {
    log: ReentrantMutex<RefCell<Log>>,
}

#[derive(Default)]
struct Log {
    spaces: BTreeMap<SpaceId, Entry>,
    /// Where each event lies, by its id; ids of deleted events lead nowhere.
    places: BTreeMap<EventId, (SpaceId, SpaceSequence)>,
    last_space_id: u32,
    last_event_id: EventId,
    in_unit: bool,
    version: u64,
}

#[derive(Clone)]
struct Entry {
    space: Space,
    head: Head,
    events: Vec<Event>,
    remembered: BTreeMap<String, Remembered>,
}

/// What a unit of work goes back to when it fails.
struct Mark {
    heads: Vec<(SpaceId, Head, usize)>,
    keys: Vec<(SpaceId, BTreeMap<String, Remembered>)>,
    last_event_id: EventId,
}

impl MemoryEventStore {
    fn read<T>(&self, read: impl FnOnce(&Log) -> T) -> T {
        read(&self.log.lock().borrow())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Log) -> Result<T>) -> Result<T> {
        let log = self.log.lock();
        let mut log = log.borrow_mut();
        log.version += 1;
        change(&mut log)
    }
}

impl EventStore for MemoryEventStore {
    fn get_or_create_space(&self, name: &str, metadata: Option<&Metadata>, now: Timestamp) -> Result<Space> {
        check_space_name(name)?;
        self.change(|log| {
            if let Some(entry) = log.named(name) {
                return Ok(entry.space.clone());
            }
            log.last_space_id += 1;
            let space = Space {
                space_id: SpaceId(log.last_space_id),
                space_name: name.to_owned(),
                metadata: metadata.cloned(),
                created_at: now,
                deleting: false,
            };
            let entry = Entry {
                space: space.clone(),
                head: Head::default(),
                events: Vec::new(),
                remembered: BTreeMap::new(),
            };
            log.spaces.insert(space.space_id, entry);
            Ok(space)
        })
    }

    fn find_space(&self, name: &str) -> Result<Option<SpaceRecord>> {
        Ok(self.read(|log| log.named(name).map(Entry::record)))
    }

    fn space(&self, space_id: SpaceId) -> Result<Option<SpaceRecord>> {
        Ok(self.read(|log| log.spaces.get(&space_id).map(Entry::record)))
    }

    fn spaces(&self, page: Page<SpaceId>) -> Result<Vec<SpaceRecord>> {
        Ok(self.read(|log| page_of(&log.spaces, page).into_iter().map(Entry::record).collect()))
    }

    fn totals(&self) -> Result<Totals> {
        Ok(self.read(|log| Totals {
            spaces: log.spaces.len() as u64,
            events: log.spaces.values().map(|entry| entry.head.last_sequence.0).sum(),
            payload_bytes: log.spaces.values().map(|entry| entry.head.payload_bytes).sum(),
        }))
    }

    fn last_event_id(&self) -> Result<EventId> {
        Ok(self.read(|log| log.last_event_id))
    }

    fn event_types(&self, space_id: SpaceId) -> Result<Vec<String>> {
        Ok(self.read(|log| {
            let mut types: Vec<String> = Vec::new();
            for event in log.events(space_id) {
                if !types.iter().any(|name| **name == *event.event_type) {
                    types.push(event.event_type.to_string());
                }
            }
            types
        }))
    }

    fn unit(&self, _space_id: SpaceId, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let guard = self.log.lock();
        if guard.borrow().in_unit {
            return work();
        }
        let mark = guard.borrow().mark();
        guard.borrow_mut().in_unit = true;
        let result = work();
        let mut log = guard.borrow_mut();
        log.in_unit = false;
        if result.is_err() {
            log.go_back(mark);
        }
        result
    }

    fn tail(&self, space_id: SpaceId) -> Result<Tail> {
        self.read(|log| Ok(Tail { head: log.open(space_id)?.head, last_event_id: log.last_event_id }))
    }

    fn append_placed(&self, space_id: SpaceId, events: &[Event]) -> Result<()> {
        let _span = debug_span!("append", space_id = space_id.0, events = events.len()).entered();
        self.change(|log| log.append(space_id, events))
    }

    fn remember(&self, space_id: SpaceId, key: &str, remembered: &Remembered) -> Result<()> {
        self.change(|log| {
            if let Some(entry) = log.spaces.get_mut(&space_id) {
                entry.remembered.insert(key.to_owned(), remembered.clone());
            }
            Ok(())
        })
    }

    fn remembered(&self, space_id: SpaceId, key: &str) -> Result<Option<Remembered>> {
        Ok(self.read(|log| log.spaces.get(&space_id)?.remembered.get(key).cloned()))
    }

    fn event(&self, event_id: EventId) -> Result<Option<Event>> {
        Ok(self.read(|log| log.places.get(&event_id).and_then(|place| log.at(*place)).cloned()))
    }

    fn read_space(&self, space_id: SpaceId, page: Page<SpaceSequence>) -> Result<Vec<Event>> {
        Ok(self.read(|log| page_of_events(log.events(space_id), page, |_| true)))
    }

    fn read_entity(
        &self,
        space_id: SpaceId,
        entity_id: &str,
        page: Page<SpaceSequence>,
    ) -> Result<Vec<Event>> {
        Ok(self.read(|log| page_of_events(log.events(space_id), page, |event| event.entity_id == entity_id)))
    }

    fn read_all(&self, page: Page<EventId>) -> Result<Vec<Event>> {
        Ok(self.read(|log| {
            let places = page_of(&log.places, page);
            places.into_iter().filter_map(|place| log.at(*place).cloned()).collect()
        }))
    }

    fn replay(
        &self,
        space_id: SpaceId,
        after: SpaceSequence,
        limit: usize,
        visit: &mut dyn FnMut(&Event) -> Result<()>,
    ) -> Result<usize> {
        let events = self.read_space(space_id, Page::forward(Some(after), limit))?;
        for event in &events {
            visit(event)?;
        }
        Ok(events.len())
    }

    fn begin_delete(&self, space_id: SpaceId) -> Result<()> {
        self.change(|log| {
            if let Some(entry) = log.spaces.get_mut(&space_id) {
                entry.space.deleting = true;
            }
            Ok(())
        })
    }

    fn delete_some(&self, space_id: SpaceId, limit: usize) -> Result<Option<u64>> {
        self.change(|log| {
            let Some(entry) = log.spaces.get_mut(&space_id) else { return Ok(None) };
            if entry.events.is_empty() {
                return Ok(None);
            }
            let many = limit.max(1).min(entry.events.len());
            let removed: Vec<EventId> = entry.events.drain(..many).map(|event| event.event_id).collect();
            let left = entry.events.len() as u64;
            for event_id in removed {
                log.places.remove(&event_id);
            }
            Ok(Some(left))
        })
    }

    fn end_delete(&self, space_id: SpaceId, _purge: bool) -> Result<()> {
        self.change(|log| {
            log.spaces.remove(&space_id);
            Ok(())
        })
    }

    fn residue(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        Ok(self.read(|log| {
            let spaces = log.spaces.get(&space_id).map(|_| ("spaces".to_owned(), 1));
            let places = log.places.values().filter(|(space, _)| *space == space_id).count() as u64;
            let events = (places > 0).then(|| ("event_log".to_owned(), places));
            spaces.into_iter().chain(events).collect()
        }))
    }

    fn purge(&self) -> Result<()> {
        Ok(())
    }

    fn version(&self) -> Result<u64> {
        Ok(self.read(|log| log.version))
    }

    fn check_place(&self) -> Result<()> {
        Ok(())
    }

    fn storage_bytes(&self) -> Result<Option<u64>> {
        Ok(None)
    }
}

impl Entry {
    fn record(&self) -> SpaceRecord {
        SpaceRecord { space: self.space.clone(), head: self.head }
    }
}

impl Log {
    fn named(&self, name: &str) -> Option<&Entry> {
        self.spaces.values().find(|entry| entry.space.space_name == name)
    }

    fn events(&self, space_id: SpaceId) -> &[Event] {
        self.spaces.get(&space_id).map_or(&[], |entry| &entry.events)
    }

    fn at(&self, (space_id, sequence): (SpaceId, SpaceSequence)) -> Option<&Event> {
        let events = self.events(space_id);
        let index = events.binary_search_by_key(&sequence, |event| event.space_sequence).ok()?;
        events.get(index)
    }

    /// The space, if it takes events.
    fn open(&self, space_id: SpaceId) -> Result<&Entry> {
        match self.spaces.get(&space_id) {
            None => Err(StoreError::UnknownSpace { space: space_id.to_string() }.into()),
            Some(entry) if entry.space.deleting => {
                Err(StoreError::SpaceDeleting { space: entry.space.space_name.clone() }.into())
            }
            Some(entry) => Ok(entry),
        }
    }

    fn append(&mut self, space_id: SpaceId, events: &[Event]) -> Result<()> {
        check_placed(&self.open(space_id)?.head, events)?;
        let (Some(last), Some(entry)) = (events.last(), self.spaces.get_mut(&space_id)) else {
            return Ok(());
        };
        let bytes: usize = events.iter().map(|event| event.payload.as_str().len()).sum();
        entry.head = Head {
            last_sequence: last.space_sequence,
            last_event_id: last.event_id,
            last_timestamp: Some(last.timestamp),
            payload_bytes: entry.head.payload_bytes + bytes as u64,
        };
        entry.events.extend_from_slice(events);
        self.places.extend(events.iter().map(|event| (event.event_id, (space_id, event.space_sequence))));
        self.last_event_id = last.event_id;
        Ok(())
    }

    fn mark(&self) -> Mark {
        let spaces = || self.spaces.iter();
        Mark {
            heads: spaces().map(|(id, entry)| (*id, entry.head, entry.events.len())).collect(),
            keys: spaces().map(|(id, entry)| (*id, entry.remembered.clone())).collect(),
            last_event_id: self.last_event_id,
        }
    }

    fn go_back(&mut self, mark: Mark) {
        for (space_id, head, events) in mark.heads {
            if let Some(entry) = self.spaces.get_mut(&space_id) {
                entry.head = head;
                entry.events.truncate(events);
            }
        }
        for (space_id, remembered) in mark.keys {
            if let Some(entry) = self.spaces.get_mut(&space_id) {
                entry.remembered = remembered;
            }
        }
        self.places.split_off(&mark.last_event_id.next());
        self.last_event_id = mark.last_event_id;
    }
}

/// The values of a page of a map.
fn page_of<K: Ord + Copy, V>(map: &BTreeMap<K, V>, page: Page<K>) -> Vec<&V> {
    match page.direction {
        Direction::Forward => {
            let from = page.after.map_or(Bound::Unbounded, Bound::Excluded);
            map.range((from, Bound::Unbounded)).take(page.limit).map(|(_, value)| value).collect()
        }
        Direction::Backward => {
            let to = page.after.map_or(Bound::Unbounded, Bound::Excluded);
            map.range((Bound::Unbounded, to)).rev().take(page.limit).map(|(_, value)| value).collect()
        }
    }
}

/// The events of a page, of those that `wanted` picks.
fn page_of_events(
    events: &[Event],
    page: Page<SpaceSequence>,
    wanted: impl Fn(&Event) -> bool,
) -> Vec<Event> {
    let behind = |after: SpaceSequence| events.partition_point(|event| event.space_sequence <= after);
    let before = |after: SpaceSequence| events.partition_point(|event| event.space_sequence < after);
    match page.direction {
        Direction::Forward => {
            let rows = events[page.after.map_or(0, behind)..].iter();
            rows.filter(|event| wanted(event)).take(page.limit).cloned().collect()
        }
        Direction::Backward => {
            let rows = events[..page.after.map_or(events.len(), before)].iter().rev();
            rows.filter(|event| wanted(event)).take(page.limit).cloned().collect()
        }
    }
}
