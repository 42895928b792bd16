//! The events pane.

mod update;
pub mod view;

use crate::console::panes::Pane;
use crate::shell::CommandLine;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use ratatui::layout::Rect;

use crate::console::app::action::Action;
use crate::console::app::action::Section::View;
use crate::console::app::action::{Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::command_line::Commands;
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::motion::Motion;
use crate::console::app::shown_list::{ShownList, whole};
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::window::{Load, Row, Select, Widths, Window};
use crate::console::layers::prompt;
use crate::console::panes::Filter;
use crate::console::panes::List;
use crate::console::panes::detail::Subject;
use crate::console::panes::travel;
use crate::console::panes::view::Note;
use crate::console::theme::Glyphs;
use crate::console::widgets::excerpt::Excerpt;
use crate::console::widgets::moment::{Day, Moments};
use crate::console::widgets::pen::{Pen, width};
use crate::event::Event;
use crate::operations::{Position, Scope};
use crate::query::Query;
use crate::space::SpaceId;
use crate::text::visible;

pub(crate) use update::{
    follow_event, found_time, loaded, note_altered, note_altered_rows, reread, set_query, show_event,
    show_newest,
};

/// The actions of the pane.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Follow,
        section: View,
        title: "follow",
        description: "Follow new events, or stay at the selected one",
        keys: &["f"],
        contexts: EVENTS,
        hint: Some(Rank::Order),
        enabled: update::is_now,
        run: |state, _| update::toggle_follow(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ToggleScope,
        section: View,
        title: "all spaces",
        brief: "all",
        description: "Show the events of all spaces, or of the selected one",
        keys: &["a"],
        contexts: EVENTS,
        hint: Some(Rank::Scope),
        enabled: update::is_now,
        run: |state, _| update::toggle_scope(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Jump,
        section: View,
        title: "jump",
        description: "Go to a sequence or a time; among all spaces, to an event id or a time",
        keys: &["J"],
        contexts: |here| here.is_pane() || here == KeyContext::Detail,
        hint: Some(Rank::Jump),
        enabled: can_jump,
        run: |state, _| prompt::ask_place(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Sort,
        section: View,
        title: "sort",
        description: "Say why this list keeps its order, and which lists can be sorted",
        keys: &["s"],
        contexts: |here| matches!(here, KeyContext::Events | KeyContext::Projections),
        enabled: update::can_sort,
        ..Spec::ALWAYS
    },
];

const EVENTS: Contexts = |here| here == KeyContext::Events;

/// Returns the reason if no jump leads out of what the help describes: in the past, one moves within it.
fn can_jump(state: &ConsoleState) -> Availability {
    let is_pane = state.layers.below_help().is_none();
    available_if(is_pane || travel::is_now(state), "`{key:back}` closes the detail first")
}

/// The events pane.
pub(super) struct Events;

impl List for Events {
    fn context(&self) -> KeyContext {
        KeyContext::Events
    }

    fn command(&self, state: &ConsoleState) -> Option<Commands> {
        let line = CommandLine::of("events list");
        let line = match state.events.scope? {
            Scope::All => line.flag("--all-spaces", true),
            Scope::Space(space_id) => line.name(&state.space_name(space_id)),
        };
        let filter = state.events.filter.as_str();
        let until = state.travel.as_ref().map(|travel| format!("seq:0..{}", travel.at));
        let terms: Vec<&str> =
            until.as_deref().into_iter().chain([filter]).filter(|term| !term.is_empty()).collect();
        let query = (!terms.is_empty()).then(|| terms.join(" "));
        Some(line.option_if("--where", query.as_deref()).into())
    }

    fn check_export(&self, state: &ConsoleState) -> Availability {
        travel::check_export(state)?;
        available_if(state.events.scope.is_some(), "no events are listed yet")
    }

    fn exported(&self, state: &ConsoleState) -> Option<ShownList> {
        let EventsPane { scope, query, window, .. } = &state.events;
        ShownList::events(state, ((*scope)?, query.clone()), whole(window))
    }

    fn is_of_space(&self) -> bool {
        true
    }

    fn reveal(&self, state: &mut ConsoleState) {
        state.events.window.reveal(state.viewports.of(Pane::Events).into());
    }

    fn recheck(&self, state: &mut ConsoleState) {
        update::recheck(state);
    }

    fn reload(&self, state: &mut ConsoleState) {
        state.events.failure = None;
        state.events.window.reread();
    }

    fn forget(&self, state: &mut ConsoleState, gone: &[SpaceId]) {
        state.database.altered.take_if(|(space_id, _)| gone.contains(space_id));
        let height = state.viewports.of(Pane::Events).into();
        state.events.window.retain(|row| !gone.contains(&row.event.space_id), height);
        update::reread(state);
    }

    fn trail(&self, state: &ConsoleState) -> String {
        if state.events.all_spaces { "events of all spaces".to_owned() } else { "events".to_owned() }
    }

    fn selection(&self, state: &ConsoleState) -> Option<Subject> {
        state.events.selected().map(|event| Subject::Event(Arc::clone(event)))
    }

    fn check_selection(&self, state: &ConsoleState) -> Availability {
        available_if(state.events.selected().is_some(), "no event is selected")
    }

    fn go(&self, state: &mut ConsoleState, motion: Motion) {
        update::go(state, motion);
    }

    fn is_at_last(&self, state: &ConsoleState) -> bool {
        state.events.window.is_at_last()
    }

    fn select(&self, state: &mut ConsoleState, row: usize) {
        update::select(state, row);
    }

    fn filter<'a>(&self, state: &'a ConsoleState) -> Option<&'a Filter> {
        Some(&state.events.filter)
    }

    /// Sets a filter whose text was parsed when it was typed.
    fn set_filter(&self, state: &mut ConsoleState, filter: Filter) {
        let query = filter.as_str().parse().unwrap_or_default();
        set_query(state, filter, query);
    }

    fn restore_selection(&self, state: &mut ConsoleState) {
        state.events.window.selected = state.events.before_filter;
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, focused: bool) {
        view::draw(pen, state, inner, focused);
    }

    fn note(&self, glyphs: &Glyphs, state: &ConsoleState) -> Note {
        view::note(glyphs, state)
    }
}

