//! Damage in a space with a projection that a later version of its app built: no named remedy is refused.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use ramax::error::Remedy;
use ramax::operations::{
    Difference, Operation, OperationContext, Rebuild, ReleaseCheck, Target, Verify, catch_up, find_space,
    keep_going, rebuild, release_check, verify,
};
use ramax::{Append, Apps, Error, Expected, SpaceId, Store};
use serde_json::json;

use super::findings::{Files, checked, name};
use super::repairs::apply;
use crate::support::{START, event};

/// The projections of the app.
const DECLARED: [&str; 2] = ["state", "contacts_by_domain"];

/// Damage to the projection ID, by the finding that it leads to.
const DAMAGE: [(&str, &str); 12] = [
    ("value", "UPDATE projection_entities SET value = '{' WHERE projection_id = ID"),
    ("altered", "UPDATE projection_entities SET value = '1' WHERE projection_id = ID"),
    ("missing", "DELETE FROM projection_entities WHERE projection_id = ID"),
    ("impossible", "INSERT INTO projection_entities VALUES (ID, 'contact:ghost', '1', 0)"),
    (
        "checkpoint-ahead",
        "UPDATE projection_checkpoints SET last_space_sequence = 500 WHERE projection_id = ID",
    ),
    ("checkpoint-off", "UPDATE projection_checkpoints SET last_event_id = 2 WHERE projection_id = ID"),
    ("unreadable", "UPDATE projection_checkpoints SET last_space_sequence = -1 WHERE projection_id = ID"),
    ("projection-lost", "DELETE FROM projections WHERE projection_id = ID"),
    (
        "outdated",
        r#"UPDATE projections SET definition = '{"app":"crm","version":0}' WHERE projection_id = ID"#,
    ),
    ("outdated", "UPDATE projections SET definition = 'x' WHERE projection_id = ID"),
    ("count", "UPDATE projection_checkpoints SET entities = 7 WHERE projection_id = ID"),
    (
        "out-of-range",
        "UPDATE projection_entities SET updated_at = 9223372036854775807 WHERE projection_id = ID",
    ),
];

/// Findings about a projection of a later version that this program can neither compare nor replace.
const OF_NEWER: [&str; 5] = ["count", "value", "checkpoint-ahead", "checkpoint-off", "out-of-range"];

/// The remedies that only such a space needs.
pub fn beside_newer() -> [Remedy; 3] {
    let rebuild = |skip_errors| Remedy::RebuildProjection { skip_errors, projection: String::new() };
    [rebuild(false), rebuild(true), Remedy::LaterVersion]
}

/// Files whose first space has both projections.
fn caught_up(two: bool) -> Files {
    let files = Files::small(two);
    let store = files.store();
    catch_up(&find_space(&store, &Apps::standard(), "crm_acme").unwrap(), &mut keep_going).unwrap();
    drop(store);
    files
}

/// Gives a projection the definition of a later version.
fn make_newer(files: &Files, projection: &str) {
    let sql = r#"UPDATE projections SET definition = '{"app":"crm","version":2}' WHERE space_id = 1 AND projection = ?1"#;
    assert_eq!(files.sqlite(true).execute(sql, [projection]).unwrap(), 1);
}

fn damage(files: &Files, projection: &str, sql: &str) {
    let sqlite = files.sqlite(true);
    let id = "SELECT projection_id FROM projections WHERE space_id = 1 AND projection = ?1";
    let id: i64 = sqlite.query_row(id, [projection], |row| row.get(0)).unwrap();
    sqlite.execute_batch(&sql.replace("ID", &id.to_string())).unwrap();
}

