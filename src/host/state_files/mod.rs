//! The console's memory: small files of the current user, outside of every database.
//!
//! They hold the last position in a store, the queries that were used and saved there, and the files that were opened
//! recently. They live in `$XDG_STATE_HOME/ramax` (by default `~/.local/state/ramax`), one file for each store, named by its id,
//! and one for the recent files. Positions and queries may quote tenant data, so a delete and a redaction remove what
//! concerns the space: see [`ClientMemory`](crate::content_store::ClientMemory).
//!
//! A file is replaced as a whole: a temporary file beside it is written, synced and renamed. Before that, it is read again under
//! a lock that all processes share, so that consoles which are open at the same time keep each other's entries.

mod directory;
mod document;
mod error;
mod forget;
mod position;
mod queries;
mod recent;
mod store_memory;

pub use directory::StateDirectory;
pub use error::StateFileError;
pub use forget::MemoryOfStore;
pub use position::{LastPosition, SpaceRef};
pub use queries::{SavedQuery, UsedQuery};
pub use recent::{RecentFile, RecentFiles};
pub use store_memory::StoreMemory;
