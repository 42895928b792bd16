//! The conformance suite, run on every kind of store, and on stores that break their contract.

use std::sync::Arc;

use ramax::testing::conformance::{CASES, Fixture};
use ramax::{SpaceId, Store};

use crate::support;
use crate::support::counting::Counting;
use crate::support::counting::events::CountingEvents;

/// Keeps the directory of the files with the store.
fn kept(fixture: support::Fixture) -> (Store, tempfile::TempDir) {
    (fixture.store, fixture.directory)
}

mod in_memory {
    use super::*;
    ramax::conformance!(Fixture::new(|| kept(support::Fixture::memory())));
}

mod in_one_file {
    use super::*;
    ramax::conformance!(Fixture::new(|| kept(support::Fixture::one_file())));
}

mod in_two_files {
    use super::*;
    ramax::conformance!(Fixture::new(|| kept(support::Fixture::two_files())));
}

/// Returns the cases of some suites that a store fails.
fn failed(suites: &[&str], create: fn(&Store) -> Store) -> Vec<&'static str> {
    let cases = CASES.iter().filter(|case| suites.contains(&case.suite));
    let fails = |case: &&_| {
        let case: &ramax::testing::conformance::Case = case;
        !case.passes(&Fixture::new(move || (create(&Store::memory()), ())))
    };
    cases.filter(fails).map(|case| case.name).collect()
}

const SUITES: &[&str] = &[
    "event_store",
    "feed",
    "copying",
    "projections",
    "apps",
    "atomicity",
    "deliveries",
    "effects",
    "failures",
    "history",
    "leases",
];

#[test]
fn an_engine_of_two_adapters_passes() {
    let whole =
        |store: &Store| Store::new(Arc::new(CountingEvents::over(store)), Arc::new(Counting::over(store)));
    assert_eq!(failed(SUITES, whole), [""; 0]);
}

#[test]
fn an_engine_that_loses_isolation_fails() {
    let confused = |store: &Store| {
        let pstate = Counting::over(store).confused_with(SpaceId(1));
        Store::new(Arc::new(CountingEvents::over(store)), Arc::new(pstate))
    };
    let failed = failed(SUITES, confused);
    assert!(failed.contains(&"spaces_do_not_see_each_others_keys"), "{failed:?}");
    assert!(failed.contains(&"deleting_a_space_keeps_the_others"), "{failed:?}");
    assert!(!failed.contains(&"an_event_is_read_back_unchanged"), "{failed:?}");
}

#[test]
fn an_engine_that_forgets_idempotency_keys_fails() {
    let forgetful = |store: &Store| {
        Store::new(Arc::new(CountingEvents::over(store).forgetful()), Arc::new(Counting::over(store)))
    };
    let failed = failed(SUITES, forgetful);
    assert!(failed.contains(&"idempotency_keys_are_remembered_by_space"), "{failed:?}");
    assert!(!failed.contains(&"spaces_do_not_see_each_others_keys"), "{failed:?}");
}
