//! The actions that move in a list. Where text is typed above the list, letters are part of the text, and only other keys
//! move. A question that does not fit on the screen is scrolled in the same way.

use crate::console::app::action::{Action, Rank, Section, Spec};
use crate::console::app::context::{KeyContext, context};
use crate::console::app::state::ConsoleState;
use crate::console::layers::Layer;
use crate::console::panes::travel;

use super::{Motion, go};

/// The actions in lists, those in lists below a text that is being typed, and those of questions.
pub(crate) const ACTIONS: [&[Spec]; 3] = [
    &[
        DOWN,
        UP,
        HALF_PAGE_DOWN,
        HALF_PAGE_UP,
        PAGE_DOWN,
        PAGE_UP,
        Spec { applies: travel::is_now, ..START },
        in_the_past(START, &["g", "<"]),
        Spec { applies: travel::is_now, ..END },
        in_the_past(END, &["G", ">"]),
    ],
    &[
        in_search(DOWN, &["down", "ctrl-n"]),
        in_search(UP, &["up", "ctrl-p"]),
        in_search(PAGE_DOWN, &["pgdn"]),
        in_search(PAGE_UP, &["pgup"]),
    ],
    &[
        Spec { contexts: |here| here == KeyContext::Dialog, applies: overflows, ..DOWN },
        Spec { contexts: |here| here == KeyContext::Dialog, applies: overflows, ..UP },
        Spec {
            title: "more",
            hint: Some(Rank::AfterBack),
            applies: has_more,
            ..in_question(PAGE_DOWN, &["pgdn"])
        },
        Spec { applies: ends, ..in_question(PAGE_DOWN, &["pgdn"]) },
        in_question(PAGE_UP, &["pgup"]),
    ],
];

/// Returns the same action with the keys that it has in a question, which may be answered by a text.
const fn in_question(action: Spec, keys: &'static [&'static str]) -> Spec {
    Spec { keys, contexts: KeyContext::is_question, applies: overflows, ..action }
}

/// Returns true if the question on top has more lines than are on screen.
fn overflows(state: &ConsoleState) -> bool {
    context(state).is_question() && state.viewports.layer_lines > state.viewports.layer
}

/// Returns true if there are lines below those on screen.
fn has_more(state: &ConsoleState) -> bool {
    let top = state.layers.top().and_then(Layer::top_line).unwrap_or(0);
    overflows(state) && top < super::extent(state).last_top()
}

/// Returns true if the last line is on screen, but not the first.
fn ends(state: &ConsoleState) -> bool {
    overflows(state) && !has_more(state)
}

/// Returns the same action with the keys that it has while text is typed.
const fn in_search(action: Spec, keys: &'static [&'static str]) -> Spec {
    Spec { keys, contexts: KeyContext::is_search, ..action }
}

/// Returns the same action with the keys that it has while the panes show the past, through which the others move.
const fn in_the_past(action: Spec, keys: &'static [&'static str]) -> Spec {
    Spec { keys, applies: travel::is_travelling, ..action }
}

const DOWN: Spec = Spec {
    action: Action::Down,
    section: Section::Move,
    title: "down",
    description: "Move down",
    keys: &["j", "down"],
    contexts: KeyContext::is_list,
    run: |state, _| go(state, Motion::Rows(1)),
    ..Spec::ALWAYS
};

const UP: Spec = Spec {
    action: Action::Up,
    section: Section::Move,
    title: "up",
    description: "Move up",
    keys: &["k", "up"],
    contexts: KeyContext::is_list,
    run: |state, _| go(state, Motion::Rows(-1)),
    ..Spec::ALWAYS
};

const HALF_PAGE_DOWN: Spec = Spec {
    action: Action::HalfPageDown,
    section: Section::Move,
    title: "half a page down",
    description: "Move down half a page",
    keys: &["ctrl-d"],
    contexts: KeyContext::is_list,
    run: |state, _| go(state, Motion::HalfPages(1)),
    ..Spec::ALWAYS
};

const HALF_PAGE_UP: Spec = Spec {
    action: Action::HalfPageUp,
    section: Section::Move,
    title: "half a page up",
    description: "Move up half a page",
    keys: &["ctrl-u"],
    contexts: KeyContext::is_list,
    run: |state, _| go(state, Motion::HalfPages(-1)),
    ..Spec::ALWAYS
};

const PAGE_DOWN: Spec = Spec {
    action: Action::PageDown,
    section: Section::Move,
    title: "page down",
    description: "Move down a page",
    keys: &["pgdn", "ctrl-f"],
    contexts: KeyContext::is_list,
    run: |state, _| go(state, Motion::Pages(1)),
    ..Spec::ALWAYS
};

const PAGE_UP: Spec = Spec {
    action: Action::PageUp,
    section: Section::Move,
    title: "page up",
    description: "Move up a page",
    keys: &["pgup", "ctrl-b"],
    contexts: KeyContext::is_list,
    run: |state, _| go(state, Motion::Pages(-1)),
    ..Spec::ALWAYS
};

const START: Spec = Spec {
    action: Action::Start,
    section: Section::Move,
    title: "start",
    description: "Go to the start",
    keys: &["g", "home", "<"],
    contexts: KeyContext::is_list,
    run: |state, _| go(state, Motion::Start),
    ..Spec::ALWAYS
};

const END: Spec = Spec {
    action: Action::End,
    section: Section::Move,
    title: "end",
    description: "Go to the end",
    keys: &["G", "end", ">"],
    contexts: KeyContext::is_list,
    run: |state, _| go(state, Motion::End),
    ..Spec::ALWAYS
};
