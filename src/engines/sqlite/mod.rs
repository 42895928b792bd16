//! A store in one SQLite file, or in two.

mod audit;
mod file;
mod inspect;
mod log;
mod projections;
mod unit;

pub use audit::SqliteAuditLog;
pub use file::{Database, FileRole, OpenOptions, Stop, Sync};
pub use log::SqliteEventStore;
pub use projections::SqlitePState;

pub(crate) use file::{binding, database_beside, drafts, is_database, is_file_of, log_beside, store_id_of};
