//! The references in the document of a key, which are expanded in place.

use std::sync::Arc;

use crate::console::app::action::Action;
use crate::console::app::action::Section::View;
use crate::console::app::action::{Rank, Spec};
use crate::console::app::availability::{Availability, available_if, unavailable};
use crate::console::app::command_line::Commands;
use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::keymap::with_keys;
use crate::console::app::message::Answer;
use crate::console::app::past::{Ask, PastQuery};
use crate::console::app::state::{ConsoleState, ErrorText, Level, RequestId};
use crate::console::app::update::Changed;
use crate::console::panes::detail::actions::{DETAIL, shown};
use crate::console::panes::detail::expansion::{Chosen, Expansion, ReferenceState, ShownReference, Values};
use crate::console::panes::detail::{Detail, Subject};
use crate::console::theme::Role;
use crate::console::widgets::shortened::is_shortened;
use crate::console::widgets::tree::{JsonLine, LineFold, LineNote};
use crate::json::{Json, pointer_to};
use crate::pstate::Entry;
use crate::shell::CommandLine;
use crate::text::counted;

/// The most keys read at once.
const BATCH: usize = 500;

/// The actions on references.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::ExpandReference,
        section: View,
        title: "expand",
        description: "Show the value to which the reference under the cursor refers, in its place, or hide it again",
        keys: &["e"],
        contexts: DETAIL,
        hint: Some(Rank::Second),
        enabled: can_expand,
        run: |state, _| expand(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ExpandAll,
        section: View,
        title: "expand all",
        description: "Expand all references over one more level; once all are expanded, hide them again",
        keys: &["E"],
        contexts: DETAIL,
        hint: Some(Rank::Third),
        enabled: can_expand_all,
        run: |state, _| expand_all(state),
        ..Spec::ALWAYS
    },
];

/// The expanded references of a detail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct References {
    /// The references that are expanded.
    pub chosen: Chosen,
    /// The values that were read.
    values: Arc<Values>,
    /// True if the values may have changed since.
    is_stale: bool,
    /// True if the levels are to be announced once their values are read.
    announces: bool,
    pending: Option<RequestId>,
    /// The value that was expanded, and the result.
    shown: Option<Arc<(Json, Expansion)>>,
}

impl References {
    /// Returns the document with expanded references, if any is expanded.
    pub fn expansion(&self) -> Option<&Expansion> {
        self.shown.as_deref().map(|(_, expansion)| expansion)
    }

    /// Returns the request of the values that are being read.
    pub(super) fn asked(&self) -> Option<RequestId> {
        self.pending
    }

    fn is_wanted(&self) -> bool {
        self.chosen != Chosen::default()
    }

    /// Expands the references again if they, or what they refer to, have changed.
    fn expand(&mut self, key: &str, value: &Json, is_changed: bool) {
        if !self.is_wanted() {
            self.shown = None;
            return;
        }
        let is_current = self.shown.as_ref().is_some_and(|shown| shown.0 == *value);
        if !is_current || is_changed {
            let expansion = Expansion::of(key, value, &self.chosen, &self.values);
            self.shown = Some(Arc::new((value.clone(), expansion)));
        }
    }

    /// Returns the keys to read next.
    fn next_keys(&mut self) -> Vec<String> {
        if std::mem::take(&mut self.is_stale) {
            return self.values.keys().cloned().collect();
        }
        let unread = self.expansion().map(Expansion::unread).unwrap_or_default();
        unread.into_iter().take(BATCH).map(str::to_owned).collect()
    }
}

/// Adds notes about references to the lines of a document.
pub(super) fn note_lines(lines: &mut [JsonLine], expansion: &Expansion) {
    for line in lines.iter_mut().filter(|line| !matches!(line.text.as_str(), "}" | "]")) {
        let here = expansion.references.iter().filter(|reference| reference.start == line.start);
        let notes: Vec<LineNote> = here.filter_map(note).collect();
        let role = notes.last().map(|note| note.role);
        line.note = role.map(|role| {
            let texts: Vec<String> = notes.into_iter().map(|note| note.text).collect();
            LineNote { text: texts.join(" "), role }
        });
    }
}

