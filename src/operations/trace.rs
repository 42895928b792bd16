//! What led to an event, and what it led to.

use std::collections::{BTreeSet, HashMap};

use crate::error::Result;
use crate::event::{Event, EventId};
use crate::event_store::{EventStore, Page, is_last_page};

/// The most events read in one go.
const CHUNK: usize = 1000;

/// The most causes that are gone back through.
const MOST_CAUSES: usize = 10_000;

/// An event in a tree of causes and effects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// How many causes lie between it and the root, itself counted: 0 for the root.
    pub depth: usize,
    /// The event.
    pub event: Event,
}

/// The tree of causes and effects that an event is in: its root, and all that follows from that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The events, each before its effects, effects of one cause by rising id.
    pub events: Vec<Traced>,
    /// What caused the root, where something did and was not gone back to: it went with a space that was
    /// deleted, or lies more than 10,000 causes back.
    pub cause: Option<EventId>,
    /// Where was looked for effects: behind the first of the two events, up to the second.
    pub looked: Vec<(EventId, EventId)>,
    /// How many events that were.
    pub looked_at: u64,
    /// All events behind the root were looked at.
    pub whole: bool,
}

/// Goes back from an event to its root cause, an event read for each step, and then through all spaces' events
/// behind that for effects, at most `look` of them: no index leads from a cause to its effects. Where that
/// does not reach the event itself, as many are looked at behind that. None, if there is no such event.
///
/// # Errors
/// Failures of the storage.
pub fn trace(events: &dyn EventStore, event_id: EventId, look: usize) -> Result<Option<Trace>> {
    let Some(asked) = events.event(event_id)? else { return Ok(None) };
    let mut tree = Tree::default();
    let mut root = asked.event_id;
    let cause = go_back(events, asked, |event| {
        root = event.event_id;
        tree.insert(event);
    })?;
    let mut trace = Trace { events: Vec::new(), cause, looked: Vec::new(), looked_at: 0, whole: false };
    for from in [root, event_id] {
        if trace.looked.last().is_some_and(|(_, to)| trace.whole || from <= *to) {
            continue;
        }
        let (to, looked_at) = look_behind(events, from, look, |event| tree.take_in(event))?;
        trace.looked.push((from, to));
        trace.looked_at += looked_at as u64;
        trace.whole = from == root && (looked_at < look || to >= events.last_event_id()?);
    }
    trace.events = tree.in_order(root);
    Ok(Some(trace))
}

/// Shows an event and its causes, back to the first. Returns what caused that, if it was not gone back to.
fn go_back(events: &dyn EventStore, asked: Event, mut show: impl FnMut(Event)) -> Result<Option<EventId>> {
    let mut event = asked;
    for _ in 0..MOST_CAUSES {
        let cause = match event.causation_id {
            // A cause comes before its effect; anything else is damage, and could go round in circles.
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

/// Shows up to `look` events of all spaces behind one. Returns the last of them and how many they were.
fn look_behind(
    events: &dyn EventStore,
    from: EventId,
    look: usize,
    mut show: impl FnMut(Event),
) -> Result<(EventId, usize)> {
    let (mut to, mut looked_at) = (from, 0);
    while looked_at < look {
        let limit = (look - looked_at).min(CHUNK);
        let page = events.read_all(Page::forward(Some(to), limit))?;
        let ended = is_last_page(&page, limit);
        looked_at += page.len();
        to = page.last().map_or(to, |event| event.event_id);
        page.into_iter().for_each(&mut show);
        if ended {
            break;
        }
    }
    Ok((to, looked_at))
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

    /// Takes in an event if its cause is in the tree. Events come by rising id, so that a cause is there
    /// before its effects.
    fn take_in(&mut self, event: Event) {
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
