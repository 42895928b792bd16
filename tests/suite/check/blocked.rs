//! Spaces whose next event cannot be applied, so that every command fails.

use std::ops::ControlFlow;

use ramax::error::Remedy;
use ramax::operations::{
    CheckOptions, Difference, Fault, Rebuild, check, find_blocking_event, find_space, keep_going, overview,
    rebuild, verify,
};
use ramax::pstate::BlockingEvent;
use ramax::{Append, Apps, ContentStore, Expected, NewEvent, Page, Store};
use serde_json::json;

use super::findings::{checked, name};
use crate::on_every_store;
use crate::support::{Fixture, START, add_contact, event};

on_every_store!(
    verify_and_check_name_the_blocking_event_until_a_rebuild_skips_it,
    a_rebuild_unblocks_a_space_whose_projection_has_drifted,
    a_lag_that_can_be_caught_up_is_a_note,
    a_blocking_event_is_found_after_many_good_ones,
    an_async_projection_is_tried_from_where_its_catch_up_stopped,
);

/// Returns the blocking event among the few events that come next.
fn blocking(store: &Store) -> Option<BlockingEvent> {
    let overview = overview(store, &Apps::standard(), "crm_acme").unwrap();
    assert_eq!(overview.blocked, None, "counters alone cannot tell");
    find_blocking_event(store, &Apps::standard(), &overview).unwrap()
}

/// Returns an event of a missing contact, which cannot be applied.
fn nobody_renamed() -> NewEvent {
    event("nobody", "contact.updated", json!({"contact_id": "nobody", "name": "N", "email": "e"}))
}

fn added(id: &str) -> NewEvent {
    event(id, "contact.added", json!({"contact_id": id, "name": "N", "email": "e"}))
}

fn append(content: &ContentStore, events: &[NewEvent]) {
    let append = Append { expected: Expected::Any, now: START, events };
    content.store().events().append(content.space_id(), append).unwrap();
}

/// Returns the findings and notes of verify, a check and a deep check, which must agree.
#[track_caller]
fn found(content: &ContentStore) -> (Vec<(String, Remedy)>, Vec<String>) {
    let store = content.store();
    let verified = verify(content, &mut keep_going).unwrap();
    let by_verify: Vec<_> =
        verified.differences.iter().map(|found| verified.remedy_of(&verified, found)).collect();
    let deep = checked(store, true);
    let remedies: Vec<_> = deep.findings.iter().map(|finding| finding.remedy.clone()).collect();
    assert_eq!(remedies, by_verify, "{:#?} {:#?}", deep.findings, verified.differences);
    let plain = checked(store, false);
    assert_eq!(plain.count() == 0, deep.count() == 0);
    assert!(plain.findings.iter().all(|finding| remedies.contains(&finding.remedy)), "{:#?}", plain.findings);
    let found = deep.findings.iter().map(|finding| (name(finding), finding.remedy.clone())).collect();
    (found, deep.notes.iter().map(name).collect())
}

#[track_caller]
fn rebuilt(content: &ContentStore, skip_errors: bool) {
    rebuild(content, Rebuild { skip_errors, ..Rebuild::default() }, &mut keep_going).unwrap();
}

fn verify_and_check_name_the_blocking_event_until_a_rebuild_skips_it(fixture: &Fixture) {
    let acme = fixture.crm("crm_acme");
    acme.execute(add_contact("c1")).unwrap();
    append(&acme, &[nobody_renamed(), added("c2")]);
    assert_eq!(acme.execute(add_contact("c3")).unwrap_err().kind(), "bad_event");

    let bad = acme.store().events().read_space(acme.space_id(), Page::forward(None, 9)).unwrap()[1].clone();
    let verified = verify(&acme, &mut keep_going).unwrap();
    let [Difference::Blocked { lag: 2, event, .. }] = &verified.differences[..] else {
        panic!("{verified:#?}");
    };
    assert_eq!((event.event_id, event.space_sequence.0), (bad.event_id, 2));
    assert_eq!(event.event_type, "contact.updated");
    assert!(!event.reason.is_empty());
    assert_eq!(found(&acme), (vec![("blocked".to_owned(), Remedy::Rebuild { skip_errors: true })], vec![]));
    assert_eq!(blocking(&fixture.store).as_ref(), Some(event));

    assert_eq!(rebuild(&acme, Rebuild::default(), &mut keep_going).unwrap_err().kind(), "bad_event");
    rebuilt(&acme, true);
    assert_eq!(found(&acme), (vec![], vec!["skipped-event".to_owned()]));
    assert_eq!(blocking(&fixture.store), None);
    acme.execute(add_contact("c3")).unwrap();
    assert_eq!(found(&acme), (vec![], vec!["skipped-event".to_owned()]));
}

