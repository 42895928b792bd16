//! The causes and effects of an event.

mod read;
mod tree;

use std::collections::HashMap;

use crate::error::Result;
use crate::event::{Event, EventId};
use crate::event_store::EventStore;

pub use read::{TraceFound, TraceStep, read_trace};
pub use tree::{TraceTree, Unfollowed, leading_to_matches};

/// The most events that a step reads.
const CHUNK: usize = 1000;

/// An event in a tree of causes and effects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// The number of steps from the root, which has 0.
    pub depth: usize,
    /// The event.
    pub event: Event,
}

/// The tree of causes and effects around an event: its root and everything that follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The events, each before its effects, with the effects of one cause by rising id.
    pub events: Vec<Traced>,
    /// The cause of the root, if it has one that was not followed.
    pub cause: Option<EventId>,
    /// The reason why the cause of the root was not followed.
    pub unfollowed: Option<Unfollowed>,
    /// The ranges that were searched for effects because they are not in the index of causes: after the first event, up to
    /// the second. There are none, except in files of earlier formats that were not repaired since.
    pub ranges: Vec<(EventId, EventId)>,
    /// The number of events read to find effects: those searched, and those found through the index.
    pub searched: u64,
    /// True if all effects of the root are in the tree.
    pub whole: bool,
}

/// Follows an event's causes back to the root, reading one event per step, and then their effects in all spaces, reading
/// at most `look` events. Those of the event itself come first. Effects are found through the index of causes. In a file of
/// an earlier format, those that the index does not have ([`EventLog::effects_indexed_after`]) are searched for: among up to
/// `look` events after the root, and as many after the event itself, if the first ones do not reach it. Returns none if
/// the event does not exist. [`TraceTree`] does the same in steps.
///
/// [`EventLog::effects_indexed_after`]: crate::event_store::EventLog::effects_indexed_after
pub fn trace(events: &dyn EventStore, event_id: EventId, look: usize) -> Result<Option<Trace>> {
    let mut tree = TraceTree::of(event_id, look);
    let mut known: HashMap<EventId, Event> = HashMap::new();
    while let Some(step) = tree.next_step() {
        let found = read_trace(events, step)?;
        tree.add(&found);
        known.extend(found.events.into_iter().map(|event| (event.event_id, event)));
    }
    if !known.contains_key(&event_id) {
        return Ok(None);
    }
    let placed = tree.in_order().into_iter();
    let events = placed.filter_map(|(depth, id)| Some(Traced { depth, event: known.remove(&id)? }));
    let events = events.collect();
    let (cause, unfollowed) = tree.unfollowed().unzip();
    let (ranges, searched, whole) = (tree.ranges().to_vec(), tree.searched(), tree.is_whole());
    Ok(Some(Trace { events, cause, unfollowed, ranges, searched, whole }))
}
