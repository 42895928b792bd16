//! The terminal console, in four rings, each ignorant of the next one out: [`state`] is what is on
//! screen, [`update`] how it changes, [`view`] how it looks, `runtime` the only part that knows threads,
//! the terminal and the clock.

pub mod state;
pub mod update;
pub mod view;
