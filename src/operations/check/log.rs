//! Checking one space's log, event by event, and its counters.

use std::collections::HashSet;

use serde_json::json;

use crate::clock::Timestamp;
use crate::content_store::Store;
use crate::error::{Error, Remedy, Result, StoreError};
use crate::event::{Event, EventId, SpaceSequence, metadata_fault};
use crate::event_store::{ChangedType, Page};
use crate::operations::{Difference, Handled};
use crate::space::{Head, SpaceId};

use super::damage::Damage;
use super::fault::Fault;
use super::findings::Found;

/// Events read at once.
pub(super) const READ: usize = 5000;
/// The most damaged events remembered.
const DAMAGED: usize = 10_000;

/// The state of a scan of a space's log.
pub(super) struct Scan {
    space_id: SpaceId,
    types: HashSet<String>,
    /// True if another program changed types, once an event shows that it may have done so.
    pub(super) changed_types: Option<bool>,
    last_event_id: EventId,
    /// The correct counters at this event.
    pub(super) head: Head,
    /// The sequence at which the counters stood at first, and the correct counters there.
    counted: SpaceSequence,
    at_counted: Option<Head>,
    unreadable: Option<(SpaceSequence, String)>,
    /// True as long as no event has a problem.
    pub(super) whole: bool,
    /// True as long as the time of each event is one that a calendar can show.
    pub(super) is_dated: bool,
    pub(super) damaged: HashSet<EventId>,
}

/// Called with each event, and with the number of sequences and the last event of each page.
type Steps<'a> = (&'a mut dyn FnMut(&Event), &'a mut dyn FnMut(u64, EventId) -> Result<()>);

/// Scans a space's log up to its current end.
pub(super) fn scan(
    store: &Store,
    space_id: SpaceId,
    head: &Head,
    found: &mut Found,
    known_types: &[String],
    (look, step): Steps<'_>,
) -> Result<Scan> {
    let events = store.events();
    let tail = events.read_space(space_id, Page::backward(None, 1));
    let tail = found.attempt("the log's end", Remedy::Restore, tail)?.and_then(|mut events| events.pop());
    let end = tail.map_or(SpaceSequence::START, |event| event.space_sequence).max(head.last_sequence);
    let mut scan = Scan::new(space_id, head.last_sequence);
    match events.event_types(space_id) {
        Err(_) if scan.has_changed_types(store, known_types, found)? => {}
        types => {
            let types = found.attempt("the event types", Remedy::Restore, types)?;
            scan.types = types.unwrap_or_default().into_iter().collect();
        }
    }
    let (mut cursor, mut skip) = (SpaceSequence::START, 1);
    while cursor < end {
        let before = cursor;
        let mut handled = Handled::default();
        let replayed = events.replay(space_id, cursor, READ, &mut |event| {
            cursor = event.space_sequence;
            if handled.add(event.payload.as_str().len()) {
                step(0, event.event_id)?;
            }
            look(event);
            let not_json = event.payload.fault_between(&mut || step(0, event.event_id))?;
            scan.look(store, event, (not_json, known_types), found)
        });
        match replayed {
            Ok(0) => break,
            Ok(_) => {}
            // There may be readable events after the unreadable ones.
            Err(Error::Store(StoreError::Corrupt { detail } | StoreError::Unreadable { detail })) => {
                skip = if cursor == before { skip * 2 } else { 1 };
                scan.unreadable.get_or_insert((cursor.next(), detail));
                cursor = SpaceSequence(cursor.0.saturating_add(skip));
            }
            Err(error) => return Err(error),
        }
        step(cursor.0.saturating_sub(before.0), scan.head.last_event_id)?;
    }
    scan.end_unreadable(end, found);
    Ok(scan)
}

impl Scan {
    fn new(space_id: SpaceId, counted: SpaceSequence) -> Self {
        let at_counted = (counted == SpaceSequence::START).then(Head::default);
        Self {
            space_id,
            types: HashSet::new(),
            changed_types: None,
            last_event_id: EventId::default(),
            head: Head::default(),
            counted,
            at_counted,
            unreadable: None,
            whole: true,
            is_dated: true,
            damaged: HashSet::new(),
        }
    }

    fn look(
        &mut self,
        store: &Store,
        event: &Event,
        (not_json, known_types): (Option<serde_json::Error>, &[String]),
        found: &mut Found,
    ) -> Result<()> {
        let before = self.head;
        self.is_dated &= event.timestamp.has_date();
        if self.unreadable.is_some() {
            self.end_unreadable(SpaceSequence(event.space_sequence.0 - 1), found);
        } else if event.space_sequence != before.last_sequence.next() {
            self.whole = false;
            let (after, next) = (before.last_sequence, event.space_sequence);
            found.add_fault(Fault::Differs(Difference::Gap { after, next }));
        }
        let is_of_type = event.intact && self.knows_type(store, event)?;
        let is_restored = !is_of_type && self.is_of_changed_type(store, event, known_types, found)?;
        let mut reasons = self.faults_of(store, event, not_json, &before);
        if !is_of_type && !is_restored {
            reasons.splice(0..0, self.damage_of(store, event)?);
        }
        if is_restored || !reasons.is_empty() {
            self.whole = false;
            if self.damaged.len() < DAMAGED {
                self.damaged.insert(event.event_id);
            }
        }
        if !reasons.is_empty() {
            let reason = reasons.join("; ");
            let (event_id, space_sequence) = (event.event_id, event.space_sequence);
            let fault = Damage::Event { event_id, space_sequence, reason };
            match store.location().filter(|_| store.is_original() && event.intact) {
                // An import corrects times, the order of ids, and texts.
                Some(files) => {
                    let by = Remedy::ImportOriginal { path: files.database.clone() };
                    found.add_with(Fault::Damaged(fault), by);
                }
                None => found.add(fault),
            }
        }
        self.head = Head {
            last_sequence: event.space_sequence,
            last_event_id: event.event_id,
            last_timestamp: Some(event.timestamp),
            payload_bytes: before.payload_bytes + event.payload.as_str().len() as u64,
        };
        if event.space_sequence == self.counted {
            self.at_counted = Some(self.head);
        }
        Ok(())
    }

