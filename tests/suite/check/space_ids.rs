//! Rows with ids that no space can have.

use ramax::error::Remedy;
use ramax::operations::create_space;

use super::derived::{follow_both, original};
use super::findings::{Files, checked};

/// Ids that no space can have: the first one, some that other numbers may have, and negative ones.
const IDS: [i64; 6] = [1 << 23, 10_000_000, 1 << 53, 1 << 62, i64::MIN, -5];

/// Damage to the tables with projections.
const PROJECTIONS: [&str; 5] = [
    "UPDATE projections SET space_id = ID WHERE projection_id = 1",
    "UPDATE projections SET space_id = ID",
    "UPDATE projection_checkpoints SET space_id = ID WHERE projection_id = 1",
    "INSERT INTO projections (projection_id, space_id, state, projection) VALUES (90, ID, 'live', 'state');
     INSERT INTO projection_entities VALUES (90, 'left', '1', 0)",
    "INSERT INTO projection_checkpoints SELECT ID, projection, last_event_id, last_space_sequence, updated_at, 1, entities
       FROM projection_checkpoints WHERE projection_id = 1",
];

/// Damage to the other tables with the ids of spaces.
const EVENTS: [&str; 12] = [
    "UPDATE spaces SET space_id = ID WHERE space_id = 1",
    "UPDATE space_sequences SET space_id = ID WHERE space_id = 1",
    "UPDATE event_types SET space_id = ID WHERE space_id = 1",
    "INSERT INTO entity_events VALUES (ID, 'c1', 1, NULL)",
    "INSERT INTO entity_blocks VALUES (ID, 1, x'0000000000')",
    "INSERT INTO event_causes VALUES (1, 2, ID)",
    "UPDATE idempotency_keys SET space_id = ID WHERE space_id = 1",
    "UPDATE subscriptions SET space_id = ID",
    "UPDATE subscription_positions SET space_id = ID WHERE space_id = 1",
    "INSERT INTO parked_events VALUES (ID, 1, 1, 1, 'error', 0, 0)",
    "INSERT INTO subscription_effects VALUES (ID, 1, 1, 1)",
    "INSERT INTO operations (started_at, operator, action, outcome, space_id) VALUES (5, '{}', 'run', 'done', ID)",
];

/// Each damage is tried in one of so many runs.
const EVERY: usize = 7;

/// Returns the damage with each id, other ones in each run.
fn with_ids<const N: usize>(statements: [&'static str; N]) -> impl Iterator<Item = String> {
    let all = statements.into_iter().flat_map(|sql| IDS.map(|id| sql.replace("ID", &id.to_string())));
    all.skip(fastrand::usize(..EVERY)).step_by(EVERY)
}

#[test]
fn a_projection_with_an_impossible_space_is_found_and_repaired_in_one_round_and_uses_no_id() {
    let mut failed = Vec::new();
    for two in [false, true] {
        let whole = original(two, false);
        for sql in with_ids(PROJECTIONS) {
            let files = whole.copy();
            // Only one row of a space and name can have the id.
            if files.sqlite(true).execute_batch(&sql).is_err() {
                continue;
            }
            let store = files.store();
            let found = checked(&store, false).count();
            let created = create_space(&store, "crm_new", None).map_err(|error| error.to_string());
            drop(store);
            let outcome = if found == 0 { Err("not found".to_owned()) } else { created.map(drop) };
            if let Err(text) = outcome.and_then(|()| follow_both(&files)) {
                failed.push(format!("two: {two}, {sql}: {text}"));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_check_finds_each_row_of_the_log_with_an_impossible_space_and_one_repair_is_enough() {
    let whole = Files::small(fastrand::bool());
    let mut failed = Vec::new();
    for sql in with_ids(EVENTS) {
        let files = whole.copy();
        files.sqlite(false).execute_batch(&sql).unwrap();
        let found = checked(&files.store(), true).findings;
        if found.is_empty() {
            failed.push(format!("{sql}: not found"));
        } else if found.iter().all(|finding| finding.remedy != Remedy::Restore)
            && let Err(text) = follow_both(&files)
        {
            failed.push(format!("{sql}: {text}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