/// Follows the remedies until nothing is found.
#[track_caller]
fn cure(store: &Store, what: &str) {
    for _ in 0..3 {
        let found = checked(store, true).findings;
        let remedies: BTreeSet<Remedy> = found.iter().map(|one| one.remedy.clone()).collect();
        for remedy in remedies {
            if let Err(error) = apply(store, &remedy, Some("crm_acme")) {
                panic!("{what}: {remedy:?}: {error}: {found:#?}");
            }
        }
        if found.is_empty() {
            return;
        }
    }
    panic!("{what}: {:#?}", checked(store, true).findings);
}

#[test]
fn damage_beside_a_projection_of_a_later_version_is_repaired_by_the_named_remedy() {
    for two in [false, true] {
        let whole = caught_up(two);
        for (newer, damaged) in [(DECLARED[0], DECLARED[1]), (DECLARED[1], DECLARED[0])] {
            for (kind, sql) in DAMAGE {
                let files = whole.copy();
                make_newer(&files, newer);
                damage(&files, damaged, sql);
                let (store, what) = (files.store(), format!("{newer}: {sql}"));
                let found = checked(&store, true).findings;
                let by = Remedy::RebuildProjection { skip_errors: false, projection: damaged.to_owned() };
                let is_it = |one: &ramax::operations::Finding| name(one) == kind && one.remedy == by;
                assert!(found.iter().any(is_it), "{what}: {found:#?}");
                cure(&store, &what);
            }
        }
    }
}

#[test]
fn verify_names_the_same_remedy_as_a_check() {
    let files = caught_up(false);
    make_newer(&files, DECLARED[0]);
    damage(&files, DECLARED[1], DAMAGE[1].1);
    let store = files.store();
    let acme = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
    let verified = verify(&acme, &mut keep_going).unwrap();
    let by = Remedy::RebuildProjection { skip_errors: false, projection: DECLARED[1].to_owned() };
    assert_eq!(verified.remedy(), Some(by.clone()));
    let one = verified.each().find(|one| one.projection == DECLARED[1]).unwrap();
    assert!(!one.differences.is_empty());
    assert!(one.differences.iter().all(|difference| verified.remedy_of(one, difference) == by));
    assert!(verified.advice().unwrap().remedies().eq([&by]), "{:?}", verified.advice());
}

#[test]
fn damage_to_a_projection_of_a_later_version_needs_that_version_or_a_repair_that_works() {
    let whole = caught_up(false);
    for newer in DECLARED {
        for (kind, sql) in DAMAGE {
            let files = whole.copy();
            make_newer(&files, newer);
            damage(&files, newer, sql);
            let (store, what) = (files.store(), format!("{newer}: {sql}"));
            let found = checked(&store, true).findings;
            // Without the events, only the number of entries tells.
            let kind = if ["missing", "impossible"].contains(&kind) { "count" } else { kind };
            if !OF_NEWER.contains(&kind) {
                cure(&store, &what);
                continue;
            }
            let told: BTreeSet<_> = found.iter().map(|one| (name(one), one.remedy.clone())).collect();
            assert_eq!(told, BTreeSet::from([(kind.to_owned(), Remedy::LaterVersion)]), "{what}");
        }
    }
}

#[test]
fn a_rebuild_past_a_bad_event_is_limited_to_the_projection_that_needs_it() {
    let files = caught_up(false);
    let store = files.store();
    let acme = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
    let bad = [event("nobody", "contact.updated", json!({"contact_id": "nobody", "name": "N"}))];
    let append = Append { expected: Expected::Any, now: START, events: &bad };
    store.events().append(acme.space_id(), append).unwrap();
    rebuild(&acme, Rebuild { skip_errors: true, ..Rebuild::default() }, &mut keep_going).unwrap();
    drop(store);
    make_newer(&files, "contacts_by_domain");
    damage(&files, "state", "UPDATE projection_entities SET value = '1' WHERE projection_id = ID");
    let store = files.store();
    let by = Remedy::RebuildProjection { skip_errors: true, projection: "state".to_owned() };
    let found = checked(&store, true).findings;
    assert!(!found.is_empty() && found.iter().all(|one| one.remedy == by), "{found:#?}");
    let acme = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
    let advice = verify(&acme, &mut keep_going).unwrap().advice().unwrap();
    assert!(advice.remedies().any(|remedy| *remedy == by), "{advice}");
    cure(&store, "a bad event");
}

