//! Damage to projections of a space whose app the program lacks: no rebuild is named, since it would be refused.

use std::sync::Arc;

use ramax::apps::Cms;
use ramax::error::Remedy;
use ramax::operations::{CheckOptions, Rebuild, check, find_space, keep_going, rebuild};
use ramax::{Apps, Store};

use super::findings::{Files, assert_clean};

/// The remedy that only such a space needs.
pub fn without_app() -> Remedy {
    Remedy::ProgramWithApp { app: None }
}

/// Damage to the first space.
const DAMAGE: [&str; 3] = [
    "UPDATE projection_checkpoints SET last_space_sequence = 500 WHERE space_id = 1",
    "UPDATE projection_checkpoints SET last_space_sequence = -1 WHERE space_id = 1",
    "UPDATE projection_checkpoints SET entities = 7 WHERE space_id = 1",
];

#[track_caller]
fn remedies(store: &Store, deep: bool) -> Vec<Remedy> {
    let apps = Apps::default().with(Arc::new(Cms));
    let options = CheckOptions { deep, is_running: &|_| true };
    let checked = check(store, &apps, options, &mut keep_going).unwrap();
    checked.findings.into_iter().map(|finding| finding.remedy).collect()
}

#[test]
fn a_damaged_projection_of_an_unknown_app_needs_a_program_with_that_app() {
    let whole = Files::small(false);
    let by = Remedy::ProgramWithApp { app: Some("crm".to_owned()) };
    for sql in DAMAGE {
        let files = whole.copy();
        files.sqlite(true).execute_batch(sql).unwrap();
        let store = files.store();
        for deep in [false, true] {
            let found = remedies(&store, deep);
            assert!(!found.is_empty() && found.iter().all(|one| *one == by), "{sql}: {found:?}");
        }
        let crm = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
        rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap();
        assert_clean(&store);
    }
    let advice = by.advice().to_string();
    assert!(advice.starts_with("use a program with the app crm, "), "{advice}");
}
