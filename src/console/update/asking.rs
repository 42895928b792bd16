//! Questions before something is done: what will happen, with numbers.

use crate::console::state::{Dialog, Failure, Inventory, JobKind, Layer, Loadable, State, TextInput};
use crate::operations::SpaceOverview;
use crate::text::{counted, grouped};

use super::{Answer, Changed, Effect, jobs, target};

/// Asks before an operation on the space.
pub(super) fn ask(state: &mut State, kind: JobKind) {
    let Some(space) = target(state).cloned() else { return };
    let plan = plan(kind, &space);
    state.layers.push(Layer::Dialog(Box::new(Dialog::Operation { kind, space, plan })));
}

/// What will happen, line by line.
fn plan(kind: JobKind, space: &SpaceOverview) -> Vec<String> {
    let last = space.head.last_sequence.0;
    let keys = counted(space.checkpoint.entities, "key", "keys");
    match kind {
        JobKind::Rebuild { skip_errors } => vec![
            format!("{} replayed into a new projection", counted(last, "event is", "events are")),
            format!("until that is whole, everybody sees the old one with its {keys}"),
            "other spaces are not touched; cancelled or failed, the old projection stands".to_owned(),
            if skip_errors {
                "an event that cannot be applied is left out and listed".to_owned()
            } else {
                "an event that cannot be applied stops the rebuild".to_owned()
            },
        ],
        JobKind::CatchUp => vec![
            format!("{} applied to the projection", counted(space.lag(), "event is", "events are")),
            format!(
                "its checkpoint goes from sequence {} to {}",
                grouped(space.checkpoint.sequence.0),
                grouped(last)
            ),
            "cancelled, what was applied by then stays applied".to_owned(),
        ],
        JobKind::Verify => vec![
            format!(
                "{} replayed beside the projection",
                counted(space.checkpoint.sequence.0, "event is", "events are")
            ),
            format!(
                "its {} compared with what the events amount to",
                counted(space.checkpoint.entities, "key is", "keys are")
            ),
            "nothing is written".to_owned(),
        ],
        JobKind::Delete { .. } => Vec::new(),
    }
}

/// Asks before a space is deleted: what there is to lose, and the name.
pub(super) fn ask_delete(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(space) = target(state).cloned() else { return };
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
    let (kind, space) = match &mut **dialog {
        Dialog::Operation { kind, space, .. } => (*kind, space),
        Dialog::Delete { space, typed, purge, error, .. } => {
            if typed.text() != space.space.space_name {
                *error = Some(format!("type {} to delete it", space.space.space_name));
                return;
            }
            (JobKind::Delete { purge: *purge }, space)
        }
        Dialog::Quit { .. } => {
            state.quit = true;
            return;
        }
    };
    let space = space.space.clone();
    state.layers.pop();
    jobs::start(state, kind, space, effects);
}

/// Leaves out events that cannot be applied, or stops at them.
pub(super) fn toggle_skip_errors(state: &mut State) {
    let Some(Layer::Dialog(dialog)) = state.layers.last_mut() else { return };
    if let Dialog::Operation { kind: kind @ JobKind::Rebuild { .. }, space, plan: lines } = &mut **dialog {
        *kind = JobKind::Rebuild { skip_errors: *kind == JobKind::Rebuild { skip_errors: false } };
        *lines = plan(*kind, space);
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
    match state.jobs.jobs.iter().filter(|job| job.is_running()).count() {
        running if running > 0 && !asked => {
            state.layers.push(Layer::Dialog(Box::new(Dialog::Quit { running })));
        }
        _ => state.quit = true,
    }
}
