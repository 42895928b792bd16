//! The causes and effects of an event, as a tree in place of the panes.

mod reading;
mod rows;
mod view;

use std::collections::HashSet;
use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::action::Section::{Move, View};
use crate::console::app::action::{Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::command_line::Commands;
use crate::console::app::context::{Contexts, EVENTS, KeyContext};
use crate::console::app::motion::{Motion, scrolled};
use crate::console::app::shown_list::ShownList;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::trail;
use crate::console::app::window::Row;
use crate::console::layers::{Extent, Layer, Place};
use crate::console::panes::Filter;
use crate::console::panes::detail::{self, Subject};
use crate::console::panes::events::EventRow;
use crate::console::widgets::moment::Moments;
use crate::console::widgets::pen::Pen;
use crate::event::EventId;
use crate::query::{Criteria, Query};
use crate::shell::CommandLine;
use crate::text::grouped;

pub use reading::{ReadTrace, Resolution, Tracing};
pub(crate) use reading::{found, load, recheck, refresh, resolved};
pub use rows::TraceRow;

/// The most effects that are read at first.
const LOOK: usize = 10_000;
/// The most effects that are read at all.
const MOST: usize = 100_000;

/// The actions of a trace, and the one that opens it.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Trace,
        section: View,
        title: "trace",
        description: "Show the causes and effects of the event, in all spaces",
        keys: &["T"],
        contexts: EVENTS,
        hint: Some(Rank::History),
        enabled: can_trace,
        run: |state, _| open(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ToggleFold,
        section: View,
        title: "fold",
        description: "Fold or unfold the effects of the event",
        keys: &["o"],
        contexts: TRACE,
        hint: Some(Rank::Second),
        enabled: can_fold,
        run: |state, _| change(state, TraceView::toggle_fold),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::FoldAll,
        section: View,
        title: "fold all",
        description: "Fold the effects of all events, or unfold all",
        keys: &["O"],
        contexts: TRACE,
        enabled: can_fold_all,
        run: |state, _| change(state, TraceView::fold_all),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ReadMore,
        section: View,
        title: "more",
        description: "Read further effects, up to 100,000",
        keys: &["m"],
        contexts: TRACE,
        hint: Some(Rank::Main),
        enabled: can_read_more,
        run: |state, _| change(state, TraceView::read_more),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Left,
        section: Move,
        title: "cause",
        description: "Fold the effects of the event; if there is nothing to fold, go to its cause",
        keys: &["h", "left"],
        contexts: TRACE,
        run: |state, _| change(state, TraceView::left),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Right,
        section: Move,
        title: "effects",
        description: "Unfold the effects of the event; if they are unfolded, go to the first one",
        keys: &["l", "right"],
        contexts: TRACE,
        run: |state, _| change(state, TraceView::right),
        ..Spec::ALWAYS
    },
];

const TRACE: Contexts = |here| here == KeyContext::Trace;

/// The tree of causes and effects around an event.
#[derive(Debug, Clone)]
pub struct TraceView {
    /// The event that is traced.
    pub asked: EventId,
    /// The tree on screen.
    pub read: ReadTrace,
    /// A tree that is being read, which replaces the one on screen.
    pub fresh: Option<Box<ReadTrace>>,
    /// The state of the reading.
    pub tracing: Tracing,
    /// True if something was committed since the tree was read.
    pub is_stale: bool,
    /// The query that the events on screen match or lead to, as typed.
    pub filter: Filter,
    /// The same, ready to be matched; none without a filter, or before its moments are known.
    criteria: Option<Criteria>,
    /// The question which moments the filter means.
    resolution: Resolution,
    /// The events whose effects are folded.
    pub folded: HashSet<EventId>,
    /// The events on screen, each before its effects.
    pub rows: Vec<TraceRow>,
    /// The selected event.
    pub selected: EventId,
    /// The first row on screen.
    pub top: usize,
    /// The most effects to read.
    pub look: usize,
    /// The reason why the trace ended early.
    pub failure: Option<ErrorText>,
}

impl TraceView {
    /// A trace that is still to be read.
    pub(crate) fn of(asked: EventId) -> Self {
        Self {
            asked,
            read: ReadTrace::of(asked, LOOK),
            fresh: None,
            tracing: Tracing::Wanted,
            is_stale: false,
            filter: Filter::default(),
            criteria: None,
            resolution: Resolution::Known,
            folded: HashSet::new(),
            rows: Vec::new(),
            selected: asked,
            top: 0,
            look: LOOK,
            failure: None,
        }
    }

