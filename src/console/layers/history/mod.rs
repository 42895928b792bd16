//! The history of an entity: its events, in place of the main list.

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::console::app::availability::Availability;
use crate::console::app::command_line::Commands;
use crate::console::app::context::KeyContext;
use crate::console::app::message::Answer;
use crate::console::app::motion::RowWindow;
use crate::console::app::shown_list::{ShownList, whole};
use crate::console::app::state::{ConsoleState, ErrorText, Level, RequestId};
use crate::console::app::trail::ListPlace;
use crate::console::app::update::Changed;
use crate::console::app::update::apply_page;
use crate::console::app::view::failed;
use crate::console::app::window::{Load, Select, Slice, Window};
use crate::console::layers::{Layer, Place, cast};
use crate::console::panes::Filter;
use crate::console::panes::detail::Subject;
use crate::console::panes::events::view::{Shown, no_event_matches, table, texts};
use crate::console::panes::events::{EventRow, note_altered};
use crate::console::panes::view::{Note, matching, now};
use crate::console::theme::Role;
use crate::console::widgets::bar::Scroll;
use crate::console::widgets::frame::{Frame, Placeholder, beside_title};
use crate::console::widgets::pen::{Pen, below, piece};
use crate::operations::Scope;
use crate::query::Query;
use crate::shell::CommandLine;
use crate::space::SpaceId;
use crate::text::{counted, short};

/// The events of one entity within a space.
#[derive(Debug, Clone)]
pub struct History {
    /// The space.
    pub space_id: SpaceId,
    /// The entity.
    pub entity_id: String,
    /// The key from which the history was opened.
    pub key: Option<String>,
    /// The query that events must match, as typed.
    pub filter: Filter,
    /// Its events.
    pub window: Window<EventRow>,
    /// The reason why they cannot be read.
    pub failure: Option<ErrorText>,
}

impl History {
    /// Returns the query that events must match. Its text was parsed while it was typed.
    pub(crate) fn query(&self) -> Query {
        self.filter.as_str().parse().unwrap_or_default()
    }
}

impl Layer for History {
    fn context(&self) -> KeyContext {
        KeyContext::History
    }

    fn place(&self) -> Place {
        Place::List
    }

    fn asked(&self) -> Vec<RequestId> {
        self.window.pending.iter().map(|pending| pending.request).collect()
    }

    fn commands(&self, state: &ConsoleState) -> Commands {
        let line = CommandLine::of("events list").name(&state.space_name(self.space_id));
        let query = (!self.filter.is_empty()).then(|| self.filter.as_str());
        line.entity(&self.entity_id).option_if("--where", query).into()
    }

    fn check_export(&self) -> Availability {
        Ok(())
    }

    fn exported(&self, state: &ConsoleState) -> Option<ShownList> {
        let query = self.query().about(&self.entity_id);
        ShownList::events(state, (Scope::Space(self.space_id), query), whole(&self.window))
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, area: Rect, focused: bool) -> Option<Position> {
        draw(pen, state, self, area, focused);
        None
    }

    fn trail(&self) -> Option<String> {
        Some(format!("history of {}", &self.entity_id))
    }

    fn kept(&self) -> Option<Box<dyn Layer>> {
        let mut window = Window::default();
        ListPlace::of(&self.window).restore(&mut window, Load::End, Select::Last);
        let (entity_id, key, filter) = (self.entity_id.clone(), self.key.clone(), self.filter.clone());
        Some(Box::new(Self { space_id: self.space_id, entity_id, key, filter, window, failure: None }))
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.filter)
    }

    fn takes_query(&self) -> bool {
        true
    }

    fn set_filter(&mut self, filter: Filter) {
        (self.filter, self.failure) = (filter, None);
        self.window.refilter(Load::End, Select::Last);
    }

    fn selection(&self) -> Option<Subject> {
        self.window.selected_row().map(|row| Subject::Event(Arc::clone(&row.event)))
    }

    fn space_id(&self) -> Option<SpaceId> {
        Some(self.space_id)
    }

    fn is_at_last(&self) -> bool {
        self.window.is_at_last()
    }

    fn row_window(&mut self) -> Option<&mut dyn RowWindow> {
        Some(&mut self.window)
    }
}

