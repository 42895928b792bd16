//! Intact stores have no findings.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use ramax::audit::AuditStart;
use ramax::error::Remedy;
use ramax::operations::{
    CheckOptions, DeleteOptions, Phase, Rebuild, check, delete, keep_going, rebuild, verify,
};
use ramax::{Append, Apps, Expected, Location, OpenOptions, Operator, Store, Timestamp};
use serde_json::json;
use tempfile::TempDir;

use super::findings::{assert_clean, checked, fill, name};
use crate::on_every_store;
use crate::support::{Fixture, START, add_contact, event, mark_owner};

on_every_store![
    an_intact_store_has_no_findings,
    an_empty_store_has_no_findings,
    an_operation_whose_process_is_gone_is_a_note,
    an_abandoned_delete_is_found_beside_an_operation_that_only_reads,
    a_time_ahead_of_the_clock_is_a_note,
    the_progress_of_a_check_rises_to_its_total,
];

fn the_progress_of_a_check_rises_to_its_total(fixture: &Fixture) {
    fill(fixture);
    for deep in [false, true] {
        let mut told = Vec::new();
        let options = CheckOptions { deep, is_running: &|_| true };
        check(&fixture.store, &Apps::standard(), options, &mut |progress| {
            told.push(progress);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert!(told.iter().all(|progress| progress.phase == Phase::Check), "deep: {deep}");
        assert!(told.windows(2).all(|pair| pair[0].done <= pair[1].done), "deep: {deep}");
        let totals: BTreeSet<u64> =
            told.iter().map(|progress| progress.total).filter(|total| *total > 0).collect();
        assert_eq!(totals.len(), 1, "the total is known from the start; deep: {deep}, {totals:?}");
        let last = told.last().unwrap();
        assert!(last.done > 0 && last.done == last.total, "deep: {deep}, {last:?}");
    }
}

fn an_intact_store_has_no_findings(fixture: &Fixture) {
    fill(fixture);
    assert_clean(&fixture.store);
    let acme = fixture.crm("crm_acme");
    rebuild(&acme, Rebuild::default(), &mut keep_going).unwrap();
    delete(&fixture.store, "cms_staging", DeleteOptions::default(), &mut keep_going).unwrap();
    fixture.space("of_no_app");
    acme.execute(add_contact("late")).unwrap();
    assert_clean(&fixture.store);
    let checked = checked(&fixture.store, true);
    assert_eq!((checked.spaces, checked.events, checked.keys, checked.verified), (3, 1141, 395, 4));
    assert_eq!(verify(&acme, &mut keep_going).unwrap().differences, []);
}

fn a_time_ahead_of_the_clock_is_a_note(fixture: &Fixture) {
    let acme = fixture.crm("crm_acme");
    acme.execute(add_contact("c1")).unwrap();
    assert_eq!(checked(&fixture.store, true).notes, []);
    let new = [event("e", "note.taken", json!({}))];
    let append = Append { expected: Expected::Any, now: Timestamp(7_258_118_400_000), events: &new };
    fixture.store.events().append(acme.space_id(), append).unwrap();
    acme.execute(add_contact("c2")).unwrap();
    assert_clean(&fixture.store);
    let notes = checked(&fixture.store, true).notes;
    assert_eq!(notes.iter().map(name).collect::<Vec<_>>(), ["ahead-of-clock"]);
    assert_eq!(notes[0].space.as_deref(), Some("crm_acme"));
    assert!(notes[0].fault.words()[0].text.contains("2200-01-01"), "{notes:?}");
}

fn an_empty_store_has_no_findings(fixture: &Fixture) {
    assert_clean(&fixture.store);
}

fn an_operation_whose_process_is_gone_is_a_note(fixture: &Fixture) {
    let acme = fixture.crm("crm_acme");
    let begun = AuditStart {
        operator: Operator::default(),
        action: "rebuild".to_owned(),
        space_id: Some(acme.space_id()),
        space_name: Some("crm_acme".to_owned()),
        parameters: serde_json::Map::new(),
        started_at: START,
    };
    fixture.store.audit_log().begin(&begun).unwrap();
    assert_eq!(checked(&fixture.store, false).notes, []);
    let options = CheckOptions { deep: false, is_running: &|_| false };
    let checked = check(&fixture.store, &Apps::standard(), options, &mut keep_going).unwrap();
    assert_eq!(checked.count(), 0);
    assert_eq!((name(&checked.notes[0]).as_str(), &checked.notes[0].remedy), ("abandoned", &Remedy::Nothing));
}

fn an_abandoned_delete_is_found_beside_an_operation_that_only_reads(fixture: &Fixture) {
    let acme = fixture.crm("crm_acme");
    fixture.store.events().begin_delete(acme.space_id(), &mark_owner(1), None).unwrap();
    for (action, count) in [("export", 1), ("backup", 1), ("verify", 1), ("delete", 0)] {
        let start = AuditStart {
            operator: Operator::default(),
            action: action.to_owned(),
            space_id: None,
            space_name: None,
            parameters: serde_json::Map::new(),
            started_at: START,
        };
        fixture.store.audit_log().begin(&start).unwrap();
        assert_eq!(checked(&fixture.store, false).count(), count, "beside a running {action}");
    }
}

#[test]
fn files_of_an_older_version_are_checked_unchanged() {
    let directory = TempDir::new().unwrap();
    let copy = |name: &str| {
        let path = directory.path().join(name);
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name), &path).unwrap();
        path
    };
    let locations = [
        Location::file(copy("format-1.db")),
        Location::two_files(copy("format-1-events.db"), copy("format-1-projections.db")),
        Location::two_files(copy("format-2-events.db"), copy("format-2-projections.db")),
    ];
    for location in locations {
        for read_only in [true, false] {
            let options = OpenOptions { read_only, ..OpenOptions::default() };
            assert_clean(&Store::open(&location, options).unwrap());
        }
    }
}
