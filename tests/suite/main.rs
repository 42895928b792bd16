//! The tests that need neither a process of their own nor a long run: one module per feature.

mod audit;
mod bundled_projections;
mod check;
mod cli;
mod conformance;
mod content_store;
mod custom_app;
mod damage;
mod elixir;
mod event_store;
mod export;
mod fields;
mod file;
mod flashcards;
mod fold;
mod guides;
mod hostile;
mod offload;
mod operations;
mod orders;
mod paths;
mod projections;
mod properties;
mod query;
mod query_counts;
mod references;
mod scenarios;
mod schema;
mod subscriptions;
#[path = "../support/mod.rs"]
mod support;
mod upcasting;
