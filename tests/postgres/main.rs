//! The tests of stores in a PostgreSQL database, on a server of their own.

mod conformance;
mod hosts;
mod opening;
mod program;
mod server;
