//! The causes and effects of an event.

use std::collections::{BTreeSet, HashMap};

use crate::error::Result;
use crate::event::{Event, EventId};
use crate::event_store::{EventStore, Page, is_last_page};

/// The most events read at once.
const CHUNK: usize = 1000;

/// The most causes followed.
const MOST_CAUSES: usize = 10_000;

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
    /// The cause of the root, if it has one that was not followed: its space was deleted, or it is more
    /// than 10,000 causes back.
    pub cause: Option<EventId>,
    /// The ranges searched for effects: after the first event, up to the second.
    pub ranges: Vec<(EventId, EventId)>,
    /// The number of events examined.
    pub searched: u64,
    /// True if all events after the root were examined.
    pub whole: bool,
}

/// Follows an event's causes back to the root, reading one event per step, and then searches the events of all
/// spaces after the root for effects, at most `look` of them, because no index leads from a cause to its
/// effects. If that does not reach the event itself, as many are searched after it. Returns none if the event
/// does not exist.
pub fn trace(events: &dyn EventStore, event_id: EventId, look: usize) -> Result<Option<Trace>> {
    let Some(asked) = events.event(event_id)? else { return Ok(None) };
    let mut tree = Tree::default();
    let mut root = asked.event_id;
    let cause = go_back(events, asked, |event| {
        root = event.event_id;
        tree.insert(event);
    })?;
    let mut trace = Trace { events: Vec::new(), cause, ranges: Vec::new(), searched: 0, whole: false };
    for from in [root, event_id] {
        if trace.ranges.last().is_some_and(|(_, to)| trace.whole || from <= *to) {
            continue;
        }
        let (to, searched) = visit_after(events, from, look, |event| tree.insert_effect(event))?;
        trace.ranges.push((from, to));
        trace.searched += searched as u64;
        trace.whole = from == root && (searched < look || to >= events.last_event_id()?);
    }
    trace.events = tree.in_order(root);
    Ok(Some(trace))
}

/// Passes an event and its causes to `show`, back to the first. Returns the next cause if there is another.
fn go_back(events: &dyn EventStore, asked: Event, mut show: impl FnMut(Event)) -> Result<Option<EventId>> {
    let mut event = asked;
    for _ in 0..MOST_CAUSES {
        let cause = match event.causation_id {
            // A cause precedes its effect; anything else is damage and could be a cycle.
            Some(cause) => events.event(cause)?.filter(|cause| cause.event_id < event.event_id),
            None => None,
        };
        let named = event.causation_id;
        show(event);
        match cause {
            Some(cause) => event = cause,
            None => return Ok(named),
        }
    }
    Ok(Some(event.event_id))
}

/// Passes up to `look` events of all spaces after `from` to `show`. Returns the last id and the count.
fn visit_after(
    events: &dyn EventStore,
    from: EventId,
    look: usize,
    mut show: impl FnMut(Event),
) -> Result<(EventId, usize)> {
    let (mut to, mut searched) = (from, 0);
    while searched < look {
        let limit = (look - searched).min(CHUNK);
        let page = events.read_all(Page::forward(Some(to), limit))?;
        let ended = is_last_page(&page, limit);
        searched += page.len();
        to = page.last().map_or(to, |event| event.event_id);
        page.into_iter().for_each(&mut show);
        if ended {
            break;
        }
    }
    Ok((to, searched))
}

/// Events by id, with the effects of each.
#[derive(Default)]
struct Tree {
    events: HashMap<EventId, Event>,
    effects: HashMap<EventId, BTreeSet<EventId>>,
}

impl Tree {
    fn insert(&mut self, event: Event) {
        if let Some(cause) = event.causation_id {
            self.effects.entry(cause).or_default().insert(event.event_id);
        }
        self.events.insert(event.event_id, event);
    }

    /// Adds an event if its cause is in the tree. Events come by rising id, so a cause comes before its
    /// effects.
    fn insert_effect(&mut self, event: Event) {
        if event.causation_id.is_some_and(|cause| self.events.contains_key(&cause)) {
            self.insert(event);
        }
    }

    fn in_order(mut self, root: EventId) -> Vec<Traced> {
        let mut order = Vec::with_capacity(self.events.len());
        let mut waiting = vec![(0, root)];
        while let Some((depth, id)) = waiting.pop() {
            let effects = self.effects.remove(&id).unwrap_or_default();
            waiting.extend(effects.into_iter().rev().map(|effect| (depth + 1, effect)));
            order.extend(self.events.remove(&id).map(|event| Traced { depth, event }));
        }
        order
    }
}
