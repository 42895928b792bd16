//! The order of the checkpoints, all of which are loaded.

use crate::console::app::action::Section::View;
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::context::KeyContext;
use crate::console::app::state::{ConsoleState, Level};
use crate::console::panes::checkpoints::CheckpointRow;
use crate::console::panes::spaces;
use crate::operations::CheckpointOrder;

/// The actions of the pane.
pub(crate) const ACTIONS: &[Spec] = &[Spec {
    action: Action::Sort,
    section: View,
    title: "sort",
    description: "Sort like the spaces, by name, lag or last error",
    keys: &["s"],
    contexts: |here| here == KeyContext::Checkpoints,
    hint: Some(Rank::SortSpaces),
    enabled: spaces::has_space,
    run: |state, _| set(state, state.checkpoints.order.next(), false),
    ..Spec::ALWAYS
}];

/// Returns the order of a column, by its title.
pub(super) fn by_column(title: &str) -> Option<CheckpointOrder> {
    CheckpointOrder::named(title).filter(|order| *order != CheckpointOrder::Spaces)
}

/// Sorts by a column, or reverses the order if the rows are already sorted by it.
pub(super) fn sort_by(state: &mut ConsoleState, column: &str) {
    match by_column(column) {
        Some(order) => {
            let is_reversed = state.checkpoints.order == order && !state.checkpoints.is_reversed;
            set(state, order, is_reversed);
        }
        None => state.say(Level::Note, "checkpoints are sorted by name, lag or last error"),
    }
}

fn set(state: &mut ConsoleState, order: CheckpointOrder, is_reversed: bool) {
    (state.checkpoints.order, state.checkpoints.is_reversed) = (order, is_reversed);
    spaces::show_spaces(state);
    let text = match order {
        CheckpointOrder::Spaces => "sorted like the spaces".to_owned(),
        _ => format!("sorted by {}{}", order.title(), if is_reversed { ", reversed" } else { "" }),
    };
    state.say(Level::Info, text);
}

/// Sorts rows that are in the order of the spaces. Equal ones stay in that order.
pub(super) fn sort(state: &ConsoleState, rows: &mut [CheckpointRow]) {
    let look = |row: &CheckpointRow| {
        let space = state.spaces.get(row.space_id)?;
        Some((space, space.projections.get(row.projection)))
    };
    state.checkpoints.order.sort(rows, look);
    if state.checkpoints.is_reversed {
        rows.reverse();
    }
}
