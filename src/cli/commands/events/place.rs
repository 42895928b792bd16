//! The place up to which events were followed.

use crate::content_store::Store;
use crate::error::{Result, StoreError};
use crate::event::{Event, EventId};
use crate::event_store::{AFTER_THE_END, Cursor, Page};
use crate::id::{SpaceId, SpaceSequence};
use crate::operations::{Pause, Position, Scope, Search};
use crate::space::SpaceState;
use crate::timestamp::Timestamp;

use super::follow::After;
use super::list::BUDGET;
use crate::cli::exit::Failure;

const PAGE: usize = 500;

/// The place up to which events were followed, and the last event before it, as far as it is known.
pub(super) struct Place {
    at: At,
    last: Option<Mark>,
}

enum At {
    InSpace(SpaceId, Position),
    /// In the stream of all spaces, whose order is that of the commits, with the id of the last event.
    InStream(Cursor, EventId),
}

impl Place {
    /// Returns the place from which to follow: the given one, or the end.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] if it lies after the end.
    pub(super) fn of(store: &Store, scope: Scope, after: Option<&After>) -> Result<Self, Failure> {
        let events = store.events();
        let cursor = match (scope, after) {
            (Scope::Space(space_id), None | Some(After::Position(_))) => {
                let record = events.space(space_id)?;
                let end = record.as_ref().map_or(0, |record| record.head.last_sequence.0);
                let Some(After::Position(sequence)) = after else {
                    return Self::in_space(store, space_id, end);
                };
                // Without its counters, the end of a space is unknown.
                if *sequence > end && record.is_none_or(|record| record.fault.is_none()) {
                    return Err(crate::Error::from(lost(AFTER_THE_END.to_owned())).into());
                }
                return Self::in_space(store, space_id, *sequence);
            }
            (Scope::Space(_), Some(After::Cursor(_))) => {
                let hint = "follow --all-spaces, or name a sequence of the space";
                return Err(Failure::usage(
                    "usage",
                    "a cursor is a position in the events of all spaces",
                    hint,
                ));
            }
            (Scope::All, Some(After::Position(event_id))) => events.after(EventId(*event_id))?,
            (Scope::All, Some(After::Cursor(cursor))) => cursor.clone(),
            (Scope::All, None) => events.end()?,
        };
        let last = events.before(&cursor)?;
        let mark = events.event(last)?.as_ref().map(Mark::of);
        Ok(Self { at: At::InStream(cursor, last), last: mark })
    }

    fn in_space(store: &Store, space_id: SpaceId, sequence: u64) -> Result<Self, Failure> {
        let last = event_at(store, space_id, SpaceSequence(sequence))?;
        Ok(Self { at: At::InSpace(space_id, Position(sequence)), last: last.as_ref().map(Mark::of) })
    }

    /// Returns the sequence or the id of the last event.
    pub(super) fn position(&self) -> Position {
        match &self.at {
            At::InSpace(_, position) => *position,
            At::InStream(_, last) => Position(last.0),
        }
    }

    /// Returns up to `limit` matches after the place, and true if there were no further events.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] if the event before the place is another one now, so that some were missed.
    pub(super) fn read(
        &mut self,
        store: &Store,
        search: &Search,
        limit: usize,
        pause: &mut Pause<'_, Failure>,
    ) -> Result<(Vec<Event>, bool), Failure> {
        let (at, last, matches, is_idle) = match &self.at {
            At::InSpace(space_id, after) => {
                let page = Page::forward(Some(*after), limit.min(PAGE));
                let found = search.page(store.events(), page, BUDGET, pause)?;
                let reached = found.reached.unwrap_or(*after);
                let last = match found.events.last() {
                    _ if reached == *after => None,
                    Some(event) if event.space_sequence.0 == reached.0 => Some(Mark::of(event)),
                    _ => event_at(store, *space_id, SpaceSequence(reached.0))?.as_ref().map(Mark::of),
                };
                (At::InSpace(*space_id, reached), last, found.events, found.searched == 0)
            }
            At::InStream(cursor, before) => {
                let (events, end) = store.events().read_after(cursor, PAGE)?;
                let (is_idle, last) = (events.is_empty(), events.last().map(Mark::of));
                let mut matches = Vec::new();
                for event in events {
                    if matches.len() < limit && search.is_match(&event, pause)? {
                        matches.push(event);
                    }
                }
                let before = last.as_ref().map_or(*before, |last| last.event_id);
                (At::InStream(end, before), last, matches, is_idle)
            }
        };
        // After the read, because the server may have been replaced before it.
        if let Some(last) = &self.last {
            last.check(store)?;
        }
        (self.at, self.last) = (at, last.or(self.last.take()));
        Ok((matches, is_idle))
    }
}

/// An event that was read. A store that took the place of another one may have another event there.
#[derive(PartialEq, Eq)]
struct Mark {
    space_id: SpaceId,
    sequence: SpaceSequence,
    event_id: EventId,
    timestamp: Timestamp,
}

impl Mark {
    fn of(event: &Event) -> Self {
        let Event { space_id, space_sequence: sequence, event_id, timestamp, .. } = *event;
        Self { space_id, sequence, event_id, timestamp }
    }

    /// Checks that the event is still there, unless its space is deleted.
    fn check(&self, store: &Store) -> Result<()> {
        let found = event_at(store, self.space_id, self.sequence)?;
        if found.as_ref().map(Self::of).as_ref() == Some(self) {
            return Ok(());
        }
        let space = store.events().space(self.space_id)?;
        if space.is_none_or(|record| record.space.state != SpaceState::Open) {
            return Ok(());
        }
        let what = if found.is_some() { "is another one now" } else { "is gone" };
        let Self { sequence, space_id, .. } = self;
        let reason =
            format!("event {sequence} of the space {space_id} {what}; an older copy may have been restored");
        Err(lost(reason).into())
    }
}

fn event_at(store: &Store, space_id: SpaceId, sequence: SpaceSequence) -> Result<Option<Event>> {
    let Some(before) = sequence.0.checked_sub(1) else { return Ok(None) };
    let page = Page::forward(Some(SpaceSequence(before)), 1);
    Ok(store.events().read_space(space_id, page)?.pop().filter(|event| event.space_sequence == sequence))
}

fn lost(reason: String) -> StoreError {
    StoreError::InvalidCursor { reason }
}
