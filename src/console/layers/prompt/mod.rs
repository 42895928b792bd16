//! The prompt: one line typed at the bottom, for a filter or for a place to jump to.

use crate::console::app::action::no;
use std::ops::Range;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::action::Section::{Actions, View};
use crate::console::app::action::{Able, Rank, Spec};
use crate::console::app::context::KeyContext;
use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::hints::notice_lines;
use crate::console::app::hints::{hint_pieces, hints};
use crate::console::app::memory::space_ref;
use crate::console::app::state::{ConsoleState, Level, Notice};
use crate::console::app::window::{Load, Select};
use crate::console::layers::{Layer, Place, Run};
use crate::console::panes::{Filter, Pane, events, spaces};
use crate::console::theme::Role;
use crate::console::widgets::input;
use crate::console::widgets::input::TextInput;
use crate::console::widgets::pen::{Pen, piece, pieces_width, right_of, width};
use crate::error::QueryError;
use crate::operations;
use crate::operations::Scope;
use crate::query::Query;
use crate::query::moment::Moment;
use crate::text::grouped;

/// The actions of the prompt, and the one that opens it for a filter.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Accept,
        section: Actions,
        title: "accept",
        description: "Accept the text",
        keys: &["enter"],
        contexts: |here| here == KeyContext::Prompt,
        hint: Some(Rank::Main),
        run: accept,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Filter,
        section: View,
        title: "filter",
        description: "Show only matches: part of a name, text in a key or value, a query such as type:contact.* after:2h",
        keys: &["/"],
        contexts: KeyContext::is_pane,
        hint: Some(Rank::Fourth),
        enabled: can_filter,
        run: |state, _| ask_filter(state),
        ..Spec::ALWAYS
    },
];

fn can_filter(state: &ConsoleState) -> Able {
    if state.focus.list().filter(state).is_none() {
        return no(format!("{} cannot be filtered", state.focus.title().to_lowercase()));
    }
    spaces::some_space(state)
}

/// A line being typed at the bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The purpose.
    pub purpose: PromptPurpose,
    /// The text typed.
    pub input: TextInput,
    /// The error in it.
    pub error: Option<InputError>,
}

/// An error in typed text, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// The message, including what to do.
    pub message: String,
    /// The bytes that are wrong; empty if something is missing.
    pub place: Range<usize>,
}

impl From<QueryError> for InputError {
    fn from(error: QueryError) -> Self {
        Self { message: format!("{}: {}", error.problem, error.hint()), place: error.place }
    }
}

/// The purpose of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptPurpose {
    /// Filters a pane while typing.
    Filter {
        /// The pane.
        pane: Pane,
        /// The previous filter, which Esc restores.
        before: Filter,
    },
    /// Jumps to a sequence (in one space) or an event id (in all).
    Jump,
}

impl Layer for Prompt {
    fn context(&self) -> KeyContext {
        KeyContext::Prompt
    }

    fn place(&self) -> Place {
        Place::Line
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, line: Rect, _: bool) -> Option<Position> {
        draw(pen, state, self, line)
    }

    fn input(&mut self) -> Option<&mut TextInput> {
        Some(&mut self.input)
    }

    fn edited(&self) -> Run {
        |state, _| typed(state)
    }

    fn back(&self) -> Run {
        |state, _| cancel(state)
    }
}

/// Opens the prompt for the focused pane's filter.
fn ask_filter(state: &mut ConsoleState) {
    let pane = state.focus;
    let before = state.filter(pane).clone();
    let input = TextInput::line().with(before.as_str());
    let purpose = PromptPurpose::Filter { pane, before };
    state.layers.push(Prompt { purpose, input, error: None });
}

/// Applies an edit in a prompt.
fn typed(state: &mut ConsoleState) {
    let Some(prompt) = state.layers.top_as_mut::<Prompt>() else { return };
    prompt.error = None;
    let PromptPurpose::Filter { pane, .. } = prompt.purpose else { return };
    let text = prompt.input.text().to_owned();
    if pane == Pane::Events {
        typed_query(state, &text);
    } else {
        set_filter(state, pane, Filter(text));
    }
}

/// Applies a query up to its first invalid word, so that the list stays on screen.
fn typed_query(state: &mut ConsoleState, text: &str) {
    let (text, query) = match text.parse::<Query>() {
        Ok(query) => (text.to_owned(), query),
        Err(error) => {
            let readable = error.readable().to_owned();
            if let Some(prompt) = state.layers.top_as_mut::<Prompt>() {
                prompt.error = Some(error.into());
            }
            let query = readable.parse().unwrap_or_default();
            (readable, query)
        }
    };
    events::set_query(state, Filter(text.trim().to_owned()), query);
}

/// Restores the filter and the selection from before a cancelled prompt.
fn cancel(state: &mut ConsoleState) {
    let purpose = state.layers.top_as::<Prompt>().map(|prompt| prompt.purpose.clone());
    state.layers.pop();
    let Some(PromptPurpose::Filter { pane, before }) = purpose else { return };
    let back = before.is_empty() && !state.filter(pane).is_empty();
    if back {
        pane.list().restore_selection(state);
    }
    set_filter(state, pane, before);
}

/// Clears the focused pane's filter.
pub(crate) fn clear_filter(state: &mut ConsoleState) {
    set_filter(state, state.focus, Filter::default());
}

/// Sets the filter of a pane. The selection stays, or moves to the nearest match. If nothing matched, clearing the
/// filter restores the selection from before it.
pub(crate) fn set_filter(state: &mut ConsoleState, pane: Pane, filter: Filter) {
    if *state.filter(pane) != filter {
        pane.list().set_filter(state, filter);
    }
}

