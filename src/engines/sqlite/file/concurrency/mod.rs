//! How threads and processes share a file: transactions, the order of writers, and readers beside them.

mod failed_commit;
pub(crate) mod readers;
mod refresh;
pub(crate) mod snapshot;
pub(crate) mod transaction;
pub(crate) mod write;
