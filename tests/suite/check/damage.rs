//! Every kind of damage, done with SQL to one file and to two, while closed and while open.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::error::Remedy;
use ramax::operations::{
    CheckOptions, DeleteOptions, Rebuild, check, delete, find_space, keep_going, rebuild, repair, verify,
};
use ramax::{Apps, EventId, OpenOptions, Store};

use super::findings::{ACME, Files, assert_clean, checked, name};
use super::repairs::apply;
use super::table::{KINDS, Kind, first_of_each};
use crate::support::{add_contact, create};

#[test]
fn every_damage_in_one_file_is_repaired_by_the_named_operation() {
    find_and_repair(false);
}

#[test]
fn every_damage_in_two_files_is_repaired_by_the_named_operation() {
    find_and_repair(true);
}

fn find_and_repair(two: bool) {
    let (large, small) = (Files::new(two), Files::small(two));
    // In two files, damage to events is the same, and one row shows each finding and remedy.
    let shown: BTreeSet<&str> = first_of_each().map(|kind| kind.sql).collect();
    let kinds = KINDS.iter().filter(|kind| !two || kind.projections || shown.contains(kind.sql));
    for (kind, number) in kinds.zip(0..) {
        let whole = if kind.is_of_last_space() { &large } else { &small };
        let files = whole.copy();
        let open_before = (number % 2 == 0).then(|| files.store());
        files.sqlite(kind.projections).execute_batch(kind.sql).unwrap();
        let store = open_before.unwrap_or_else(|| files.store());
        // Opening two files sets the next space id above all that the projections use.
        if two && kind.finding == "numbers" && number % 2 != 0 && checked(&store, true).count() == 0 {
            continue;
        }
        let is_more = assert_found(&store, kind);
        match apply(&store, &kind.remedy, kind.space) {
            Ok(true) => {}
            // Lost data is restored from a backup.
            Ok(false) => continue,
            Err(error) => panic!("{}: {error}", kind.sql),
        }
        if is_more {
            repair(&store, &checked(&store, true), &mut keep_going).unwrap();
        }
        let left = checked(&store, true);
        assert_eq!((left.findings, left.more), (vec![], 0), "{}", kind.sql);
    }
}

/// Returns true if there are further findings that a check with repair repairs.
#[track_caller]
fn assert_found(store: &Store, kind: &Kind) -> bool {
    let deep = checked(store, true);
    let is_it = |finding: &ramax::operations::Finding| {
        name(finding) == kind.finding
            && finding.remedy.kind() == kind.remedy.kind()
            && finding.space.as_deref() == kind.space
    };
    assert!(deep.findings.iter().any(is_it), "{}: {:#?}", kind.sql, deep.findings);
    let quick = checked(store, false);
    assert_eq!(quick.findings.iter().any(is_it), !kind.deep, "{}: {:#?}", kind.sql, quick.findings);
    for finding in &deep.findings {
        assert!(!finding.fault.words().is_empty(), "{finding:?}");
    }
    kind.remedy != Remedy::Check { deep: false, repair: true }
        && deep.findings.iter().any(|finding| finding.remedy == Remedy::Check { deep: false, repair: true })
}

#[test]
fn a_drift_next_to_a_bad_event_is_repaired_by_a_rebuild_that_skips_it() {
    let files = Files::new(false);
    let store = files.store();
    let crm = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
    let bad =
        crate::support::event("x", "contact.updated", serde_json::json!({"contact_id": "x", "name": "n"}));
    let append = ramax::Append { expected: ramax::Expected::Any, now: crate::support::START, events: &[bad] };
    store.events().append(crm.space_id(), append).unwrap();
    rebuild(&crm, Rebuild { skip_errors: true, ..Rebuild::default() }, &mut keep_going).unwrap();
    files
        .sqlite(true)
        .execute_batch("UPDATE projection_entities SET value = '1' WHERE key = 'contact:c1'")
        .unwrap();
    let found = checked(&store, true).findings;
    let told: Vec<_> = found.iter().map(|finding| (name(finding), finding.remedy.clone())).collect();
    let both = ["altered", "bad-event"].map(|kind| (kind.to_owned(), Remedy::Rebuild { skip_errors: true }));
    assert_eq!(told, both, "{found:#?}");
    assert_eq!(rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap_err().kind(), "bad_event");
    rebuild(&crm, Rebuild { skip_errors: true, ..Rebuild::default() }, &mut keep_going).unwrap();
    assert_clean(&store);
    assert_eq!(checked(&store, true).notes.iter().map(name).collect::<Vec<_>>(), ["skipped-event"]);
}

