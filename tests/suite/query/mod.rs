//! The query language, and searching with it on every kind of store.

mod language;
mod search;
mod trace;
