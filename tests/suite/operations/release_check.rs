//! Checks of the code of this program against stored projections.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use proptest::prelude::*;
use ramax::content_store::FieldChange;
use ramax::error::Remedy;
use ramax::operations::{
    DifferenceGroup, Operation, OperationContext, Rebuild, ReleaseCheck, ReleaseChecked, Target,
    UncheckedReason, catch_up, keep_going, rebuild, release_check,
};
use ramax::pstate::ProjectionId;
use ramax::{Apps, Json, Location, OpenOptions, Page, Store};
use serde_json::{Value, json};

use super::{append, append_bad, tenants};
use crate::on_every_store;
use crate::support::tally::{self, add, apps};
use crate::support::{Fixture, START, add_contact, event};

on_every_store![
    projections_of_this_program_do_not_differ,
    changed_values_are_grouped_by_field_and_kind,
    an_outdated_projection_is_compared_as_it_is_stored,
    unknown_apps_and_event_types_and_bad_events_are_counted,
    a_release_check_writes_nothing_but_its_audit_entry,
    a_release_check_can_be_cancelled,
    progress_counts_each_event_once_and_the_keys_of_all_projections,
    the_spaces_to_rebuild_are_known_with_the_events_to_skip,
];

fn check(store: &Store, apps: &Apps) -> ReleaseChecked {
    release_check(store, apps, &[], &mut keep_going).unwrap()
}

/// Returns each group with its count, without the times of keys.
fn counts(checked: &ReleaseChecked) -> Vec<(String, &'static str, u64)> {
    let groups = checked.groups.groups().filter(|group| !group.field.ends_with("(updated_at)"));
    groups.map(|group| (group.title(), group.kind.title(), group.count)).collect()
}

fn projections_of_this_program_do_not_differ(fixture: &Fixture) {
    tenants(fixture);
    let checked = check(&fixture.store, &Apps::standard());
    assert_eq!((checked.spaces, checked.events, checked.groups.count()), (2, 80, 0));
    assert!(!checked.differs() && checked.unknown.is_empty(), "{checked:?}");
    assert_eq!(checked.changed[0].unbuilt, ["contacts_by_domain"], "it waits for its runner");
}

fn changed_values_are_grouped_by_field_and_kind(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    let pstate = fixture.store.pstate();
    for n in 0..5 {
        let key = format!("contact:c{n}");
        let entry = pstate.get(crm.space_id().into(), &key).unwrap().unwrap();
        let mut value = entry.value.to_value();
        value["name"] = json!("Eve");
        value["fax"] = json!(n);
        pstate.put(crm.space_id().into(), &key, Json::of(&value), entry.updated_at).unwrap();
    }
    pstate.delete(crm.space_id().into(), "contact:c9").unwrap();
    pstate.put(cms.space_id().into(), "article:ghost", Json::of(&json!(1)), START).unwrap();
    let checked = check(&fixture.store, &Apps::standard());
    let expected = [
        ("article:*".to_owned(), "removed", 1),
        ("contact:*".to_owned(), "added", 1),
        ("contact:*.fax".to_owned(), "removed", 5),
        ("contact:*.name".to_owned(), "changed", 5),
    ];
    assert_eq!(counts(&checked), expected);
    assert!(checked.differs() && checked.groups.keys() == 7);
    let groups: Vec<DifferenceGroup> = checked.groups.groups().collect();
    let first = &groups[3].examples[0];
    assert_eq!(
        (groups[3].examples.len(), first.key.as_str(), first.path.as_str()),
        (3, "contact:c0", ".name")
    );
    assert_eq!(
        (first.before.as_ref().map(Json::as_str), first.after.as_ref().map(Json::as_str)),
        (Some("\"Eve\""), Some("\"Ada\""))
    );
    let only = release_check(&fixture.store, &Apps::standard(), &[cms.space_id()], &mut keep_going).unwrap();
    assert_eq!((only.spaces, only.groups.count()), (1, 1));
    assert_eq!(only.changed[0].space_name, "cms_staging");
}

fn an_outdated_projection_is_compared_as_it_is_stored(fixture: &Fixture) {
    let space = tally::open(&fixture.store, "tally_a", 1);
    for n in 0..6 {
        add(&space, &format!("k{n}"), n).unwrap();
    }
    catch_up(&space, &mut keep_going).unwrap();
    assert!(!check(&fixture.store, &apps(1)).differs());
    let checked = check(&fixture.store, &apps(2));
    let expected = [
        ("sizes key:*".to_owned(), "changed", 5),
        ("sizes largest".to_owned(), "changed", 1),
        ("amount:*[*]".to_owned(), "changed", 6),
        ("sums sum:*".to_owned(), "changed", 5),
    ];
    assert_eq!(counts(&checked), expected);
    assert_eq!(checked.changed[0].outdated, ["state", "sums", "sizes"]);
    assert_eq!(checked.changed[0].unbuilt, ["last"]);
    let after = tally::open(&fixture.store, "tally_a", 2);
    rebuild(&after, Rebuild::default(), &mut keep_going).unwrap();
    assert!(!check(&fixture.store, &apps(2)).differs());
    let before = check(&fixture.store, &apps(1));
    assert_eq!(before.changed[0].newer, ["state", "sums", "sizes"], "this program is the older one");
    assert_eq!((before.newer, before.groups.count()), (3, 0), "they are not compared");
    let text = ReleaseCheck::default().summary(&before).detail;
    assert!(text.contains("; 3 projections are of a later version and not compared ("), "{text}");
}

