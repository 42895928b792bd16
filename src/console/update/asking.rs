//! Questions before something is done: what will happen, with numbers.

use crate::console::state::{Dialog, JobKind, Layer, State};

use super::{Effect, able_space, deleting, forms, jobs};

/// What a job is about that is about all there is.
const THE_FILE: &str = "the file";

/// Asks before an operation on the spaces that it is about. Those to which it cannot be done are left out.
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

/// Asks before a form is discarded in which something was typed. Returns false if there is none to be kept.
pub(super) fn keeps_form(state: &mut State) -> bool {
    let Some(Layer::Form(form)) = state.top() else { return false };
    if !form.is_changed() {
        return false;
    }
    let title = form.title.clone();
    state.layers.push(Layer::Dialog(Box::new(Dialog::Discard { title })));
    true
}

/// The answer is yes.
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

/// Leaves out events that cannot be applied, or stops at them.
pub(super) fn toggle_skip_errors(state: &mut State) {
    if let Some(JobKind::Rebuild { skip_errors }) = asked(state) {
        *skip_errors = !*skip_errors;
    }
}

/// Compares indexes and projections too, or not.
pub(super) fn toggle_deep(state: &mut State) {
    if let Some(JobKind::Check { deep, .. }) = asked(state) {
        *deep = !*deep;
    }
}

/// Repairs what can be worked out from what is there, or only looks.
pub(super) fn toggle_repair(state: &mut State) {
    if let Some(JobKind::Check { repair, .. }) = asked(state) {
        *repair = !*repair;
    }
}

/// The operation that is asked about.
fn asked(state: &mut State) -> Option<&mut JobKind> {
    let Some(Layer::Dialog(dialog)) = state.layers.last_mut() else { return None };
    match &mut **dialog {
        Dialog::Operation { kind, .. } => Some(kind),
        Dialog::Delete(_) | Dialog::Discard { .. } | Dialog::Quit { .. } => None,
    }
}

/// Ends the program, after a question if jobs run.
pub(super) fn quit(state: &mut State) {
    let asked = matches!(state.top(), Some(Layer::Dialog(dialog)) if matches!(**dialog, Dialog::Quit { .. }));
    if state.jobs.running().is_none() || asked {
        state.quit = true;
        return;
    }
    let queued = state.jobs.queued().count();
    state.layers.push(Layer::Dialog(Box::new(Dialog::Quit { queued })));
}
