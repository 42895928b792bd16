//! A store in one SQLite file, or in two.

mod audit;
mod copied_file;
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

pub(crate) use copied_file::CopiedFile;
#[cfg(feature = "postgres")]
pub(crate) use file::Binding;
#[cfg(feature = "cli")]
pub(crate) use file::RemainingWal;
#[cfg_attr(not(any(feature = "cli", feature = "console")), allow(unused_imports))]
pub(crate) use file::check_writable;
pub(crate) use file::{
    Result as FileResult, database_beside, drafts, followed, is_database, is_name_too_long, log_beside,
    log_of, part_of, share_with_group_of, text,
};
pub(crate) use store::SqliteStore;