fn unknown_apps_and_event_types_and_bad_events_are_counted(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    tally::open(&fixture.store, "tally_a", 1);
    add(&tally::open(&fixture.store, "tally_a", 1), "k", 1).unwrap();
    append(&fixture.store, crm.space_id(), &[event("c1", "deal.lost", json!({}))]);
    append(&fixture.store, crm.space_id(), &[event("c1", "deal.lost", json!({}))]);
    append_bad(&crm);
    let checked = check(&fixture.store, &Apps::standard());
    let [unchecked] = checked.unchecked.as_slice() else { panic!("{checked:?}") };
    assert_eq!((unchecked.space_name.as_str(), unchecked.reason), ("tally_a", UncheckedReason::UnknownApp));
    let [unknown] = checked.unknown.as_slice() else { panic!("{checked:?}") };
    assert_eq!((unknown.event_type.as_str(), unknown.count, unknown.space_sequence.0), ("deal.lost", 2, 41));
    let [unreadable] = checked.unreadable.as_slice() else { panic!("{checked:?}") };
    assert_eq!((unreadable.event_type.as_str(), unreadable.count), ("contact.updated", 1));
    assert!(unreadable.text().contains("sequence 43"), "{}", unreadable.text());
    assert!(checked.differs() && checked.groups.count() == 0);
}

fn a_release_check_writes_nothing_but_its_audit_entry(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    let stored = || {
        let all = |space: &ramax::ContentStore| super::contents(&fixture.store, space.space_id());
        (all(&crm), all(&cms), fixture.store.pstate().stored(&[crm.space_id(), cms.space_id()]).unwrap())
    };
    let before = stored();
    let apps = Apps::standard();
    let context = OperationContext::new(&fixture.store, &apps);
    ReleaseCheck::default().run(Target::File, context, &mut keep_going).unwrap();
    ReleaseCheck::default().run(Target::of(crm.space()), context, &mut keep_going).unwrap();
    assert_eq!(stored(), before);
    let written = fixture.store.audit_log().page(None, Page::backward(None, 2)).unwrap();
    assert_eq!(written[1].action, "release check");
    assert_eq!(
        written[1].detail.as_deref(),
        Some("this program derives the same projections (2 spaces, 80 events)")
    );
    assert_eq!(written[0].space_name.as_deref(), Some("crm_acme"));
}

