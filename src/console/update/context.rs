//! The current context, which decides what a key does.

use crate::console::state::{Dialog, Layer, Pane, State};

use super::Context;

/// Returns the current context: the topmost layer, or the focused pane.
pub fn context(state: &State) -> Context {
    state.top().map_or_else(|| of_pane(state.focus), of_layer)
}

/// Returns the context that the help describes: the one in which it was opened.
pub(super) fn below_help(state: &State) -> Context {
    let layer = state.layers.iter().rev().find(|layer| !matches!(layer, Layer::Help(_)));
    layer.map_or_else(|| of_pane(state.focus), of_layer)
}

fn of_layer(layer: &Layer) -> Context {
    match layer {
        Layer::Prompt(_) => Context::Prompt,
        Layer::Detail(_) => Context::Detail,
        Layer::History(_) => Context::History,
        Layer::Operations(_) => Context::Operations,
        Layer::Chooser(_) => Context::Chooser,
        Layer::Form(_) => Context::Form,
        Layer::Dialog(dialog) => match **dialog {
            Dialog::Delete(_) => Context::DeleteDialog,
            Dialog::Operation { .. } | Dialog::Discard { .. } | Dialog::Quit { .. } => Context::Dialog,
        },
        Layer::Help(_) => Context::Help,
        Layer::Guide(_) => Context::Guide,
    }
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
