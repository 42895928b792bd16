//! Confirmation dialogs, which say what will happen, with numbers.

use crate::console::state::{Dialog, JobKind, Layer, State};

use super::{Effect, able_space, deleting, forms, jobs};

/// The subject of a job on the whole file.
const THE_FILE: &str = "the file";

/// Asks before an operation on its target spaces, skipping those on which it cannot run.
pub(super) fn ask(state: &mut State, kind: JobKind) {
    let (spaces, left_out) = able_space::sorted_out(state, &kind);
    state.layers.push(Layer::Dialog(Box::new(Dialog::Operation { kind, spaces, left_out })));
}

/// Asks before the whole file is checked.
pub(super) fn ask_check(state: &mut State) {
    let kind = JobKind::Check { deep: false, repair: false };
    let dialog = Dialog::Operation { kind, spaces: Vec::new(), left_out: Vec::new() };
    state.layers.push(Layer::Dialog(Box::new(dialog)));
}

/// Asks before a form with changes is discarded. Returns false if there is no such form.
pub(super) fn keeps_form(state: &mut State) -> bool {
    let Some(Layer::Form(form)) = state.top() else { return false };
    if !form.is_changed() {
        return false;
    }
    let title = form.title.clone();
    state.layers.push(Layer::Dialog(Box::new(Dialog::Discard { title })));
    true
}

/// Does what the dialog on top asks about.
pub(super) fn confirm(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Layer::Dialog(dialog)) = state.layers.last_mut() else { return };
    let (kind, spaces) = match &mut **dialog {
        Dialog::Operation { kind, spaces, .. } => (kind.clone(), std::mem::take(spaces)),
        Dialog::Delete(_) => return deleting::confirm(state, effects),
        Dialog::Discard { .. } => {
            forms::close(state);
            return;
        }
        Dialog::Quit { .. } => {
            state.quit = true;
            return;
        }
    };
    state.layers.pop();
    if let JobKind::Check { .. } = kind {
        return jobs::queue_on_file(state, kind, THE_FILE, effects);
    }
    let spaces = spaces.into_iter().map(|space| (kind.clone(), space.space));
    jobs::queue(state, spaces.collect(), effects);
}

/// Switches between skipping events that cannot be applied and stopping at them.
pub(super) fn toggle_skip_errors(state: &mut State) {
    if let Some(JobKind::Rebuild { skip_errors }) = asked(state) {
        *skip_errors = !*skip_errors;
    }
}

/// Switches the deep check on or off.
pub(super) fn toggle_deep(state: &mut State) {
    if let Some(JobKind::Check { deep, .. }) = asked(state) {
        *deep = !*deep;
    }
}

/// Switches between repairing and only checking.
pub(super) fn toggle_repair(state: &mut State) {
    if let Some(JobKind::Check { repair, .. }) = asked(state) {
        *repair = !*repair;
    }
}

/// Returns the operation that the dialog on top asks about.
fn asked(state: &mut State) -> Option<&mut JobKind> {
    let Some(Layer::Dialog(dialog)) = state.layers.last_mut() else { return None };
    match &mut **dialog {
        Dialog::Operation { kind, .. } => Some(kind),
        Dialog::Delete(_) | Dialog::Discard { .. } | Dialog::Quit { .. } => None,
    }
}

/// Quits. If a job is running, asks first.
pub(super) fn quit(state: &mut State) {
    let asked = matches!(state.top(), Some(Layer::Dialog(dialog)) if matches!(**dialog, Dialog::Quit { .. }));
    if state.jobs.running().is_none() || asked {
        state.quit = true;
        return;
    }
    let queued = state.jobs.queued().count();
    state.layers.push(Layer::Dialog(Box::new(Dialog::Quit { queued })));
}
