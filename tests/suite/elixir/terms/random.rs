//! Random terms come back from their JSON form unchanged, and random bytes are decoded or refused within the limits.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use ramax::engines::elixir::term::{Limits, Term};

use super::encoder::{Release, any_term, compressed, encoded};
use super::{decoded, json_reader};
use crate::support::mutation::{apply, cases, change};

#[test]
fn any_term_comes_back_from_its_json_form() {
    let mut runner = TestRunner::new(Config::with_cases(cases(400)));
    let check = |term| {
        for release in [Release::Old, Release::New] {
            let json = decoded(&encoded(&term, release)).unwrap();
            prop_assert!(json.clone().check().is_ok(), "{json}");
            prop_assert_eq!(json_reader::read(json.as_str()).sorted(), term.clone().sorted(), "{}", json);
            prop_assert_eq!(decoded(&compressed(&term, release)).unwrap(), json);
        }
        Ok(())
    };
    runner.run(&any_term(), check).unwrap();
}

#[test]
fn changed_terms_are_decoded_or_refused_within_the_limits() {
    let limits = Limits { bytes: 4096, terms: 100, depth: 8 };
    let mut runner = TestRunner::new(Config::with_cases(cases(1000)));
    let changes = proptest::collection::vec(change(), 1..4);
    runner
        .run(&(any_term(), changes, any::<bool>()), |(term, changes, old)| {
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
        })
        .unwrap();
}

#[test]
fn random_bytes_are_decoded_or_refused() {
    let mut runner = TestRunner::new(Config::with_cases(cases(1000)));
    runner
        .run(&proptest::collection::vec(any::<u8>(), 0..200), |mut bytes| {
            let _ = decoded(&bytes);
            bytes.insert(0, 131);
            let _ = decoded(&bytes);
            Ok(())
        })
        .unwrap();
}