/// Accepts the text of a prompt.
fn accept(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(prompt) = state.layers.top_as::<Prompt>() else { return };
    match prompt.purpose {
        PromptPurpose::Filter { .. } if prompt.error.is_some() => {}
        PromptPurpose::Filter { pane, .. } => {
            state.layers.pop();
            if pane == Pane::Events {
                remember_query(state, effects);
            }
        }
        PromptPurpose::Jump => jump(state, effects),
    }
}

/// Adds the query to the history.
fn remember_query(state: &mut ConsoleState, effects: &mut Effects) {
    let query = state.events.filter.as_str().to_owned();
    if !query.is_empty() {
        let space = space_ref(state);
        effects.push(state.memory.add_past(&query, space));
    }
}

/// Accepts the text of the prompt if it is a filter without an error.
pub(crate) fn accept_filter(state: &mut ConsoleState, effects: &mut Effects) {
    if matches!(state.layers.top_as(), Some(Prompt { purpose: PromptPurpose::Filter { .. }, .. })) {
        accept(state, effects);
    }
}

/// Asks where to jump.
pub(crate) fn ask_place(state: &mut ConsoleState) {
    let prompt = Prompt { purpose: PromptPurpose::Jump, input: TextInput::line(), error: None };
    state.layers.push(prompt);
}

/// Jumps to the typed number or time.
fn jump(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(prompt) = state.layers.top_as_mut::<Prompt>() else { return };
    let text = prompt.input.text();
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '_' | ' ')).collect();
    match (digits.parse(), text.parse()) {
        (Ok(number), _) => {
            state.layers.pop();
            jump_to(state, number);
        }
        (_, Ok(moment)) => {
            state.layers.pop();
            jump_to_time(state, moment, effects);
        }
        _ => {
            let message = "not a number or a time such as 2026-01-31T10:00, 10:00 or 2h".to_owned();
            prompt.error = Some(InputError { message, place: 0..prompt.input.text().len() });
        }
    }
}

fn jump_to(state: &mut ConsoleState, number: u64) {
    let last = state.last_position(state.events.scope);
    if number > last {
        state.say(Level::Note, format!("the last event is {}", grouped(last)));
    }
    let place = operations::Position(number.min(last));
    state.events.following = false;
    state.events.window.wish(Load::Around(place), Select::At(place));
}

fn jump_to_time(state: &mut ConsoleState, moment: Moment, effects: &mut Effects) {
    let Some(scope) = state.events.scope else { return };
    let request = state.request();
    state.events.following = false;
    state.events.seeking = Some(request);
    effects.push(StoreQuery::FindTime { request, scope, moment });
}

fn draw(pen: &mut Pen<'_>, state: &ConsoleState, prompt: &Prompt, text: Rect) -> Option<Position> {
    let label = match &prompt.purpose {
        PromptPurpose::Filter { pane, .. } => format!("filter {} ", pane.title().to_lowercase()),
        PromptPurpose::Jump if state.events.scope == Some(Scope::All) => "jump to id or time ".to_owned(),
        PromptPurpose::Jump => "jump to sequence or time ".to_owned(),
    };
    let used = pen.text(text, &label, Role::Title);
    let room = right_of(text, used);
    let beside = match &prompt.error {
        Some(fault) if fits_beside(fault, room) => {
            vec![piece(format!("{} {}", pen.glyphs().failed, fault.message), Role::Danger)]
        }
        None if text.width >= 60 => hint_pieces(pen, &hints(state), text.width / 3),
        _ => Vec::new(),
    };
    let beside_width = pieces_width(&beside).min(room.width.saturating_sub(8));
    let field =
        Rect { width: room.width.saturating_sub(beside_width + 2).clamp(1, 60).min(room.width), ..room };
    pen.line_right(Rect { x: room.right() - beside_width, width: beside_width, ..room }, &beside);
    let cursor = input::draw(pen, field, &prompt.input, true);
    match &prompt.error {
        Some(fault) => underline(pen, prompt, fault, field, room),
        None if prompt.input.is_empty() && is_query(prompt) => {
            pen.text(right_of(field, 1), EXAMPLE, Role::Disabled);
        }
        None => {}
    }
    cursor
}

/// A sample query, shown while the prompt is empty.
const EXAMPLE: &str = "Ada  type:contact.*  payload.email~acme";

fn is_query(prompt: &Prompt) -> bool {
    matches!(prompt.purpose, PromptPurpose::Filter { pane: Pane::Events, .. })
}

/// Returns true if the error fits beside the input and leaves room for typing.
fn fits_beside(fault: &InputError, room: Rect) -> bool {
    width(&fault.message) + 4 <= room.width.saturating_sub(20)
}

/// Marks the error at its position, and explains it above the line if there is no room beside the input.
fn underline(pen: &mut Pen<'_>, prompt: &Prompt, fault: &InputError, field: Rect, room: Rect) {
    let before = prompt.input.text().get(..fault.place.start).unwrap_or_default();
    // If a value is missing, marks the word that needs it.
    let start = match fault.place.is_empty() {
        true => before.trim_end_matches(|c: char| !c.is_whitespace()).len(),
        false => fault.place.start,
    };
    input::mark(pen, field, &prompt.input, start..fault.place.end, Role::Danger);
    if !fits_beside(fault, room) && field.y > 0 {
        let line = Rect { x: 0, y: field.y - 1, width: room.right() + 1, height: 1 };
        notice_lines(pen, &Notice { level: Level::Error, text: fault.message.clone() }, line);
    }
}
