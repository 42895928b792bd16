//! Going to the spaces and projections that need attention.

use crate::console::app::action::Section::View;
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::context::SPACES;
use crate::console::app::state::{ConsoleState, Level};
use crate::console::panes::checkpoints::{CheckpointRow, select, selected_place};
use crate::console::panes::spaces::{Tally, select_space};
use crate::console::panes::{Pane, travel};
use crate::operations::SpaceOverview;

/// The action that leads from one to the next.
pub(crate) const PROBLEM_ACTIONS: &[Spec] = &[Spec {
    action: Action::NextProblem,
    section: View,
    title: "next problem",
    brief: "problem",
    description: "Go to the next space or projection that needs attention: it lags, is blocked or outdated",
    keys: &["!"],
    contexts: SPACES,
    hint: Some(Rank::InSpaces),
    applies: travel::is_now,
    enabled: check_other,
    run: |state, _| go_to_next(state),
    ..Spec::ALWAYS
}];

/// Selects the projection of the selected space that most needs attention, if any does.
pub(crate) fn select_most_troubled(state: &mut ConsoleState) {
    let name =
        state.space().and_then(SpaceOverview::most_troubled).map(|projection| projection.name.to_string());
    if let Some(name) = name {
        state.projections.chosen = name;
    }
}

fn check_other(state: &ConsoleState) -> Availability {
    let reason = match state.spaces.tally.needs_attention() {
        0 => "every projection is current",
        _ => "nothing else needs attention",
    };
    available_if(has_other(state), reason)
}

/// Returns true if something other than the selected row needs attention.
pub(crate) fn has_other(state: &ConsoleState) -> bool {
    let all = state.spaces.tally.needs_attention();
    let Some(space) = state.space() else { return all > 0 };
    let mut here = Tally::default();
    here.add(space, false);
    let troubled = space.projections.iter().filter(|projection| space.is_troubled(projection)).count();
    let is_by_projection = state.focus == Pane::Checkpoints;
    all > here.needs_attention() || (is_by_projection && troubled > usize::from(is_troubled_row(state)))
}

/// Returns true if the selected projection needs attention.
fn is_troubled_row(state: &ConsoleState) -> bool {
    let listed =
        state.space().and_then(|space| space.projection(state.listed_projection()).map(|one| (space, one)));
    listed.is_some_and(|(space, projection)| space.is_troubled(projection))
}

/// Goes to the next row, in the order of the focused pane, that needs attention. After the last one follows the first.
fn go_to_next(state: &mut ConsoleState) {
    let is_found = match state.focus {
        Pane::Checkpoints => {
            let rows = state.checkpoint_rows();
            let next = next(rows, selected_place(state), |row| is_troubled(state, row));
            next.map(|place| select(state, place))
        }
        _ => {
            let spaces = &state.spaces;
            let place = spaces.selected.and_then(|space_id| spaces.shown.place(space_id));
            let needs =
                |space_id: &_| spaces.get(*space_id).is_some_and(|space| space.most_troubled().is_some());
            let next = next(&spaces.shown, place, needs).map(|place| spaces.shown[place]);
            next.map(|space_id| {
                select_space(state, space_id);
                select_most_troubled(state);
            })
        }
    };
    if is_found.is_none() {
        state.say(Level::Note, "no row of this list needs attention");
    }
}

/// Returns the index of the next row of this kind after a place, wrapping around.
fn next<T>(rows: &[T], after: Option<usize>, is_wanted: impl Fn(&T) -> bool) -> Option<usize> {
    let first = after.map_or(0, |place| place + 1);
    let mut places = (0..rows.len()).map(|step| (first + step) % rows.len());
    places.find(|place| is_wanted(&rows[*place]))
}

fn is_troubled(state: &ConsoleState, row: &CheckpointRow) -> bool {
    let Some(space) = state.spaces.get(row.space_id) else { return false };
    space.projections.get(row.projection).is_some_and(|projection| space.is_troubled(projection))
}