#[test]
fn check_and_verify_name_the_same_remedy() {
    let whole = Files::new(false);
    for (sql, remedy) in [
        ("UPDATE event_log SET payload = replace(payload, 'c2', 'd2') WHERE event_id = 5", Remedy::Restore),
        ("UPDATE event_log SET payload = '{' WHERE event_id = 5", Remedy::Restore),
        ("DELETE FROM event_log WHERE event_id = 5", Remedy::Restore),
        ("UPDATE space_sequences SET last_sequence = 600, last_event_id = 99999", Remedy::Restore),
        (
            "UPDATE space_sequences SET last_sequence = 600 WHERE space_id = 1",
            Remedy::Check { deep: false, repair: true },
        ),
        (
            "UPDATE space_sequences SET last_sequence = 3 WHERE space_id = 1",
            Remedy::Check { deep: false, repair: true },
        ),
        (
            "UPDATE projection_entities SET value = replace(value, 'Ada', 'Eve')",
            Remedy::Rebuild { skip_errors: false },
        ),
    ] {
        let files = whole.copy();
        files.sqlite(false).execute_batch(sql).unwrap();
        let store = files.store();
        let acme = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
        let verified = verify(&acme, &mut keep_going).unwrap();
        let by_verify: BTreeSet<Remedy> =
            verified.differences.iter().map(|difference| verified.remedy_of(&verified, difference)).collect();
        assert_eq!(by_verify, BTreeSet::from([remedy]), "{sql}: {:#?}", verified.differences);
        let findings = checked(&store, true).findings;
        let of_acme = findings.iter().filter(|finding| finding.space.as_deref() == Some("crm_acme"));
        let by_check: BTreeSet<Remedy> = of_acme.map(|finding| finding.remedy.clone()).collect();
        assert_eq!(by_check, by_verify, "{sql}: {findings:#?}");
    }
}

#[test]
fn an_assigned_id_is_never_reused() {
    let files = Files::new(false);
    let store = files.store();
    delete(&store, "crm_big", DeleteOptions::default(), &mut keep_going).unwrap();
    drop(store);
    // The id of a deleted space is known only from an audit entry about it.
    files
        .sqlite(false)
        .execute_batch(
            "INSERT INTO operations (started_at, operator, action, space_id, outcome) VALUES (0, '{}', 'run', 3, 'done');
             DELETE FROM sqlite_sequence WHERE name = 'spaces'",
        )
        .unwrap();
    let store = files.store();
    let found = checked(&store, false);
    assert_eq!(found.findings.iter().map(name).collect::<Vec<_>>(), ["numbers"]);
    repair(&store, &found, &mut keep_going).unwrap();
    assert_clean(&store);
    let new = ramax::ContentStore::open(&store, "crm_new", Arc::new(Crm)).unwrap();
    assert_eq!(new.space_id().0, 4);
}

#[test]
fn ids_out_of_range_block_nothing_after_a_repair() {
    let files = Files::new(false);
    files
        .sqlite(false)
        .execute_batch(
            "INSERT INTO operations (operation_id, started_at, operator, action, space_id, outcome)
             VALUES (9223372036854775807, 0, '{}', 'run', 9223372036854775807, 'done');
             UPDATE sqlite_sequence SET seq = 9223372036854775807",
        )
        .unwrap();
    let store = files.store();
    let full = ramax::ContentStore::open(&store, "crm_new", Arc::new(Crm)).err().unwrap();
    let acme = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
    let kinds = [full.kind(), rebuild(&acme, Rebuild::default(), &mut keep_going).unwrap_err().kind()];
    assert_eq!(kinds, ["exhausted"; 2]);
    let found = checked(&store, false);
    let kinds = ["numbers", "numbers", "numbers", "numbers", "out-of-range"];
    assert_eq!(found.findings.iter().map(name).collect::<Vec<_>>(), kinds);
    repair(&store, &found, &mut keep_going).unwrap();
    assert_clean(&store);
    let entries = store.audit_log().page(None, ramax::Page::forward(None, 9)).unwrap();
    assert_eq!(
        entries.iter().map(|entry| (entry.operation_id.0, entry.space_id)).collect::<Vec<_>>(),
        [(1, None)]
    );
    let new = ramax::ContentStore::open(&store, "crm_new", Arc::new(Crm)).unwrap();
    assert_eq!(new.space_id().0, 4);
    rebuild(&acme, Rebuild::default(), &mut keep_going).unwrap();
}

