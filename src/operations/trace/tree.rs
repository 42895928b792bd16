//! The tree of a trace. It reads nothing: it names the next events to read, and takes those that were found.

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::event::{Event, EventId};

use super::CHUNK;
use super::read::{NextCause, Reached, TraceFound, TraceStep, Waiting};

/// The most causes followed.
const MOST_CAUSES: usize = 10_000;

/// The reason why the cause of the root was not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfollowed {
    /// It no longer exists: its space was deleted.
    Missing,
    /// It is more than 10,000 causes back.
    TooFar,
    /// It does not precede its effect, so that the causes may form a cycle. Only a damaged or imported event names such a
    /// cause.
    Later,
}

/// The tree of causes and effects around an event, as far as it was read. It is read in steps, with
/// [`read_trace`](super::read_trace): what [`next_step`](Self::next_step) names is read, and [`add`](Self::add) takes what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceTree {
    asked: EventId,
    root: EventId,
    /// The cause of each event in the tree.
    causes: HashMap<EventId, Option<EventId>>,
    effects: HashMap<EventId, BTreeSet<EventId>>,
    unfollowed: Option<(EventId, Unfollowed)>,
    ranges: Vec<(EventId, EventId)>,
    searched: u64,
    is_whole: bool,
    /// The most events to read for effects.
    look: usize,
    /// The number of effects that may still be found.
    left: usize,
    indexed_after: EventId,
    waiting: VecDeque<Waiting>,
    next: Next,
}

/// The next part of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// This event and its causes.
    Causes(EventId),
    /// Effects that are not in the index of causes: those after this event, and the number of events that may be read.
    Search(EventId, usize),
    /// Effects in the index.
    Effects,
    Nothing,
}

impl TraceTree {
    /// Begins a trace that reads at most `look` events for effects.
    pub fn of(event_id: EventId, look: usize) -> Self {
        Self {
            asked: event_id,
            root: event_id,
            causes: HashMap::new(),
            effects: HashMap::new(),
            unfollowed: None,
            ranges: Vec::new(),
            searched: 0,
            is_whole: true,
            look,
            left: look,
            indexed_after: EventId(0),
            waiting: VecDeque::new(),
            next: Next::Causes(event_id),
        }
    }

