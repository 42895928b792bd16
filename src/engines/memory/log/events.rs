//! The data of a log in memory.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::event::Event;
use crate::event_store::{Expected, Remembered, SpaceRecord, Tail, check_events, check_placed, imported_id};
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::space::{Head, Metadata, Space, SpaceState};
use crate::timestamp::Timestamp;

use super::mark::Marked;

#[derive(Default)]
pub(super) struct Log {
    pub(super) spaces: BTreeMap<SpaceId, Entry>,
    /// The place of each event, by its id; ids of deleted events have none.
    pub(super) places: BTreeMap<EventId, (SpaceId, SpaceSequence)>,
    pub(super) last_space_id: u32,
    pub(super) last_event_id: EventId,
    pub(super) in_unit: bool,
    /// A nested unit of work failed, so the whole unit rolls back.
    pub(super) has_failed: bool,
    pub(super) version: u64,
}

pub(super) struct Entry {
    pub(super) space: Space,
    pub(super) head: Head,
    pub(super) events: Vec<Event>,
    pub(super) remembered: BTreeMap<String, Remembered>,
    pub(super) marked: Option<Marked>,
}

/// The state to which a failed unit of work rolls back. Deleted events stay deleted.
pub(super) struct Mark {
    /// Without their events.
    spaces: BTreeMap<SpaceId, Entry>,
    last_space_id: u32,
    last_event_id: EventId,
}

impl Entry {
    pub(super) fn record(&self) -> SpaceRecord {
        SpaceRecord { space: self.space.clone(), head: self.head }
    }
}

impl Log {
    pub(super) fn named(&self, name: &str) -> Option<&Entry> {
        self.spaces.values().find(|entry| entry.space.space_name == name)
    }

    pub(super) fn events(&self, space_id: SpaceId) -> &[Event] {
        self.spaces.get(&space_id).map_or(&[], |entry| &entry.events)
    }

    pub(super) fn event_types(&self, space_id: SpaceId) -> Vec<String> {
        let mut types: Vec<String> = Vec::new();
        for event in self.events(space_id) {
            if !types.iter().any(|name| **name == *event.event_type) {
                types.push(event.event_type.to_string());
            }
        }
        types
    }

    pub(super) fn at(&self, (space_id, sequence): (SpaceId, SpaceSequence)) -> Option<&Event> {
        let events = self.events(space_id);
        let index = events.binary_search_by_key(&sequence, |event| event.space_sequence).ok()?;
        events.get(index)
    }

    pub(super) fn create(
        &mut self,
        name: &str,
        metadata: Option<&Metadata>,
        created_at: Timestamp,
        state: SpaceState,
    ) -> Space {
        self.last_space_id += 1;
        let space = Space {
            space_id: SpaceId(self.last_space_id),
            space_name: name.to_owned(),
            metadata: metadata.cloned(),
            created_at,
            state,
        };
        let (head, events, remembered) = (Head::default(), Vec::new(), BTreeMap::new());
        self.spaces
            .insert(space.space_id, Entry { space: space.clone(), head, events, remembered, marked: None });
        space
    }

    pub(super) fn import(
        &mut self,
        space_id: SpaceId,
        token: Uuid,
        events: &[Event],
    ) -> Result<Vec<EventId>> {
        let mut head = self.importing(space_id, token)?.head;
        for event in events {
            Expected::Exact(SpaceSequence(event.space_sequence.0.saturating_sub(1))).check(&head)?;
            head.last_sequence = event.space_sequence;
        }
        let mut last = self.last_event_id;
        let place = |event: &Event| {
            last = imported_id(event.event_id, last);
            Event { event_id: last, space_id, ..event.clone() }
        };
        let placed: Vec<Event> = events.iter().map(place).collect();
        check_events(&placed)?;
        let event_ids = placed.iter().map(|event| event.event_id).collect();
        placed.into_iter().for_each(|event| self.push(event));
        Ok(event_ids)
    }

    /// Stores a numbered event.
    fn push(&mut self, event: Event) {
        let Some(entry) = self.spaces.get_mut(&event.space_id) else { return };
        entry.head = Head {
            last_sequence: event.space_sequence,
            last_event_id: event.event_id,
            last_timestamp: Some(event.timestamp),
            payload_bytes: entry.head.payload_bytes + event.payload.as_str().len() as u64,
        };
        self.last_event_id = event.event_id;
        self.places.insert(event.event_id, (event.space_id, event.space_sequence));
        entry.events.push(event);
    }

    /// Returns the end of a space's log, if the space is open.
    pub(super) fn tail(&self, space_id: SpaceId) -> Result<Tail> {
        let unknown = || StoreError::unknown_space(space_id);
        let entry = self.spaces.get(&space_id).ok_or_else(unknown)?;
        entry.space.check_open()?;
        Ok(Tail { head: entry.head, last_event_id: self.last_event_id })
    }

    pub(super) fn append(&mut self, space_id: SpaceId, events: &[Event]) -> Result<()> {
        check_placed(&self.tail(space_id)?.head, events)?;
        check_events(events)?;
        for event in events {
            self.push(event.clone());
        }
        Ok(())
    }

    pub(super) fn mark(&self) -> Mark {
        let without_events = |entry: &Entry| Entry {
            space: entry.space.clone(),
            head: entry.head,
            events: Vec::new(),
            remembered: entry.remembered.clone(),
            marked: entry.marked.clone(),
        };
        Mark {
            spaces: self.spaces.iter().map(|(id, entry)| (*id, without_events(entry))).collect(),
            last_space_id: self.last_space_id,
            last_event_id: self.last_event_id,
        }
    }

    pub(super) fn go_back(&mut self, mark: Mark) {
        let mut failed = std::mem::replace(&mut self.spaces, mark.spaces);
        for (space_id, entry) in &mut self.spaces {
            entry.events = failed.remove(space_id).map(|failed| failed.events).unwrap_or_default();
            let kept = entry.events.partition_point(|event| event.event_id <= mark.last_event_id);
            entry.events.truncate(kept);
        }
        self.places.split_off(&mark.last_event_id.next());
        self.last_space_id = mark.last_space_id;
        self.last_event_id = mark.last_event_id;
    }
}
