//! The current context, which decides what a key does.

use crate::console::layers::Layer;
use crate::console::state::{Pane, State};

use super::Context;

/// Returns the current context: the topmost layer, or the focused pane.
pub fn context(state: &State) -> Context {
    state.layers.top().map_or_else(|| of_pane(state.focus), Layer::context)
}

/// Returns the context that the help describes: the one in which it was opened.
pub(super) fn below_help(state: &State) -> Context {
    state.layers.below_help().map_or_else(|| of_pane(state.focus), Layer::context)
}

pub(super) fn of_pane(pane: Pane) -> Context {
    match pane {
        Pane::Spaces => Context::Spaces,
        Pane::Events => Context::Events,
        Pane::Projections => Context::Projections,
        Pane::Checkpoints => Context::Checkpoints,
        Pane::Jobs => Context::Jobs,
    }
}