    /// Returns the next step, if there is one. Until its result is added, there is no other.
    pub fn next_step(&mut self) -> Option<TraceStep> {
        match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Causes(of) => {
                let effect = (!self.causes.is_empty()).then_some(self.root);
                let most = MOST_CAUSES.saturating_sub(self.causes.len()).min(CHUNK);
                Some(TraceStep::Causes { of, effect, most })
            }
            Next::Search(after, left) => {
                Some(TraceStep::Search { after, end: self.indexed_after, most: left.min(CHUNK) })
            }
            Next::Effects => {
                let (waiting, most) = (std::mem::take(&mut self.waiting), self.left.min(CHUNK));
                Some(TraceStep::Effects { waiting, most, is_last: most == self.left })
            }
            Next::Nothing => None,
        }
    }

    /// Adds the result of the step.
    pub fn add<E: AsRef<Event>>(&mut self, found: &TraceFound<E>) {
        let events = found.events.iter().map(AsRef::as_ref);
        match &found.reached {
            Reached::Causes { next, indexed_after } => {
                for event in events {
                    self.root = event.event_id;
                    self.insert(event);
                }
                self.indexed_after = *indexed_after;
                self.after_causes(*next);
            }
            Reached::Search { to, searched } => {
                for event in events {
                    // Events come by rising id, so a cause comes before its effects.
                    if event.causation_id.is_some_and(|cause| self.causes.contains_key(&cause)) {
                        self.insert(event);
                    }
                }
                self.after_search(*to, *searched);
            }
            Reached::Effects { waiting, is_cut } => {
                events.for_each(|event| self.insert(event));
                self.searched += found.events.len() as u64;
                self.left = self.left.saturating_sub(found.events.len());
                self.is_whole &= !is_cut;
                self.waiting.clone_from(waiting);
                self.next = if *is_cut || waiting.is_empty() { Next::Nothing } else { Next::Effects };
            }
        }
    }

    /// Ends the trace early, so that effects may be missing.
    pub fn stop(&mut self) {
        if std::mem::replace(&mut self.next, Next::Nothing) != Next::Nothing {
            self.is_whole = false;
        }
    }

    /// Returns the number of events in the tree.
    pub fn len(&self) -> usize {
        self.causes.len()
    }

    /// Returns true if no event was found yet.
    pub fn is_empty(&self) -> bool {
        self.causes.is_empty()
    }

    fn insert(&mut self, event: &Event) {
        if let Some(cause) = event.causation_id {
            self.effects.entry(cause).or_default().insert(event.event_id);
        }
        self.causes.insert(event.event_id, event.causation_id);
    }

    fn after_causes(&mut self, next: Option<(EventId, NextCause)>) {
        if self.causes.is_empty() {
            return;
        }
        let unfollowed = |(id, why)| match why {
            NextCause::Unread => (id, Unfollowed::TooFar),
            NextCause::Missing => (id, Unfollowed::Missing),
            NextCause::Later => (id, Unfollowed::Later),
        };
        match next {
            Some((of, NextCause::Unread)) if self.causes.len() < MOST_CAUSES => self.next = Next::Causes(of),
            next => {
                self.unfollowed = next.map(unfollowed);
                self.search_after(self.root);
            }
        }
    }

    /// Begins to search for the effects after an event, unless the index of causes has them all.
    fn search_after(&mut self, from: EventId) {
        let is_searched = self.ranges.last().is_some_and(|(_, to)| from <= *to);
        if from >= self.indexed_after || is_searched {
            return self.follow();
        }
        self.ranges.push((from, from));
        self.left = self.look;
        self.after_search(from, 0);
    }

    fn after_search(&mut self, reached: EventId, searched: usize) {
        let Some((from, to)) = self.ranges.last_mut() else { return };
        *to = reached;
        let is_of_root = *from == self.root;
        self.searched += searched as u64;
        self.left = self.left.saturating_sub(searched);
        if self.left > 0 && reached < self.indexed_after {
            self.next = Next::Search(reached, self.left);
            return;
        }
        self.is_whole &= is_of_root && reached >= self.indexed_after;
        if is_of_root { self.search_after(self.asked) } else { self.follow() }
    }

    /// Has the effects read that the index of causes has: those of the event itself first.
    fn follow(&mut self) {
        let mut causes: Vec<EventId> = self.causes.keys().copied().collect();
        causes.sort_unstable_by_key(|id| (*id != self.asked, *id));
        let mut path: HashMap<EventId, EventId> = HashMap::new();
        let mut effect = self.asked;
        while let Some(cause) = self.causes.get(&effect).copied().flatten().filter(|cause| *cause < effect) {
            path.insert(cause, effect);
            effect = cause;
        }
        let waiting = |cause: EventId| {
            let after = self.indexed_after.max(cause);
            Waiting { cause, after, known: path.get(&cause).copied() }
        };
        self.waiting = causes.into_iter().map(waiting).collect();
        self.left = self.look;
        self.next = Next::Effects;
    }

    /// Returns the first event: the one to which the causes were followed.
    pub fn root(&self) -> EventId {
        self.root
    }

    /// Returns true if an event is in the tree.
    pub fn contains(&self, event_id: EventId) -> bool {
        self.causes.contains_key(&event_id)
    }

    /// Returns the cause of an event in the tree, unless it is the root.
    pub fn cause_of(&self, event_id: EventId) -> Option<EventId> {
        if event_id == self.root { None } else { self.causes.get(&event_id).copied().flatten() }
    }

    /// Returns the effects of an event that are in the tree, by rising id.
    pub fn effects_of(&self, event_id: EventId) -> impl DoubleEndedIterator<Item = EventId> + '_ {
        // The effect may be the root itself, if causes form a cycle.
        let effects = self.effects.get(&event_id).into_iter().flatten().copied();
        effects.filter(move |effect| *effect > event_id && *effect != self.root)
    }

    /// Returns the cause of the root, if it has one that was not followed, and the reason.
    pub fn unfollowed(&self) -> Option<(EventId, Unfollowed)> {
        self.unfollowed
    }

    /// Returns the ranges that were searched for effects because the index of causes does not have them.
    pub fn ranges(&self) -> &[(EventId, EventId)] {
        &self.ranges
    }

    /// Returns the number of events read to find effects.
    pub fn searched(&self) -> u64 {
        self.searched
    }

    /// Returns true unless effects are missing.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Returns the events, each before its effects, with the number of steps from the root.
    pub fn in_order(&self) -> Vec<(usize, EventId)> {
        let mut order = Vec::with_capacity(self.causes.len());
        let mut waiting = Vec::new();
        waiting.extend(self.contains(self.root).then_some((0, self.root)));
        while let Some((depth, id)) = waiting.pop() {
            order.push((depth, id));
            waiting.extend(self.effects_of(id).rev().map(|effect| (depth + 1, effect)));
        }
        order
    }
}

/// Returns for each event of a tree in order, given by its depth and whether it matches, true if it matches or leads to one that
/// does.
pub fn leading_to_matches(
    events: impl DoubleEndedIterator<Item = (usize, bool)> + ExactSizeIterator,
) -> Vec<bool> {
    let mut leads = Vec::with_capacity(events.len());
    // The depth of the cause of the last event that was found to lead to a match.
    let mut awaited: Option<usize> = None;
    for (depth, is_match) in events.rev() {
        let is_kept = is_match || awaited == Some(depth);
        if is_kept {
            awaited = depth.checked_sub(1);
        }
        leads.push(is_kept);
    }
    leads.reverse();
    leads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_causes_of_a_match_lead_to_it_and_its_effects_do_not() {
        let depths = [0, 1, 2, 2, 1, 2, 3, 1];
        let leading = |matches: &[usize]| {
            let events = depths.iter().enumerate().map(|(at, depth)| (*depth, matches.contains(&at)));
            let leads = leading_to_matches(events);
            (0..leads.len()).filter(|at| leads[*at]).collect::<Vec<_>>()
        };
        assert_eq!(leading(&[3]), [0, 1, 3]);
        assert_eq!(leading(&[2, 6]), [0, 1, 2, 4, 5, 6]);
        assert_eq!(leading(&[0]), [0]);
        assert!(leading(&[]).is_empty());
    }
}
