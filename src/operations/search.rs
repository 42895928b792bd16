//! Finding the events that match a query, examining a bounded number of events per call.

use crate::content_store::CurrentForms;
use crate::error::{Error, Result};
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::{
    Direction, EventStore, PAGE_BYTES, Page, SpaceFault, SpaceRecord, is_last_page, total_bytes,
};
use crate::query::{Criteria, Interval};
use crate::space::SpaceId;
use crate::timestamp::Timestamp;

use super::Pause;
use super::scope::{Position, Scope, by_sequence};

/// The most events read at once.
const CHUNK: usize = 1000;

/// The most entities whose events are read one by one, rather than all events of their space.
const MOST_ENTITIES: usize = 16;

/// The most spaces whose times are looked up for a search through all of them.
const MOST_SPACES: usize = 1000;

/// The most spaces with late enough events for which it is worth finding where these start.
const MOST_LATE: usize = 100;

/// A search through a scope. Conditions on sequences, ids, times and entities determine the range to read;
/// the others are tested on each event.
///
/// Across all spaces there is no index for entities, sequences or the end of a time range: times do not rise
/// with ids if the clock was set back or a space was imported.
#[derive(Clone)]
pub struct Search {
    scope: Scope,
    criteria: Criteria,
    /// The entities that all matches belong to; empty to read all events.
    entities: Vec<String>,
    within: Interval,
    forms: Option<CurrentForms>,
}

/// The result of one call of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The events that match, in reading order.
    pub events: Vec<Event>,
    /// The last position examined, from which to continue; where the page starts if there was none.
    pub reached: Option<Position>,
    /// True if nothing more in this direction can match.
    pub ended: bool,
    /// The number of events examined.
    pub searched: u64,
}

/// Returns true if an event meets all conditions in its stored or its current form. One that cannot be upcast is known by its
/// stored form only.
///
/// # Errors
/// The error of `pause`.
pub fn is_event_match<E>(
    criteria: &Criteria,
    forms: &CurrentForms,
    event: &Event,
    pause: &mut Pause<'_, E>,
) -> Result<bool, E> {
    let current = if criteria.is_empty() { None } else { forms.of(event).and_then(Result::ok) };
    criteria.matches_between(event, current.as_ref().unwrap_or(event), pause)
}

impl Search {
    /// Determines the range to read. In one space this reads some thirty events for each bound that is a
    /// time or an event id; across all spaces, as many for each space with late enough events.
    pub fn new(events: &dyn EventStore, scope: Scope, criteria: Criteria) -> Result<Self> {
        let named = criteria.entities().filter(|named| scope != Scope::All && named.len() <= MOST_ENTITIES);
        let entities = named.into_iter().flatten().map(str::to_owned).collect();
        let within = match scope {
            Scope::Space(_) => within_space(events, scope, &criteria)?,
            Scope::All => within_all(events, &criteria)?,
        };
        Ok(Self { scope, criteria, entities, within, forms: None })
    }

    /// Matches types and payloads in their current form too.
    pub fn in_forms(self, forms: &CurrentForms) -> Self {
        let forms = (!forms.is_empty() && !self.criteria.is_empty()).then(|| forms.clone());
        Self { forms, ..self }
    }

    /// Reads only events within these positions.
    pub fn between(self, bounds: Interval) -> Self {
        Self { within: self.within.and(bounds), ..self }
    }

    /// Returns true if an event matches.
    ///
    /// # Errors
    /// The error of `pause`.
    pub fn is_match<E>(&self, event: &Event, pause: &mut Pause<'_, E>) -> Result<bool, E> {
        match &self.forms {
            Some(forms) => is_event_match(&self.criteria, forms, event, pause),
            None => self.criteria.matches_between(event, event, pause),
        }
    }

    /// Returns a page of matching events, examining at most `budget` events. If that is not enough,
    /// continue from `reached`.
    ///
    /// # Errors
    /// Those of the store; the error of `pause`.
    pub fn page<E: From<Error>>(
        &self,
        events: &dyn EventStore,
        page: Page<Position>,
        budget: usize,
        pause: &mut Pause<'_, E>,
    ) -> Result<Found, E> {
        let Page { after, direction, limit } = page;
        let mut found = Found { events: Vec::new(), reached: after, ended: false, searched: 0 };
        let mut chunk = limit.min(CHUNK);
        let mut left = budget;
        while left > 0 && found.events.len() < limit && total_bytes(&found.events) < PAGE_BYTES {
            let Some((after, most)) = self.next(direction, found.reached) else {
                found.ended = true;
                break;
            };
            let size = chunk.min(left).min(usize::try_from(most).unwrap_or(usize::MAX));
            let (read, ended) = self.read(events, Page { after, direction, limit: size })?;
            found.ended = ended;
            self.look_at(read, limit, &mut found, pause)?;
            left -= size;
            chunk = (chunk * 2).min(CHUNK);
            if found.ended {
                break;
            }
        }
        Ok(found)
    }

