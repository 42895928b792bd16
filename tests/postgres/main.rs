//! The tests of stores in a PostgreSQL database, on a server of their own.

mod callers;
mod checks;
mod citus;
mod conformance;
mod console;
mod failover;
mod faults;
mod guide;
mod hosts;
mod imports;
mod migration;
mod opening;
mod outage;
mod plans;
mod processes;
mod program;
mod proxy;
mod refusals;
mod replica;
mod restored;
mod round_trips;
mod secrets;
#[path = "../support/server.rs"]
mod server;
