//! Finding the events that match a query, a bounded number of events looked at per call.

use crate::error::Result;
use crate::event::Event;
use crate::event_store::{Direction, EventStore, Page};
use crate::query::{Criteria, Interval};
use crate::timestamp::Timestamp;

use super::scope::{Position, Scope, by_sequence};

/// The most events read in one go.
const CHUNK: usize = 1000;

/// How far back times may go from one event to a later one among all spaces, where each space's never do:
/// an hour, in milliseconds, by which the clock may have been set back.
const DISORDER: i64 = 3_600_000;

/// A search through a scope. What the query says of sequences, ids, times and an entity decides where is
/// looked; the rest is held against each event there.
///
/// Among all spaces an entity and sequences cannot be gone straight to, and a clock that was set back by
/// more than an hour can hide events from `after` and `before`; within a space nothing is hidden.
#[derive(Debug, Clone)]
pub struct Search {
    scope: Scope,
    criteria: Criteria,
    entity: Option<String>,
    within: Interval,
}

/// What one call of a search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The events that match, in reading order.
    pub events: Vec<Event>,
    /// The last place that was looked at, from which to go on; where the page began if there was none.
    pub reached: Option<Position>,
    /// There is nothing more in this direction that could match.
    pub ended: bool,
    /// How many events were looked at.
    pub looked_at: u64,
}

impl Search {
    /// Finds out where to look. That reads some sixty events for each bound that is a time or, in one
    /// space, an event id.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn new(events: &dyn EventStore, scope: Scope, criteria: Criteria) -> Result<Self> {
        let entity = criteria.entity().filter(|_| scope != Scope::All).map(str::to_owned);
        let within = places(events, scope, &criteria)?.and(times(events, scope, &criteria)?);
        Ok(Self { scope, criteria, entity, within })
    }

    /// A page of the events that match, at most `budget` events looked at: where that is not enough, go on
    /// from where it reached.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn page(&self, events: &dyn EventStore, page: Page<Position>, budget: usize) -> Result<Found> {
        let Page { after, direction, limit } = page;
        let mut found = Found { events: Vec::new(), reached: after, ended: false, looked_at: 0 };
        let mut chunk = limit.min(CHUNK);
        let mut left = budget;
        while left > 0 && found.events.len() < limit {
            let Some((after, most)) = self.next(direction, found.reached) else {
                found.ended = true;
                break;
            };
            let size = chunk.min(left).min(usize::try_from(most).unwrap_or(usize::MAX));
            let read = self.read(events, Page { after, direction, limit: size })?;
            found.ended = read.len() < size;
            self.look_at(read, limit, &mut found);
            left -= size;
            chunk = (chunk * 2).min(CHUNK);
            if found.ended {
                break;
            }
        }
        Ok(found)
    }

    /// Whether nothing behind where a page begins can match, neither what is there nor what is still to come.
    #[must_use]
    pub fn is_over(&self, page: Page<Position>) -> bool {
        self.next(page.direction, page.after).is_none()
    }

    /// Keeps the events that match until there are `limit`.
    fn look_at(&self, read: Vec<Event>, limit: usize, found: &mut Found) {
        for event in read {
            if found.events.len() == limit {
                found.ended = false;
                return;
            }
            let position = self.scope.position(&event);
            if !self.within.contains(position.0) {
                found.ended = true;
                return;
            }
            found.looked_at += 1;
            found.reached = Some(position);
            if self.criteria.matches(&event) {
                found.events.push(event);
            }
        }
    }

    /// Behind which place to read on, and how many events there can be; none where there is nothing left
    /// to look at.
    fn next(&self, direction: Direction, reached: Option<Position>) -> Option<(Option<Position>, u64)> {
        let Interval { first, last } = self.within;
        match direction {
            Direction::Forward => {
                let after = reached.map_or(0, |at| at.0).max(first.saturating_sub(1));
                (after < last).then(|| (Some(Position(after)), last - after))
            }
            Direction::Backward => {
                let after = reached.map_or(u64::MAX, |at| at.0).min(last.saturating_add(1));
                let from = (after != u64::MAX).then_some(Position(after));
                (after > first.max(1)).then(|| (from, after - first))
            }
        }
    }

    fn read(&self, events: &dyn EventStore, page: Page<Position>) -> Result<Vec<Event>> {
        match (self.scope, &self.entity) {
            (Scope::Space(space_id), Some(entity)) => events.read_entity(space_id, entity, by_sequence(page)),
            _ => self.scope.read(events, page),
        }
    }
}

/// Where the sequences and ids lie that are asked for.
fn places(events: &dyn EventStore, scope: Scope, criteria: &Criteria) -> Result<Interval> {
    let ids = criteria.ids();
    if scope == Scope::All {
        return Ok(ids);
    }
    let first = if ids.first > 0 { behind(events, scope, |event| event.event_id.0 >= ids.first)? } else { 0 };
    let last = match ids.last {
        u64::MAX => u64::MAX,
        last => before(events, scope, |event| event.event_id.0 > last)?,
    };
    Ok(criteria.sequences().and(Interval { first, last }))
}

/// Where the times lie that are asked for.
fn times(events: &dyn EventStore, scope: Scope, criteria: &Criteria) -> Result<Interval> {
    let disorder = if scope == Scope::All { DISORDER } else { 0 };
    let first = match criteria.after() {
        Some(after) => {
            let sure = Timestamp(after.0.saturating_sub(disorder));
            behind(events, scope, |event| event.timestamp >= sure)?
        }
        None => 0,
    };
    let last = match criteria.before() {
        Some(end) => {
            let sure = Timestamp(end.0.saturating_add(disorder));
            before(events, scope, |event| event.timestamp >= sure)?
        }
        None => u64::MAX,
    };
    Ok(Interval { first, last })
}

/// A place before which it holds of none.
fn behind(events: &dyn EventStore, scope: Scope, holds: impl Fn(&Event) -> bool) -> Result<u64> {
    Ok(scope.boundary(events, holds)?.0)
}

/// The last place of which it does not hold yet; any, if it holds of none.
fn before(events: &dyn EventStore, scope: Scope, holds: impl Fn(&Event) -> bool) -> Result<u64> {
    Ok(scope.first_where(events, holds)?.map_or(u64::MAX, |place| place.0.saturating_sub(1)))
}