    /// Returns the index of the selected row.
    pub fn cursor(&self) -> Option<usize> {
        rows::index_of(&self.rows, self.selected)
    }

    fn selected_row(&self) -> Option<&TraceRow> {
        self.rows.get(self.cursor()?)
    }

    /// Returns the event of a row.
    fn event(&self, event_id: EventId) -> Option<&EventRow> {
        self.read.events.get(&event_id)
    }

    /// Shows the tree again after it changed. Once it is complete, and the selected event is not on screen, the nearest
    /// cause that is shown is selected.
    fn show(&mut self) {
        let tree = &self.read.tree;
        self.rows = rows::rows(tree, &self.folded, &|event_id| self.matches(event_id));
        self.top = self.top.min(self.rows.len().saturating_sub(1));
        // Once the filter is cleared, the selection is on screen again.
        if self.rows.is_empty() {
            return;
        }
        if self.tracing != Tracing::Done || self.cursor().is_some() {
            return;
        }
        let causes = std::iter::successors(tree.cause_of(self.selected), |event| tree.cause_of(*event));
        let mut shown = causes.filter(|event| rows::index_of(&self.rows, *event).is_some());
        let root = self.rows.first().map(|row| row.event_id);
        self.selected = shown.next().or(root).unwrap_or(self.asked);
    }

    /// Returns true if an event matches the filter, in its stored or its current form.
    fn matches(&self, event_id: EventId) -> bool {
        let Some(criteria) = &self.criteria else { return true };
        let Some(event) = self.event(event_id).map(|row| &row.event) else { return false };
        let current = event.current.as_ref().and_then(|current| current.as_ref().ok());
        criteria.matches_either(&event.stored, current.unwrap_or(&event.stored))
    }

    /// Returns true if the rows are those of the filter, and not of the one before.
    fn is_filter_known(&self) -> bool {
        self.resolution == Resolution::Known
    }

    /// Returns the query that events must match. Its text was parsed while it was typed.
    fn query(&self) -> Query {
        self.filter.as_str().parse().unwrap_or_default()
    }

    fn set_fold(&mut self, event_id: EventId, fold: bool) -> bool {
        let changed = if fold { self.folded.insert(event_id) } else { self.folded.remove(&event_id) };
        if changed {
            self.show();
        }
        changed
    }

    fn toggle_fold(&mut self) {
        let Some(row) = self.selected_row() else { return };
        let (event_id, fold) = (row.event_id, row.hidden == 0);
        if row.has_effects {
            self.set_fold(event_id, fold);
        }
    }

    fn fold_all(&mut self) {
        if self.folded.is_empty() {
            let with_effects = self.rows.iter().filter(|row| row.has_effects);
            self.folded = with_effects.map(|row| row.event_id).collect();
        } else {
            self.folded.clear();
        }
        self.show();
    }

    fn left(&mut self) {
        let Some(row) = self.selected_row() else { return };
        let event_id = row.event_id;
        if row.has_effects && row.hidden == 0 && self.set_fold(event_id, true) {
            return;
        }
        if let Some(cause) = self.read.tree.cause_of(event_id) {
            self.selected = cause;
        }
    }

    fn right(&mut self) {
        let Some(row) = self.selected_row() else { return };
        let event_id = row.event_id;
        if row.has_effects && !self.set_fold(event_id, false) {
            let first = self.read.tree.effects_of(event_id).next();
            self.selected = first.unwrap_or(event_id);
        }
    }

    fn read_more(&mut self) {
        self.look = self.look.saturating_mul(10).min(MOST);
        self.tracing = Tracing::Wanted;
    }

    /// Finds out the days of the events again, for another time zone.
    pub(crate) fn set_days(&mut self, moments: &Moments) {
        self.read.events.values_mut().for_each(|row| row.set_day(moments));
    }
}

impl Layer for TraceView {
    fn context(&self) -> KeyContext {
        KeyContext::Trace
    }

    fn asked(&self) -> Vec<RequestId> {
        let step = match self.tracing {
            Tracing::Pending(request) => Some(request),
            Tracing::Wanted | Tracing::Ready | Tracing::Done => None,
        };
        let moments = match self.resolution {
            Resolution::Pending(request) => Some(request),
            Resolution::Wanted | Resolution::Known => None,
        };
        [step, moments].into_iter().flatten().collect()
    }

    fn place(&self) -> Place {
        Place::List
    }

    fn takes_body(&self) -> bool {
        true
    }

