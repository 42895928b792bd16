//! The promises of the audit log, on every store.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use ramax::audit::{AuditEntry, DELETE, Forgotten, Outcome};
use ramax::operations::{
    CatchUp, Check, DeleteOptions, Fork, Generate, Operation, OperationContext, Rebuild, Redact, RenameSpace,
    Summary, Target, Verify, audit_subject, create_space, delete, keep_going, mark_interrupted,
};
use ramax::{Append, Apps, ContentStore, Error, Expected, Operator, Page, ReplayError, Result, Space, Store};
use serde_json::{Map, json};

use crate::on_every_store;
use crate::support::recorded::{Named, logged, recorded};
use crate::support::{Fixture, START, add_contact, event};

on_every_store!(
    an_operation_is_recorded_at_its_start_and_end,
    failed_refused_and_cancelled_operations_are_distinguished,
    a_cancelled_operation_records_what_it_remaining,
    an_operation_whose_process_died_is_marked_as_interrupted,
    a_finished_operation_keeps_its_outcome,
    entries_are_paged_both_ways_and_by_space,
    a_delete_forgets_the_details_but_not_the_entries,
    operations_that_end_after_a_delete_record_no_details,
    an_operation_that_creates_a_space_is_recorded_with_its_id,
    details_about_a_name_are_forgotten_with_its_space,
    a_new_space_with_the_same_name_keeps_its_details,
    entries_of_a_renamed_space_are_found_under_each_of_its_names,
    details_about_a_former_name_are_forgotten_with_its_space,
);

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

fn all(store: &Store) -> Vec<AuditEntry> {
    store.audit_log().page(None, Page::forward(None, 100)).unwrap()
}

fn done(detail: &str) -> Summary {
    Summary::done(detail)
}

fn rebuild(space: &Space) -> Named<'_> {
    ("rebuild", Target::of(space))
}

fn parameters() -> Map<String, serde_json::Value> {
    Map::from_iter([("skip_errors".to_owned(), json!(true))])
}

fn ada() -> Operator {
    Operator { user: "ada".to_owned(), process: 7, client: "cli".to_owned(), ..Operator::default() }
}

fn an_operation_is_recorded_at_its_start_and_end(fixture: &Fixture) {
    let store = fixture.store.clone().with_operator(ada());
    let space = fixture.space("a");
    let during = || Ok::<_, Error>(all(&store));
    let seen = logged(&store, rebuild(&space), parameters(), during, |_| done("2 events")).unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].outcome, seen[0].ended_at), (Outcome::Running, None));
    let after = all(&store).remove(0);
    assert_eq!(after.operator, ada());
    assert_eq!((after.action.as_str(), after.outcome), ("rebuild", Outcome::Done));
    assert_eq!((after.space_id, after.space_name.as_deref()), (Some(space.space_id), Some("a")));
    assert_eq!(after.parameters, Some(parameters()));
    assert_eq!(after.detail.as_deref(), Some("2 events"));
    assert!(after.ended_at.unwrap() > after.started_at);
}

fn failed_refused_and_cancelled_operations_are_distinguished(fixture: &Fixture) {
    let store = &fixture.store;
    let space = fixture.space("a");
    let run = |work: fn() -> Result<()>| {
        let _ = logged(store, rebuild(&space), Map::new(), work, |()| done(""));
    };
    run(|| Err(ReplayError::Cancelled { effect: None }.into()));
    run(|| Err(ramax::StoreError::unknown_space("b").into()));
    run(|| Err(ramax::StoreError::NoRoom(ramax::error::NoRoom::Disk).into()));
    let found = recorded(
        store,
        rebuild(&space),
        Map::new(),
        || Ok::<_, Error>(()),
        |()| Summary::done("3 differences").found(true),
    );
    assert!(found.is_ok());
    let outcomes: Vec<Outcome> = all(store).iter().map(|operation| operation.outcome).collect();
    assert_eq!(outcomes, [Outcome::Cancelled, Outcome::Refused, Outcome::Failed, Outcome::Found]);
    assert_eq!(all(store)[2].detail.as_deref(), Some("the disk is full"));
}

