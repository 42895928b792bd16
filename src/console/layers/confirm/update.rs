//! Confirmation dialogs, which say what will happen, with numbers.

use crate::console::app::effect::Effects;
use crate::console::app::state::State;
use crate::console::layers::confirm::state::Dialog;
use crate::console::layers::form;
use crate::console::layers::form::state::Form;
use crate::console::panes::{jobs, spaces};
use crate::operations::{AnyOperation, Check, Rebuild};

/// The subject of a job on the whole file.
const THE_FILE: &str = "the file";

/// Asks before an operation on its target spaces, skipping those on which it cannot run.
pub(crate) fn ask(state: &mut State, operation: AnyOperation) {
    let (spaces, left_out) = spaces::sorted_out(state, &operation);
    state.layers.push(Dialog::Operation { operation, spaces, left_out });
}

/// Asks before the whole file is checked.
pub(crate) fn ask_check(state: &mut State) {
    let operation = AnyOperation::Check(Check { deep: false, repair: false });
    state.layers.push(Dialog::Operation { operation, spaces: Vec::new(), left_out: Vec::new() });
}

/// Closes the form on top. If it has changes, asks before they are discarded.
pub(crate) fn close_form(state: &mut State) {
    let Some(form) = state.layers.top_as::<Form>() else { return };
    if form.is_changed() {
        let title = form.title.clone();
        state.layers.push(Dialog::Discard { title });
    } else {
        state.layers.pop();
    }
}

/// Does what the dialog on top asks about.
pub(crate) fn confirm(state: &mut State, effects: &mut Effects) {
    let Some(dialog) = state.layers.top_as_mut::<Dialog>() else { return };
    let (operation, spaces) = match dialog {
        Dialog::Operation { operation, spaces, .. } => (operation.clone(), std::mem::take(spaces)),
        Dialog::Discard { .. } => {
            form::close(state);
            return;
        }
        Dialog::Quit { .. } => {
            state.quit = true;
            return;
        }
    };
    state.layers.pop();
    if let AnyOperation::Check(_) = operation {
        return jobs::queue_on_file(state, operation, THE_FILE, effects);
    }
    let spaces = spaces.into_iter().map(|space| (operation.clone(), space.space));
    jobs::queue(state, spaces.collect(), effects);
}

/// Switches between skipping events that cannot be applied and stopping at them.
pub(crate) fn toggle_skip_errors(state: &mut State) {
    if let Some(AnyOperation::Rebuild(Rebuild { skip_errors })) = asked(state) {
        *skip_errors = !*skip_errors;
    }
}

/// Switches the deep check on or off.
pub(crate) fn toggle_deep(state: &mut State) {
    if let Some(AnyOperation::Check(Check { deep, .. })) = asked(state) {
        *deep = !*deep;
    }
}

/// Switches between repairing and only checking.
pub(crate) fn toggle_repair(state: &mut State) {
    if let Some(AnyOperation::Check(Check { repair, .. })) = asked(state) {
        *repair = !*repair;
    }
}

/// Returns the operation that the dialog on top asks about.
fn asked(state: &mut State) -> Option<&mut AnyOperation> {
    match state.layers.top_as_mut::<Dialog>()? {
        Dialog::Operation { operation, .. } => Some(operation),
        Dialog::Discard { .. } | Dialog::Quit { .. } => None,
    }
}

/// Quits. If a job is running, asks first.
pub(crate) fn quit(state: &mut State) {
    let asked = matches!(state.layers.top_as(), Some(Dialog::Quit { .. }));
    if state.jobs.running().is_none() || asked {
        state.quit = true;
        return;
    }
    let queued = state.jobs.queued().count();
    state.layers.push(Dialog::Quit { queued });
}
