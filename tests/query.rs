//! The query language, and searching with it on every kind of store.

mod support;

#[path = "query/language.rs"]
mod language;
#[path = "query/search.rs"]
mod search;
#[path = "query/trace.rs"]
mod trace;