    /// Returns true if an event matches its checksum with the name that its type had before another program changed it.
    fn is_of_changed_type(
        &mut self,
        store: &Store,
        event: &Event,
        known_types: &[String],
        found: &mut Found,
    ) -> Result<bool> {
        if event.unreadable().is_some() || !self.has_changed_types(store, known_types, found)? {
            return Ok(false);
        }
        let names = found.types.get(&self.space_id).map(Vec::as_slice).unwrap_or_default();
        store.events().is_intact_as(event, names)
    }

    /// Returns true if another program changed types of the space and a repair restores them, and reports that once.
    fn has_changed_types(
        &mut self,
        store: &Store,
        known_types: &[String],
        found: &mut Found,
    ) -> Result<bool> {
        if let Some(has_some) = self.changed_types {
            return Ok(has_some);
        }
        let changed = store.events().changed_types(self.space_id, known_types)?;
        let has_some = *self.changed_types.insert(!changed.is_empty());
        for ChangedType { type_id, stored, expected } in changed {
            found.types.entry(self.space_id).or_default().push(expected.clone());
            found.add(Damage::EventType { type_id, stored, expected });
        }
        Ok(has_some)
    }

    /// Returns the reasons why the checksum or the type of an event is wrong.
    fn damage_of(&mut self, store: &Store, event: &Event) -> Result<Vec<String>> {
        let mut reasons = Vec::new();
        if !self.knows_type(store, event)? {
            reasons.push(format!("has the type {}, which the space does not have", event.event_type));
        }
        if let Some(reason) = event.unreadable() {
            reasons.push(format!("has a payload that cannot be read: {reason}"));
        } else if !event.intact {
            reasons.push("does not match its checksum".to_owned());
        }
        Ok(reasons)
    }

    /// Returns the other problems of an event.
    fn faults_of(
        &mut self,
        store: &Store,
        event: &Event,
        not_json: Option<serde_json::Error>,
        before: &Head,
    ) -> Vec<String> {
        let mut reasons = Vec::new();
        if let Some(error) = not_json {
            reasons.push(format!("has a payload that is not JSON: {error}"));
        }
        if let Some(error) = event.metadata.as_ref().and_then(metadata_fault) {
            reasons.push(format!("has metadata that is not a JSON object: {error}"));
        }
        if event.event_id <= before.last_event_id {
            reasons
                .push(format!("has an id that is not above the previous event's, {}", before.last_event_id));
        }
        if !self.is_given(store, event.event_id) {
            reasons.push(format!("has an id above the last one assigned, {}", self.last_event_id));
        }
        if before.last_timestamp.is_some_and(|last: Timestamp| event.timestamp < last) {
            reasons.push("has an earlier time than the previous event".to_owned());
        }
        // The checksum is the same as for an event without a cause.
        if event.causation_id == Some(EventId::default()) {
            reasons.push("names an impossible cause".to_owned());
        }
        reasons
    }

    /// Returns true if the store has assigned this id.
    fn is_given(&mut self, store: &Store, event_id: EventId) -> bool {
        if event_id > self.last_event_id {
            // It may have been assigned since.
            self.last_event_id = store.events().last_event_id().unwrap_or(EventId(u64::MAX));
        }
        event_id <= self.last_event_id
    }

    fn knows_type(&mut self, store: &Store, event: &Event) -> Result<bool> {
        if self.types.contains(&*event.event_type) {
            return Ok(true);
        }
        // The type may be new.
        if let Ok(types) = store.events().event_types(self.space_id) {
            self.types = types.into_iter().collect();
        }
        Ok(self.types.contains(&*event.event_type))
    }

    fn end_unreadable(&mut self, to: SpaceSequence, found: &mut Found) {
        if let Some((from, detail)) = self.unreadable.take() {
            self.whole = false;
            found.add(Damage::UnreadableEvents { from, to: to.max(from), detail });
        }
    }

    /// Compares the counters from before and after the scan with the scanned events.
    pub(super) fn compare(&mut self, before: &Head, now: &Head, found: &mut Found) {
        let end = self.head.last_sequence;
        if before.last_sequence > end {
            match Difference::of_counter(before, &self.head) {
                lost @ Difference::LostEvents { .. } if self.whole => {
                    self.whole = false;
                    found.add_fault(Fault::Differs(lost));
                }
                Difference::LogCount { .. } => {
                    found.add(counter("last_sequence", json!(end), json!(before.last_sequence)));
                }
                _ => {}
            }
            return;
        }
        if now.last_sequence < end {
            found.add(counter("last_sequence", json!(end), json!(now.last_sequence)));
            return;
        }
        let Some(expected) = self.at_counted.filter(|_| self.whole) else { return };
        for (name, expected, stored) in [
            ("last_event_id", json!(expected.last_event_id), json!(before.last_event_id)),
            ("last_timestamp", json!(expected.last_timestamp), json!(before.last_timestamp)),
            ("payload_bytes", json!(expected.payload_bytes), json!(before.payload_bytes)),
        ] {
            if expected != stored {
                found.add(counter(name, expected, stored));
            }
        }
    }
}

fn counter(counter: &'static str, expected: serde_json::Value, stored: serde_json::Value) -> Damage {
    Damage::Counter { counter, expected, stored }
}
