//! The prompt: one line typed at the bottom, for a filter, for a place to jump to, or for an earlier query.

mod actions;
pub mod completion;
mod condition;
mod filter;
mod jump;
pub mod language;
mod recall;
mod view;

use std::ops::Range;

use ratatui::layout::{Position, Rect};

pub(crate) use crate::console::layers::prompt::actions::ACTIONS;
pub(crate) use crate::console::layers::prompt::completion::{completed, load as load_completions};
pub(crate) use crate::console::layers::prompt::condition::ask_condition;
pub use crate::console::layers::prompt::filter::Filtered;
pub(crate) use crate::console::layers::prompt::filter::{
    check_filter, clear_filter, set_filter, set_typed_filter,
};
pub(crate) use crate::console::layers::prompt::jump::{
    EventPlace, ask_place, close_place, jump, place, refuse_place,
};
pub use crate::console::layers::prompt::recall::{HistoryWalk, Source};

use crate::console::app::context::KeyContext;
use crate::console::app::effect::Effects;
use crate::console::app::state::{ConsoleState, Level, RequestId};
use crate::console::layers::prompt::completion::QueryCompletion;
use crate::console::layers::{Extent, Layer, Place, Run};
use crate::console::panes::Filter;
use crate::console::widgets::pen::Pen;
use crate::console::widgets::text_input::TextInput;
use crate::error::QueryError;
use crate::text::grouped;

/// The longest text of a prompt, in bytes. Every key press parses and draws all of it.
const LONGEST: usize = 10_000;

/// A line being typed at the bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The purpose.
    pub purpose: PromptPurpose,
    /// The text typed.
    pub input: TextInput,
    /// The error in it.
    pub error: Option<InputError>,
    /// True if the error is in a word that is still being typed. It is not shown unless the text is accepted.
    pub is_unfinished: bool,
    /// The candidates for the word at the cursor of a query.
    pub completion: QueryCompletion,
    /// The walk through the history, if one is under way.
    pub walk: Option<HistoryWalk>,
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
    /// Filters a list while typing.
    Filter {
        /// The list.
        list: Filtered,
        /// The previous filter, which Esc restores.
        before: Filter,
    },
    /// Takes the text that is typed to filter what has no filter, so that its letters do not act as keys.
    Unfiltered,
    /// Looks for the events at which a condition on a key flipped.
    Condition,
    /// Jumps to a sequence (in one space) or an event id (in all).
    Jump,
    /// Chooses one of the earlier queries that contain the text, for the prompt below.
    Recall {
        /// The list to choose from.
        source: Source,
        /// The selected row.
        selected: usize,
    },
    /// Saves a query under the typed name.
    Save {
        /// The query.
        query: String,
        /// The name of the saved query that gets another name.
        renamed: Option<String>,
    },
}

impl Prompt {
    fn new(purpose: PromptPurpose, text: &str) -> Self {
        Self {
            purpose,
            input: TextInput::line().with(text),
            error: None,
            is_unfinished: false,
            completion: QueryCompletion::default(),
            walk: None,
        }
    }

    /// Returns true if a query is typed.
    pub fn is_query(&self) -> bool {
        matches!(self.purpose, PromptPurpose::Filter { list, .. } if list.takes_query())
    }

    /// Returns the error, unless the word that it is in is still being typed.
    pub fn shown_error(&self) -> Option<&InputError> {
        self.error.as_ref().filter(|_| !self.is_unfinished)
    }
}

impl Layer for Prompt {
    fn context(&self) -> KeyContext {
        KeyContext::Prompt
    }

    fn place(&self) -> Place {
        Place::Line
    }

    fn asked(&self) -> Vec<RequestId> {
        self.completion.asked().into_iter().collect()
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, line: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, line)
    }

    fn input(&mut self) -> Option<&mut TextInput> {
        Some(&mut self.input)
    }

    fn select(&mut self, row: usize, _: Extent) {
        match &mut self.purpose {
            PromptPurpose::Recall { selected, .. } => *selected = row,
            _ => self.completion.select(row),
        }
    }

    fn edited(&self) -> Run {
        |state, _| {
            if let Some(prompt) = state.layers.top_as_mut::<Self>() {
                prompt.walk = None;
            }
            typed(state);
        }
    }

    fn back(&self) -> Run {
        |state, _| cancel(state)
    }
}

