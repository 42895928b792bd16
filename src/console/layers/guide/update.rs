//! The guide: moving between its steps, running them, and showing the place of each.

use crate::console::app::context::KeyContext;
use crate::console::app::effect::{Effects, StepCommand};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, Loadable};
use crate::console::app::update;
use crate::console::app::update::Changed;
use crate::console::layers::guide::{CommandOutput, Guide, StepPlace, Walk};
use crate::console::layers::subscriptions::SubscriptionsView;
use crate::console::layers::trace::TraceView;
use crate::console::layers::{blame, compare, history, prompt};
use crate::console::panes::detail::{Detail, KeyPlace, Subject};
use crate::console::panes::{Filter, Pane, events, projections, spaces, travel};
use crate::space::SpaceId;

/// Runs the current step, then shows its place.
pub(super) fn run_step(state: &mut ConsoleState, effects: &mut Effects) {
    let request = state.request();
    let Some(walk) = &mut state.walk else { return };
    walk.outputs.insert(walk.at, Loadable::Pending(request));
    walk.going = true;
    effects.push(StepCommand { request, step: walk.at });
}

/// Shows the output of a step, or its failure.
pub(crate) fn show_output(
    state: &mut ConsoleState,
    answer: Answer<Vec<CommandOutput>, ErrorText>,
) -> Changed {
    let Some(walk) = &mut state.walk else { return Changed::No };
    let pending = Loadable::Pending(answer.request);
    let Some(output) = walk.outputs.values_mut().find(|output| **output == pending) else {
        return Changed::No;
    };
    *output = match answer.result {
        Ok(lines) => Loadable::Ready(lines),
        Err(failure) => Loadable::Failed(failure),
    };
    // The output is at the end.
    if let Some(guide) = state.layers.top_as_mut::<Guide>() {
        guide.top = usize::MAX;
    }
    update::changed(state);
    Changed::Yes
}

/// Moves by this many steps, and shows the place of the new one.
pub(super) fn go(state: &mut ConsoleState, by: isize) {
    let Some(walk) = &mut state.walk else { return };
    walk.at = walk.at.saturating_add_signed(by).min(walk.steps.len() - 1);
    walk.going = true;
    if let Some(guide) = state.layers.top_as_mut::<Guide>() {
        guide.top = 0;
    }
}

/// Goes to a step, and to the place that shows it.
pub(crate) fn go_to(state: &mut ConsoleState, step: usize) {
    let Some(walk) = &mut state.walk else { return };
    walk.at = step.min(walk.steps.len() - 1);
    (walk.going, walk.shown) = (true, true);
}

/// Shows or hides the guide.
pub(super) fn toggle(state: &mut ConsoleState) {
    if let Some(walk) = &mut state.walk {
        walk.shown = !walk.shown;
    }
}

/// Opens the current step over everything else.
pub(super) fn read(state: &mut ConsoleState) {
    state.layers.push(Guide::default());
}

/// Cancels going to the place of the step, because the user has moved on.
pub(crate) fn cancel_going(state: &mut ConsoleState) {
    if let Some(walk) = &mut state.walk {
        walk.going = false;
    }
}

/// Goes to the place of the current step once it is ready, without interrupting text input or a question.
pub(crate) fn arrive(state: &mut ConsoleState) -> Changed {
    let Some(walk) = state.walk.as_ref().filter(|walk| walk.going) else { return Changed::No };
    let Some(place) = walk.step().map(|step| step.place.clone()) else { return Changed::No };
    let is_at_leisure = |context: KeyContext| context.is_view() || context.has_guide();
    let at_leisure = state.layers.iter().all(|layer| is_at_leisure(layer.context()));
    if at_leisure && is_unsettled(state, walk, &place) {
        return Changed::No;
    }
    cancel_going(state);
    if !at_leisure {
        return Changed::No;
    }
    show(state, &place);
    Changed::Yes
}

/// Returns true if the place of a step is not ready: the step is running, or its new space is not loaded yet.
fn is_unsettled(state: &ConsoleState, walk: &Walk, place: &StepPlace) -> bool {
    let spaces = &state.spaces;
    let is_running = matches!(walk.outcome(), Some(Loadable::Pending(_)));
    let missing = place.space().is_some_and(|name| spaces.named(name).is_none());
    !spaces.loaded || is_running || (missing && spaces.reading.is_due())
}

/// Shows the place of a step. If the guide is open over the panes, it stays on top.
fn show(state: &mut ConsoleState, place: &StepPlace) {
    let guide = state.layers.pop_as::<Guide>();
    state.layers.clear();
    travel::leave(state);
    let space = place.space().and_then(|name| select(state, name));
    match (place, space) {
        (StepPlace::Spaces, _) => state.focus(Pane::Spaces),
        (StepPlace::Checkpoints, _) => state.focus(Pane::Checkpoints),
        (StepPlace::Trace(event_id), _) => state.layers.push(TraceView::of(*event_id)),
        (StepPlace::Subscriptions, _) => state.layers.push(SubscriptionsView::default()),
        (StepPlace::Space(_), Some(space_id)) => {
            state.focus(Pane::Spaces);
            state.layers.push(Detail::of(Subject::Space(space_id)));
        }
        (StepPlace::Events(_), Some(space_id)) => events::show_newest(state, space_id),
        (StepPlace::Query { query, .. }, Some(space_id)) => {
            events::show_newest(state, space_id);
            prompt::set_filter(state, Pane::Events, Filter(query.clone()));
        }
        (StepPlace::Key { projection, key, .. }, Some(space_id)) => {
            projections::show_key(state, space_id, projection, key)
        }
        (StepPlace::Blame { projection, key, path, .. }, Some(space_id)) => {
            projections::show_key(state, space_id, projection, key);
            blame::show(state, KeyPlace::now(space_id, projection, key), path.clone());
        }
        (StepPlace::Past { at, .. }, Some(space_id)) => {
            state.focus(Pane::Events);
            travel::show(state, space_id, *at);
        }
        (StepPlace::Fork(_), Some(space_id)) => {
            state.focus(Pane::Spaces);
            compare::show_fork(state, space_id);
        }
        (StepPlace::Entity { entity_id, .. }, Some(space_id)) => {
            events::show_newest(state, space_id);
            history::show(state, space_id, entity_id.clone(), None);
        }
        // The space was deleted.
        (_, None) => state.focus(Pane::Spaces),
    }
    guide.into_iter().for_each(|guide| state.layers.push_boxed(guide));
}

/// Selects a space by its name.
fn select(state: &mut ConsoleState, name: &str) -> Option<SpaceId> {
    let space_id = state.spaces.named(name)?;
    spaces::select_space(state, space_id);
    Some(space_id)
}
