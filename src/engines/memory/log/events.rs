//! The data of a log in memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Result, StoreError};
use crate::event::Event;
use crate::event_store::{
    Access, Direction, Page, Redaction, Remembered, RequestDigest, SpaceRecord, Tail, check_change,
    check_events, check_known_as, check_placed,
};
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::space::{Head, Space, SpaceChange, SpaceMetadata, SpaceState};
use crate::timestamp::Timestamp;

use super::mark::Marked;
use super::subscriptions::Registry;

#[derive(Clone, Default)]
pub(super) struct Log {
    pub(super) spaces: BTreeMap<SpaceId, Entry>,
    /// The place of each event, by its id; ids of deleted events have none.
    pub(super) places: BTreeMap<EventId, (SpaceId, SpaceSequence)>,
    /// Each event that has a cause, after the id of the cause.
    pub(super) causes: BTreeSet<(EventId, EventId)>,
    pub(super) last_space_id: u32,
    pub(super) last_event_id: EventId,
    pub(super) subscriptions: Registry,
    pub(super) in_unit: bool,
    pub(super) version: u64,
}

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) space: Space,
    pub(super) head: Head,
    pub(super) events: Vec<Event>,
    pub(super) remembered: BTreeMap<String, Remembered>,
    pub(super) marked: Option<Marked>,
    /// Twice the number of redactions; odd while one is under way.
    pub(super) redactions: u64,
}

impl Entry {
    pub(super) fn record(&self) -> SpaceRecord {
        SpaceRecord::new(self.space.clone(), self.head)
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
        let mut known = BTreeSet::new();
        let types = self.events(space_id).iter().map(|event| &event.event_type);
        types.filter(|name| known.insert(*name)).map(ToString::to_string).collect()
    }

    /// Returns the first entities whose ids start with a prefix.
    pub(super) fn entities(&self, space_id: SpaceId, prefix: &str, limit: usize) -> Vec<String> {
        let entities = self.events(space_id).iter().map(|event| event.entity_id.as_str());
        let sorted: BTreeSet<&str> = entities.filter(|entity| entity.starts_with(prefix)).collect();
        sorted.into_iter().take(limit).map(str::to_owned).collect()
    }

    pub(super) fn at(&self, (space_id, sequence): (SpaceId, SpaceSequence)) -> Option<&Event> {
        let events = self.events(space_id);
        let index = events.binary_search_by_key(&sequence, |event| event.space_sequence).ok()?;
        events.get(index)
    }

    /// Returns a page of the later events that name an event as their cause.
    pub(super) fn effects(&self, cause: EventId, page: Page<EventId>) -> Vec<Event> {
        let (mut first, mut last) = (EventId(cause.0.saturating_add(1)), EventId(u64::MAX));
        match (page.direction, page.after) {
            (Direction::Forward, Some(after)) => first = first.max(EventId(after.0.saturating_add(1))),
            (Direction::Backward, Some(after)) => last = EventId(after.0.saturating_sub(1)),
            (_, None) => {}
        }
        if first > last {
            return Vec::new();
        }
        let listed = self.causes.range((cause, first)..=(cause, last));
        let event = |(_, effect): &(EventId, EventId)| self.at(*self.places.get(effect)?).cloned();
        match page.direction {
            Direction::Forward => listed.filter_map(event).take(page.limit).collect(),
            Direction::Backward => listed.rev().filter_map(event).take(page.limit).collect(),
        }
    }

    pub(super) fn create(
        &mut self,
        name: &str,
        metadata: Option<&SpaceMetadata>,
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
            revision: 0,
        };
        let (head, events, remembered) = (Head::default(), Vec::new(), BTreeMap::new());
        let entry = Entry { space: space.clone(), head, events, remembered, marked: None, redactions: 0 };
        self.spaces.insert(space.space_id, entry);
        space
    }

    pub(super) fn change_space(&mut self, space_id: SpaceId, change: &SpaceChange) -> Result<Space> {
        let space = &self.spaces.get(&space_id).ok_or_else(|| StoreError::unknown_space(space_id))?.space;
        let of_name = change.name.as_deref().and_then(|name| self.named(name));
        check_change(space, change, of_name.map(|entry| &entry.space))?;
        let (space_name, metadata) = change.applied(space);
        let changed = Space { space_name, metadata, revision: space.revision + 1, ..space.clone() };
        if let Some(entry) = self.spaces.get_mut(&space_id) {
            entry.space.clone_from(&changed);
        }
        Ok(changed)
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
        self.causes.extend(event.causation_id.map(|cause| (cause, event.event_id)));
        self.places.insert(event.event_id, (event.space_id, event.space_sequence));
        entry.events.push(event);
    }

    /// Returns the end of a space's log, if the space can be written to.
    pub(super) fn tail(&mut self, space_id: SpaceId, access: Access) -> Result<Tail> {
        let last_event_id = self.last_event_id;
        let entry = match access {
            Access::Open => self.open_entry(space_id)?,
            Access::Importing(token) => self.importing(space_id, token)?,
        };
        Ok(Tail { head: entry.head, last_event_id, revision: entry.space.revision })
    }

    fn open_entry(&mut self, space_id: SpaceId) -> Result<&mut Entry> {
        let entry = self.spaces.get_mut(&space_id).ok_or_else(|| StoreError::unknown_space(space_id))?;
        entry.space.check_open()?;
        Ok(entry)
    }

    pub(super) fn append(&mut self, space_id: SpaceId, access: Access, events: &[Event]) -> Result<()> {
        check_placed(&self.tail(space_id, access)?.head, events)?;
        check_events(events)?;
        for event in events {
            self.push(event.clone());
        }
        Ok(())
    }

    /// Replaces events by those without the erased fields.
    pub(super) fn redact(&mut self, space_id: SpaceId, redacted: &Redaction<'_>) -> Result<()> {
        check_events(redacted.events)?;
        let entry = self.spaces.get_mut(&space_id).ok_or_else(|| StoreError::unknown_space(space_id))?;
        check_known_as(&entry.space, redacted.known_as)?;
        let place = |event: &Event| {
            entry.events.binary_search_by_key(&event.space_sequence, |event| event.space_sequence)
        };
        let Ok(places) = redacted.events.iter().map(place).collect::<Result<Vec<usize>, usize>>() else {
            let detail = format!("an event to be redacted is not in space {space_id}");
            return Err(StoreError::Corrupt { detail }.into());
        };
        for (event, place) in redacted.events.iter().zip(places) {
            let bytes = |event: &Event| event.payload.as_str().len() as u64;
            let stored = &mut entry.events[place];
            entry.head.payload_bytes = entry.head.payload_bytes - bytes(stored) + bytes(event);
            stored.clone_from(event);
        }
        for key in redacted.keys {
            if let Some(remembered) = entry.remembered.get_mut(key) {
                remembered.request = RequestDigest::ERASED;
            }
        }
        entry.redactions = (entry.redactions | 1) + 1;
        self.subscriptions.forget_errors(space_id);
        Ok(())
    }

    /// Opens a space that was imported.
    pub(super) fn open(&mut self, space_id: SpaceId) {
        if let Some(entry) = self.spaces.get_mut(&space_id) {
            (entry.space.state, entry.marked) = (SpaceState::Open, None);
        }
        self.skip_history(space_id);
    }
}