fn a_cancelled_operation_records_what_it_remaining(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let payload = json!({"contact_id": "c2", "name": "Ben", "email": "ben@example.com"});
    let events = &[event("c2", "contact.added", payload)];
    let append = Append { expected: Expected::Any, now: START, events };
    fixture.store.events().append(crm.space_id(), append).unwrap();
    let generate = Generate { spaces: 1, events: 3, app: "crm".to_owned(), seed: 1 };
    let redact =
        Redact { entity_id: "c1".to_owned(), fields: vec!["email".parse().unwrap()], ..Redact::default() };
    check_cancelled(&crm, Rebuild::default(), "its projections are unchanged");
    check_cancelled(&crm, CatchUp::default(), "the events applied so far are kept");
    check_cancelled(&crm, Verify::default(), "existing data is unchanged");
    check_cancelled(&crm, Check { repair: true, ..Check::default() }, "repairs made so far are kept");
    check_cancelled(&crm, generate, "the events generated so far are kept");
    check_cancelled(&crm, redact, "nothing is erased");
    check_cancelled(&crm, Fork::default(), "nothing is forked");
}

/// Cancels an operation at its first step, and compares its error with its entry.
fn check_cancelled<O: Operation<Error = Error>>(crm: &ContentStore, mut operation: O, effect: &str) {
    let (name, apps) = (operation.name(), Apps::standard());
    let context = OperationContext::new(crm.store(), &apps);
    let ended = operation.run(Target::of(crm.space()), context, &mut |_| ControlFlow::Break(()));
    let error = ended.err().unwrap().to_string();
    assert_eq!(error, format!("cancelled; {effect}"), "{name}");
    let entry = all(crm.store()).pop().unwrap();
    assert_eq!((entry.action.as_str(), entry.outcome, entry.detail), (name, Outcome::Cancelled, Some(error)));
}

fn an_operation_whose_process_died_is_marked_as_interrupted(fixture: &Fixture) {
    let store = fixture.store.clone().with_operator(ada());
    let space = fixture.space("a");
    let begin = |store: &Store, action: &str| {
        let begun = ramax::audit::AuditStart {
            operator: store.operator().clone(),
            action: action.to_owned(),
            space_id: Some(space.space_id),
            space_name: Some("a".to_owned()),
            parameters: Map::new(),
            started_at: store.clock().now(),
        };
        store.audit_log().begin(&begun).unwrap();
    };
    begin(&store, "rebuild");
    begin(&store.clone().with_operator(Operator { process: 8, ..ada() }), "verify");
    assert_eq!(mark_interrupted(&store, |operator| operator.process == 8).unwrap(), 1);
    let outcomes: Vec<Outcome> = all(&store).iter().map(|operation| operation.outcome).collect();
    assert_eq!(outcomes, [Outcome::Interrupted, Outcome::Running]);
    assert_eq!(mark_interrupted(&store, |_| false).unwrap(), 1);
    assert!(store.audit_log().running().unwrap().is_empty());
}

fn a_finished_operation_keeps_its_outcome(fixture: &Fixture) {
    let store = &fixture.store;
    let space = fixture.space("a");
    let marked_meanwhile = || mark_interrupted(store, |_| false);
    logged(store, rebuild(&space), Map::new(), marked_meanwhile, |_| done("at last")).unwrap();
    assert_eq!(all(store)[0].outcome, Outcome::Interrupted);
}

fn entries_are_paged_both_ways_and_by_space(fixture: &Fixture) {
    let store = &fixture.store;
    let spaces = [fixture.space("a"), fixture.space("b")];
    for number in 0..6 {
        let say = |_: &()| done(&number.to_string());
        recorded(store, rebuild(&spaces[number % 2]), Map::new(), || Ok::<_, Error>(()), say).unwrap();
    }
    let details = |name: Option<&str>, page| -> Vec<String> {
        let about = name.map(|name| audit_subject(store, name).unwrap());
        let operations = store.audit_log().page(about.as_ref(), page).unwrap();
        operations.into_iter().filter_map(|operation| operation.detail).collect()
    };
    assert_eq!(details(None, Page::forward(None, 4)), ["0", "1", "2", "3"]);
    assert_eq!(details(None, Page::backward(None, 2)), ["5", "4"]);
    let third = all(store)[2].operation_id;
    assert_eq!(details(Some("a"), Page::forward(Some(third), 10)), ["4"]);
    assert_eq!(details(Some("b"), Page::backward(Some(third), 10)), ["1"]);
    assert!(details(Some("c"), Page::forward(None, 10)).is_empty());
}

