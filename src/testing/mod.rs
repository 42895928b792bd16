//! Tests for what is built on this crate: [scenarios](Scenario) and a deterministic [`store`] for apps, and a
//! [conformance suite](conformance) for engines.
//!
//! A test fails by a panic, so this is the one module of the crate that may panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

mod clock;
mod comparison;
pub mod conformance;
mod scenario;

pub use clock::{FixedClock, store};
pub use scenario::{Scenario, event, event_of};
