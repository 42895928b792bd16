//! The terminal console, in four rings, each ignorant of the next one out: `state` is what is on
//! screen, `update` how it changes, [`view`] how it looks, `runtime` the only part that knows threads,
//! the terminal and the clock. The first two are open to this crate's tests only, and no interface. [`run`] is the console on this terminal; [`Headless`] is the same without a
//! terminal, for tests.

mod headless;
mod runtime;
#[doc(hidden)]
pub mod state;
#[doc(hidden)]
pub mod update;
pub mod view;
mod walkthrough;

pub use headless::Headless;
pub use runtime::{ConsoleOptions, Ended, run};
pub use walkthrough::{Take, Walkthrough};

use crate::content_store::Store;

/// What a store is called on screen: its file's name.
fn database_name(store: &Store) -> String {
    let file = store.location().and_then(|location| location.database.file_name());
    file.map_or_else(|| "memory".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The number of a store's files: none in memory.
fn file_count(store: &Store) -> usize {
    store.location().map_or(0, |location| 1 + usize::from(location.projections.is_some()))
}
