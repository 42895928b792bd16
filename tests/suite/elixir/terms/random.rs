//! Random terms come back from their JSON form unchanged, and random bytes are decoded or refused within the limits.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};
use ramax::engines::elixir::term::{Limits, Term};

use super::encoder::{Release, any_term, compressed, encoded};
use super::{decoded, json_reader};
use crate::support::mutation::{apply, cases, change};

/// Checks random values, as many as the environment says, and prints their number.
fn check<S: Strategy>(normal: u32, values: &S, check: impl Fn(S::Value) -> TestCaseResult) {
    let (wanted, done) = (cases(normal), Cell::new(0));
    let counted = |value| {
        done.set(done.get() + 1);
        check(value)
    };
    let config = Config { cases: wanted, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(values, counted).unwrap();
    assert_eq!(done.get(), wanted);
    println!("{}: {wanted} cases", std::thread::current().name().unwrap_or_default());
}

#[test]
fn any_term_comes_back_from_its_json_form() {
    check(400, &any_term(), |term| {
        for release in [Release::Old, Release::New] {
            let json = decoded(&encoded(&term, release)).unwrap();
            prop_assert!(json.clone().check().is_ok(), "{json}");
            prop_assert_eq!(json_reader::read(json.as_str()).sorted(), term.clone().sorted(), "{}", json);
            prop_assert_eq!(decoded(&compressed(&term, release)).unwrap(), json);
        }
        Ok(())
    });
}

#[test]
fn changed_terms_are_decoded_or_refused_within_the_limits() {
    let limits = Limits { bytes: 4096, terms: 100, depth: 8 };
    let changes = proptest::collection::vec(change(), 1..4);
    check(1000, &(any_term(), changes, any::<bool>()), |(term, changes, old)| {
        let release = if old { Release::Old } else { Release::New };
        for mut bytes in [encoded(&term, release), compressed(&term, release)] {
            changes.iter().for_each(|change| apply(&mut bytes, change));
            if let Ok(term) = Term::decode(&bytes, &limits) {
                let json = term.to_json();
                prop_assert!(json.as_str().len() <= 16 * limits.bytes);
                prop_assert!(json.check().is_ok());
            }
        }
        Ok(())
    });
}

#[test]
fn random_bytes_are_decoded_or_refused() {
    check(1000, &proptest::collection::vec(any::<u8>(), 0..200), |mut bytes| {
        let _ = decoded(&bytes);
        bytes.insert(0, 131);
        let _ = decoded(&bytes);
        Ok(())
    });
}
