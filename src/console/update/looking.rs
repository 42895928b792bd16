//! Looking closely: details, folding, histories.

use std::sync::Arc;

use crate::console::state::{
    Detail, Fold, History, JsonLine, Layer, Level, Load, Pane, Scope, Select, State, Subject, Window,
    scrolled,
};
use crate::event::Event;
use crate::space::SpaceId;

use super::motion::Motion;
use super::moving;

/// Goes into the selected row.
pub(super) fn open(state: &mut State) {
    if state.layers.is_empty() && state.focus == Pane::Spaces {
        state.focus(Pane::Events);
    } else {
        inspect(state);
    }
}

/// Looks at the selected row closely.
pub(super) fn inspect(state: &mut State) {
    if let Some(subject) = subject(state) {
        state.layers.push(Layer::Detail(Detail::of(subject)));
    }
}

/// Goes on to another row of the list beneath, and looks at that.
pub(super) fn step_row(state: &mut State, by: isize) {
    let before = state.layers.pop();
    moving::go(state, Motion::Rows(by));
    match subject(state) {
        Some(subject) => state.layers.push(Layer::Detail(Detail::of(subject))),
        None => state.layers.extend(before),
    }
}

/// What is selected in what has the keys.
pub(super) fn subject(state: &State) -> Option<Subject> {
    match state.top() {
        Some(Layer::Detail(detail)) => return Some(detail.subject.clone()),
        Some(Layer::History(history)) => {
            return history.window.selected_row().map(|row| Subject::Event(Arc::clone(&row.event)));
        }
        Some(Layer::Operations(operations)) => {
            return operations.selected().map(|operation| Subject::Operation(Arc::clone(operation)));
        }
        _ => {}
    }
    match state.focus {
        Pane::Spaces | Pane::Checkpoints => state.space().map(|found| Subject::Space(found.space.space_id)),
        Pane::Events => state.events.selected().map(|event| Subject::Event(Arc::clone(event))),
        Pane::Projections => state.selected_entry(),
        Pane::Jobs => state.jobs.selected.map(Subject::Job),
    }
}

/// To the panes on the left; in a document, folds.
pub(super) fn left(state: &mut State) {
    if matches!(state.top(), Some(Layer::Detail(_))) {
        return set_fold(state, true);
    }
    state.focus(if state.focus == Pane::Projections { Pane::Events } else { Pane::Spaces });
}

/// To the panes on the right; in a document, unfolds.
pub(super) fn right(state: &mut State) {
    if matches!(state.top(), Some(Layer::Detail(_))) {
        return set_fold(state, false);
    }
    state.focus(if state.focus == Pane::Events { Pane::Projections } else { state.main });
}

fn detail(state: &mut State) -> Option<&mut Detail> {
    match state.layers.last_mut() {
        Some(Layer::Detail(detail)) => Some(detail),
        _ => None,
    }
}

/// The lines of the document on top.
fn top_lines(state: &State) -> Option<Arc<[JsonLine]>> {
    match state.top() {
        Some(Layer::Detail(detail)) => Some(state.lines(detail)),
        _ => None,
    }
}

/// Folds what is open under the cursor and unfolds what is folded.
pub(super) fn toggle_fold(state: &mut State) {
    let Some(Layer::Detail(detail)) = state.top() else { return };
    let folded = state.lines(detail).get(detail.cursor).is_some_and(|line| line.fold == Fold::Folded);
    set_fold(state, !folded);
}

/// Folds or unfolds the part under the cursor; a line without parts stands for the part it is in.
fn set_fold(state: &mut State, fold: bool) {
    let height = state.viewports.layer.into();
    let Some(lines) = top_lines(state) else { return };
    let Some(detail) = detail(state) else { return };
    let Some(line) = lines.get(detail.cursor) else { return };
    let stands_for_its_parent = match line.fold {
        Fold::None => !is_closing(&line.text),
        Fold::Folded => true,
        Fold::Open => false,
    };
    let start = if fold && stands_for_its_parent { line.parent } else { line.start };
    let changed = if fold { detail.folded.insert(start) } else { detail.folded.remove(&start) };
    if changed {
        let lines = top_lines(state).unwrap_or_default();
        let Some(detail) = self::detail(state) else { return };
        detail.cursor = lines.iter().position(|line| line.start == start).unwrap_or(0);
        detail.top = scrolled(detail.top, detail.cursor, lines.len(), height);
    }
}

fn is_closing(text: &str) -> bool {
    matches!(text, "}" | "]")
}

/// Folds all parts within the document, or unfolds them if there are folded ones.
pub(super) fn fold_all(state: &mut State) {
    let Some(lines) = top_lines(state) else { return };
    let Some(detail) = detail(state) else { return };
    detail.cursor = 0;
    detail.top = 0;
    if !detail.folded.is_empty() {
        return detail.folded.clear();
    }
    let parts = lines.iter().filter(|line| line.fold == Fold::Open && line.depth > 0);
    detail.folded = parts.map(|line| line.start).collect();
}

/// Lists the events of the selected entity.
pub(super) fn history(state: &mut State) {
    match subject(state) {
        Some(Subject::Event(event)) => show_history(state, event.space_id, event.entity_id.clone(), None),
        Some(Subject::Entry { space_id, entry }) => {
            show_history(state, space_id, entry.key.clone(), Some(entry.key.clone()));
        }
        Some(Subject::Space(_) | Subject::Job(_) | Subject::Operation(_)) | None => {}
    }
}

/// Lists the events of an entity, or of the one that a key is named after.
pub(super) fn show_history(state: &mut State, space_id: SpaceId, entity_id: String, key: Option<String>) {
    let mut window = Window::default();
    window.wish(Load::End, Select::Last);
    state.layers.push(Layer::History(History { space_id, entity_id, key, window, failure: None }));
}

/// No event is about what a key was taken for. Most keys are named after an entity behind their kind, as
/// `contact:c1` is; a key without events of either name is no entity's.
pub(super) fn no_history(state: &mut State) {
    let index = state.layers.iter().rposition(|layer| match layer {
        Layer::History(history) => history.window.loaded && history.window.rows.is_empty(),
        _ => false,
    });
    let Some(index) = index else { return };
    let Layer::History(history) = &mut state.layers[index] else { return };
    let Some(key) = &history.key else { return };
    if let Some((_, entity)) = key.split_once(':').filter(|_| history.entity_id == *key) {
        history.entity_id = entity.to_owned();
        history.window.reset();
        history.window.wish(Load::End, Select::Last);
        return;
    }
    let text = format!("history: no event is about {key} alone; it is no entity's");
    state.layers.remove(index);
    state.say(Level::Warning, text);
}

/// Shows the events of all spaces, or of the selected one; the selected event stays selected, unless new ones are
/// followed.
pub(super) fn toggle_scope(state: &mut State) {
    let selected = state.events.selected().cloned();
    let following = state.events.following;
    state.events.all_spaces = !state.events.all_spaces;
    let scope =
        if state.events.all_spaces { Some(Scope::All) } else { state.spaces.selected.map(Scope::Space) };
    state.events.turn_to(scope);
    let here = |event: &Arc<Event>| match scope {
        Some(Scope::Space(space_id)) => event.space_id == space_id,
        Some(Scope::All) => true,
        None => false,
    };
    let place = selected.filter(here).zip(scope).map(|(event, scope)| scope.position(&event));
    if let Some(place) = place.filter(|_| !following) {
        state.events.following = false;
        state.events.window.wish(Load::Around(place), Select::At(place));
    }
}
