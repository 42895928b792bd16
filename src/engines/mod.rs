//! The engines that keep a store: each one is a folder with its log, its projections and its audit log.

pub mod memory;
pub mod sqlite;
mod turn;