#[test]
fn only_compared_projections_are_counted() {
    let whole = caught_up(false);
    let all = checked(&whole.store(), true);
    for (definition, finding) in [(r#"{"app":"crm","version":2}"#, 0), ("x", 1)] {
        let files = whole.copy();
        let sql = "UPDATE projections SET definition = ?1 WHERE space_id = 1 AND projection = 'state'";
        files.sqlite(true).execute(sql, [definition]).unwrap();
        let store = files.store();
        let found = checked(&store, true);
        assert_eq!((found.verified, found.count()), (all.verified - 1, finding));
        let acme = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
        let verified = verify(&acme, &mut keep_going).unwrap();
        assert_eq!((verified.compared(), verified.replayed()), (1, 40));
    }
}

#[test]
fn a_lost_event_is_found_although_the_first_projection_is_not_compared() {
    let files = caught_up(false);
    make_newer(&files, "state");
    let sql = "UPDATE space_sequences SET last_sequence = 600, last_event_id = 99999 WHERE space_id = 1";
    files.sqlite(false).execute_batch(sql).unwrap();
    let store = files.store();
    let acme = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
    let verified = verify(&acme, &mut keep_going).unwrap();
    let is_loss = |difference: &&Difference| matches!(difference, Difference::LostEvents { .. });
    assert_eq!(verified.each().flat_map(|one| &one.differences).filter(is_loss).count(), 1);
    assert_eq!(verified.remedy(), Some(Remedy::Restore));
}

#[test]
fn a_number_out_of_range_is_found_in_a_projection_of_a_later_version() {
    let whole = caught_up(false);
    let columns = [
        ("projections", "projection_id"),
        ("projections", "space_id"),
        ("projections", "rebuilt_at"),
        ("projection_checkpoints", "space_id"),
        ("projection_checkpoints", "last_event_id"),
        ("projection_checkpoints", "last_space_sequence"),
        ("projection_checkpoints", "updated_at"),
        ("projection_checkpoints", "projection_id"),
        ("projection_checkpoints", "entities"),
        ("projection_entities", "projection_id"),
        ("projection_entities", "updated_at"),
    ];
    for newer in DECLARED {
        for (table, column) in columns {
            for value in [i64::MAX, i64::MIN] {
                let files = whole.copy();
                make_newer(&files, newer);
                let rows = if table == "projection_entities" {
                    "key = (SELECT min(key) FROM projection_entities WHERE projection_id = ID) AND"
                } else {
                    ""
                };
                let sql = format!("UPDATE {table} SET {column} = {value} WHERE {rows} projection_id = ID");
                damage(&files, newer, &sql);
                assert!(checked(&files.store(), true).count() > 0, "{newer}: {sql}");
            }
        }
    }
}

/// Applies the one remedy that an error advises, which is not refused.
#[track_caller]
fn follow(store: &Store, error: &Error, expected: &Remedy) {
    let advice = error.advice().unwrap();
    let remedies: Vec<&Remedy> =
        advice.remedies().filter(|remedy| !matches!(remedy, Remedy::InspectEvent { .. })).collect();
    assert_eq!(remedies, [expected], "{error}");
    assert!(apply(store, expected, Some("crm_acme")).unwrap());
}

#[test]
fn errors_beside_a_projection_of_a_later_version_name_a_rebuild_that_is_not_refused() {
    let whole = caught_up(false);
    for (newer, other) in [(DECLARED[0], DECLARED[1]), (DECLARED[1], DECLARED[0])] {
        for kind in ["outdated", "checkpoint-ahead"] {
            let files = whole.copy();
            let fine = [event("c1", "deal.lost", json!({}))];
            let append = Append { expected: Expected::Any, now: START, events: &fine };
            files.store().events().append(SpaceId(1), append).unwrap();
            make_newer(&files, newer);
            damage(&files, other, DAMAGE.iter().find(|(name, _)| *name == kind).unwrap().1);
            let store = files.store();
            let acme = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
            let catch_up = || acme.catch_up_projection(other, &mut |_, _| ControlFlow::Continue(()));
            let by = Remedy::RebuildProjection { skip_errors: false, projection: other.to_owned() };
            follow(&store, &catch_up().unwrap_err(), &by);
            catch_up().unwrap();
        }
    }
}

#[test]
fn an_event_that_cannot_be_applied_beside_a_projection_of_a_later_version_names_the_rebuild_of_one() {
    let files = caught_up(false);
    let bad = [event("nobody", "contact.updated", json!({"contact_id": "nobody", "name": "N"}))];
    let append = Append { expected: Expected::Any, now: START, events: &bad };
    files.store().events().append(SpaceId(1), append).unwrap();
    make_newer(&files, "contacts_by_domain");
    let store = files.store();
    let acme = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
    let catch_up = || acme.catch_up_projection("state", &mut |_, _| ControlFlow::Continue(()));
    let by = Remedy::RebuildProjection { skip_errors: true, projection: "state".to_owned() };
    follow(&store, &catch_up().unwrap_err(), &by);
    catch_up().unwrap();
}

#[test]
fn a_release_check_predicts_no_rebuild_that_would_be_refused_or_stop() {
    let whole = caught_up(false);
    let prediction = |change: &dyn Fn(&Files)| {
        let files = whole.copy();
        change(&files);
        release_check(&files.store(), &Apps::standard(), &[SpaceId(1)], &mut keep_going).unwrap()
    };
    let starts = |checked: &ramax::operations::ReleaseChecked, text: &str| {
        let told = checked.prediction();
        assert!(told.as_ref().is_some_and(|told| told.starts_with(text)), "{told:?}");
    };
    starts(&prediction(&|_| ()), "a rebuild of the space would take about ");
    starts(
        &prediction(&|files| make_newer(files, "state")),
        "a rebuild of the other projections would take about ",
    );
    let all_newer = prediction(&|files| DECLARED.iter().for_each(|name| make_newer(files, name)));
    assert_eq!(all_newer.prediction(), None);
    let damaged = prediction(&|files| {
        let sql = "UPDATE event_log SET checksum = checksum + 1 WHERE event_id = 1";
        files.sqlite(false).execute_batch(sql).unwrap();
    });
    assert_eq!(damaged.prediction(), None);
    assert!(!damaged.changed[0].text().contains("a rebuild"), "{}", damaged.changed[0].text());
}

#[test]
fn a_release_check_and_the_verification_of_one_projection_name_the_rebuild_of_one() {
    let files = caught_up(false);
    make_newer(&files, "state");
    damage(&files, "contacts_by_domain", DAMAGE[1].1);
    let (store, apps) = (files.store(), Apps::standard());
    let by = Remedy::RebuildProjection { skip_errors: false, projection: "contacts_by_domain".to_owned() };
    let checked = release_check(&store, &apps, &[], &mut keep_going).unwrap();
    assert_eq!(checked.changed[0].rebuilds(), std::slice::from_ref(&by));
    let report = ReleaseCheck::default().report(&checked);
    assert!(report.findings.iter().any(|finding| finding.remedy.as_ref() == Some(&by)), "{report:?}");
    let acme = find_space(&store, &apps, "crm_acme").unwrap();
    let mut verify = Verify { projection: Some("contacts_by_domain".to_owned()) };
    let (target, context) = (Target::of(acme.space()), OperationContext::new(&store, &apps));
    let verified = verify.run(target, context, &mut keep_going).unwrap();
    assert_eq!(verified.remedy(), Some(by));
}
