//! The real program keeps its promises when it is killed with SIGKILL, at random moments and at every boundary between
//! two batches or commits, and when many processes compete.
//!
//! `RAMAX_KILLS=5000` sets the number of kills, which is small by default. `RAMAX_SEED=7` repeats the choices of an
//! earlier run; a failure prints its seed. The exact moment of a kill still depends on the machine.

mod backup;
mod batch;
mod boundaries;
mod conversation;
mod delete;
mod generate;
mod import;
mod invariants;
mod many_processes;
mod migrate;
mod projections;
mod readers;
mod rebuild;
mod redact;
mod seeded_kills;
mod subscriptions;
#[path = "../support/mod.rs"]
mod support;
mod threads;