    /// Returns true if no present or future event after the start of the page can match.
    pub fn is_over(&self, page: Page<Position>) -> bool {
        self.next(page.direction, page.after).is_none()
    }

    /// Keeps matching events until there are `limit`.
    fn look_at<E>(
        &self,
        read: Vec<Event>,
        limit: usize,
        found: &mut Found,
        pause: &mut Pause<'_, E>,
    ) -> Result<(), E> {
        for event in read {
            if found.events.len() == limit {
                found.ended = false;
                return Ok(());
            }
            let position = self.scope.position(&event);
            if !self.within.contains(position.0) {
                found.ended = true;
                return Ok(());
            }
            found.searched += 1;
            found.reached = Some(position);
            if self.is_match(&event, pause)? {
                found.events.push(event);
            }
        }
        Ok(())
    }

    /// Returns the position after which to continue and the maximum number of events there; none at the end.
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

    /// Returns a page of the events to test, and true if no more follow.
    fn read(&self, events: &dyn EventStore, page: Page<Position>) -> Result<(Vec<Event>, bool)> {
        let limit = page.limit;
        let read = match (self.scope, self.entities.as_slice()) {
            (Scope::Space(space_id), [entity]) => events.read_entity(space_id, entity, by_sequence(page))?,
            (Scope::Space(space_id), entities @ [_, ..]) => {
                return read_entities(events, space_id, entities, by_sequence(page));
            }
            _ => self.scope.read(events, page)?,
        };
        let ended = is_last_page(&read, limit);
        Ok((read, ended))
    }
}

/// Returns a page of the events of several entities, and true if no more follow.
fn read_entities(
    events: &dyn EventStore,
    space_id: SpaceId,
    entities: &[String],
    page: Page<SpaceSequence>,
) -> Result<(Vec<Event>, bool)> {
    let Page { direction, limit, .. } = page;
    // Rises in reading order.
    let place = |event: &Event| match direction {
        Direction::Forward => event.space_sequence.0,
        Direction::Backward => u64::MAX - event.space_sequence.0,
    };
    let (mut merged, mut known) = (Vec::new(), u64::MAX);
    for entity in entities {
        let read = events.read_entity(space_id, entity, page)?;
        if let Some(last) = read.last().filter(|_| !is_last_page(&read, limit)) {
            known = known.min(place(last));
        }
        merged.extend(read);
    }
    merged.sort_by_key(place);
    // Behind the first page that ended early, events of its entity may be missing.
    merged.retain(|event| place(event) <= known);
    let ended = known == u64::MAX && merged.len() <= limit;
    merged.truncate(limit);
    Ok((merged, ended))
}

/// Returns the sequences that can match. Ids and times rise with them.
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

/// Returns the last position for which `holds` is false; the maximum if it is always false.
fn before(events: &dyn EventStore, scope: Scope, holds: impl Fn(&Event) -> bool) -> Result<u64> {
    let first = scope.first_where(events, holds)?;
    Ok(first.map_or(u64::MAX, |event| scope.position(&event).0.saturating_sub(1)))
}

/// Returns the ids that can match.
fn within_all(events: &dyn EventStore, criteria: &Criteria) -> Result<Interval> {
    let mut within = criteria.ids();
    if let Some(time) = criteria.after()
        && let Some(first) = first_of_all(events, time)?
    {
        within.first = within.first.max(first.0);
    }
    Ok(within)
}

/// Returns the first id that an event at or after `time` has or could get; none if there are too many spaces to
/// tell. The result is right even if ids do not rise with times, because the clock was set back or a space was
/// imported.
pub fn first_of_all(events: &dyn EventStore, time: Timestamp) -> Result<Option<EventId>> {
    // Future events get higher ids than this.
    let mut first = events.last_event_id()?.next();
    let spaces = events.spaces(Page::forward(None, MOST_SPACES))?;
    // The times of their events are not known.
    let is_damaged = |record: &SpaceRecord| record.fault.as_ref().is_some_and(SpaceFault::prevents_use);
    if spaces.iter().any(is_damaged) || !events.unlisted_spaces(1)?.is_empty() {
        return Ok(None);
    }
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