    fn kept(&self) -> Option<Box<dyn Layer>> {
        let (folded, selected, top, look) = (self.folded.clone(), self.selected, self.top, self.look);
        let mut kept = Self { folded, selected, top, look, ..Self::of(self.asked) };
        kept.set_filter(self.filter.clone());
        Some(Box::new(kept))
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.filter)
    }

    fn takes_query(&self) -> bool {
        true
    }

    fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        if self.filter.is_empty() {
            (self.criteria, self.resolution) = (None, Resolution::Known);
            self.show();
        } else {
            self.resolution = Resolution::Wanted;
        }
    }

    fn commands(&self, _: &ConsoleState) -> Commands {
        let look = (self.look != LOOK).then(|| self.look.to_string());
        let line = CommandLine::of("events trace").name(&self.asked.0.to_string());
        let query = (!self.filter.is_empty()).then(|| self.filter.as_str());
        line.option_if("--where", query).option_if("--look", look.as_deref()).into()
    }

    fn check_export(&self) -> Availability {
        Ok(())
    }

    fn exported(&self, _: &ConsoleState) -> Option<ShownList> {
        let is_read = self.tracing == Tracing::Done && self.read.tree.is_whole() && self.is_filter_known();
        let shown = self.rows.iter().map(|row| 1 + row.hidden as u64).sum();
        Some(ShownList::trace((self.asked, self.query()), self.look, is_read.then_some(shown)))
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, area: Rect, focused: bool) -> Option<Position> {
        view::draw(pen, state, self, area, focused);
        None
    }

    fn trail(&self) -> Option<String> {
        Some(format!("trace of event {}", grouped(self.asked.0)))
    }

    fn selection(&self) -> Option<Subject> {
        self.event(self.selected).map(|row| Subject::Event(Arc::clone(&row.event)))
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        let height = view::tree_rows(self, extent.height);
        let cursor = motion.go(self.cursor().unwrap_or(0), &mut self.top, self.rows.len(), height);
        if let Some(row) = self.rows.get(cursor) {
            self.selected = row.event_id;
        }
    }

    fn select(&mut self, row: usize, _: Extent) {
        if let Some(row) = self.rows.get(self.top + row) {
            self.selected = row.event_id;
        }
    }

    fn reveal(&mut self, extent: Extent) {
        let height = view::tree_rows(self, extent.height);
        self.top = scrolled(self.top, self.cursor().unwrap_or(0), self.rows.len(), height);
    }
}

/// Returns the reason if no event is selected.
fn can_trace(state: &ConsoleState) -> Availability {
    detail::selected(state)?;
    let is_event = matches!(detail::subject(state), Some(Subject::Event(_)));
    available_if(is_event, "only events have causes and effects")?;
    let is_shown = state.layers.shown::<TraceView>().is_some_and(|trace| trace.selected == trace.asked);
    available_if(!is_shown, "this is the trace of the event")
}

fn can_fold(state: &ConsoleState) -> Availability {
    let row = state.layers.shown().and_then(TraceView::selected_row);
    available_if(row.is_some_and(|row| row.has_effects), "the event has no effects")
}

fn can_fold_all(state: &ConsoleState) -> Availability {
    let has_effects = |trace: &TraceView| trace.rows.iter().any(|row| row.has_effects);
    available_if(state.layers.shown().is_some_and(has_effects), "no event has effects here")
}

fn can_read_more(state: &ConsoleState) -> Availability {
    let Some(trace) = state.layers.shown::<TraceView>() else { return Ok(()) };
    available_if(trace.tracing == Tracing::Done, "the trace is still being read")?;
    available_if(!trace.read.tree.is_whole(), "all effects are shown")?;
    available_if(trace.look < MOST, "no more than 100,000 effects are shown")
}

/// Changes the trace on top, and scrolls to its selection.
fn change(state: &mut ConsoleState, change: fn(&mut TraceView)) {
    let height = state.viewports.layer.into();
    if let Some(trace) = state.layers.top_as_mut::<TraceView>() {
        change(trace);
        trace.reveal(Extent { lines: 0, height, wrapped: 0 });
    }
}

/// Opens the trace of the selected event.
fn open(state: &mut ConsoleState) {
    if let Some(Subject::Event(event)) = detail::subject(state) {
        show(state, event.event_id);
    }
}

/// Shows the trace of an event, in place of another trace or a timeline.
pub(crate) fn show(state: &mut ConsoleState, event_id: EventId) {
    trail::leave(state);
    state.layers.close_body();
    state.layers.push(TraceView::of(event_id));
}
