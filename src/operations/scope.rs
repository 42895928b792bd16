//! The scope of a query: the events of one space, or of all.

use crate::error::Result;
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::{EventStore, Page};
use crate::space::SpaceId;

/// The events that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Scope {
    /// Those of one space, by sequence.
    Space(SpaceId),
    /// Those of all spaces, by event id.
    #[default]
    All,
}

/// An event's position in a scope: its sequence in a space, its id in the global stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

impl Scope {
    /// Returns an event's position in this scope.
    pub fn position(self, event: &Event) -> Position {
        match self {
            Self::Space(_) => Position(event.space_sequence.0),
            Self::All => Position(event.event_id.0),
        }
    }

    /// Returns a page of the events.
    pub fn read(self, events: &dyn EventStore, page: Page<Position>) -> Result<Vec<Event>> {
        match self {
            Self::Space(space_id) => events.read_space(space_id, by_sequence(page)),
            Self::All => {
                let Page { after, direction, limit } = page;
                events.read_all(Page { after: after.map(|at| EventId(at.0)), direction, limit })
            }
        }
    }

    /// Returns the first event for which `holds` is true. It must be true for all later events as well.
    pub fn first_where(
        self,
        events: &dyn EventStore,
        holds: impl Fn(&Event) -> bool,
    ) -> Result<Option<Event>> {
        let from = self.boundary(events, &holds)?;
        Ok(self.at_or_after(events, from)?.filter(holds))
    }

    /// Returns a position before which `holds` is false and from which on it is true, by binary search:
    /// among millions of events, some thirty are read.
    pub(super) fn boundary(
        self,
        events: &dyn EventStore,
        holds: impl Fn(&Event) -> bool,
    ) -> Result<Position> {
        let last = self.read(events, Page::backward(None, 1))?;
        let Some(last) = last.first() else { return Ok(Position(1)) };
        self.boundary_between(events, (0, self.position(last).0.saturating_add(1)), holds)
    }

    /// Returns that position, if `holds` is false for every position ≤ `before` and true for every position ≥ `from`.
    pub(super) fn boundary_between(
        self,
        events: &dyn EventStore,
        (mut before, mut from): (u64, u64),
        holds: impl Fn(&Event) -> bool,
    ) -> Result<Position> {
        // Both bounds keep that property.
        while from - before > 1 {
            let middle = before + (from - before) / 2;
            match self.at_or_after(events, Position(middle))? {
                Some(event) if self.position(&event).0 < from && !holds(&event) => {
                    before = self.position(&event).0;
                }
                _ => from = middle,
            }
        }
        Ok(Position(from))
    }

    fn at_or_after(self, events: &dyn EventStore, position: Position) -> Result<Option<Event>> {
        let page = Page::forward(position.0.checked_sub(1).map(Position), 1);
        Ok(self.read(events, page)?.into_iter().next())
    }
}

/// Converts a page to sequences.
pub(super) fn by_sequence(page: Page<Position>) -> Page<SpaceSequence> {
    let Page { after, direction, limit } = page;
    Page { after: after.map(|at| SpaceSequence(at.0)), direction, limit }
}