/// Takes the text that is typed after the key of a filter where there is none.
pub(crate) fn ask_nothing(state: &mut ConsoleState) {
    state.layers.push(Prompt::new(PromptPurpose::Unfiltered, ""));
}

/// Replaces the text of a prompt and applies it.
fn apply_text(state: &mut ConsoleState, text: &str) {
    if let Some(prompt) = state.layers.top_as_mut::<Prompt>() {
        prompt.input.set(text);
        typed(state);
    }
}

/// Applies an edit in a prompt.
fn typed(state: &mut ConsoleState) {
    shorten(state);
    let Some(prompt) = state.layers.top_as_mut::<Prompt>() else { return };
    prompt.error = None;
    match &mut prompt.purpose {
        PromptPurpose::Filter { list, .. } => {
            let (list, text) = (*list, prompt.input.text().to_owned());
            filter::typed(state, list, &text);
        }
        PromptPurpose::Recall { selected, .. } => *selected = 0,
        PromptPurpose::Jump
        | PromptPurpose::Unfiltered
        | PromptPurpose::Condition
        | PromptPurpose::Save { .. } => {}
    }
}

/// Drops what is too long, such as a file pasted by mistake.
fn shorten(state: &mut ConsoleState) {
    let Some(prompt) = state.layers.top_as_mut::<Prompt>() else { return };
    let text = prompt.input.text();
    if text.len() > LONGEST {
        let kept = text[..text.floor_char_boundary(LONGEST)].to_owned();
        prompt.input.set(&kept);
        let longest = grouped(LONGEST as u64);
        state.say(Level::Warning, format!("only {longest} bytes of text fit here; the rest was dropped"));
    }
}

/// Closes a prompt. A filter that was typed is replaced by the one before it, with its selection.
fn cancel(state: &mut ConsoleState) {
    let prompt = state.layers.top_as_mut::<Prompt>();
    // A selected candidate is given up first.
    if prompt.is_some_and(|prompt| prompt.completion.selected.take().is_some()) {
        return;
    }
    let purpose = state.layers.top_as::<Prompt>().map(|prompt| prompt.purpose.clone());
    state.layers.pop();
    if let Some(PromptPurpose::Filter { list, before }) = purpose {
        filter::restore(state, list, before);
    }
}

/// Accepts the selected candidate, or the text of a prompt.
fn accept(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(prompt) = state.layers.top_as_mut::<Prompt>() else { return };
    match prompt.purpose {
        PromptPurpose::Filter { .. } if prompt.completion.selected.is_some() => completion::complete(state),
        // The error is shown even if its word could still become valid.
        PromptPurpose::Filter { .. } if prompt.error.is_some() => prompt.is_unfinished = false,
        PromptPurpose::Filter { .. } => {
            let query = prompt.is_query().then(|| prompt.input.text().to_owned());
            state.layers.pop();
            if let Some(query) = query {
                let query = filter::zoned(state, &query);
                recall::remember(state, &query, effects);
            }
        }
        PromptPurpose::Unfiltered => {
            state.layers.pop();
        }
        PromptPurpose::Condition => condition::accept(state),
        PromptPurpose::Jump => jump::accept(state, effects),
        PromptPurpose::Recall { .. } => recall::accept(state),
        PromptPurpose::Save { .. } => recall::save(state, effects),
    }
}

/// Accepts the text of the prompt if it is a filter without an error.
pub(crate) fn accept_filter(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(prompt) = state.layers.top_as_mut::<Prompt>() else { return };
    if matches!(prompt.purpose, PromptPurpose::Filter { .. }) {
        prompt.completion.selected = None;
        accept(state, effects);
    }
}

/// Selects the next or the previous row of a list, or goes through the history.
fn choose(state: &mut ConsoleState, by: isize) {
    let Some(prompt) = state.layers.top_as_mut::<Prompt>() else { return };
    if matches!(prompt.purpose, PromptPurpose::Recall { .. }) {
        return recall::choose(state, by);
    }
    let is_walking = prompt.walk.is_some();
    let is_in_list = prompt.completion.selected.is_some();
    let is_listed = !prompt.completion.shown().is_empty();
    if is_in_list || (by > 0 && is_listed && !is_walking) {
        prompt.completion.choose(by);
    } else if !recall::walk(state, by < 0) && by < 0 {
        state.say(Level::Note, "no earlier query");
    }
}
