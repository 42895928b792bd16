//! The prompt: one line typed at the bottom, for a filter or for a place to jump to.

mod view;

use std::ops::Range;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::context::{Context, PANES};
use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::filter::Filter;
use crate::console::app::spec::Section::{Actions, View};
use crate::console::app::spec::{Able, Spec, row, some};
use crate::console::app::state::{ConsoleState, Level};
use crate::console::app::window::{Load, Select};
use crate::console::layers::{Layer, Place, Run};
use crate::console::panes::{Pane, events, spaces};
use crate::console::widgets::input::TextInput;
use crate::console::widgets::pen::Pen;
use crate::error::QueryError;
use crate::moment::Moment;
use crate::operations;
use crate::query::Query;
use crate::text::grouped;

/// The actions of the prompt, and the one that opens it for a filter.
pub(crate) const ACTIONS: &[Spec] = &[
    row(Actions, Action::Accept, "accept", "Accept the text", &["enter"], &[Context::Prompt], accept)
        .hint(10),
    row(
        View,
        Action::Filter,
        "filter",
        "Show only matches: part of a name, text in a key or value, a query such as type:contact.* after:2h",
        &["/"],
        PANES,
        |state, _| ask_filter(state),
    )
    .hint(13)
    .able(can_filter),
];

fn can_filter(state: &ConsoleState) -> Able {
    some(state.focus != Pane::Jobs, "jobs cannot be filtered")?;
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
    fn context(&self) -> Context {
        Context::Prompt
    }

    fn place(&self) -> Place {
        Place::Line
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, line: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, line)
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
        PromptPurpose::Filter { .. } => {
            state.layers.pop();
        }
        PromptPurpose::Jump => jump(state, effects),
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
