//! Opening details and folding documents.

use std::sync::Arc;

use ratatui::layout::Rect;

use crate::console::app::command_line::{self, Commands};
use crate::console::app::effect::Effects;
use crate::console::app::layout::Layout;
use crate::console::app::link;
use crate::console::app::motion::{self, Motion};
use crate::console::app::state::{ConsoleState, Level, Loadable};
use crate::console::app::trail;
use crate::console::layers::history::{self, History};
use crate::console::layers::{Extent, Layer, Place, is};
use crate::console::panes::Pane;
use crate::console::panes::detail::references::with_references;
use crate::console::panes::detail::{BlameView, Detail, Subject, view};
use crate::console::widgets::tree::{JsonLine, LineFold};
use crate::event::EventId;
use crate::shell::CommandLine;

/// Opens the selected row.
pub(crate) fn open(state: &mut ConsoleState) {
    if state.layers.is_empty() && state.focus == Pane::Spaces {
        state.focus(Pane::Events);
    } else {
        inspect(state);
    }
}

/// Opens the detail of the selected row.
pub(crate) fn inspect(state: &mut ConsoleState) {
    if let Some(subject) = subject(state) {
        state.layers.push(Detail::of(subject));
    }
}

/// Gives the focus to the detail on screen: opens that of the selected row, scrolled as it is.
pub(crate) fn enter(state: &mut ConsoleState) {
    if state.layers.top_as::<Detail>().is_some() {
        return;
    }
    let Some(detail) = state.shown_detail() else { return };
    // Beside the spaces is the selection of the main pane.
    if state.layers.is_empty() && state.focus == Pane::Spaces {
        state.focus(state.main);
    }
    state.layers.push(detail);
}

/// Scrolls the detail on screen, which may not be open.
pub(crate) fn scroll(state: &mut ConsoleState, motion: Motion) {
    if state.layers.below_prompt().is_some_and(is::<Detail>) {
        let extent = motion::extent(state);
        if let Some(detail) = state.layers.below_prompt_mut() {
            detail.go(motion, extent);
        }
        return;
    }
    let screen = Rect::new(0, 0, state.size.width, state.size.height);
    let area = Layout::of(state, screen).and_then(|layout| layout.detail);
    let Some((mut detail, area)) = state.shown_detail().zip(area) else { return };
    let lines = view::line_count(state, &detail, area).into();
    detail.go(motion, Extent { lines, height: view::rows(area).into(), wrapped: lines });
    state.peeked = Some(detail);
}

/// Replaces the detail with that of another row in the list beneath, if there is one.
pub(crate) fn step_row(state: &mut ConsoleState, by: isize) {
    let before = state.layers.pop();
    let selected = subject(state);
    motion::go(state, Motion::Rows(by));
    match subject(state).filter(|subject| selected.as_ref() != Some(subject)) {
        Some(subject) => state.layers.push(Detail::of(subject)),
        None => {
            before.into_iter().for_each(|layer| state.layers.push_boxed(layer));
            let end =
                if by > 0 { "next row: this is the last row" } else { "previous row: this is the first row" };
            state.say(Level::Note, end);
        }
    }
}

/// Returns the selection in the focused layer or pane.
pub(crate) fn subject(state: &ConsoleState) -> Option<Subject> {
    if let Some(layer) = state.layers.below_help()
        && matches!(layer.place(), Place::Detail | Place::List)
    {
        return layer.selection();
    }
    state.focus.list().selection(state)
}

/// Moves to the pane on the left; in a document, folds.
pub(crate) fn left(state: &mut ConsoleState) {
    if state.layers.top_as::<Detail>().is_some() {
        return set_fold(state, true);
    }
    state.focus(state.focus.beside(-1).unwrap_or(Pane::Spaces));
}

/// Moves to the pane on the right; in a document, unfolds.
pub(crate) fn right(state: &mut ConsoleState) {
    if state.layers.top_as::<Detail>().is_some() {
        return set_fold(state, false);
    }
    state.focus(state.focus.beside(1).unwrap_or(state.main));
}

fn detail(state: &mut ConsoleState) -> Option<&mut Detail> {
    state.layers.top_as_mut()
}

/// Returns the lines of the document on top.
fn top_lines(state: &ConsoleState) -> Option<Arc<[JsonLine]>> {
    state.layers.top_as().map(|detail| state.lines(detail))
}

/// Folds or unfolds the part under the cursor.
pub(crate) fn toggle_fold(state: &mut ConsoleState) {
    let Some(detail) = state.layers.top_as() else { return };
    let folded = state.lines(detail).get(detail.cursor).is_some_and(|line| line.fold == LineFold::Folded);
    set_fold(state, !folded);
}

