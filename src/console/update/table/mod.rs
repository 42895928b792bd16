//! The table of actions, the only source of keys, hints and help.

mod answering;
mod doing;
mod going;
mod guiding;
mod looking;

use super::Spec;

/// Returns all rows.
pub fn table() -> impl Iterator<Item = &'static Spec> {
    [doing::SPECS, answering::SPECS, looking::SPECS, going::SPECS, guiding::SPECS].into_iter().flatten()
}
