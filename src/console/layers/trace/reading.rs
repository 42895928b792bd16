//! Reading a trace, in steps that the reading thread answers. The first time, the tree grows on screen; later, what is on
//! screen is replaced once all is read.

use std::collections::HashMap;

use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
use crate::console::app::window::Row;
use crate::console::layers::trace::TraceView;
use crate::console::layers::{Extent, Layer};
use crate::console::panes::events::{EventRow, note_altered_rows};
use crate::event::EventId;
use crate::operations::{TraceFound, TraceTree};
use crate::query::Criteria;

/// The most bytes of payloads that are kept.
const MOST_BYTES: usize = 64 << 20;

/// The largest tree that is read again whenever something was committed.
const REREAD: usize = 1000;

/// A tree with its events.
#[derive(Debug, Clone)]
pub struct ReadTrace {
    /// The tree.
    pub tree: TraceTree,
    /// The events in it.
    pub events: HashMap<EventId, EventRow>,
    /// The bytes of their payloads.
    bytes: usize,
}

/// The state of the reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracing {
    /// The tree is to be read, or read again.
    Wanted,
    /// The next step can be taken.
    Ready,
    /// A step is under way.
    Pending(RequestId),
    /// The tree on screen is complete, or the reading failed.
    Done,
}

/// The question at which moments the times of a filter lie that are relative to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// It is to be asked.
    Wanted,
    /// It is asked.
    Pending(RequestId),
    /// It is answered, or there is no filter.
    Known,
}

impl ReadTrace {
    pub(super) fn of(event_id: EventId, look: usize) -> Self {
        Self { tree: TraceTree::of(event_id, look), events: HashMap::new(), bytes: 0 }
    }

    fn add(&mut self, found: TraceFound<EventRow>) {
        self.tree.add(&found);
        for row in found.events {
            // A search also finds events whose causes are elsewhere.
            if self.tree.contains(row.event.event_id) {
                self.bytes += row.event.payload.as_str().len();
                self.events.insert(row.event.event_id, row);
            }
        }
        if self.bytes > MOST_BYTES {
            self.tree.stop();
        }
    }
}

impl TraceView {
    /// Takes the next step. Returns the query for it, unless there is none or it is under way.
    fn next_step(&mut self, last_request: &mut RequestId) -> Option<StoreQuery> {
        if self.tracing == Tracing::Wanted {
            let read = ReadTrace::of(self.asked, self.look);
            match self.read.tree.is_empty() {
                true => self.read = read,
                false => self.fresh = Some(Box::new(read)),
            }
            (self.tracing, self.is_stale) = (Tracing::Ready, false);
        }
        if self.tracing != Tracing::Ready {
            return None;
        }
        let read = self.fresh.as_deref_mut().unwrap_or(&mut self.read);
        if let Some(step) = read.tree.next_step() {
            last_request.0 += 1;
            self.tracing = Tracing::Pending(*last_request);
            return Some(StoreQuery::Trace { request: *last_request, step });
        }
        if let Some(fresh) = self.fresh.take() {
            self.read = *fresh;
        }
        self.tracing = Tracing::Done;
        self.show();
        None
    }

    fn take(&mut self, found: TraceFound<EventRow>) {
        self.tracing = Tracing::Ready;
        match &mut self.fresh {
            Some(fresh) => fresh.add(found),
            None => {
                self.read.add(found);
                self.show();
            }
        }
    }

    /// Has the tree read again if it is small; otherwise notes that it may lack events.
    fn recheck(&mut self) {
        if self.tracing != Tracing::Done {
            self.is_stale = true;
        } else if self.read.tree.len() <= REREAD {
            self.tracing = Tracing::Wanted;
        } else {
            self.is_stale = true;
        }
    }
}

/// Requests the next steps of the traces that are being read, and the moments that their filters mean.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    let ConsoleState { layers, last_request, .. } = state;
    for trace in layers.each_mut::<TraceView>() {
        if trace.resolution == Resolution::Wanted {
            last_request.0 += 1;
            trace.resolution = Resolution::Pending(*last_request);
            effects.push(StoreQuery::ResolveQuery { request: *last_request, query: trace.query() });
        }
        if let Some(query) = trace.next_step(last_request) {
            effects.push(query);
        }
    }
}

/// Applies a step of a trace.
pub(crate) fn found(state: &mut ConsoleState, answer: Answer<TraceFound<EventRow>, ErrorText>) -> Changed {
    if let Ok(found) = &answer.result {
        note_altered_rows(state, &found.events);
    }
    let is_asked = |trace: &&mut TraceView| trace.tracing == Tracing::Pending(answer.request);
    let Some(trace) = state.layers.each_mut::<TraceView>().find(is_asked) else { return Changed::No };
    match answer.result {
        Ok(mut found) => {
            found.events.iter_mut().for_each(|row| row.set_day(&state.moments));
            trace.failure = None;
            trace.take(found);
        }
        Err(failure) => {
            trace.failure = Some(failure);
            trace.fresh = None;
            trace.tracing = Tracing::Done;
        }
    }
    Changed::Yes
}

/// Shows the events that match a filter whose moments are known now.
pub(crate) fn resolved(state: &mut ConsoleState, answer: Answer<Criteria, ErrorText>) -> Changed {
    let height = state.viewports.layer.into();
    let is_asked = |trace: &&mut TraceView| trace.resolution == Resolution::Pending(answer.request);
    let Some(trace) = state.layers.each_mut::<TraceView>().find(is_asked) else { return Changed::No };
    trace.resolution = Resolution::Known;
    match answer.result {
        Ok(criteria) => trace.criteria = Some(criteria),
        Err(failure) => trace.failure = Some(failure),
    }
    trace.show();
    trace.reveal(Extent { lines: 0, height, wrapped: 0 });
    Changed::Yes
}

/// Has every small trace read again after a commit.
pub(crate) fn recheck(state: &mut ConsoleState) {
    state.layers.each_mut().for_each(TraceView::recheck);
}

/// Has every trace read again.
pub(crate) fn refresh(state: &mut ConsoleState) {
    state.layers.each_mut::<TraceView>().for_each(|trace| trace.tracing = Tracing::Wanted);
}
