//! The table of actions, the only source of keys, hints and help.

mod answering;
mod going;
mod guiding;
mod looking;

use crate::console::app::spec::Spec;
use crate::console::{layers, panes};

/// Returns all rows.
pub fn table() -> impl Iterator<Item = &'static Spec> {
    let others = [layers::ACTIONS, answering::SPECS, looking::SPECS, going::SPECS, guiding::SPECS];
    panes::ACTIONS.into_iter().chain(others).flatten()
}
