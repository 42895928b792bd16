//! Whose events: one space's, or everybody's.

use crate::error::Result;
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::{EventStore, Page};
use crate::space::SpaceId;

/// Whose events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Scope {
    /// One space's, by sequence.
    Space(SpaceId),
    /// All spaces', by event id.
    #[default]
    All,
}

/// An event's place in a scope: its sequence within a space, its id in the global stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

impl Scope {
    /// An event's place in this scope.
    #[must_use]
    pub fn position(self, event: &Event) -> Position {
        match self {
            Self::Space(_) => Position(event.space_sequence.0),
            Self::All => Position(event.event_id.0),
        }
    }

    /// A page of its events.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn read(self, events: &dyn EventStore, page: Page<Position>) -> Result<Vec<Event>> {
        match self {
            Self::Space(space_id) => events.read_space(space_id, by_sequence(page)),
            Self::All => {
                let Page { after, direction, limit } = page;
                events.read_all(Page { after: after.map(|at| EventId(at.0)), direction, limit })
            }
        }
    }

    /// The first event for which `holds`. It has to hold of every event behind the first of which it holds.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn first_where(
        self,
        events: &dyn EventStore,
        holds: impl Fn(&Event) -> bool,
    ) -> Result<Option<Event>> {
        let behind = self.boundary(events, &holds)?;
        Ok(self.at_or_after(events, behind)?.filter(holds))
    }

    /// A place before which `holds` of no event, and from which on it holds of all there are, by halving:
    /// some thirty events are read of millions.
    pub(super) fn boundary(
        self,
        events: &dyn EventStore,
        holds: impl Fn(&Event) -> bool,
    ) -> Result<Position> {
        let last = self.read(events, Page::backward(None, 1))?;
        let Some(last) = last.first() else { return Ok(Position(1)) };
        // Of none up to `before` it holds; of what is first from `behind` on it does, if that is there.
        let (mut before, mut behind) = (0, self.position(last).0.saturating_add(1));
        while behind - before > 1 {
            let middle = before + (behind - before) / 2;
            match self.at_or_after(events, Position(middle))? {
                Some(event) if self.position(&event).0 < behind && !holds(&event) => {
                    before = self.position(&event).0;
                }
                _ => behind = middle,
            }
        }
        Ok(Position(behind))
    }

    fn at_or_after(self, events: &dyn EventStore, place: Position) -> Result<Option<Event>> {
        let page = Page::forward(place.0.checked_sub(1).map(Position), 1);
        Ok(self.read(events, page)?.into_iter().next())
    }
}

/// The page by sequence.
pub(super) fn by_sequence(page: Page<Position>) -> Page<SpaceSequence> {
    let Page { after, direction, limit } = page;
    Page { after: after.map(|at| SpaceSequence(at.0)), direction, limit }
}
