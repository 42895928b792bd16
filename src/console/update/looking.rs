//! Looking closely: details, folding, histories, jumps, and taking a copy.

use std::sync::Arc;

use crate::console::state::{
    Detail, Fault, Fold, History, JobStatus, JsonLine, Layer, Level, Load, Pane, Position, Prompt,
    PromptPurpose, Scope, Select, State, Subject, TextInput, Window,
};
use crate::event::Event;
use crate::json::Json;
use crate::moment::Moment;
use crate::space::SpaceId;
use crate::text::grouped;

use super::moving::Motion;
use super::{Effect, moving, target};

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
fn subject(state: &State) -> Option<Subject> {
    match state.top() {
        Some(Layer::Detail(detail)) => return Some(detail.subject.clone()),
        Some(Layer::History(history)) => {
            return history.window.selected_row().map(|row| Subject::Event(Arc::clone(&row.event)));
        }
        _ => {}
    }
    match state.focus {
        Pane::Spaces | Pane::Checkpoints => target(state).map(|found| Subject::Space(found.space.space_id)),
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
    let mut pointer = line.pointer.clone();
    let stands_for_its_parent = match line.fold {
        Fold::None => !is_closing(&line.text),
        Fold::Folded => true,
        Fold::Open => false,
    };
    if fold && stands_for_its_parent {
        pointer.truncate(pointer.rfind('/').unwrap_or(0));
    }
    let changed = if fold { detail.folded.insert(pointer.clone()) } else { detail.folded.remove(&pointer) };
    if changed {
        let lines = top_lines(state).unwrap_or_default();
        let Some(detail) = self::detail(state) else { return };
        detail.cursor = lines.iter().position(|line| line.pointer == pointer).unwrap_or(0);
        detail.top = moving::scrolled(detail.top, detail.cursor, height);
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
    let parts = lines.iter().filter(|line| line.fold == Fold::Open && !line.pointer.is_empty());
    detail.folded = parts.map(|line| line.pointer.clone()).collect();
}

/// Lists the events of the selected entity.
pub(super) fn history(state: &mut State) {
    match subject(state) {
        Some(Subject::Event(event)) => show_history(state, event.space_id, event.entity_id.clone(), None),
        Some(Subject::Entry { space_id, entry }) => {
            show_history(state, space_id, entry.key.clone(), Some(entry.key.clone()));
        }
        Some(Subject::Space(_) | Subject::Job(_)) | None => {}
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

/// Shows the events of all spaces, or of the selected one; the selected event stays selected.
pub(super) fn toggle_scope(state: &mut State) {
    let selected = state.events.selected().cloned();
    state.events.all_spaces = !state.events.all_spaces;
    let scope =
        if state.events.all_spaces { Some(Scope::All) } else { state.spaces.selected.map(Scope::Space) };
    state.events.window.reset();
    state.events.scope = scope;
    let here = |event: &Arc<Event>| match scope {
        Some(Scope::Space(space_id)) => event.space_id == space_id,
        Some(Scope::All) => true,
        None => false,
    };
    let place = selected.filter(here).zip(scope).map(|(event, scope)| scope.position(&event));
    match place.filter(|_| !state.events.following) {
        Some(place) => state.events.window.wish(Load::Around(place), Select::At(place)),
        None => state.events.window.wish(Load::End, Select::Last),
    }
}

/// Asks for the place to go to.
pub(super) fn begin_jump(state: &mut State) {
    let prompt = Prompt { purpose: PromptPurpose::Jump, input: TextInput::line(), error: None };
    state.layers.push(Layer::Prompt(prompt));
}

/// Goes to the place that was typed.
pub(super) fn jump(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Layer::Prompt(prompt)) = state.layers.last_mut() else { return };
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
            let message = "a number, or a time as 2026-01-31T10:00, 10:00 or 2h".to_owned();
            prompt.error = Some(Fault { message, place: 0..prompt.input.text().len() });
        }
    }
}

fn jump_to(state: &mut State, number: u64) {
    let last = state.last_position(state.events.scope);
    if number > last {
        state.say(Level::Info, format!("the last is {}", grouped(last)));
    }
    let place = Position(number.min(last));
    state.events.following = false;
    state.events.window.wish(Load::Around(place), Select::At(place));
}

fn jump_to_time(state: &mut State, moment: Moment, effects: &mut Vec<Effect>) {
    let Some(scope) = state.events.scope else { return };
    let request = state.request();
    state.events.following = false;
    state.events.seeking = Some(request);
    effects.push(Effect::FindTime { request, scope, moment });
}

/// Copies what is selected and says what was copied.
pub(super) fn copy(state: &mut State, effects: &mut Vec<Effect>) {
    let Some((name, text)) = copied(state) else { return };
    state.say(Level::Info, format!("sent to the clipboard: {name}, {} bytes", text.len()));
    effects.push(Effect::Copy { text });
}

fn copied(state: &State) -> Option<(String, String)> {
    if let Some(Layer::Detail(detail)) = state.top()
        && let Some(part) = part_under_cursor(state, detail)
    {
        return Some(part);
    }
    Some(match subject(state)? {
        Subject::Event(event) => (
            format!("event {} as JSON", event.event_id),
            Json::from_serialize(&*event).ok()?.as_str().to_owned(),
        ),
        Subject::Entry { entry, .. } => {
            (format!("the value of {}", entry.key), entry.value.as_str().to_owned())
        }
        Subject::Space(space_id) => ("the space's name".to_owned(), state.space_name(space_id)),
        Subject::Job(id) => {
            let job = state.jobs.get(id)?;
            (format!("the outcome of {} {}", job.kind.title(), job.space_name), outcome(&job.status))
        }
    })
}

/// The part of the document that the cursor is on, unless that is the whole.
fn part_under_cursor(state: &State, detail: &Detail) -> Option<(String, String)> {
    let json = detail.json()?;
    let lines = state.lines(detail);
    let pointer = &lines.get(detail.cursor)?.pointer;
    if pointer.is_empty() {
        return None;
    }
    let value = json.to_value();
    let part = value.pointer(pointer)?;
    let text = part.as_str().map_or_else(|| part.to_string(), str::to_owned);
    Some((pointer.clone(), text))
}

fn outcome(status: &JobStatus) -> String {
    match status {
        JobStatus::Queued => "queued".to_owned(),
        JobStatus::Running => "running".to_owned(),
        JobStatus::Pausing | JobStatus::Paused => "paused".to_owned(),
        JobStatus::Cancelling => "being cancelled".to_owned(),
        JobStatus::Cancelled => "cancelled".to_owned(),
        JobStatus::Failed(failure) => failure.message.clone(),
        JobStatus::Done(report) => {
            let findings =
                report.findings.iter().map(|finding| format!("\n{}: {}", finding.subject, finding.text));
            findings.fold(report.summary.clone(), |text, finding| text + &finding)
        }
    }
}
