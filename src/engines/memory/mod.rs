//! A store in memory, for tests and previews.

mod audit;
mod log;
mod projections;

pub use audit::MemoryOperatorLog;
pub use log::MemoryEventStore;
pub use projections::MemoryPState;
