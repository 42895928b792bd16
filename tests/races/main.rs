//! Every operation is stopped at every point of its transactions, another operation runs to completion, and then the
//! first one continues. No acknowledged result is lost, nothing is partial, and every refusal gives the reason.
//!
//! Both operations run in this process over separate connections. A shim below SQLite detects the points, so the program
//! itself does not know them. The driver waits for the stop, and never for time to pass.
//!
//! A normal run covers all races at points right after a commit, and at the other points one race in 64, different ones in
//! one file and in two. Operations that have the same points as others are only run against these. `RAMAX_RACES=:` runs
//! all races, `RAMAX_RACES=rebuild` stops only the operations with that text in their names, and
//! `RAMAX_RACES=rebuild:delete` races them only against operations with the second text.
//! `RAMAX_START=Older` starts only with files of that kind.

mod gate;
mod initial_state;
mod invariants;
mod matrix;
mod operations;
mod subscriptions;
#[path = "../support/mod.rs"]
mod support;
