//! The terminal console, by component: a folder of [`panes`] or [`layers`] holds the state, the behaviour and the view of
//! one part of the screen. [`app`] is the root that they hang on to, [`widgets`] and [`theme`] are their building blocks,
//! and `runtime` owns the threads, the terminal and the clock. All but the runtime is pure: messages in, effects and cells
//! out. [`run`] runs the console on this terminal; [`Headless`] runs it without one, for tests.

#[doc(hidden)]
pub mod app;
mod headless;
mod headless_review;
#[doc(hidden)]
pub mod layers;
#[doc(hidden)]
pub mod panes;
mod runtime;
pub mod settings;
pub mod theme;
#[doc(hidden)]
pub mod widgets;

use std::path::PathBuf;

use crate::content_store::Store;
use crate::sqlite::Location;

pub use headless::Headless;
pub use layers::guide::{StepRunner, Walkthrough};
pub use layers::recent::RecentList;
pub use runtime::opening::FileOpener;
pub use runtime::{ConsoleExit, ConsoleOptions, run};

/// Returns the display name of a store: its file name, or its address on a server.
fn database_name(store: &Store) -> String {
    let file = store.location().and_then(|location| location.database.file_name());
    let file = file.map(|name| name.to_string_lossy().into_owned());
    file.or_else(|| store.address()).unwrap_or_else(|| "memory".to_owned())
}

/// Returns the files of a store with full paths; none in memory.
fn location(store: &Store) -> Option<Location> {
    let Location { database, projections } = store.location()?;
    let full = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    Some(Location { database: full(database), projections: projections.as_ref().map(full) })
}

/// Returns the number of a store's files; 0 in memory.
fn file_count(store: &Store) -> usize {
    store.location().map_or(0, |location| 1 + usize::from(location.projections.is_some()))
}