#[test]
fn a_repair_touches_no_event_and_lets_appends_continue() {
    let files = Files::new(false);
    files
        .sqlite(false)
        .execute_batch(
            "UPDATE space_sequences SET indexed_sequence = 400, payload_bytes = 1 WHERE space_id = 3;
             DELETE FROM space_sequences WHERE space_id = 1; UPDATE projection_checkpoints SET entities = 0",
        )
        .unwrap();
    let store = files.store();
    let events = || store.events().read_all(ramax::Page::forward(None, 99_999)).unwrap();
    let before = events();
    repair(&store, &checked(&store, true), &mut keep_going).unwrap();
    assert_eq!(events(), before);
    for space in ["crm_acme", "cms_staging", "crm_big"] {
        let space = find_space(&store, &Apps::standard(), space).unwrap();
        rebuild(&space, Rebuild::default(), &mut keep_going).unwrap();
    }
    assert_eq!(events(), before);
    assert_clean(&store);
    let acme = ramax::ContentStore::open(&store, "crm_acme", Arc::new(Crm)).unwrap();
    assert_eq!(acme.space_id().0, ACME);
    assert_eq!(acme.execute(add_contact("new")).unwrap().space_sequence.0, 41);
    let big = ramax::ContentStore::open(&store, "crm_big", Arc::new(Crm)).unwrap();
    for n in 0..1100 {
        big.execute(add_contact(&format!("new{n}"))).unwrap();
    }
    assert_clean(&store);
}

#[test]
fn damage_in_one_space_does_not_stop_the_check_of_others() {
    let files = Files::new(false);
    files
        .sqlite(false)
        .execute_batch(
            "UPDATE space_sequences SET last_sequence = -1 WHERE space_id = 1;
             UPDATE event_log SET payload = '{' WHERE pos = (3 << 40) + 1050",
        )
        .unwrap();
    let found = checked(&files.store(), false).findings;
    let told: Vec<_> = found.iter().map(|found| (found.space.as_deref().unwrap(), name(found))).collect();
    assert_eq!(told, [("crm_acme", "unreadable".to_owned()), ("crm_big", "event".to_owned())]);
}

#[test]
fn findings_are_kept_up_to_a_thousand_and_counted_beyond() {
    let files = Files::new(false);
    files.sqlite(false).execute_batch("UPDATE event_log SET checksum = checksum + 1").unwrap();
    let checked = checked(&files.store(), false);
    assert_eq!((checked.findings.len(), checked.count()), (1000, 1170));
}

#[test]
fn a_read_only_store_is_checked_but_not_repaired() {
    let files = Files::new(true);
    files
        .sqlite(false)
        .execute_batch("UPDATE space_sequences SET payload_bytes = 1 WHERE space_id = 1")
        .unwrap();
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(&files.location(), options).unwrap();
    let checked = checked(&store, true);
    assert_eq!(checked.count(), 1, "{:#?}", checked.findings);
    assert_eq!(repair(&store, &checked, &mut keep_going).unwrap_err().kind(), "read_only");
}

