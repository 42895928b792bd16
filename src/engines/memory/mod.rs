//! A store in memory, for tests and previews.

mod audit;
mod log;
mod projections;

pub use audit::MemoryAuditLog;
pub use log::MemoryEventStore;
pub use projections::MemoryPState;
