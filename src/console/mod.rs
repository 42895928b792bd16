//! The terminal console, in four rings, each independent of the outer ones: `state` is the state of the
//! screen, `update` changes it, [`view`] draws it, and `runtime` owns the threads, the terminal and the
//! clock. `state` and `update` are public for this crate's tests only. [`run`] runs the console on this
//! terminal; [`Headless`] runs it without one, for tests.

mod headless;
#[doc(hidden)]
pub mod layers;
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

/// Returns the display name of a store: its file name.
fn database_name(store: &Store) -> String {
    let file = store.location().and_then(|location| location.database.file_name());
    file.map_or_else(|| "memory".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Returns the number of a store's files; 0 in memory.
fn file_count(store: &Store) -> usize {
    store.location().map_or(0, |location| 1 + usize::from(location.projections.is_some()))
}
