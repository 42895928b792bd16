//! The table of actions, the only source of keys, hints and help.

mod answering;
mod doing;
mod going;
mod guiding;
mod looking;

use crate::console::app::spec::Spec;
use crate::console::layers;

/// Returns all rows.
pub fn table() -> impl Iterator<Item = &'static Spec> {
    let lists = [
        doing::SPECS,
        layers::ACTIONS,
        doing::MARKS_AND_JOBS,
        answering::SPECS,
        looking::SPECS,
        going::SPECS,
        guiding::SPECS,
    ];
    lists.into_iter().flatten()
}
