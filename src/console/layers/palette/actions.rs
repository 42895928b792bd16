//! The actions that the palette offers: those of the place where it was opened, and those of the panes that can be reached
//! from there.

use std::collections::BTreeSet;

use crate::console::app::action::{Action, Spec};
use crate::console::app::context::{KeyContext, context, of_pane};
use crate::console::app::effect::Effects;
use crate::console::app::input::perform;
use crate::console::app::keymap::offered;
use crate::console::app::state::ConsoleState;
use crate::console::app::table::go_to;
use crate::console::layers::palette::entry::{PaletteRow, PaletteTarget};
use crate::console::panes::Pane;

/// The number of actions that are remembered as recently used.
const RECENT: usize = 8;

/// Returns all actions, while the palette itself is closed: the recently used first, then the likely ones.
pub(super) fn actions(state: &mut ConsoleState) -> Vec<PaletteRow> {
    let here = context(state);
    let mut seen = BTreeSet::from([Action::Palette]);
    let mut found = rows(state, here, None, &mut seen);
    if here.is_screen() || here.is_view() {
        let panes: Vec<Pane> = std::iter::once(state.focus).chain(Pane::ALL).collect();
        for pane in panes {
            found.extend(in_pane(state, pane, |state| rows(state, of_pane(pane), Some(pane), &mut seen)));
        }
    }
    let recency = |action| state.recent_actions.iter().position(|recent| *recent == action).unwrap_or(RECENT);
    found.sort_by_key(|(spec, entry)| {
        let rank = spec.hint.map_or((1, None), |rank| (0, Some(rank)));
        (recency(spec.action), entry.reason.is_some(), rank, spec.action)
    });
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// Returns the actions of a context that were not seen before.
fn rows(
    state: &ConsoleState,
    here: KeyContext,
    pane: Option<Pane>,
    seen: &mut BTreeSet<Action>,
) -> Vec<(&'static Spec, PaletteRow)> {
    let new = offered(state, here).filter(|spec| seen.insert(spec.action));
    new.map(|spec| (spec, entry(state, spec, (here, pane)))).collect()
}

fn entry(state: &ConsoleState, spec: &'static Spec, (here, pane): (KeyContext, Option<Pane>)) -> PaletteRow {
    let target = PaletteTarget::Action { action: spec.action, pane };
    let bindings = &state.settings.keys;
    let keys: Vec<String> = bindings.keys(spec, here).into_iter().map(|key| bindings.shown(key)).collect();
    let reason = (spec.enabled)(state).err().map(|reason| reason.text(bindings));
    PaletteRow::new(target, spec.title, spec.description, keys.join(" ")).unless(reason)
}

/// Looks at the state as if this pane had the focus and no layer were open.
pub(super) fn in_pane<T>(
    state: &mut ConsoleState,
    pane: Pane,
    look: impl FnOnce(&mut ConsoleState) -> T,
) -> T {
    let (layers, focus) = (std::mem::take(&mut state.layers), std::mem::replace(&mut state.focus, pane));
    let seen = look(state);
    (state.layers, state.focus) = (layers, focus);
    seen
}

/// Performs an action after the palette was closed: in the place where it was opened, or in a pane.
pub(super) fn run(state: &mut ConsoleState, action: Action, pane: Option<Pane>, effects: &mut Effects) {
    if let Some(pane) = pane {
        go_to(state, pane);
    }
    let here = context(state);
    let Some(spec) = offered(state, here).find(|spec| spec.action == action) else { return };
    state.recent_actions.retain(|recent| *recent != action);
    state.recent_actions.insert(0, action);
    state.recent_actions.truncate(RECENT);
    perform(state, spec, effects);
}
