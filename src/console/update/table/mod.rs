//! The table of actions: one row each. Keys, hints and help are made from it, and from nothing else.

mod answering;
mod doing;
mod going;
mod guiding;
mod looking;

use super::Spec;

/// All actions.
pub fn table() -> impl Iterator<Item = &'static Spec> {
    [doing::SPECS, answering::SPECS, looking::SPECS, going::SPECS, guiding::SPECS].into_iter().flatten()
}
