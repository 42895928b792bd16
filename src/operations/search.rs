//! Finding the events that match a query, a bounded number of events looked at per call.

use crate::error::Result;
use crate::event::{Event, EventId};
use crate::event_store::{Direction, EventStore, PAGE_BYTES, Page, SpaceRecord, is_last_page, total_bytes};
use crate::query::{Criteria, Interval};
use crate::timestamp::Timestamp;

use super::scope::{Position, Scope, by_sequence};

/// The most events read in one go.
const CHUNK: usize = 1000;

/// The most spaces whose times are looked up to search all of them.
const MOST_SPACES: usize = 1000;

/// The most of them that may have events as late as is asked for, so that it pays to find where they begin.
const MOST_LATE: usize = 100;

/// A search through a scope. What the query says of sequences, ids, times and an entity decides where is
/// looked; the rest is held against each event there.
///
/// Among all spaces an entity and sequences cannot be gone straight to, nor can the end of a time: there, times
/// do not rise with the ids where the clock was set back or a space was imported.
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
    /// Finds out where to look. In one space that reads some thirty events for each bound that is a time or an
    /// event id; among all, as many for each space with events as late as is asked for.
    ///
    /// # Errors
    /// Failures of the storage.
    pub fn new(events: &dyn EventStore, scope: Scope, criteria: Criteria) -> Result<Self> {
        let entity = criteria.entity().filter(|_| scope != Scope::All).map(str::to_owned);
        let within = match scope {
            Scope::Space(_) => within_space(events, scope, &criteria)?,
            Scope::All => within_all(events, &criteria)?,
        };
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
        while left > 0 && found.events.len() < limit && total_bytes(&found.events) < PAGE_BYTES {
            let Some((after, most)) = self.next(direction, found.reached) else {
                found.ended = true;
                break;
            };
            let size = chunk.min(left).min(usize::try_from(most).unwrap_or(usize::MAX));
            let read = self.read(events, Page { after, direction, limit: size })?;
            found.ended = is_last_page(&read, size);
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

/// The sequences that those that match have. Ids and times rise with them.
fn within_space(events: &dyn EventStore, scope: Scope, criteria: &Criteria) -> Result<Interval> {
    let mut within = criteria.sequences();
    let ids = criteria.ids();
    if ids.first > 0 {
        let first = scope.boundary(events, |event| event.event_id.0 >= ids.first)?;
        within.first = within.first.max(first.0);
    }
    if ids.last < u64::MAX {
        within.last = within.last.min(before(events, scope, |event| event.event_id.0 > ids.last)?);
    }
    if let Some(time) = criteria.after() {
        let first = scope.boundary(events, |event| event.timestamp >= time)?;
        within.first = within.first.max(first.0);
    }
    if let Some(time) = criteria.before() {
        within.last = within.last.min(before(events, scope, |event| event.timestamp >= time)?);
    }
    Ok(within)
}

/// The last place of which it does not hold yet; any, if it holds of none.
fn before(events: &dyn EventStore, scope: Scope, holds: impl Fn(&Event) -> bool) -> Result<u64> {
    let first = scope.first_where(events, holds)?;
    Ok(first.map_or(u64::MAX, |event| scope.position(&event).0.saturating_sub(1)))
}

/// The ids that those that match have.
fn within_all(events: &dyn EventStore, criteria: &Criteria) -> Result<Interval> {
    let mut within = criteria.ids();
    if let Some(time) = criteria.after()
        && let Some(first) = first_of_all(events, time)?
    {
        within.first = within.first.max(first.0);
    }
    Ok(within)
}

/// The first id that an event at or after a time has or, where there is no such event yet, can have; none where
/// there are too many spaces to tell. It holds where the ids do not rise with the times: the clock was set back,
/// or a space was imported with its times.
///
/// # Errors
/// Failures of the storage.
pub fn first_of_all(events: &dyn EventStore, time: Timestamp) -> Result<Option<EventId>> {
    // What comes from now on comes behind this.
    let mut first = events.last_event_id()?.next();
    let spaces = events.spaces(Page::forward(None, MOST_SPACES))?;
    let is_late = |record: &&SpaceRecord| record.head.last_timestamp.is_some_and(|last| last >= time);
    let late: Vec<&SpaceRecord> = spaces.iter().filter(is_late).collect();
    if spaces.len() == MOST_SPACES || late.len() > MOST_LATE {
        return Ok(None);
    }
    for record in late {
        let scope = Scope::Space(record.space.space_id);
        if let Some(event) = scope.first_where(events, |event| event.timestamp >= time)? {
            first = first.min(event.event_id);
        }
    }
    Ok(Some(first))
}
