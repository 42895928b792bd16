//! Creates and opens files, without changing a byte of a file that is not ours.

pub(crate) mod access;
pub(crate) mod companions;
mod connection;
pub(crate) mod create;
pub(crate) mod drafts;
pub(crate) mod header;
pub(crate) mod open;
pub(crate) mod read_only;
pub(crate) mod unnamed;
