//! The engines that keep a store: each one is a folder with its log, its projections and its audit log.

pub mod elixir;
mod group;
mod handle_lock;
pub mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;
mod readers;
pub mod sqlite;
mod store_files;

pub(crate) use store_files::StoreFiles;
