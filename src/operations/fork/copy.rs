//! Copying the events of a space to its fork.

use uuid::Uuid;

use crate::content_store::{Store, ends};
use crate::error::Result;
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::{Access, WriteSet};
use crate::operations::new_space::id_at;
use crate::operations::replay::Chunk;
use crate::space::SpaceId;

use super::Source;

/// The events from which a second connection is worth it, which reads many pages once each.
const MANY: u64 = 5000;

/// The copying of a space's events, a chunk in each transaction.
pub(super) struct Copying<'a> {
    store: &'a Store,
    /// The same store, for reading the whole log once.
    log: Store,
    source: &'a Source,
    fork: SpaceId,
    token: Uuid,
    at: SpaceSequence,
    chunk: Chunk,
}

/// The cause of a copied event.
enum Cause {
    /// The copy of the event with this sequence.
    Copied(SpaceSequence),
    /// An event outside of the fork.
    Outside(EventId),
}

impl<'a> Copying<'a> {
    pub fn begin(store: &'a Store, source: &'a Source, fork: SpaceId, token: Uuid) -> Result<Self> {
        let log = if source.until.0 > MANY { store.reconnect_to_scan()? } else { store.clone() };
        Ok(Self { store, log, source, fork, token, at: SpaceSequence::START, chunk: Chunk::default() })
    }

    /// Returns the last event that was copied.
    pub fn at(&self) -> SpaceSequence {
        self.at
    }

    /// Copies the next events and returns the copies, or `None` after the last one.
    pub fn next(&mut self) -> Result<Option<Vec<Event>>> {
        if self.at >= self.source.until {
            return Ok(None);
        }
        let source = self.source.space.space_id;
        self.chunk = std::mem::take(&mut self.chunk).emptied();
        self.chunk.fill(self.log.events(), source, self.at, self.source.until)?;
        let Some(last) = self.chunk.last() else {
            // A delete that started meanwhile is no damage.
            self.source.check(self.store)?;
            return ends(source, self.at, self.source.until).map(|()| None);
        };
        let events = self.chunk.events();
        let causes = self.causes(events)?;
        let unit = self.store.begin(self.fork, Access::Importing(self.token))?;
        let copied = self.place(events, &causes, unit.tail().last_event_id)?;
        unit.commit(&WriteSet { events: &copied, ..WriteSet::default() })?;
        self.at = last;
        Ok(Some(copied))
    }

    /// Returns the causes of these events, after checking that the events are those that were appended.
    fn causes(&self, events: &[Event]) -> Result<Vec<Option<Cause>>> {
        let mut at = self.at;
        let mut causes = Vec::with_capacity(events.len());
        for event in events {
            self.source.check_event(self.store, at, event)?;
            at = event.space_sequence;
            causes.push(event.causation_id.map(|cause| self.cause(event, cause, events)).transpose()?);
        }
        Ok(causes)
    }

    fn cause(&self, event: &Event, cause: EventId, events: &[Event]) -> Result<Cause> {
        let among = events.binary_search_by_key(&cause, |event| event.event_id).ok();
        let sequence = match among.and_then(|index| events.get(index)) {
            Some(found) => Some(found.space_sequence),
            None => {
                let found = self.log.events().event(cause)?;
                found.filter(|found| found.space_id == event.space_id).map(|found| found.space_sequence)
            }
        };
        // An event that names a later one, or itself, has no copy of its cause yet.
        let sequence = sequence.filter(|sequence| *sequence < event.space_sequence);
        Ok(sequence.map_or(Cause::Outside(cause), Cause::Copied))
    }

    /// Returns the events as they will be stored.
    fn place(&self, events: &[Event], causes: &[Option<Cause>], last: EventId) -> Result<Vec<Event>> {
        let mut placed: Vec<Event> = Vec::with_capacity(events.len());
        let mut event_id = last;
        for (event, cause) in events.iter().zip(causes) {
            event_id = event_id.next();
            let causation_id = match cause {
                Some(Cause::Copied(sequence)) => Some(id_at(self.store, self.fork, *sequence, &placed)?),
                Some(Cause::Outside(event_id)) => Some(*event_id),
                None => None,
            };
            placed.push(Event { event_id, causation_id, space_id: self.fork, ..event.clone() });
        }
        Ok(placed)
    }
}
