//! The steps of a trace, each of which reads a bounded number of events.

use std::collections::VecDeque;

use crate::error::Result;
use crate::event::{Event, EventId};
use crate::event_store::{EventStore, PAGE_BYTES, Page, is_last_page, total_bytes};

use super::CHUNK;

/// A step of a trace: events to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceStep {
    /// Reads an event and its causes, back to the first.
    Causes {
        /// The event.
        of: EventId,
        /// The event whose cause it is.
        effect: Option<EventId>,
        /// The most events to read.
        most: usize,
    },
    /// Searches for effects that are not in the index of causes.
    Search {
        /// The event after which it begins.
        after: EventId,
        /// The last event that is not in the index.
        end: EventId,
        /// The most events to read.
        most: usize,
    },
    /// Reads the effects of events, and the effects of those.
    Effects {
        /// The events whose effects are still to be read.
        waiting: VecDeque<Waiting>,
        /// The most events to find.
        most: usize,
        /// True if the trace ends after that many.
        is_last: bool,
    },
}

/// An event whose effects are still to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The event.
    pub(super) cause: EventId,
    /// The last effect that was read.
    pub(super) after: EventId,
    /// An effect that is in the tree already: the path to the event that is traced goes through it.
    pub(super) known: Option<EventId>,
}

/// The result of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceFound<E = Event> {
    /// The events found.
    pub events: Vec<E>,
    pub(super) reached: Reached,
}

/// The place up to which a step has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reached {
    /// Causes: the next one, if it was not followed, and the last event that is not in the index of causes.
    Causes { next: Option<(EventId, NextCause)>, indexed_after: EventId },
    /// A search: the last event, and the number of events read.
    Search { to: EventId, searched: usize },
    /// Effects: the events that still wait, and true if at least one effect is missing.
    Effects { waiting: VecDeque<Waiting>, is_cut: bool },
}

/// The reason why the next cause was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextCause {
    /// Enough was read.
    Unread,
    /// It does not exist.
    Missing,
    /// It does not precede its effect.
    Later,
}

impl<E> TraceFound<E> {
    /// Returns the same result with the events in another form.
    ///
    /// # Errors
    /// The error of `replace`.
    pub fn replace<F>(self, replace: impl FnOnce(Vec<E>) -> Result<Vec<F>>) -> Result<TraceFound<F>> {
        Ok(TraceFound { events: replace(self.events)?, reached: self.reached })
    }
}

/// Takes a step of a trace.
///
/// # Errors
/// Read failures of the store.
pub fn read_trace(events: &dyn EventStore, step: TraceStep) -> Result<TraceFound> {
    match step {
        TraceStep::Causes { of, effect, most } => causes(events, of, effect, most),
        TraceStep::Search { after, end, most } => search(events, (after, end), most),
        TraceStep::Effects { waiting, most, is_last } => effects(events, waiting, (most, is_last)),
    }
}

fn causes(events: &dyn EventStore, of: EventId, effect: Option<EventId>, most: usize) -> Result<TraceFound> {
    let indexed_after = events.effects_indexed_after()?.min(events.last_event_id()?);
    let (mut found, mut bytes) = (Vec::new(), 0);
    let (mut next, mut before) = (Some(of), effect);
    while let Some(id) = next {
        let stopped = |why| Reached::Causes { next: Some((id, why)), indexed_after };
        if found.len() >= most || bytes >= PAGE_BYTES {
            return Ok(TraceFound { events: found, reached: stopped(NextCause::Unread) });
        }
        // A cause precedes its effect; anything else is damage and could be a cycle.
        if before.is_some_and(|effect| id >= effect) && events.event(id)?.is_some() {
            return Ok(TraceFound { events: found, reached: stopped(NextCause::Later) });
        }
        let Some(event) = events.event(id)? else {
            return Ok(TraceFound { events: found, reached: stopped(NextCause::Missing) });
        };
        (next, before) = (event.causation_id, Some(id));
        bytes += total_bytes(std::slice::from_ref(&event));
        found.push(event);
    }
    Ok(TraceFound { events: found, reached: Reached::Causes { next: None, indexed_after } })
}

fn search(events: &dyn EventStore, (after, end): (EventId, EventId), most: usize) -> Result<TraceFound> {
    let limit = most.min(CHUNK);
    let mut page = events.read_all(Page::forward(Some(after), limit))?;
    let is_last = is_last_page(&page, limit) || page.last().is_some_and(|event| event.event_id >= end);
    let to = if is_last { end } else { page.last().map_or(end, |event| event.event_id) };
    page.retain(|event| event.event_id <= end);
    let searched = page.len();
    page.retain(|event| event.causation_id.is_some());
    Ok(TraceFound { events: page, reached: Reached::Search { to, searched } })
}

fn effects(
    events: &dyn EventStore,
    mut waiting: VecDeque<Waiting>,
    (most, is_last): (usize, bool),
) -> Result<TraceFound> {
    let (mut found, mut bytes, mut reads) = (Vec::new(), 0, 0);
    while let Some(mut at) = waiting.pop_front() {
        if (found.len() >= most && !is_last) || bytes >= PAGE_BYTES || reads >= CHUNK {
            waiting.push_front(at);
            break;
        }
        // One more than may be found, to see whether there is one.
        let limit = CHUNK.min(most - found.len().min(most) + 1);
        let page = events.effects_of(at.cause, Page::forward(Some(at.after), limit))?;
        let is_over = is_last_page(&page, limit);
        (reads, bytes) = (reads + 1, bytes + total_bytes(&page));
        for event in page {
            if at.known == Some(event.event_id) {
                at.after = event.event_id;
                continue;
            }
            if found.len() >= most {
                waiting.push_front(at);
                return Ok(TraceFound {
                    events: found,
                    reached: Reached::Effects { waiting, is_cut: is_last },
                });
            }
            at.after = event.event_id;
            waiting.push_back(Waiting { cause: event.event_id, after: event.event_id, known: None });
            found.push(event);
        }
        if !is_over {
            waiting.push_front(at);
        }
    }
    Ok(TraceFound { events: found, reached: Reached::Effects { waiting, is_cut: false } })
}
