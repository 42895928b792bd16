//! Earlier queries: step through them, search them, and save some under names.

use crate::console::app::availability::{Availability, available_if, unavailable};
use crate::console::app::effect::Effects;
use crate::console::app::memory::space_ref;
use crate::console::app::state::{ConsoleState, Level};
use crate::console::layers::prompt::filter::zoned;
use crate::console::layers::prompt::{Prompt, PromptPurpose, apply_text};
use crate::state_files::{SavedQuery, SpaceRef, UsedQuery};

/// A list of earlier queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Those that were used.
    History,
    /// Those that were saved under a name.
    Saved,
}

/// An earlier query.
pub(super) enum Entry<'a> {
    Past(&'a UsedQuery),
    Saved(&'a SavedQuery),
}

impl Entry<'_> {
    fn query(&self) -> &str {
        match self {
            Self::Past(past) => &past.query,
            Self::Saved(saved) => &saved.query,
        }
    }

    /// Returns the text and the note of its line.
    pub(super) fn shown(&self) -> (String, String) {
        match self {
            Self::Past(past) => {
                let space = past.space.as_ref().map_or("all spaces", |space| &space.name);
                (past.query.clone(), format!("in {space}"))
            }
            Self::Saved(saved) => (saved.name.clone(), saved.query.clone()),
        }
    }

    fn contains(&self, text: &str) -> bool {
        let has = |part: &str| crate::text::find(part, text, 0).is_some();
        match self {
            Self::Past(past) => has(&past.query),
            Self::Saved(saved) => has(&saved.name) || has(&saved.query),
        }
    }
}

/// Returns the earlier queries that contain a text: those of the history latest first, saved ones by name.
pub(super) fn matches<'a>(state: &'a ConsoleState, source: Source, text: &str) -> Vec<Entry<'a>> {
    let entries: Vec<Entry<'_>> = match source {
        Source::History => state.memory.past_queries.iter().rev().map(Entry::Past).collect(),
        Source::Saved => state.memory.saved_queries.iter().map(Entry::Saved).collect(),
    };
    entries.into_iter().filter(|entry| text.is_empty() || entry.contains(text)).collect()
}

/// A walk back through the history from the text that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryWalk {
    /// The number of steps back, from 1.
    back: usize,
    typed: String,
}

/// Goes to the previous query of the history that differs from the text, or forward again. Returns false if there is none.
pub(super) fn walk(state: &mut ConsoleState, back: bool) -> bool {
    let Some(prompt) = state.layers.top_as::<Prompt>() else { return false };
    let current = prompt.input.text().to_owned();
    let (at, typed) = match &prompt.walk {
        Some(walk) => (walk.back, walk.typed.clone()),
        None => (0, current.clone()),
    };
    let queries: Vec<&str> = state.memory.past_queries.iter().rev().map(|past| past.query.as_str()).collect();
    let is_other = |at: &usize| queries.get(at - 1).is_some_and(|query| *query != current);
    let next = if back { (at + 1..=queries.len()).find(is_other) } else { (1..at).rev().find(is_other) };
    let (text, walk) = match next {
        Some(next) => (queries[next - 1].to_owned(), Some(HistoryWalk { back: next, typed })),
        None if back || at == 0 => return false,
        None => (typed, None),
    };
    apply_text(state, &text);
    if let Some(prompt) = state.layers.top_as_mut::<Prompt>() {
        prompt.walk = walk;
    }
    true
}

/// Returns the reason if there are no queries to choose from.
pub(super) fn can_recall(state: &ConsoleState, source: Source) -> Availability {
    if let Some((_, at)) = recalled(state).filter(|(open, _)| *open == source) {
        let text = state.layers.top_as::<Prompt>().map_or("", |prompt| prompt.input.text());
        return available_if(
            at + 1 < matches(state, source, text).len(),
            "this is the last query that matches",
        );
    }
    match source {
        Source::History => {
            available_if(!state.memory.past_queries.is_empty(), "no query has been used in this database yet")
        }
        Source::Saved => available_if(
            !state.memory.saved_queries.is_empty(),
            "no query is saved for this database; `{key:save-query}` saves the one being typed",
        ),
    }
}

/// Opens a list of earlier queries, or goes to the next one of an open list.
pub(super) fn open(state: &mut ConsoleState, source: Source) {
    match recalled(state) {
        Some((open, _)) if open == source => choose(state, 1),
        Some(_) => {
            state.layers.pop();
            open_new(state, source);
        }
        None => open_new(state, source),
    }
}

fn open_new(state: &mut ConsoleState, source: Source) {
    state.layers.push(Prompt::new(PromptPurpose::Recall { source, selected: 0 }, ""));
}

/// Returns the open list and its selected row.
fn recalled(state: &ConsoleState) -> Option<(Source, usize)> {
    match state.layers.top_as::<Prompt>()?.purpose {
        PromptPurpose::Recall { source, selected } => Some((source, selected)),
        _ => None,
    }
}

