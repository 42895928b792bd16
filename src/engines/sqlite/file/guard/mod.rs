//! Guards the files of an open database: they stay in place, and they belong together.

pub(crate) mod binding;
mod directory;
pub(crate) mod files;
pub(crate) mod identity;
pub(crate) mod links;