fn a_delete_forgets_the_details_but_not_the_entries(fixture: &Fixture) {
    let store = &fixture.store;
    let (a, b) = (fixture.space("a"), fixture.space("b"));
    for space in [&a, &b] {
        let refused: Result<(), Error> = Err(ramax::StoreError::unknown_space("ada@acme.example").into());
        let _ = recorded(store, rebuild(space), parameters(), || refused, |()| done(""));
    }
    assert_eq!(store.audit_log().residue(a.space_id, &names(["a"])).unwrap(), 1);
    store.audit_log().forget(a.space_id, &names(["a"])).unwrap();
    assert_eq!(store.audit_log().residue(a.space_id, &names(["a"])).unwrap(), 0);
    let operations = all(store);
    assert_eq!((&operations[0].parameters, &operations[0].detail), (&None, &None));
    assert_eq!(operations[0].space_name.as_deref(), Some("a"));
    assert!(operations[1].detail.as_deref().unwrap().contains("ada@acme.example"));
}

fn operations_that_end_after_a_delete_record_no_details(fixture: &Fixture) {
    let store = &fixture.store;
    let space = fixture.space("a");
    let unknown = || Err::<(), Error>(ramax::StoreError::unknown_space("ada@acme.example").into());
    let overtaken = || {
        let delete_it = || delete(store, "a", DeleteOptions::default(), &mut keep_going);
        logged(store, (DELETE, Target::of(&space)), Map::new(), delete_it, |done| done.into())?;
        unknown()
    };
    logged(store, rebuild(&space), parameters(), overtaken, |()| done("")).unwrap_err();
    recorded(store, rebuild(&space), parameters(), unknown, |()| done("")).unwrap_err();
    let operations = all(store);
    let outcomes: Vec<Outcome> = operations.iter().map(|operation| operation.outcome).collect();
    assert_eq!(outcomes, [Outcome::Refused, Outcome::Done, Outcome::Refused]);
    assert_eq!(operations[1].detail.as_deref(), Some("0 events and 0 keys removed; no row is left"));
    for silent in [&operations[0], &operations[2]] {
        assert_eq!((&silent.parameters, &silent.detail), (&None, &None));
        assert_eq!(silent.space_name.as_deref(), Some("a"));
    }
    assert_eq!(store.audit_log().residue(space.space_id, &names(["a"])).unwrap(), 0);
}

fn metadata() -> ramax::SpaceMetadata {
    ramax::SpaceMetadata::from_iter([("owner".to_owned(), json!("ada@acme.example"))])
}

fn delete_all_of(store: &Store, name: &str) {
    delete(store, name, DeleteOptions::default(), &mut keep_going).unwrap();
}

fn an_operation_that_creates_a_space_is_recorded_with_its_id(fixture: &Fixture) {
    let store = &fixture.store;
    let space = create_space(store, "a", Some(&metadata())).unwrap();
    create_space(store, "a", Some(&metadata())).unwrap_err();
    let make = || Ok::<_, Error>(fixture.space("b"));
    let tell = |made: &Space| done("").made(made.space_id);
    let other = logged(store, ("import", Target::Name("b")), parameters(), make, tell).unwrap();
    let ids: Vec<_> = all(store).iter().map(|operation| operation.space_id.unwrap()).collect();
    assert_eq!(ids, [space.space_id, space.space_id, other.space_id]);
}

fn details_about_a_name_are_forgotten_with_its_space(fixture: &Fixture) {
    let store = &fixture.store;
    let refused = || Err::<(), Error>(ramax::StoreError::NoRoom(ramax::error::NoRoom::Disk).into());
    for name in ["a", "b"] {
        logged(store, ("import", Target::Name(name)), parameters(), refused, |()| done("")).unwrap_err();
    }
    let space = create_space(store, "a", Some(&metadata())).unwrap();
    create_space(store, "a", Some(&metadata())).unwrap_err();
    assert_eq!(store.audit_log().residue(space.space_id, &names(["a"])).unwrap(), 3);
    delete_all_of(store, "a");
    assert_eq!(store.audit_log().residue(space.space_id, &names(["a"])).unwrap(), 0);
    let kept: Vec<AuditEntry> = all(store).into_iter().filter(|one| one.parameters.is_some()).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0].space_name.as_deref(), Some("b"));
}