/// Opens the history of an entity, or of the entity that a key is named after.
pub(crate) fn show(state: &mut ConsoleState, space_id: SpaceId, entity_id: String, key: Option<String>) {
    let mut window = Window::default();
    window.wish(Load::End, Select::Last);
    state.layers.push(History { space_id, entity_id, key, filter: Filter::default(), window, failure: None });
}

/// Reads the end of every open history again after a commit.
pub(crate) fn recheck(state: &mut ConsoleState) {
    state.layers.each_mut::<History>().for_each(|history| history.window.recheck_end());
}

/// Applies the events of a history.
pub(crate) fn read(state: &mut ConsoleState, answer: Answer<Slice<EventRow>, ErrorText>) -> Changed {
    note_altered(state, &answer);
    let height = state.viewports.layer.into();
    let is_asked = |history: &&mut History| {
        history.window.pending.as_ref().is_some_and(|pending| pending.request == answer.request)
    };
    let Some(history) = state.layers.each_mut().find(is_asked) else { return Changed::No };
    let taken = apply_page(&mut history.window, &mut history.failure, answer, (height, &state.moments));
    if std::mem::take(&mut history.window.stale) {
        history.window.at_end = false;
    }
    if history.failure.is_none() && history.window.rows.is_empty() && history.filter.is_empty() {
        try_entity(state);
    }
    taken
}

/// Tries another entity after a history of a key came back empty. Most keys consist of a kind and an entity, such as
/// `contact:c1`. A key without events under either name belongs to no entity.
fn try_entity(state: &mut ConsoleState) {
    let is_empty = |history: &History| history.window.is_loaded() && history.window.rows.is_empty();
    let Some(history) = state.layers.each_mut().rfind(|history| is_empty(history)) else { return };
    let Some(key) = &history.key else { return };
    if let Some((_, entity)) = key.split_once(':').filter(|_| history.entity_id == *key) {
        history.entity_id = entity.to_owned();
        history.window.reset();
        history.window.wish(Load::End, Select::Last);
        return;
    }
    let text = format!("history: {key} has no events; it does not belong to an entity");
    state.layers.retain(|layer| !cast(layer).is_some_and(is_empty));
    state.say(Level::Warning, text);
}

/// Draws the history over the area of a list.
fn draw(pen: &mut Pen<'_>, state: &ConsoleState, history: &History, area: Rect, focused: bool) {
    pen.ground(area, Role::Ground);
    let window = &history.window;
    let whole = window.is_whole();
    let events = window.rows.len() as u64;
    let mut note = Note::of(&history.filter);
    if !history.filter.is_empty() {
        let [full, brief] = matching(window);
        note.push(full, brief);
    } else if whole {
        let [full, brief] =
            [counted(events, "event", "events"), short(events)].map(|text| piece(text, Role::Muted));
        note.push(full, brief);
    }
    let role = if focused { Role::Title } else { Role::Strong };
    let mut title = vec![
        piece(format!("History of {}", &history.entity_id), role),
        piece(format!("  {}", &state.space_name(history.space_id)), Role::Muted),
    ];
    title.extend(now(state));
    let note = note.fit(beside_title(area.width, &title));
    let inner = Frame { title, note, focused, ..Frame::default() }.draw(pen, area);
    if let Some(failure) = &history.failure {
        return failed(pen, inner, failure);
    }
    if window.rows.is_empty() && !history.filter.is_empty() {
        return no_event_matches(pen, state, (&history.filter, window), inner);
    }
    if window.rows.is_empty() {
        let text = if window.is_loaded() { "No events for this entity" } else { "Loading events…" };
        return Placeholder { text, role: Role::Text, next: None }.draw(pen, inner);
    }
    let shown = usize::from(inner.height.saturating_sub(1));
    let words = texts(&history.query());
    let mut table = table(pen, state, window, Shown { rows: shown, all: false }, inner.width);
    (table.focused, table.matches) = (focused, &words);
    table.draw(pen, inner);
    if whole {
        let (first, total) = (window.top_index() as u64, window.rows.len() as u64);
        Scroll { first, shown: shown as u64, total }.draw(pen, below(inner, 1));
    }
}