fn note(reference: &ShownReference) -> Option<LineNote> {
    let key = &reference.key;
    let (text, role) = match reference.state {
        ReferenceState::Folded => return None,
        ReferenceState::Expanded => (format!("→ {key}"), Role::Muted),
        ReferenceState::Unread => (format!("reading {key}…"), Role::Muted),
        ReferenceState::Missing => (format!("there is no {key}"), Role::Warning),
        ReferenceState::Cycle => (format!("a cycle: this is within {key}"), Role::Warning),
        ReferenceState::TooLarge => ("not shown: the document is too large".to_owned(), Role::Warning),
    };
    Some(LineNote { text, role })
}

/// Returns the byte at which the reference under the cursor starts, or the value in its place.
fn reference_at(state: &ConsoleState, detail: &Detail) -> Option<usize> {
    let lines = state.lines(detail);
    let line = lines.get(detail.cursor)?;
    if line.reference.is_some() {
        return Some(line.parent);
    }
    let is_opening = line.fold == LineFold::Open;
    let next = lines.get(detail.cursor + 1).filter(|next| is_opening && next.reference.is_some());
    let expansion = detail.references.expansion();
    let expanded = expansion.and_then(|expansion| expansion.at(line.start));
    let is_here = next.is_some() || expanded.is_some_and(|found| found.state == ReferenceState::Expanded);
    is_here.then_some(line.start)
}

fn can_expand(state: &ConsoleState) -> Availability {
    has_references(state)?;
    let found = shown(state).and_then(|detail| reference_at(state, detail));
    available_if(found.is_some(), "there is no reference under the cursor")
}

fn can_expand_all(state: &ConsoleState) -> Availability {
    has_references(state)?;
    let Some(detail) = shown(state) else { return Ok(()) };
    let lines = state.lines(detail);
    let has_some = detail.references.is_wanted() || lines.iter().any(|line| line.reference.is_some());
    available_if(has_some, "this value has no references")
}

fn has_references(state: &ConsoleState) -> Availability {
    match shown(state).map(|detail| &detail.subject) {
        Some(Subject::Entry { entry, .. }) => available_if(
            !is_shortened(&entry.value),
            "the value is too long: only its beginning is shown, without references; `{key:copy-command}` copies the command that prints all of it",
        ),
        _ => unavailable("only references in a projection can be expanded"),
    }
}

/// Expands the reference under the cursor, or hides its value again.
fn expand(state: &mut ConsoleState) {
    let Some(detail) = shown(state) else { return };
    let Some((start, json)) = reference_at(state, detail).zip(detail.json()) else { return };
    let pointer = pointer_to(json.as_str(), start);
    let lines = state.lines(detail);
    let cursor = lines.iter().position(|line| line.start == start);
    let Some(detail) = state.layers.top_as_mut::<Detail>() else { return };
    let others = &mut detail.references.chosen.others;
    if !others.remove(&pointer) {
        others.insert(pointer);
    }
    // The text before the reference stays the same.
    detail.cursor = cursor.unwrap_or(detail.cursor);
    show(detail, true);
}

/// Expands all references over one more level. If all are expanded, hides them again.
fn expand_all(state: &mut ConsoleState) {
    let Some(detail) = state.layers.top_as_mut::<Detail>() else { return };
    let Chosen { depth, others } = &mut detail.references.chosen;
    let is_all = detail.references.shown.as_ref().is_some_and(|shown| !shown.1.has_more());
    *depth = if is_all && *depth > 0 { 0 } else { *depth + 1 };
    others.clear();
    detail.references.announces = true;
    show(detail, true);
    announce(state);
}

/// Says over how many levels references are expanded, once their values are read.
fn announce(state: &mut ConsoleState) {
    let Some(Detail { references, .. }) = state.layers.top_as_mut() else { return };
    let is_read = references.expansion().is_none_or(|expansion| expansion.unread().is_empty());
    if !references.announces || !is_read {
        return;
    }
    references.announces = false;
    let has_more = references.expansion().is_some_and(Expansion::has_more);
    let levels = counted(references.chosen.depth as u64, "level", "levels");
    let text = match (references.chosen.depth, has_more) {
        (0, _) => "references are no longer expanded".to_owned(),
        (_, true) => format!("references are expanded over {levels}; `{{key:expand-all}}` continues"),
        (_, false) => {
            format!("all references are expanded, over {levels}; `{{key:expand-all}}` hides them again")
        }
    };
    let text = with_keys(state, &text);
    state.say(Level::Info, text);
}

