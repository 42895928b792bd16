//! The hints, which name the available actions, the likely next one first.

use crate::console::app::action::{Action, Hint, Rank, Spec};
use crate::console::app::bottom::NAMES_PALETTE;
use crate::console::app::context::{KeyContext, SPACES, context};
use crate::console::app::keymap::offered;
use crate::console::app::state::ConsoleState;
use crate::console::app::table::{self, WayBack};
use crate::console::panes::checkpoints;
use crate::console::panes::jobs::current_job;
use crate::console::panes::spaces::chosen_projection;
use crate::error::Remedy;
use crate::operations::{ProjectionStatus, SpaceOverview};
use crate::space::SpaceState;

/// Returns the hints for the current context: the likely next action first, then by rank. Actions that would be refused
/// appear only in the help, with the reason.
pub fn hints(state: &ConsoleState) -> Vec<Hint> {
    hints_in(state, context(state))
}

/// Returns the hints for a context, which may be that beneath the help.
pub(crate) fn hints_in(state: &ConsoleState, here: KeyContext) -> Vec<Hint> {
    let elsewhere = |action| named_by_guide(state, action) && here != KeyContext::Guide;
    let mut hints = ranked(state, here, |spec| !elsewhere(spec.action));
    hints.retain(|hint| hint.enabled && !is_repeated(state, here, hint.action));
    let likely = likely(state, here);
    hints.sort_by_key(|hint| Some(hint.action) != likely);
    hints
}

/// Returns the hints of the guide, in a fixed order.
pub fn guide_hints(state: &ConsoleState) -> Vec<Hint> {
    ranked(state, context(state), |spec| named_by_guide(state, spec.action))
}

/// Returns true if the guide names the key of an action. The hint line names that of a hidden guide.
fn named_by_guide(state: &ConsoleState, action: Action) -> bool {
    match action {
        Action::RunStep | Action::NextStep | Action::PreviousStep | Action::ReadStep => true,
        Action::ToggleGuide => state.walk.as_ref().is_some_and(|walk| walk.shown),
        _ => false,
    }
}

/// Returns true for the key that cancels the running job from everywhere where another key cancels the same job.
fn is_repeated(state: &ConsoleState, here: KeyContext, action: Action) -> bool {
    let cancels = |spec: &Spec| spec.action == Action::CancelJob && (spec.enabled)(state).is_ok();
    action == Action::CancelRunning
        && current_job(state).map(|job| job.id) == state.jobs.running().map(|job| job.id)
        && offered(state, here).any(cancels)
}

/// Returns the hint for an action in the current context, if it can be done.
pub(crate) fn hint_of(state: &ConsoleState, action: Action) -> Option<Hint> {
    let here = context(state);
    let row = offered(state, here).find(|spec| spec.action == action)?;
    Some(hint(state, row, here)).filter(|hint| hint.enabled)
}

/// Returns the action that the state of the selected space calls for.
fn likely(state: &ConsoleState, here: KeyContext) -> Option<Action> {
    if is_past(state, here) {
        return Some(Action::Back);
    }
    if !here.is_of_space() {
        return None;
    }
    if state.database.altered.is_some() && !state.jobs.found_problems() {
        return Some(Action::Check);
    }
    let Some(space) = state.space() else { return Some(Action::CreateSpace) };
    match space.space.state {
        SpaceState::Deleting | SpaceState::Importing => space.worker.is_none().then_some(Action::Delete),
        SpaceState::Open if SPACES(here) && space.most_troubled().is_none() => {
            checkpoints::has_other(state).then_some(Action::NextProblem)
        }
        SpaceState::Open => match space.most_troubled()?.status {
            ProjectionStatus::Ahead | ProjectionStatus::Blocked | ProjectionStatus::Outdated
                if state.database.is_original =>
            {
                Some(Action::Import)
            }
            // The rebuild can skip the event that blocks the projection.
            ProjectionStatus::Ahead | ProjectionStatus::Blocked | ProjectionStatus::Outdated => {
                replacing(state, space)
            }
            _ => (space.lag() > 0).then_some(Action::CatchUp),
        },
    }
}

