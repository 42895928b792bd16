//! Questions before something is done: what will happen, with numbers.

use crate::console::state::{Dialog, Failure, Inventory, JobKind, Layer, Loadable, State, TextInput};
use crate::text::visible;

use super::{Answer, Changed, Effect, able_space, jobs, target};

/// Asks before an operation on the spaces that it is about. Those to which it cannot be done are left out.
pub(super) fn ask(state: &mut State, kind: JobKind) {
    let mut spaces = Vec::new();
    let mut left_out = Vec::new();
    for found in able_space::targets(state) {
        match able_space::able_to(state, kind, found) {
            Ok(()) => spaces.push(found.clone()),
            Err(reason) => left_out.push((found.space.space_name.clone(), reason.0.into_owned())),
        }
    }
    state.layers.push(Layer::Dialog(Box::new(Dialog::Operation { kind, spaces, left_out })));
}

/// Asks before a space is deleted: what there is to lose, and the name.
pub(super) fn ask_delete(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(space) = target(state).cloned().map(Box::new) else { return };
    let request = state.request();
    effects.push(Effect::TakeInventory { request, space_id: space.space.space_id });
    let inventory = Loadable::Pending(request);
    let dialog = Dialog::Delete { space, inventory, typed: TextInput::line(), purge: false, error: None };
    state.layers.push(Layer::Dialog(Box::new(dialog)));
}

/// What there is to lose is known.
pub(super) fn inventory(state: &mut State, answer: Answer<Inventory, Failure>) -> Changed {
    let asked = |layer: &mut Layer| match layer {
        Layer::Dialog(dialog) => match &mut **dialog {
            Dialog::Delete { inventory, .. } if *inventory == Loadable::Pending(answer.request) => Some(true),
            _ => None,
        },
        _ => None,
    };
    let Some(index) = state.layers.iter_mut().position(|layer| asked(layer).is_some()) else {
        return Changed::No;
    };
    if let Layer::Dialog(dialog) = &mut state.layers[index]
        && let Dialog::Delete { inventory, .. } = &mut **dialog
    {
        *inventory = match answer.result {
            Ok(found) => Loadable::Ready(found),
            Err(failure) => Loadable::Failed(failure),
        };
    }
    Changed::Yes
}

/// The answer is yes.
pub(super) fn confirm(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(Layer::Dialog(dialog)) = state.layers.last_mut() else { return };
    let (kind, spaces) = match &mut **dialog {
        Dialog::Operation { kind, spaces, .. } => (*kind, std::mem::take(spaces)),
        Dialog::Delete { space, typed, purge, error, .. } => {
            let name = space.space.space_name.as_str();
            // Not every character can be typed; what is shown can.
            if typed.text() != name && typed.text() != visible(name) {
                *error = Some(format!("type {} to delete it", space.space.space_name));
                return;
            }
            (JobKind::Delete { purge: *purge }, vec![(**space).clone()])
        }
        Dialog::Quit { .. } => {
            state.quit = true;
            return;
        }
    };
    state.layers.pop();
    if able_space::is_about_marked(state) {
        for space in &spaces {
            state.spaces.marked.remove(&space.space.space_id);
        }
    }
    jobs::queue(state, kind, spaces.into_iter().map(|space| space.space), effects);
}

/// Leaves out events that cannot be applied, or stops at them.
pub(super) fn toggle_skip_errors(state: &mut State) {
    let Some(Layer::Dialog(dialog)) = state.layers.last_mut() else { return };
    if let Dialog::Operation { kind: kind @ JobKind::Rebuild { .. }, .. } = &mut **dialog {
        *kind = JobKind::Rebuild { skip_errors: *kind == JobKind::Rebuild { skip_errors: false } };
    }
}

/// Has the file rewritten after the delete, or not.
pub(super) fn toggle_purge(state: &mut State) {
    let Some(Layer::Dialog(dialog)) = state.layers.last_mut() else { return };
    if let Dialog::Delete { purge, .. } = &mut **dialog {
        *purge = !*purge;
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