/// Shows the document of a detail with its references as they are chosen.
fn show(detail: &mut Detail, is_changed: bool) {
    let Subject::Entry { entry, .. } = &detail.subject else { return };
    detail.references.expand(&entry.key, &entry.value, is_changed);
    if is_changed {
        // The bytes at which parts start have changed.
        detail.folded.clear();
    }
}

/// Requests the values to which expanded references refer.
pub(crate) fn load_references(state: &mut ConsoleState, effects: &mut Effects) {
    let ConsoleState { layers, last_request, travel, .. } = state;
    for detail in layers.each_mut::<Detail>().rev().filter(|detail| detail.references.is_wanted()) {
        show(detail, false);
        if detail.references.pending.is_some() {
            if travel.is_some() {
                // A newer question of this kind would supersede it.
                return;
            }
            continue;
        }
        let Subject::Entry { space_id, projection, .. } = &detail.subject else { continue };
        let keys = detail.references.next_keys();
        if keys.is_empty() {
            continue;
        }
        last_request.0 += 1;
        let (request, space_id, projection) = (*last_request, *space_id, projection.clone());
        detail.references.pending = Some(request);
        match travel.as_ref().filter(|travel| travel.space_id == space_id) {
            None => effects.push(StoreQuery::ReadReferences { request, space_id, projection, keys }),
            Some(travel) => {
                let ask = Ask::Keys { at: travel.at, projection, keys };
                effects.push(PastQuery { request, replaces: None, space_id, ask });
                // A newer question of this kind would supersede it.
                return;
            }
        }
    }
}

/// Applies values that were read.
pub(crate) fn found_references(
    state: &mut ConsoleState,
    answer: Answer<Vec<(String, Option<Entry>)>, ErrorText>,
) -> Changed {
    let is_asked = |detail: &&mut Detail| detail.references.pending == Some(answer.request);
    let Some(detail) = state.layers.each_mut::<Detail>().find(is_asked) else { return Changed::No };
    let references = &mut detail.references;
    references.pending = None;
    match answer.result {
        Ok(found) => {
            let before = Arc::clone(&references.values);
            let values = Arc::make_mut(&mut references.values);
            values.extend(found.into_iter().map(|(key, entry)| (key, entry.map(|entry| entry.value))));
            if before != references.values {
                show(detail, true);
            }
            announce(state);
        }
        Err(failure) => {
            references.chosen = Chosen::default();
            show(detail, true);
            state.say(Level::Error, failure.message);
        }
    }
    Changed::Yes
}

/// Has the values of expanded references read again after a commit.
pub(crate) fn recheck_references(state: &mut ConsoleState) {
    for detail in state.layers.each_mut::<Detail>() {
        detail.references.is_stale = !detail.references.values.is_empty();
    }
}

/// Returns the command that shows a key with the references that are expanded.
pub(super) fn with_references(line: CommandLine, references: &References) -> Commands {
    let Chosen { depth, others } = &references.chosen;
    if *depth > 0 {
        let line = line.option("--depth", &depth.to_string());
        return Commands::from(line).without("the references that are chosen one by one", !others.is_empty());
    }
    match others.iter().next().filter(|_| others.len() == 1).and_then(|pointer| path_of(pointer)) {
        Some(path) => line.option("--path", &path).option("--depth", "1").into(),
        None => Commands::from(line).without("the expanded references", !others.is_empty()),
    }
}

/// Returns a JSON pointer as a path, such as `cards[0].front`, if its names need no quotes.
fn path_of(pointer: &str) -> Option<String> {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        let is_plain = part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        match part.parse::<usize>() {
            Ok(index) if !path.is_empty() => path.push_str(&format!("[{index}]")),
            Err(_) if is_plain && !part.is_empty() => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(part);
            }
            _ => return None,
        }
    }
    Some(path)
}
