//! The help: every action with its keys, from the table of actions, and the words that the console uses. It can be searched.

mod content;
mod glossary;
mod view;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Section::{Actions, Move, View};
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::context::KeyContext;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::ConsoleState;
use crate::console::layers::{Extent, Layer, LayerSize, Run, close};
use crate::console::widgets::pen::Pen;
use crate::console::widgets::text_input::TextInput;

pub use crate::console::layers::help::glossary::{GLOSSARY, Topic};

/// The actions that open, search and close the help.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Back,
        section: Move,
        title: "close",
        description: "Close the help, or end the search in it",
        keys: &["esc"],
        also: &[Action::Help, Action::Quit],
        contexts: |here| here == KeyContext::Help,
        hint: Some(Rank::Back),
        run: close,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Help,
        section: Move,
        title: "help",
        description: "List the keys that work here, and explain the words",
        keys: &["?", "F1"],
        contexts: KeyContext::has_help,
        hint: Some(Rank::Help),
        run: |state, _| open(state, ""),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Help,
        section: Move,
        title: "help",
        description: "List the keys that work here, and explain the words",
        keys: &["F1"],
        contexts: |here| matches!(here, KeyContext::Form | KeyContext::Delete | KeyContext::Confirmation),
        hint: Some(Rank::Help),
        run: |state, _| open(state, ""),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Filter,
        section: View,
        title: "search",
        description: "Show only the keys and words that contain a text",
        keys: &["/"],
        contexts: |here| here == KeyContext::Help,
        hint: Some(Rank::Main),
        run: |state, _| type_search(state, true),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Accept,
        section: Actions,
        title: "accept",
        description: "Accept the text",
        keys: &["enter"],
        contexts: |here| here == KeyContext::HelpSearch,
        hint: Some(Rank::Main),
        run: |state, _| type_search(state, false),
        ..Spec::ALWAYS
    },
];

/// Help for the layer or pane underneath, derived from the table of actions.
#[derive(Debug, Clone, Default)]
pub struct Help {
    /// The first line on screen.
    pub top: usize,
    /// The text to find.
    pub search: TextInput,
    /// True while the text is being typed.
    pub is_typing: bool,
}

impl Help {
    /// Returns true if only matches are shown, or a text to find is being typed.
    fn is_searching(&self) -> bool {
        self.is_typing || !self.search.is_empty()
    }
}

impl Layer for Help {
    fn context(&self) -> KeyContext {
        if self.is_typing { KeyContext::HelpSearch } else { KeyContext::Help }
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, body)
    }

    fn trail(&self) -> Option<String> {
        Some("help".to_owned())
    }

    fn input(&mut self) -> Option<&mut TextInput> {
        self.is_typing.then_some(&mut self.search)
    }

    fn edited(&self) -> Run {
        |state, _| {
            if let Some(help) = state.layers.top_as_mut::<Self>() {
                help.top = 0;
            }
        }
    }

    fn back(&self) -> Run {
        |state, _| end_search_or_close(state)
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.top = motion.scrolled(self.top, extent.lines, extent.height);
    }

    fn loses_nothing(&self) -> bool {
        true
    }

    fn length(&self, state: &ConsoleState) -> usize {
        state.viewports.layer_lines.into()
    }

    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        LayerSize {
            rows: view::rows(state, self, layout.body),
            lines: view::line_count(state, self, layout.body),
        }
    }
}

/// Opens the help, with what matches a text, or with everything if it is empty.
pub(crate) fn open(state: &mut ConsoleState, text: &str) {
    let search = TextInput::line().with(text);
    state.layers.push(Help { search, ..Help::default() });
}

/// Begins or ends typing a text to find.
fn type_search(state: &mut ConsoleState, is_typing: bool) {
    if let Some(help) = state.layers.top_as_mut::<Help>() {
        help.is_typing = is_typing;
    }
}

/// Ends the search. Without one, closes the help.
fn end_search_or_close(state: &mut ConsoleState) {
    match state.layers.top_as_mut::<Help>().filter(|help| help.is_searching()) {
        Some(help) => *help = Help::default(),
        None => {
            state.layers.pop();
        }
    }
}
