//! A store in a PostgreSQL database. `schema.rs` explains the tables.
//!
//! A unit of work belongs to one space and locks that space's row, so that the writers of different spaces do not wait
//! for each other. It reserves the ids of its events, so that ids are unique and rise within a space (`log/ids.rs`). Events
//! of different spaces may become visible in another order: followers read in the order of commits (`log/feed.rs`).
//!
//! A handle has one connection, which its threads share: while one of them has a unit of work, the others wait. Stores that
//! were [reconnected](crate::Store::reconnect) do not wait for each other.

mod audit;
mod database;
mod log;
mod projections;
mod schema;
mod storage;
mod store;
mod subscriptions;
mod unit;

pub use audit::PostgresAuditLog;
pub use database::DatabaseUrl;
pub use log::PostgresEventStore;
pub use projections::PostgresPState;
pub(crate) use store::PostgresStore;
