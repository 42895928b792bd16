//! The audit log: opened, narrowed to a space, kept up to date.

use std::sync::Arc;

use crate::console::app::state::{Failure, Level, State};
use crate::console::app::window::Slice;
use crate::console::layers::audit::state::{OperationRow, Operations};
use crate::console::panes::detail::{Detail, Subject};

use crate::console::app::arrival::take_in;
use crate::console::app::message::Answer;
use crate::console::app::update::Changed;

/// Opens the audit log, or goes back to it if it is already open beneath.
pub(crate) fn open(state: &mut State) {
    if !state.layers.return_to::<Operations>() {
        state.layers.push(Operations::of(None));
    }
}

/// Switches between the entries of the selected space and all entries.
pub(crate) fn toggle_space(state: &mut State) {
    let selected = state.space().map(|found| found.space.space_name.clone());
    let Some(operations) = state.layers.top_as_mut::<Operations>() else { return };
    let wanted = match (&operations.space_name, selected) {
        (Some(_), _) => None,
        (None, Some(name)) => Some(name),
        (None, None) => return state.say(Level::Warning, "one space: there is no space yet"),
    };
    *operations = Operations::of(wanted);
}

/// Looks for entries that were added or finished.
pub(crate) fn changed(state: &mut State) {
    state.layers.each_mut().for_each(Operations::recheck);
}

/// Shows a page of entries.
pub(crate) fn loaded(state: &mut State, answer: Answer<Slice<OperationRow>, Failure>) -> Changed {
    let height = state.viewports.layer.into();
    let Some(operations) = state.layers.each_mut::<Operations>().next() else { return Changed::No };
    let taken = take_in(&mut operations.window, &mut operations.failure, answer, height);
    if taken == Changed::Yes {
        if std::mem::take(&mut operations.window.stale) {
            operations.recheck();
        }
        let rows: Vec<OperationRow> = operations.window.rows.iter().cloned().collect();
        refresh_details(state, &rows);
    }
    taken
}

/// Updates the open details of operations.
fn refresh_details(state: &mut State, rows: &[OperationRow]) {
    for detail in state.layers.each_mut::<Detail>() {
        let Subject::Operation(operation) = &mut detail.subject else { continue };
        if let Some(OperationRow(now)) = rows.iter().find(|row| row.0.operation_id == operation.operation_id)
        {
            *operation = Arc::clone(now);
        }
    }
}