/// Returns the action that replaces the projection of a space that most needs it, or leads to its list.
fn replacing(state: &ConsoleState, space: &SpaceOverview) -> Option<Action> {
    let troubled = space.most_troubled()?;
    match space.rebuild_of(troubled, false) {
        Remedy::Rebuild { .. } => Some(Action::Rebuild),
        Remedy::RebuildProjection { projection, .. } => {
            let is_chosen = chosen_projection(state) == Some(projection);
            Some(if is_chosen { Action::Rebuild } else { Action::FocusCheckpoints })
        }
        _ => None,
    }
}

fn ranked(state: &ConsoleState, here: KeyContext, wanted: impl Fn(&Spec) -> bool) -> Vec<Hint> {
    let hinted = offered(state, here).filter(|spec| spec.hint.is_some() && wanted(spec));
    let mut specs: Vec<&Spec> = hinted.collect();
    specs.sort_by_key(|spec| (rank(state, spec, here), spec.action));
    let mut hints: Vec<Hint> = specs.into_iter().map(|spec| hint(state, spec, here)).collect();
    if let Some(label) = way_back(state, here) {
        hints
            .iter_mut()
            .filter(|hint| hint.action == Action::Back)
            .for_each(|hint| (hint.label, hint.brief) = (label, label));
    }
    hints
}

/// The words for going back from a filter and from a zoom.
const CLEAR: &str = "clear";
const RESTORE: &str = "restore";

/// Returns true for the key that clears the filter of a pane or restores its size, which is to be named as long as there is one.
pub(crate) fn undoes(hint: &Hint) -> bool {
    hint.action == Action::Back && [CLEAR, RESTORE].contains(&hint.label)
}

/// Returns what going back does, in a word, unless it only closes something.
fn way_back(state: &ConsoleState, here: KeyContext) -> Option<&'static str> {
    match table::next_way_back(state)? {
        WayBack::Filter => Some(CLEAR),
        WayBack::Past if here.is_pane() => Some("now"),
        WayBack::Zoom if here.is_pane() => Some(RESTORE),
        WayBack::Past | WayBack::Zoom | WayBack::Trail | WayBack::Layer | WayBack::Pane => None,
    }
}

/// Returns true if going back returns from the past.
fn is_past(state: &ConsoleState, here: KeyContext) -> bool {
    state.travel.is_some() && here.is_pane() && state.layers.is_empty()
}

/// Returns the place of an action on the hint line. Among spaces, operations come before opening and filtering, whose keys
/// are the usual ones, unless there is room for two or three hints only. The statistics of a space are named beside its counters,
/// and the release check beside the versions of projections. A jump leads away from a detail, and comes last there.
fn rank(state: &ConsoleState, spec: &Spec, here: KeyContext) -> Option<Rank> {
    match spec.action {
        Action::Open | Action::Filter if SPACES(here) && state.size.width >= NAMES_PALETTE => {
            Some(Rank::InSpaces)
        }
        Action::Statistics if SPACES(here) => Some(Rank::InSpaces),
        Action::ReleaseCheck if here == KeyContext::Checkpoints => Some(Rank::Scope),
        Action::Jump if here == KeyContext::Detail => Some(Rank::Last),
        _ => spec.hint,
    }
}

fn hint(state: &ConsoleState, spec: &'static Spec, here: KeyContext) -> Hint {
    let key = state
        .settings
        .keys
        .keys(spec, here)
        .first()
        .map_or_else(String::new, |key| state.settings.keys.shown(*key));
    let brief = if spec.brief.is_empty() { spec.title } else { spec.brief };
    Hint { action: spec.action, key, label: spec.title, brief, enabled: (spec.enabled)(state).is_ok() }
}