fn a_new_space_with_the_same_name_keeps_its_details(fixture: &Fixture) {
    let store = &fixture.store;
    let first = create_space(store, "a", Some(&metadata())).unwrap();
    delete_all_of(store, "a");
    create_space(store, "a", Some(&metadata())).unwrap();
    create_space(store, "a", None).unwrap_err();
    store.audit_log().forget(first.space_id, &names(["a"])).unwrap();
    let kept: Vec<bool> = all(store).iter().map(|operation| operation.parameters.is_some()).collect();
    assert_eq!(kept, [false, true, true]);
    let forgotten: Vec<Option<Forgotten>> = all(store).iter().map(|operation| operation.forgotten).collect();
    assert_eq!(forgotten, [Some(Forgotten::Deleted), None, None]);
}

/// Renames a space, as the command line does.
fn rename(store: &Store, space: &Space, name: &str) -> Space {
    let mut rename = RenameSpace { name: name.to_owned() };
    let apps = ramax::Apps::standard();
    rename.run(Target::of(space), OperationContext::new(store, &apps), &mut keep_going).unwrap()
}

fn entries_of_a_renamed_space_are_found_under_each_of_its_names(fixture: &Fixture) {
    let store = &fixture.store;
    let refused = || Err::<(), Error>(ramax::StoreError::NoRoom(ramax::error::NoRoom::Disk).into());
    logged(store, ("import", Target::Name("a")), Map::new(), refused, |()| done("")).unwrap_err();
    let space = create_space(store, "a", None).unwrap();
    create_space(store, "other", None).unwrap();
    let actions = |name: &str| -> Vec<String> {
        let about = audit_subject(store, name).unwrap();
        let entries = store.audit_log().page(Some(&about), Page::forward(None, 100)).unwrap();
        entries.into_iter().map(|entry| entry.action).collect()
    };
    let space = rename(store, &space, "b");
    assert_eq!(actions("b"), ["import", "create-space", "rename-space"], "no entry has the new name yet");
    let space = rename(store, &space, "c");
    let work = || Ok::<_, Error>(());
    logged(store, rebuild(&space), Map::new(), work, |()| done("")).unwrap();
    let all = ["import", "create-space", "rename-space", "rename-space", "rebuild"];
    for name in ["a", "b", "c", &space.space_id.to_string()] {
        assert_eq!(actions(name), all, "{name}");
    }
    // A new space gets a name that the first one had.
    create_space(store, "a", None).unwrap();
    assert_eq!(actions("c"), all);
    assert_eq!(actions("a"), [&all[..], &["create-space"]].concat());
    assert_eq!(actions("other"), ["create-space"]);
    delete_all_of(store, "c");
    assert_eq!(actions("b"), all, "a deleted space is still found");
    assert_eq!(actions(&space.space_id.to_string()), all);
    assert_eq!(audit_subject(store, "#9").unwrap_err().kind(), "unknown_space");
}

fn details_about_a_former_name_are_forgotten_with_its_space(fixture: &Fixture) {
    let store = &fixture.store;
    let refused = || Err::<(), Error>(ramax::StoreError::NoRoom(ramax::error::NoRoom::Disk).into());
    for name in ["a", "x"] {
        logged(store, ("import", Target::Name(name)), parameters(), refused, |()| done("")).unwrap_err();
    }
    let space = create_space(store, "a", Some(&metadata())).unwrap();
    rename(store, &space, "b");
    delete_all_of(store, "b");
    let kept: Vec<AuditEntry> = all(store).into_iter().filter(|one| one.parameters.is_some()).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0].space_name.as_deref(), Some("x"));
    assert_eq!(store.audit_log().residue(space.space_id, &names(["a", "b"])).unwrap(), 0);
}