#[test]
fn a_check_can_be_stopped_at_every_step() {
    let files = Files::new(false);
    let store = create(&files.location());
    for stop_at in 1.. {
        let mut step = 0;
        let options = CheckOptions { deep: true, is_running: &|_| true };
        let checked = check(&store, &Apps::standard(), options, &mut |_| {
            step += 1;
            if step == stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        match checked {
            Ok(checked) => {
                assert!(stop_at > 20, "{stop_at} steps");
                assert_eq!(checked.count(), 0);
                break;
            }
            Err(error) => assert!(error.is_cancelled(), "{error}"),
        }
    }
}

#[test]
fn a_check_can_be_stopped_between_large_events() {
    let files = Files::small(false);
    let sql = "UPDATE event_log SET payload = printf('%.*c', (1 << 20) + 1, '[') WHERE event_id IN (5, 6, 7)";
    files.sqlite(false).execute_batch(sql).unwrap();
    let mut told = BTreeSet::new();
    let options = CheckOptions { deep: false, is_running: &|_| true };
    let checked = check(&files.store(), &Apps::standard(), options, &mut |progress| {
        told.extend(progress.last_event);
        ControlFlow::Continue(())
    });
    assert!(checked.unwrap().count() >= 3);
    assert!([5, 6, 7].map(EventId).iter().all(|event| told.contains(event)), "{told:?}");
}

#[test]
fn the_guide_names_a_remedy_for_every_finding() {
    let guide = include_str!("../../../guides/operations.md");
    let mut told: Vec<(&str, &str)> = guide
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter(|row| !row.starts_with("ramax_"))
        .map(|row| (row.split('`').next().unwrap(), row.trim_end_matches(" |").rsplit("| ").next().unwrap()))
        .collect();
    told.sort_unstable();
    let cured_by = |remedy| match remedy {
        Remedy::Nothing => "nothing",
        Remedy::Check { deep: false, repair: true } => "`ramax check --repair`",
        Remedy::Check { deep: true, repair: true } => "`ramax check --deep --repair`",
        Remedy::Rebuild { skip_errors: false } => "`ramax rebuild SPACE`",
        Remedy::Rebuild { skip_errors: true } => "`ramax rebuild SPACE --skip-errors`",
        Remedy::RebuildProjection { skip_errors: false, .. } => "`ramax rebuild SPACE --projection NAME`",
        Remedy::RemoveProjection { .. } => "`ramax projections remove SPACE NAME --confirm NAME`",
        Remedy::Delete { .. } => "`ramax spaces delete SPACE --confirm SPACE`",
        Remedy::Import => "the same, or importing the file or forking the origin again",
        Remedy::Redact { .. } => "`ramax redact SPACE --entity ENTITY --field FIELD --confirm SPACE`",
        Remedy::RemoveSubscription { .. } => "`ramax subscriptions remove NAME --confirm NAME`",
        Remedy::RecountSubscription { .. } => "`ramax subscriptions resume NAME --confirm NAME`",
        Remedy::ContinueSubscription { .. } => "`ramax subscriptions reset NAME --to now --confirm NAME`",
        Remedy::Transfer => "`ramax export SPACE` of each space, and `ramax import FILE` into a new file",
        Remedy::NewProjections => "moving the projections file away, and `ramax rebuild --all`",
        Remedy::Restore => "a backup",
        other => panic!("{other:?} repairs no finding"),
    };
    // These need more than one statement, or a cluster.
    let others = [
        ("engine", Remedy::Restore),
        ("engine", Remedy::NewProjections),
        ("engine", Remedy::Check { deep: true, repair: true }),
        ("unreadable-events", Remedy::Restore),
        ("event-ids", Remedy::Transfer),
        ("bad-event", Remedy::Rebuild { skip_errors: true }),
        ("blocked", Remedy::Rebuild { skip_errors: false }),
        ("blocked", Remedy::Rebuild { skip_errors: true }),
        ("blocked", Remedy::Restore),
        ("shard-end", Remedy::Restore),
        ("shard-end", Remedy::Check { deep: false, repair: true }),
    ];
    let kinds = KINDS.iter().map(|kind| (kind.finding, kind.remedy.clone())).chain(others);
    let mut known: Vec<(&str, &str)> = kinds.map(|(finding, remedy)| (finding, cured_by(remedy))).collect();
    known.sort_unstable();
    known.dedup();
    assert_eq!(told, known);
}

#[test]
fn every_operation_names_the_remedy_that_a_check_names_for_damaged_projections() {
    let files = Files::small(true);
    let path = files.location().projections.unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let pages = bytes.chunks_mut(4096).skip(1);
    for page in pages.filter(|page| page.windows(8).any(|text| text == b"contact:")) {
        page[..8].fill(0xff);
    }
    std::fs::write(&path, bytes).unwrap();
    let store = files.store();
    let acme = find_space(&store, &Apps::standard(), "crm_acme").unwrap();
    let advice = Remedy::NewProjections.advice().to_string();
    let errors = [
        acme.execute(add_contact("new")).unwrap_err(),
        verify(&acme, &mut keep_going).unwrap_err(),
        acme.projection().unwrap().get::<serde_json::Value>("contact:c1").unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.hint()), ("corrupt", Some(advice.clone())));
        assert!(error.to_string().starts_with("the projections file is damaged: "), "{error}");
    }
}
