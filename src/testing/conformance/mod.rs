//! The conformance suite: the tests that every store has to pass, on any engine.
//!
//! Our own stores run it, in memory, in one file and in two. The author of an engine runs the same cases with
//! [`conformance!`](crate::conformance), which makes a test of each, or walks through [`CASES`].
//!
//! A case starts with an empty store. It writes through the store that it is given, reads through a second handle where
//! other processes matter, and panics if the store does not behave as the contract says.

mod cases;
mod content_store;
mod event_store;
mod fixture;
mod projections;
#[doc(hidden)]
pub mod samples;
mod subscriptions;

use std::panic::{AssertUnwindSafe, catch_unwind};

use content_store::{apps, atomicity, conditions, named_projections, nested, threads};
use event_store::{causes, copying, feed, limits, reading, redaction, units};
use subscriptions::{delivery as deliveries, effects, failures, history, leases};

pub use fixture::Fixture;

crate::conformance_cases!(conformance_table);

/// A case of the suite.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// The suite that it belongs to: `projections`.
    pub suite: &'static str,
    /// Its name, a sentence: `keys_are_counted`.
    pub name: &'static str,
    run: fn(&Fixture),
}

impl Case {
    /// Runs the case.
    ///
    /// # Panics
    /// If the store does not behave as the case expects.
    pub fn run(&self, fixture: &Fixture) {
        (self.run)(fixture);
        if let Ok(faults) = fixture.store.events().subscription_faults() {
            assert_eq!(faults, [], "after {}", self.name);
        }
    }

    /// Returns true if the store behaves as the case expects. The panic of a case that fails is printed, as in any test.
    pub fn passes(&self, fixture: &Fixture) -> bool {
        catch_unwind(AssertUnwindSafe(|| self.run(fixture))).is_ok()
    }
}

/// Runs a case by name.
///
/// # Panics
/// If there is no such case, or if the store does not behave as it expects.
pub fn run(suite: &str, name: &str, fixture: &Fixture) {
    let case = CASES.iter().find(|case| (case.suite, case.name) == (suite, name));
    case.unwrap_or_else(|| panic!("the conformance suite has no case {name} in {suite}")).run(fixture);
}