/// An event as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// The position in the scope.
    pub position: Position,
    /// The event.
    pub event: Arc<ShownEvent>,
    /// The day on which it was appended.
    pub day: Day,
    /// The payload on one line.
    pub payload: Excerpt,
}

/// An event as it is stored, and its current form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownEvent {
    /// The stored form.
    pub stored: Event,
    /// The form that the event handler reads, if an upcaster makes it from the stored one; or the reason why it cannot.
    pub current: Option<Result<Event, String>>,
}

impl Deref for ShownEvent {
    type Target = Event;

    fn deref(&self) -> &Event {
        &self.stored
    }
}

impl AsRef<Event> for EventRow {
    fn as_ref(&self) -> &Event {
        &self.event.stored
    }
}

impl Row for EventRow {
    type Key = Position;

    fn key(&self) -> Position {
        self.position
    }

    /// The widths of the type, the entity and the payload.
    fn widths(&self) -> Widths {
        let text = |text: &str| width(&visible(text));
        [text(&self.event.event_type), text(&self.event.entity_id), self.payload.width(), 0]
    }

    fn set_day(&mut self, moments: &Moments) {
        self.day = moments.day(self.event.timestamp);
    }

    fn day(&self) -> Day {
        self.day
    }
}

impl EventRow {
    /// An event as a row of a scope, with its payload on one line.
    pub fn of(scope: Scope, event: ShownEvent, payload: Excerpt) -> Self {
        Self { position: scope.position(&event), event: Arc::new(event), day: Day::default(), payload }
    }
}

/// The events pane, oldest event at the top.
#[derive(Debug, Clone)]
pub struct EventsPane {
    /// True if it shows the events of all spaces.
    pub all_spaces: bool,
    /// The scope of the loaded events; `None` before the first request.
    pub scope: Option<Scope>,
    /// The loaded events; with a filter, the matching ones.
    pub window: Window<EventRow>,
    /// The query as typed.
    pub filter: Filter,
    /// The parsed query.
    pub query: Query,
    /// The selection before filtering, restored afterwards.
    pub before_filter: Option<Position>,
    /// True if the selection follows new events.
    pub following: bool,
    /// The other scopes in which following is paused, with the selected positions.
    pub paused: BTreeMap<Scope, Position>,
    /// The search for the position of a time.
    pub seeking: Option<RequestId>,
    /// The reason why the events cannot be read.
    pub failure: Option<ErrorText>,
}

impl Default for EventsPane {
    fn default() -> Self {
        Self {
            all_spaces: false,
            scope: None,
            window: Window::default(),
            filter: Filter::default(),
            query: Query::default(),
            before_filter: None,
            following: true,
            paused: BTreeMap::new(),
            seeking: None,
            failure: None,
        }
    }
}

impl EventsPane {
    /// Switches to another scope. Each scope remembers its own position while following is paused there.
    pub fn turn_to(&mut self, scope: Option<Scope>) {
        if let Some(left) = self.scope.filter(|_| !self.following) {
            self.paused.insert(left, self.window.selected.unwrap_or_default());
        }
        let kept = scope.and_then(|scope| self.paused.remove(&scope));
        (self.scope, self.following, self.seeking, self.failure) = (scope, kept.is_none(), None, None);
        self.window.reset();
        match kept {
            Some(place) => self.window.wish(Load::Around(place), Select::At(place)),
            None => self.window.wish(Load::End, Select::Last),
        }
    }

    /// Returns the selected event.
    pub fn selected(&self) -> Option<&Arc<ShownEvent>> {
        self.window.selected_row().map(|row| &row.event)
    }

    /// Drops the filter, before other rows are requested.
    pub(super) fn drop_filter(&mut self) {
        if !self.filter.is_empty() {
            self.window.supersede();
        }
        (self.filter, self.query) = (Filter::default(), Query::default());
    }

    /// Returns the position that a filtered search under way has reached.
    pub fn searching(&self) -> Option<Position> {
        match &self.window.pending.as_ref().filter(|_| !self.filter.is_empty())?.load {
            Load::After(place) | Load::Before(place) | Load::Around(place) => Some(*place),
            Load::Start => Some(Position::default()),
            Load::End => self.window.to,
        }
    }
}