fn a_rebuild_unblocks_a_space_whose_projection_has_drifted(fixture: &Fixture) {
    let acme = fixture.crm("crm_acme");
    acme.execute(add_contact("c1")).unwrap();
    append(&acme, &[event("c1", "contact.updated", json!({"contact_id": "c1", "name": "N", "email": "e"}))]);
    fixture.store.pstate().delete(acme.space_id().into(), "contact:c1").unwrap();
    assert_eq!(acme.execute(add_contact("c2")).unwrap_err().kind(), "bad_event");
    let (findings, notes) = found(&acme);
    assert!(
        findings.contains(&("blocked".to_owned(), Remedy::Rebuild { skip_errors: false })),
        "{findings:?}"
    );
    assert_eq!(notes, [""; 0]);
    rebuilt(&acme, false);
    assert_eq!(found(&acme), (vec![], vec![]));
    acme.execute(add_contact("c2")).unwrap();
}

fn a_lag_that_can_be_caught_up_is_a_note(fixture: &Fixture) {
    let acme = fixture.crm("crm_acme");
    acme.execute(add_contact("c1")).unwrap();
    append(&acme, &[added("c2"), added("c3")]);
    assert_eq!(found(&acme), (vec![], vec!["lag".to_owned()]));
    let quick = check(
        &fixture.store,
        &Apps::standard(),
        CheckOptions { deep: false, is_running: &|_| true },
        &mut keep_going,
    );
    assert_eq!(quick.unwrap().notes[0].fault, Fault::Differs(Difference::Lag { events: 2 }));
    acme.execute(add_contact("c4")).unwrap();
    assert_eq!(found(&acme), (vec![], vec![]));
}

fn a_blocking_event_is_found_after_many_good_ones(fixture: &Fixture) {
    let acme = fixture.crm("crm_acme");
    let many: Vec<NewEvent> = (0..2500).map(|n| added(&format!("c{n}"))).chain([nobody_renamed()]).collect();
    append(&acme, &many);
    let apps = Apps::standard();
    assert_eq!(blocking(&fixture.store), None, "it is too far ahead");
    assert_eq!(found(&acme).0, [("blocked".to_owned(), Remedy::Rebuild { skip_errors: true })]);
    acme.execute(add_contact("new")).unwrap_err();
    // All good events were applied; the next command must get past the bad one.
    assert_eq!(blocking(&fixture.store).unwrap().space_sequence.0, 2501);
    assert_eq!(find_space(&fixture.store, &apps, "crm_acme").unwrap().event_count().unwrap(), 2501);
}

fn an_async_projection_is_tried_from_where_its_catch_up_stopped(fixture: &Fixture) {
    let acme = fixture.crm("crm_acme");
    let unreadable = event("c", "contact.added", json!({}));
    let many: Vec<NewEvent> = (0..1500).map(|n| added(&format!("c{n}"))).chain([unreadable]).collect();
    append(&acme, &many);
    let blocked = || ("blocked".to_owned(), Remedy::Rebuild { skip_errors: true });
    assert_eq!(found(&acme), (vec![blocked()], vec![]), "only the inline projection is tried whole");
    let stopped = acme.catch_up_projection("contacts_by_domain", &mut |_, _| ControlFlow::Continue(()));
    assert_eq!(stopped.unwrap_err().kind(), "bad_event");
    for deep in [false, true] {
        let found = checked(acme.store(), deep);
        let blocked = found.findings.iter().filter(|finding| name(finding) == "blocked").count();
        assert_eq!((blocked, found.count()), (2, 2), "{:#?}", found.findings);
    }
}
