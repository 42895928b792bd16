//! The hint line: the available actions, the likely next one first.

use crate::console::app::action::{Action, Hint};
use crate::console::app::context::{Context, context};
use crate::console::app::keymap::{offered, shown};
use crate::console::app::spec::Spec;
use crate::console::app::state::ConsoleState;
use crate::console::theme::Role;
use crate::console::widgets::pen::{Pen, Piece, piece, pieces_width};
use crate::space::SpaceState;

/// Returns the hints for the current context: the likely next action first, then by rank. Actions that would be refused
/// appear only in the help, with the reason.
pub fn hints(state: &ConsoleState) -> Vec<Hint> {
    let here = context(state);
    let elsewhere = |action| named_by_guide(state, action) && here != Context::Guide;
    let mut hints = ranked(state, |spec| !elsewhere(spec.action));
    hints.retain(|hint| hint.enabled);
    let likely = likely(state, here);
    hints.sort_by_key(|hint| Some(hint.action) != likely);
    hints
}

/// Returns the hints of the guide, in a fixed order.
pub fn guide_hints(state: &ConsoleState) -> Vec<Hint> {
    ranked(state, |spec| named_by_guide(state, spec.action))
}

/// Returns true if the guide names the key of an action. The hint line names that of a hidden guide.
fn named_by_guide(state: &ConsoleState, action: Action) -> bool {
    match action {
        Action::TakeStep | Action::NextStep | Action::PreviousStep | Action::ReadStep => true,
        Action::ToggleGuide => state.walk.as_ref().is_some_and(|walk| walk.shown),
        _ => false,
    }
}

/// Returns the action that the state of the selected space calls for.
fn likely(state: &ConsoleState, here: Context) -> Option<Action> {
    if !matches!(here, Context::Spaces | Context::Events | Context::Projections | Context::Checkpoints) {
        return None;
    }
    let Some(space) = state.space() else { return Some(Action::CreateSpace) };
    match space.space.state {
        SpaceState::Deleting | SpaceState::Importing => Some(Action::Delete),
        // The rebuild can skip the event that blocks the projection.
        SpaceState::Open if space.ahead || space.blocked.is_some() => Some(Action::Rebuild),
        SpaceState::Open if space.lag() > 0 => Some(Action::CatchUp),
        SpaceState::Open => None,
    }
}

fn ranked(state: &ConsoleState, wanted: impl Fn(&Spec) -> bool) -> Vec<Hint> {
    let hinted = offered(state, context(state)).filter(|spec| spec.rank > 0 && wanted(spec));
    let mut specs: Vec<&Spec> = hinted.collect();
    specs.sort_by_key(|spec| (spec.rank, spec.action));
    specs.into_iter().map(|spec| hint(state, spec)).collect()
}

fn hint(state: &ConsoleState, spec: &'static Spec) -> Hint {
    let key = spec.keys.first().map_or_else(String::new, |key| shown(key));
    Hint { action: spec.action, key, label: spec.title, enabled: (spec.enabled)(state).is_ok() }
}

/// Returns as many hints as fit. A hint that is too long is skipped in favour of the next ones.
pub fn hint_pieces(pen: &Pen<'_>, hints: &[Hint], room: u16) -> Vec<Piece<'static>> {
    let mut pieces = Vec::new();
    for hint in hints {
        let mut next = hint_piece(pen, hint);
        if !pieces.is_empty() {
            next.insert(0, piece("   ", Role::Text));
        }
        if pieces_width(&pieces) + pieces_width(&next) > room {
            continue;
        }
        pieces.extend(next);
    }
    pieces
}

fn hint_piece(pen: &Pen<'_>, hint: &Hint) -> Vec<Piece<'static>> {
    if hint.enabled {
        return vec![piece(hint.key.clone(), Role::HintKey), piece(format!(" {}", hint.label), Role::Muted)];
    }
    let [before, behind] = pen.glyphs().disabled;
    vec![piece(format!("{before}{} {}{behind}", hint.key, hint.label), Role::Disabled)]
}
