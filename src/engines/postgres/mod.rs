//! A store in a PostgreSQL database. `schema.rs` explains the tables.
//!
//! A unit of work belongs to one space, so that the writers of different spaces do not wait for each other. A command reads
//! the space in one statement and writes in another one, guarded by what it has read; if another writer was faster, it runs
//! again under the lock of the space's row (`unit/`). A handle reserves the ids of its events, so that ids are unique and
//! rise within a space (`log/ids.rs`). Events of different spaces may become visible in another order: followers read in
//! the order of commits (`log/feed.rs`).
//!
//! A connection that is lost in the middle of a commit leaves its outcome unknown. Another connection then ends the lost
//! one on the server and looks the outcome up.
//!
//! On Citus, the tables are sharded by space, and the coordinator commits (`schema/sharding.rs`). Where a shard needs other
//! statements, they are functions of the coordinator (`schema/sharded_functions.sql`).
//!
//! A handle has one connection that writes, which its threads share: while one of them has a unit of work, other writers
//! wait. Callers of the same space share commits (`database/group.rs`). Readers use a few further connections. Stores that
//! were [reconnected](crate::Store::reconnect) do not wait for each other.

mod audit;
mod database;
mod foreseen;
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
