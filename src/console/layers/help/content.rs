//! The content of the help: a word for the item under the cursor, the most needed keys, every action, the mouse, and the glossary.

use crate::console::app::action::{Action, HelpRow};
use crate::console::app::context::below_help;
use crate::console::app::hints::hints_in;
use crate::console::app::keymap::{help, with_keys};
use crate::console::app::pointer::gestures::{GESTURES, Gesture, NONE};
use crate::console::app::state::ConsoleState;
use crate::console::layers::help::glossary::{GLOSSARY, Topic, topic};
use crate::console::panes::Pane;
use crate::console::panes::detail::Subject;
use crate::operations::AnyOperation;

/// The number of keys that are listed first.
const NEEDED: usize = 5;

/// A part of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub title: &'static str,
    pub rows: Vec<Row>,
}

/// A row of the help: an action with its keys, or a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub keys: String,
    pub title: &'static str,
    /// The effect of an action, or why it is not available; the meaning of a word.
    pub sentence: String,
    pub is_available: bool,
    /// The action that a click runs.
    pub action: Option<Action>,
}

impl From<HelpRow> for Row {
    fn from(row: HelpRow) -> Self {
        let is_available = row.disabled.is_none();
        let sentence = match row.disabled {
            None => row.description.to_owned(),
            Some(reason) => format!("unavailable: {reason}"),
        };
        Self { keys: row.keys, title: row.title, sentence, is_available, action: Some(row.action) }
    }
}

impl Row {
    fn of_topic(state: &ConsoleState, topic: &Topic) -> Self {
        Self::named(topic.word, with_keys(state, topic.text))
    }

    fn of_gesture(state: &ConsoleState, gesture: &Gesture) -> Self {
        Self::named(gesture.name, with_keys(state, gesture.effect))
    }

    fn named(title: &'static str, sentence: String) -> Self {
        Self { keys: String::new(), title, sentence, is_available: true, action: None }
    }

    /// Returns true if it contains every one of these words, which are in lower case.
    fn contains(&self, words: &[String]) -> bool {
        let text = format!("{} {} {}", self.keys, self.title, self.sentence).to_lowercase();
        words.iter().all(|word| text.contains(word))
    }
}

/// Returns the words of a text to find, in lower case.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

/// Returns the parts of the help that contain all the words. Each row is listed once if there are any.
pub(super) fn parts(state: &ConsoleState, words: &[String]) -> Vec<Part> {
    let sections = help(state).into_iter();
    let mut parts: Vec<Part> = if words.is_empty() { first(state) } else { Vec::new() };
    parts.extend(sections.map(|section| Part {
        title: section.title,
        rows: section.rows.into_iter().map(Row::from).collect(),
    }));
    let gestures: &[Gesture] = if state.settings.mouse { GESTURES } else { &NONE };
    parts.push(Part {
        title: "Mouse",
        rows: gestures.iter().map(|gesture| Row::of_gesture(state, gesture)).collect(),
    });
    parts.push(Part {
        title: "Words",
        rows: GLOSSARY.iter().map(|topic| Row::of_topic(state, topic)).collect(),
    });
    for part in &mut parts {
        part.rows.retain(|row| row.contains(words));
    }
    parts.retain(|part| !part.rows.is_empty());
    parts
}

/// Returns what comes first: the word for the item under the cursor, and the most needed keys.
fn first(state: &ConsoleState) -> Vec<Part> {
    let here = topic_here(state).and_then(topic);
    let here = here.map(|topic| Part { title: "Under the cursor", rows: vec![Row::of_topic(state, topic)] });
    let all: Vec<HelpRow> = help(state).into_iter().flat_map(|section| section.rows).collect();
    let hints = hints_in(state, below_help(state)).into_iter().take(NEEDED);
    let needed = hints.filter_map(|hint| {
        let is_same = |row: &&HelpRow| row.action == hint.action && row.title == hint.label;
        all.iter().find(is_same).cloned()
    });
    let needed: Vec<Row> = needed.map(Row::from).collect();
    here.into_iter().chain([Part { title: "Most needed here", rows: needed }]).collect()
}

/// Returns the word for the item under the cursor.
fn topic_here(state: &ConsoleState) -> Option<&'static str> {
    let selection = match state.layers.below_help() {
        Some(layer) => layer.selection(),
        None if state.focus == Pane::Checkpoints => return Some("checkpoint"),
        None => state.focus.list().selection(state),
    };
    match selection? {
        Subject::Space(space_id) if state.spaces.get(space_id).is_some_and(|space| space.lag() > 0) => {
            Some("lag")
        }
        Subject::Space(_) => Some("space"),
        Subject::Event(_) => Some("event"),
        Subject::Entry { .. } => Some("projection"),
        Subject::Difference { .. } => Some("compare"),
        Subject::Projection { .. } => Some("checkpoint"),
        Subject::Job(id) => match state.jobs.get(id)?.operation {
            AnyOperation::Rebuild(_) => Some("rebuild"),
            AnyOperation::Verify(_) => Some("verify"),
            AnyOperation::ReleaseCheck(_) => Some("release check"),
            AnyOperation::CatchUp(_) => Some("lag"),
            _ => None,
        },
        Subject::Operation(_) => None,
    }
}