fn a_release_check_can_be_cancelled(fixture: &Fixture) {
    tenants(fixture);
    let mut asked = 0;
    let error = release_check(&fixture.store, &Apps::standard(), &[], &mut |progress| {
        asked += 1;
        assert!(progress.done <= progress.total);
        if asked < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert!(error.unwrap_err().is_cancelled() && asked == 3);
}

fn progress_counts_each_event_once_and_the_keys_of_all_projections(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    rebuild(&crm, Rebuild::default(), &mut keep_going).unwrap();
    let mut last = BTreeMap::new();
    let checked = release_check(&fixture.store, &Apps::standard(), &[], &mut |progress| {
        if progress.total > 0 {
            last.insert(format!("{:?}", progress.phase), (progress.done, progress.total));
        }
        ControlFlow::Continue(())
    });
    let checked = checked.unwrap();
    assert_eq!(last["Replay"], (80, 80), "although crm_acme has two projections");
    assert_eq!(last["Compare"], (checked.keys, checked.keys));
    let prediction = checked.prediction().unwrap();
    assert!(prediction.starts_with("a rebuild of the 2 spaces would take about "), "{prediction}");
    let rate = (checked.events as f64 / checked.rebuild.as_secs_f64()) as u64;
    let digits: String =
        prediction.rsplit(" (").next().unwrap().chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits, rate.to_string(), "the rate is that of the predicted time: {prediction}");
}

fn the_spaces_to_rebuild_are_known_with_the_events_to_skip(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    append_bad(&crm);
    let checked = check(&fixture.store, &Apps::standard());
    let space = &checked.changed[0];
    assert_eq!((space.unreadable, space.needs_rebuild()), (1, false), "what is stored does not differ");
    assert!(space.text().contains("1 event cannot be applied"), "{}", space.text());
    for space in [&crm, &cms] {
        fixture.store.pstate().put(space.space_id().into(), "ghost", Json::of(&json!(1)), START).unwrap();
    }
    let context_apps = Apps::standard();
    let context = OperationContext::new(&fixture.store, &context_apps);
    let mut operation = ReleaseCheck::default();
    let checked = operation.run(Target::File, context, &mut keep_going).unwrap();
    let remedies: Vec<_> =
        operation.report(&checked).findings.into_iter().filter_map(|one| one.remedy).collect();
    assert_eq!(
        remedies,
        [Remedy::Rebuild { skip_errors: true }, Remedy::Rebuild { skip_errors: false }],
        "{checked:?}"
    );
}

#[test]
fn one_ignored_event_is_named_in_the_singular() {
    let fixture = Fixture::memory();
    let (crm, _) = tenants(&fixture);
    append(&fixture.store, crm.space_id(), &[event("c1", "deal.lost", json!({}))]);
    let checked = check(&fixture.store, &Apps::standard());
    assert_eq!(checked.unknown[0].text(), "is unknown to the app crm; 1 event in 1 space is ignored");
    append(&fixture.store, crm.space_id(), &[event("c1", "deal.lost", json!({}))]);
    let checked = check(&fixture.store, &Apps::standard());
    assert_eq!(checked.unknown[0].text(), "is unknown to the app crm; 2 events in 1 space are ignored");
}

#[test]
fn a_release_check_works_on_a_read_only_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = Location::file(directory.path().join("store.db"));
    let store = Store::open_or_create(&file, OpenOptions::default()).unwrap();
    add(&tally::open(&store, "tally_a", 1), "k", 1).unwrap();
    drop(store);
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let store = Store::open(&file, options).unwrap();
    let apps = apps(2);
    let context = OperationContext::new(&store, &apps);
    let checked = ReleaseCheck::default().run(Target::File, context, &mut keep_going).unwrap();
    assert_eq!(counts(&checked).len(), 2);
}

#[test]
fn a_space_that_is_deleted_meanwhile_is_left_out() {
    let fixture = Fixture::memory();
    let (crm, _) = tenants(&fixture);
    for n in 0..5 {
        crm.execute(add_contact(&format!("d{n}"))).unwrap();
    }
    let mut delete = Some(crm.space_id());
    let checked = release_check(&fixture.store, &Apps::standard(), &[], &mut |_| {
        if let Some(space_id) = delete.take() {
            let options = ramax::operations::DeleteOptions::default();
            let options = ramax::operations::DeleteOptions { space_id: Some(space_id), ..options };
            ramax::operations::delete(&fixture.store, "crm_acme", options, &mut keep_going).unwrap();
        }
        ControlFlow::Continue(())
    });
    let checked = checked.unwrap();
    assert_eq!((checked.spaces, checked.unchecked.len() as u64 + checked.deleted), (1, 1), "{checked:?}");
    assert!(checked.unchecked.iter().all(|one| one.reason == UncheckedReason::Deleted), "{checked:?}");
    assert!(!checked.differs());
}

/// Returns the number of fields that differ, one by one.
fn naive(stored: &BTreeMap<String, Value>, derived: &BTreeMap<String, Value>) -> u64 {
    let keys = stored.keys().chain(derived.keys().filter(|key| !stored.contains_key(*key)));
    keys.map(|key| match (stored.get(key), derived.get(key)) {
        (Some(stored), Some(derived)) => {
            FieldChange::between(Some(&Json::of(stored)), Some(&Json::of(derived))).len() as u64
        }
        _ => 1,
    })
    .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn grouped_differences_sum_to_those_found_one_by_one(
        amounts in prop::collection::vec((0..6_u8, 0..60_u64), 1..30),
        caught_up in 0..30_usize,
    ) {
        let store = Store::memory();
        let space = tally::open(&store, "tally_a", 1);
        for (number, (key, amount)) in amounts.iter().enumerate() {
            add(&space, &format!("k{key}"), *amount).unwrap();
            if number == caught_up {
                catch_up(&space, &mut keep_going).unwrap();
            }
        }
        let events = tally::events(&space);
        let mut expected = 0;
        for name in ["state", "sums", "sizes"] {
            let id = ProjectionId::new(space.space_id(), name);
            let at = store.pstate().checkpoint(id).unwrap().sequence.0 as usize;
            if at > 0 {
                expected += naive(&tally::rows(&store, id), &tally::model(name, 2, &events[..at]));
            }
        }
        let checked = check(&store, &apps(2));
        let groups: Vec<DifferenceGroup> = checked.groups.groups().collect();
        prop_assert_eq!(groups.iter().map(|group| group.count).sum::<u64>(), checked.groups.count());
        prop_assert_eq!(counts(&checked).iter().map(|(_, _, count)| count).sum::<u64>(), expected);
        prop_assert!(groups.iter().all(|group| group.examples.len() as u64 == group.count.min(3)));
    }
}
