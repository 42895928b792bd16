//! A store in one SQLite file, or in two.

mod audit;
mod file;
mod inspect;
mod log;
mod projections;
mod store;
mod subscriptions;
mod unit;

pub use audit::SqliteAuditLog;
pub use file::{Database, FileRole, MigrationProgress, OpenOptions, Stop, Sync, WatchMigration};
pub use log::SqliteEventStore;
pub use projections::SqlitePState;
pub use store::{CreateFiles, Location};

pub(crate) use file::{
    database_beside, drafts, is_database, is_name_too_long, log_beside, part_of, share_with_group_of,
};
pub(crate) use store::SqliteStore;
