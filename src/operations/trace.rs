//! The causes and effects of an event.

use std::collections::{BTreeSet, HashMap, VecDeque};

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
/// the event does not exist.
///
/// [`EventLog::effects_indexed_after`]: crate::event_store::EventLog::effects_indexed_after
pub fn trace(events: &dyn EventStore, event_id: EventId, look: usize) -> Result<Option<Trace>> {
    let Some(asked) = events.event(event_id)? else { return Ok(None) };
    let indexed_after = events.effects_indexed_after()?.min(events.last_event_id()?);
    let mut tree = Tree::default();
    let mut root = event_id;
    let cause = go_back(events, asked, |event| {
        root = event.event_id;
        tree.insert(event);
    })?;
    let mut trace = Trace { events: Vec::new(), cause, ranges: Vec::new(), searched: 0, whole: true };
    search(events, &mut tree, &mut trace, ([root, event_id], indexed_after), look)?;
    let mut causes: Vec<EventId> = tree.events.keys().copied().collect();
    causes.sort_unstable_by_key(|id| (*id != event_id, *id));
    follow(events, &mut tree, &mut trace, (causes, indexed_after), look)?;
    trace.events = tree.in_order(root);
    Ok(Some(trace))
}

/// Searches for effects that are not in the index, which has those after `end`: first after the root, then after the event
/// itself.
fn search(
    events: &dyn EventStore,
    tree: &mut Tree,
    trace: &mut Trace,
    (starts, end): ([EventId; 2], EventId),
    look: usize,
) -> Result<()> {
    for from in starts.into_iter().filter(|from| *from < end) {
        if trace.ranges.last().is_some_and(|(_, to)| from <= *to) {
            continue;
        }
        let (to, searched) = visit_between(events, (from, end), look, |event| tree.insert_effect(event))?;
        trace.ranges.push((from, to));
        trace.searched += searched as u64;
        trace.whole &= from == starts[0] && to >= end;
    }
    Ok(())
}

/// Adds the effects of events, and the effects of those, as the index has them: after `end`.
fn follow(
    events: &dyn EventStore,
    tree: &mut Tree,
    trace: &mut Trace,
    (causes, end): (Vec<EventId>, EventId),
    look: usize,
) -> Result<()> {
    let mut waiting = VecDeque::from(causes);
    let mut left = look;
    while let Some(cause) = waiting.pop_front() {
        let mut after = end.max(cause);
        loop {
            // One more than may be shown, to see whether there is one.
            let limit = CHUNK.min(left.saturating_add(1));
            let page = events.effects_of(cause, Page::forward(Some(after), limit))?;
            let ended = is_last_page(&page, limit);
            after = page.last().map_or(after, |event| event.event_id);
            for event in page {
                if tree.events.contains_key(&event.event_id) {
                    continue;
                }
                if left == 0 {
                    trace.whole = false;
                    return Ok(());
                }
                left -= 1;
                trace.searched += 1;
                waiting.push_back(event.event_id);
                tree.insert(event);
            }
            if ended {
                break;
            }
        }
    }
    Ok(())
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

/// Passes up to `look` events of all spaces to `show`, after the first id up to the second. Returns the last id of the part
/// that was read, and the count.
fn visit_between(
    events: &dyn EventStore,
    (from, end): (EventId, EventId),
    look: usize,
    mut show: impl FnMut(Event),
) -> Result<(EventId, usize)> {
    let (mut to, mut searched) = (from, 0);
    while searched < look && to < end {
        let limit = (look - searched).min(CHUNK);
        let page = events.read_all(Page::forward(Some(to), limit))?;
        let is_last = is_last_page(&page, limit) || page.last().is_some_and(|event| event.event_id >= end);
        to = page.last().map_or(to, |event| event.event_id);
        for event in page.into_iter().filter(|event| event.event_id <= end) {
            searched += 1;
            show(event);
        }
        if is_last {
            to = end;
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
