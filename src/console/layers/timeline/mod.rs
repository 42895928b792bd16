//! The timeline of a business process: its events in all spaces, oldest first, with a lane for each space.

mod view;

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::action::Section::View;
use crate::console::app::action::{Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::command_line::Commands;
use crate::console::app::context::{EVENTS, KeyContext};
use crate::console::app::message::Answer;
use crate::console::app::motion::RowWindow;
use crate::console::app::shown_list::{ShownList, whole};
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::trail::{self, ListPlace};
use crate::console::app::update::{Changed, apply_page};
use crate::console::app::window::{Load, Select, Slice, Window};
use crate::console::layers::{Layer, Place};
use crate::console::panes::Filter;
use crate::console::panes::detail::{self, Subject};
use crate::console::panes::events::{EventRow, note_altered};
use crate::console::widgets::pen::Pen;
use crate::id::CorrelationId;
use crate::operations::{self, Scope};
use crate::query::Query;
use crate::shell::CommandLine;
use crate::space::SpaceId;

/// The action that opens a timeline.
pub(crate) const ACTIONS: &[Spec] = &[Spec {
    action: Action::Timeline,
    section: View,
    title: "timeline",
    description: "Show all events with the correlation of this event in time order, with a lane for each space",
    keys: &["ctrl-t"],
    contexts: EVENTS,
    hint: Some(Rank::History),
    enabled: can_show,
    run: |state, _| open(state),
    ..Spec::ALWAYS
}];

/// The events of a business process.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// The correlation of its events.
    pub correlation_id: CorrelationId,
    /// The query that its events must match, as typed.
    pub filter: Filter,
    /// Its events.
    pub window: Window<EventRow>,
    /// The spaces in the order in which they were found.
    pub lanes: Vec<SpaceId>,
    /// The reason why the events cannot be read.
    pub failure: Option<ErrorText>,
}

impl Timeline {
    fn note_lanes(&mut self) {
        let lanes = &mut self.lanes;
        for row in &self.window.rows {
            if !lanes.contains(&row.event.space_id) {
                lanes.push(row.event.space_id);
            }
        }
    }

    /// Returns the query that selects its events. The text of the filter was parsed while it was typed.
    pub(crate) fn query(&self) -> Query {
        let query: Query = self.filter.as_str().parse().unwrap_or_default();
        query.correlated(self.correlation_id)
    }
}

impl Layer for Timeline {
    fn context(&self) -> KeyContext {
        KeyContext::Timeline
    }

    fn place(&self) -> Place {
        Place::List
    }

    fn takes_body(&self) -> bool {
        true
    }

    fn kept(&self) -> Option<Box<dyn Layer>> {
        let mut window = Window::default();
        ListPlace::of(&self.window).restore(&mut window, Load::Start, Select::First);
        let (correlation_id, filter, lanes) = (self.correlation_id, self.filter.clone(), self.lanes.clone());
        Some(Box::new(Self { correlation_id, filter, window, lanes, failure: None }))
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.filter)
    }

    fn takes_query(&self) -> bool {
        true
    }

    fn set_filter(&mut self, filter: Filter) {
        (self.filter, self.failure) = (filter, None);
        self.window.refilter(Load::Start, Select::First);
    }

    fn asked(&self) -> Vec<RequestId> {
        self.window.pending.iter().map(|pending| pending.request).collect()
    }

    fn commands(&self, _: &ConsoleState) -> Commands {
        let query = self.query().to_string();
        CommandLine::of("events list").flag("--all-spaces", true).option("--where", &query).into()
    }

    fn check_export(&self) -> Availability {
        Ok(())
    }

    fn exported(&self, state: &ConsoleState) -> Option<ShownList> {
        let query = self.query();
        ShownList::events(state, (Scope::All, query), whole(&self.window))
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, area: Rect, focused: bool) -> Option<Position> {
        view::draw(pen, state, self, area, focused);
        None
    }

    fn trail(&self) -> Option<String> {
        Some("timeline".to_owned())
    }

    fn selection(&self) -> Option<Subject> {
        self.window.selected_row().map(|row| Subject::Event(Arc::clone(&row.event)))
    }

    fn is_at_last(&self) -> bool {
        self.window.is_at_last()
    }

    fn row_window(&mut self) -> Option<&mut dyn RowWindow> {
        Some(&mut self.window)
    }
}

/// Returns the reason if the selected event has no correlation.
fn can_show(state: &ConsoleState) -> Availability {
    detail::selected(state)?;
    match detail::subject(state) {
        Some(Subject::Event(event)) => {
            available_if(event.correlation_id.is_some(), "this event has no correlation")?;
            let shown = state.layers.shown::<Timeline>().map(|timeline| timeline.correlation_id);
            available_if(shown != event.correlation_id, "this is the timeline of the event")
        }
        _ => available_if(false, "only events have a correlation"),
    }
}

/// Opens the timeline of the selected event, at that event.
fn open(state: &mut ConsoleState) {
    let Some(Subject::Event(event)) = detail::subject(state) else { return };
    if let Some(correlation_id) = event.correlation_id {
        trail::leave(state);
        state.layers.close_body();
        show(state, correlation_id, Some(operations::Position(event.event_id.0)));
    }
}

/// Shows the events with a correlation, from the first one or at a position.
pub(crate) fn show(
    state: &mut ConsoleState,
    correlation_id: CorrelationId,
    at: Option<operations::Position>,
) {
    let mut window = Window::default();
    match at {
        Some(at) => window.wish(Load::Around(at), Select::At(at)),
        None => window.wish(Load::Start, Select::First),
    }
    let filter = Filter::default();
    state.layers.push(Timeline { correlation_id, filter, window, lanes: Vec::new(), failure: None });
}

/// Looks for later events of every timeline after a commit.
pub(crate) fn recheck(state: &mut ConsoleState) {
    state.layers.each_mut::<Timeline>().for_each(|timeline| timeline.window.recheck_end());
}

/// Drops the events of deleted spaces.
pub(crate) fn forget(state: &mut ConsoleState, gone: &[SpaceId]) {
    let height = state.viewports.layer.into();
    for timeline in state.layers.each_mut::<Timeline>() {
        timeline.window.retain(|row| !gone.contains(&row.event.space_id), height);
        timeline.lanes.retain(|space_id| !gone.contains(space_id));
    }
}

/// Applies a page of events.
pub(crate) fn loaded(state: &mut ConsoleState, answer: Answer<Slice<EventRow>, ErrorText>) -> Changed {
    note_altered(state, &answer);
    let height = state.viewports.layer.into();
    let is_asked = |timeline: &&mut Timeline| {
        timeline.window.pending.as_ref().is_some_and(|pending| pending.request == answer.request)
    };
    let Some(timeline) = state.layers.each_mut::<Timeline>().find(is_asked) else { return Changed::No };
    let taken = apply_page(&mut timeline.window, &mut timeline.failure, answer, (height, &state.moments));
    if std::mem::take(&mut timeline.window.stale) {
        timeline.window.at_end = false;
    }
    timeline.note_lanes();
    taken
}