/// Returns the selected earlier query.
fn selected(state: &ConsoleState) -> Option<Entry<'_>> {
    let (source, selected) = recalled(state)?;
    let text = state.layers.top_as::<Prompt>()?.input.text();
    matches(state, source, text).into_iter().nth(selected)
}

/// Selects the next or the previous row.
pub(super) fn choose(state: &mut ConsoleState, by: isize) {
    let Some((source, at)) = recalled(state) else { return };
    let Some(text) = state.layers.top_as::<Prompt>().map(|prompt| prompt.input.text()) else { return };
    let last = matches(state, source, text).len().saturating_sub(1);
    let next = at.saturating_add_signed(by).min(last);
    select(state, next);
}

fn select(state: &mut ConsoleState, row: usize) {
    if let Some(PromptPurpose::Recall { selected, .. }) =
        state.layers.top_as_mut::<Prompt>().map(|prompt| &mut prompt.purpose)
    {
        *selected = row;
    }
}

/// Closes the list, and puts the selected query into the prompt below.
pub(super) fn accept(state: &mut ConsoleState) {
    let Some(text) = selected(state).map(|entry| entry.query().to_owned()) else { return };
    state.layers.pop();
    apply_text(state, &text);
}

/// Adds an accepted query to the history.
pub(super) fn remember(state: &mut ConsoleState, query: &str, effects: &mut Effects) {
    let query = query.trim();
    if !query.is_empty() {
        let space = concerned(state);
        effects.push(state.memory.add_past(query, space));
    }
}

/// Returns the space whose events are listed; none if it is all of them, because a query may then quote any of them.
fn concerned(state: &ConsoleState) -> Option<SpaceRef> {
    if state.events.all_spaces { None } else { space_ref(state) }
}

/// Returns the reason if the text cannot be saved.
pub(super) fn can_save(state: &ConsoleState) -> Availability {
    match state.layers.top_as::<Prompt>() {
        Some(Prompt { purpose: PromptPurpose::Recall { .. }, .. }) => {
            available_if(selected(state).is_some(), "no query is selected")
        }
        Some(prompt) if prompt.error.is_some() => unavailable("the query is not valid"),
        Some(prompt) => available_if(!prompt.input.text().trim().is_empty(), "there is no query to save"),
        None => unavailable("there is no query to save"),
    }
}

/// Asks for the name under which the typed or the selected query is saved. A saved one gets another name.
pub(super) fn ask_name(state: &mut ConsoleState) {
    let (query, renamed) = match selected(state) {
        Some(Entry::Saved(saved)) => (saved.query.clone(), Some(saved.name.clone())),
        Some(Entry::Past(past)) => (past.query.clone(), None),
        None => {
            let Some(prompt) = state.layers.top_as::<Prompt>() else { return };
            (zoned(state, prompt.input.text().trim()), None)
        }
    };
    let name = renamed.clone().unwrap_or_default();
    state.layers.push(Prompt::new(PromptPurpose::Save { query, renamed }, &name));
}

/// The longest name, in bytes.
const LONGEST_NAME: usize = 100;

/// Saves the query under the typed name.
pub(super) fn save(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(prompt) = state.layers.top_as::<Prompt>() else { return };
    let PromptPurpose::Save { query, renamed } = prompt.purpose.clone() else { return };
    let name = prompt.input.text().trim().to_owned();
    if name.is_empty() || name.len() > LONGEST_NAME {
        let problem = if name.is_empty() { "type a name" } else { "the name is too long" };
        state.say(Level::Warning, problem);
        return;
    }
    state.layers.pop();
    // Before the query loses its other name, with which its space is kept.
    let space = state.memory.space_of(&query, concerned(state));
    if let Some(before) = renamed.filter(|before| *before != name) {
        effects.push(state.memory.remove_saved(&before));
    }
    effects.push(state.memory.save(&name, &query, space));
    // If it is written, the answer says so.
    if !state.memory.is_kept {
        state.say(Level::Warning, format!("{name} is kept for this session only, as nothing is remembered"));
    }
}

/// Returns the reason if no saved query is selected.
pub(super) fn can_delete(state: &ConsoleState) -> Availability {
    available_if(matches!(selected(state), Some(Entry::Saved(_))), "no saved query is selected")
}

/// Deletes the selected saved query.
pub(super) fn delete(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(Entry::Saved(saved)) = selected(state) else { return };
    let name = saved.name.clone();
    effects.push(state.memory.remove_saved(&name));
    state.say(Level::Info, format!("deleted the saved query {name}"));
    choose(state, 0);
}

/// Returns a note beside the line, if there is one.
pub(super) fn note(state: &ConsoleState, prompt: &Prompt) -> Option<String> {
    let PromptPurpose::Save { renamed, .. } = &prompt.purpose else { return None };
    let name = prompt.input.text().trim();
    let is_taken = state.memory.saved_queries.iter().any(|saved| saved.name == name);
    (is_taken && renamed.as_deref() != Some(name)).then(|| "replaces the query of this name".to_owned())
}