/// Folds or unfolds the part under the cursor. On a line without parts, folds the part that contains it.
fn set_fold(state: &mut ConsoleState, fold: bool) {
    let Some(lines) = top_lines(state) else { return };
    let Some(detail) = detail(state) else { return };
    let Some(line) = lines.get(detail.cursor) else { return };
    let stands_for_its_parent = match line.fold {
        LineFold::None => !is_closing(&line.text),
        LineFold::Folded => true,
        LineFold::Open => false,
    };
    let start = if fold && stands_for_its_parent { line.parent } else { line.start };
    let changed = if fold { detail.folded.insert(start) } else { detail.folded.remove(&start) };
    if changed {
        let lines = top_lines(state).unwrap_or_default();
        let Some(detail) = self::detail(state) else { return };
        detail.cursor = lines.iter().position(|line| line.start == start).unwrap_or(0);
    }
}

fn is_closing(text: &str) -> bool {
    matches!(text, "}" | "]")
}

/// Folds all parts of the document, or unfolds all if any is folded.
pub(crate) fn fold_all(state: &mut ConsoleState) {
    let Some(lines) = top_lines(state) else { return };
    let Some(detail) = detail(state) else { return };
    detail.cursor = 0;
    detail.top = 0;
    if !detail.folded.is_empty() {
        return detail.folded.clear();
    }
    let parts = lines.iter().filter(|line| line.fold == LineFold::Open && line.depth > 0);
    detail.folded = parts.map(|line| line.start).collect();
}

/// Returns true if the list on screen is the history of the selected entity.
pub(super) fn is_in_history(state: &ConsoleState) -> bool {
    let shown = state.layers.shown::<History>();
    shown.zip(subject(state)).is_some_and(|(history, subject)| match subject {
        Subject::Event(event) => (event.space_id, &event.entity_id) == (history.space_id, &history.entity_id),
        _ => false,
    })
}

/// Lists the events of the selected entity.
pub(crate) fn history(state: &mut ConsoleState) {
    match subject(state) {
        Some(Subject::Event(event)) => {
            trail::keep(state);
            history::show(state, event.space_id, event.entity_id.clone(), None);
        }
        Some(Subject::Entry { space_id, entry, .. }) => {
            trail::keep(state);
            history::show(state, space_id, entry.key.clone(), Some(entry.key.clone()));
        }
        Some(
            Subject::Projection { .. }
            | Subject::Space(_)
            | Subject::Job(_)
            | Subject::Operation(_)
            | Subject::Difference { .. },
        )
        | None => {}
    }
}

/// Returns the event that caused the one shown.
pub(crate) fn cause(subject: &Subject) -> Option<EventId> {
    match subject {
        Subject::Event(event) => event.causation_id,
        _ => None,
    }
}

/// Goes to the event that caused the one shown.
pub(crate) fn go_to_cause(state: &mut ConsoleState, effects: &mut Effects) {
    if let Some(cause) = subject(state).as_ref().and_then(cause) {
        link::go_to_event(state, cause, effects);
    }
}

/// Returns the command that shows an item, or does what a job does.
pub(super) fn commands(state: &ConsoleState, detail: &Detail) -> Commands {
    let line = match &detail.subject {
        Subject::Event(event) => CommandLine::of("events show")
            .name(&event.event_id.0.to_string())
            .flag("--changes", matches!(detail.changes, Some(Loadable::Ready(_)))),
        Subject::Entry { space_id, projection, entry } if detail.blame != BlameView::Hidden => {
            CommandLine::of("projections blame")
                .name(&state.space_name(*space_id))
                .name(&entry.key)
                .option("--projection", projection)
        }
        Subject::Entry { space_id, projection, entry } => {
            let line = CommandLine::of("projections get").name(&state.space_name(*space_id)).name(&entry.key);
            let at = state.travel.as_ref().map(|travel| travel.at.to_string());
            let line = line.option("--projection", projection).option_if("--at", at.as_deref());
            return with_references(line, &detail.references);
        }
        Subject::Projection { name, .. } => CommandLine::of("checkpoints list").option("--projection", name),
        Subject::Space(space_id) => CommandLine::of("spaces show").name(&state.space_name(*space_id)),
        Subject::Job(id) => match state.jobs.get(*id) {
            Some(job) => command_line::of_operation(&job.operation, &job.about),
            None => return Commands::default(),
        },
        Subject::Difference { space_id, projection, sides, field } => {
            let line = sides.command(state, *space_id);
            line.option("--key", &field.key).option("--projection", projection)
        }
        Subject::Operation(operation) => {
            let before = operation.operation_id.0.saturating_sub(1);
            CommandLine::of("log").option("--after", &before.to_string()).option("--limit", "1")
        }
    };
    line.into()
}
