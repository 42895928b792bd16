//! Forks.

use std::ops::ControlFlow;
use std::time::Duration;

use ramax::delivery::Effects;
use ramax::operations::{
    CheckOptions, DeleteOptions, Fork, Operation, OperationContext, Redact, Target, check, compare_spaces,
    delete, execute, find_record, fork, keep_going, redact, verify,
};
use ramax::space::SpaceState;
use ramax::subscriptions::Subscription;
use ramax::{
    Apps, Conditions, ContentStore, Error, EventId, NewEvent, OpenOptions, Request, Space, SpaceMetadata,
    SpaceOrigin, SpaceSequence, Store,
};
use rusqlite::Connection;
use serde_json::json;

use super::{append, append_bad, append_contacts, contents, tenants};
use crate::on_every_store;
use crate::support::{Fixture, add_contact, event, rename_contact};

on_every_store![
    a_fork_has_the_events_up_to_its_point_and_their_projections,
    causes_lead_to_the_copies_and_outside_causes_stay,
    a_fork_of_many_events_is_the_same_as_its_origin,
    a_projection_of_a_fork_stops_at_an_event_that_cannot_be_applied,
    a_space_without_a_known_app_is_forked_without_projections,
    a_fork_is_compared_with_its_origin,
    a_fork_without_a_clear_answer_is_refused_and_leaves_nothing,
    a_cancelled_fork_leaves_nothing,
    an_origin_that_is_deleted_or_redacted_meanwhile_is_not_forked,
    the_history_of_a_fork_is_not_delivered,
    a_fork_is_recorded_under_its_origin,
];

fn at(point: &str) -> Fork {
    Fork { name: None, at: Some(point.parse().unwrap()) }
}

fn forked(fixture: &Fixture, space: &Space, options: &Fork) -> Result<Space, Error> {
    fork(&fixture.store, &Apps::standard(), space, options, &mut keep_going).map(|forked| forked.space)
}

fn crm_of(fixture: &Fixture, space: &Space) -> ContentStore {
    ContentStore::of(&fixture.store, space.clone(), std::sync::Arc::new(ramax::apps::Crm)).unwrap()
}

fn findings(fixture: &Fixture) -> Vec<ramax::operations::Finding> {
    let options = CheckOptions { deep: true, is_running: &|_| true };
    check(&fixture.store, &Apps::standard(), options, &mut keep_going).unwrap().findings
}

fn a_fork_has_the_events_up_to_its_point_and_their_projections(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let before = contents(&fixture.store, crm.space_id());
    let done = fork(&fixture.store, &Apps::standard(), crm.space(), &at("35"), &mut keep_going).unwrap();
    assert_eq!((done.space.space_name.as_str(), done.events, done.keys), ("crm_acme@35", 35, 92));
    let stored = find_record(&fixture.store, "crm_acme@35").unwrap();
    assert_eq!((stored.space.state, stored.head.last_sequence), (SpaceState::Open, SpaceSequence(35)));
    let origin = SpaceOrigin {
        space_name: "crm_acme".to_owned(),
        space_id: crm.space_id(),
        store_id: fixture.store.events().store_id().unwrap(),
        sequence: SpaceSequence(35),
    };
    assert_eq!(stored.space.origin(), Some(origin));
    let (events, entries, checkpoint) = contents(&fixture.store, stored.space.space_id);
    for (copy, original) in events.iter().zip(&before.0) {
        assert!(copy.event_id > before.0[39].event_id && copy.intact);
        let (event_id, space_id) = (original.event_id, original.space_id);
        assert_eq!(&ramax::Event { event_id, space_id, ..copy.clone() }, original);
    }
    assert_eq!((events.len(), entries.len(), checkpoint.sequence), (35, 31, SpaceSequence(35)));
    assert_eq!(contents(&fixture.store, crm.space_id()), before, "the origin is unchanged");
    // It lives on by itself.
    let fork = crm_of(fixture, &stored.space);
    assert_eq!(verify(&fork, &mut keep_going).unwrap().differences, []);
    assert_eq!(execute(&fork, rename_contact("c1", "Grace")).unwrap().space_sequence, SpaceSequence(36));
    assert_eq!(contents(&fixture.store, crm.space_id()), before);
    assert_eq!(findings(fixture), []);
    // A fork can be forked.
    assert_eq!(forked(fixture, &stored.space, &at("2")).unwrap().space_name, "crm_acme@35@2");
}

fn causes_lead_to_the_copies_and_outside_causes_stay(fixture: &Fixture) {
    let (crm, cms) = tenants(fixture);
    let outside = contents(&fixture.store, cms.space_id()).0[0].event_id;
    let first = contents(&fixture.store, crm.space_id()).0[0].event_id;
    let note = |cause| NewEvent { causation_id: Some(cause), ..event("c1", "note.taken", json!({})) };
    let correlation_id = Some(uuid::Uuid::from_u128(7));
    let metadata = ramax::Json::of(&json!({"actor": "ada"}));
    let noted = NewEvent { correlation_id, ..note(first) }.with_metadata(metadata.clone());
    append(&fixture.store, crm.space_id(), &[noted, note(outside), note(EventId(9_999))]);
    let fork = forked(fixture, crm.space(), &Fork::default()).unwrap();
    let events = contents(&fixture.store, fork.space_id).0;
    let causes: Vec<_> = events[40..].iter().map(|event| event.causation_id.unwrap()).collect();
    assert_eq!(causes, [events[0].event_id, outside, EventId(9_999)]);
    assert_eq!((events[40].correlation_id, &events[40].metadata), (correlation_id, &Some(metadata)));
}

fn a_fork_of_many_events_is_the_same_as_its_origin(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    append_contacts(&crm, 2_500);
    // Each of these is caused by an event of an earlier batch.
    let causes: Vec<EventId> =
        contents(&fixture.store, crm.space_id()).0.iter().map(|event| event.event_id).collect();
    let caused: Vec<_> = causes[..1_500]
        .iter()
        .map(|cause| NewEvent { causation_id: Some(*cause), ..event("c1", "note.taken", json!({})) })
        .collect();
    append(&fixture.store, crm.space_id(), &caused);
    ramax::operations::catch_up(&crm, &mut keep_going).unwrap();
    let key = Conditions { idempotency_key: Some("key".to_owned()), ..Conditions::default() };
    crm.execute(Request { conditions: key, ..add_contact("keyed").into() }).unwrap();
    let fork = forked(fixture, crm.space(), &Fork::default()).unwrap();
    let (origin, copy) = (contents(&fixture.store, crm.space_id()), contents(&fixture.store, fork.space_id));
    assert_eq!(copy.1, origin.1, "the same projection");
    let sequence_of = |events: &[ramax::Event], id| {
        events.binary_search_by_key(&id, |event: &ramax::Event| event.event_id).unwrap()
    };
    for (copied, original) in copy.0.iter().zip(&origin.0) {
        let causes = (copied.causation_id, original.causation_id);
        if let (Some(copied), Some(original)) = causes {
            assert_eq!(sequence_of(&copy.0, copied), sequence_of(&origin.0, original));
        }
    }
    assert!(fixture.store.events().remembered(fork.space_id, "key").unwrap().is_none());
    assert_eq!(findings(fixture), []);
}

fn a_projection_of_a_fork_stops_at_an_event_that_cannot_be_applied(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    append_bad(&crm);
    let done =
        fork(&fixture.store, &Apps::standard(), crm.space(), &Fork::default(), &mut keep_going).unwrap();
    assert_eq!((done.events, done.halted.len()), (41, 1));
    assert_eq!(done.halted[0].event.space_sequence, SpaceSequence(41));
    let checkpoint = fixture.store.pstate().checkpoint(done.space.space_id.into()).unwrap();
    assert_eq!(checkpoint.sequence, SpaceSequence(40));
}

fn a_space_without_a_known_app_is_forked_without_projections(fixture: &Fixture) {
    let space = fixture.space("orders");
    append(&fixture.store, space.space_id, &[event("o1", "order.placed", json!({}))]);
    let fork = forked(fixture, &space, &Fork::default()).unwrap();
    assert_eq!((fork.space_name.as_str(), fork.app_name()), ("orders@1", None));
    assert_eq!(contents(&fixture.store, fork.space_id).0.len(), 1);
}

fn a_fork_is_compared_with_its_origin(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let fork = forked(fixture, crm.space(), &at("30")).unwrap();
    let name = |space: &Space, name| execute(&crm_of(fixture, space), rename_contact("c20", name)).unwrap();
    name(&fork, "Grace");
    let mut changed = Vec::new();
    let apps = Apps::standard();
    compare_spaces(
        (&fixture.store, &apps),
        (crm.space(), &fork),
        ("state", "contact:"),
        &mut |change, fields| {
            changed.push((change.key, fields.into_iter().map(|field| field.path).collect::<Vec<_>>()));
            Ok(ControlFlow::Continue(()))
        },
        &mut keep_going,
    )
    .unwrap();
    // The origin has renamed the first ten since.
    let keys: Vec<&str> = changed.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!((keys.len(), keys[0], keys[10]), (11, "contact:c0", "contact:c9"));
    assert!(changed.iter().any(|(key, fields)| key == "contact:c20" && fields.contains(&"name".to_owned())));
}

fn a_fork_without_a_clear_answer_is_refused_and_leaves_nothing(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let empty = fixture.space("crm_empty");
    let named = |name: &str| Fork { name: Some(name.to_owned()), at: None };
    for (space, options, kind) in [
        (crm.space(), at("0"), "no_events"),
        (&empty, Fork::default(), "no_events"),
        (crm.space(), at("41"), "unknown_sequence"),
        (crm.space(), at("1999-01-01"), "before_first_event"),
        (crm.space(), named("cms_staging"), "space_exists"),
        (crm.space(), named("#7"), "invalid_space_name"),
        (crm.space(), named(""), "invalid_space_name"),
    ] {
        assert_eq!(forked(fixture, space, &options).unwrap_err().kind(), kind, "{options:?}");
    }
    assert_eq!(fixture.store.events().totals().unwrap().spaces, 3);
}

fn a_cancelled_fork_leaves_nothing(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    append_contacts(&crm, 2_500);
    let mut cancel = |progress: ramax::operations::Progress| match progress.done {
        0..1_000 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    };
    let apps = Apps::standard();
    let error = fork(&fixture.store, &apps, crm.space(), &Fork::default(), &mut cancel).unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(fixture.store.events().totals().unwrap().spaces, 2);
    assert_eq!(findings(fixture), []);
}

#[test]
fn the_remains_of_a_fork_in_a_busy_file_are_named_and_removed_by_the_next_one() {
    let fixture = Fixture::one_file();
    let (crm, _) = tenants(&fixture);
    append_contacts(&crm, 2_500);
    let options = OpenOptions { busy_timeout: Duration::from_millis(1), ..OpenOptions::default() };
    let store = Store::open(fixture.store.location().unwrap(), options).unwrap();
    let mut other = None;
    let mut lock = |progress: ramax::operations::Progress| {
        let sqlite = Connection::open(fixture.file()).unwrap();
        if progress.done >= 1_000 && other.is_none() && sqlite.execute_batch("BEGIN IMMEDIATE").is_ok() {
            other = Some(sqlite);
        }
        ControlFlow::Continue(())
    };
    let apps = Apps::standard();
    let error = fork(&store, &apps, crm.space(), &Fork::default(), &mut lock).unwrap_err();
    assert_eq!(error.kind(), "space_incomplete", "{error}");
    assert!(error.hint().unwrap().contains("try again, which first removes what is stored"));
    drop(other);
    fork(&store, &apps, crm.space(), &Fork::default(), &mut keep_going).unwrap();
    assert_eq!(findings(&fixture), []);
}

/// The space changes while its fork is complete except for its last transaction.
fn an_origin_that_is_deleted_or_redacted_meanwhile_is_not_forked(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let apps = Apps::standard();
    let redaction = Redact {
        entity_id: "c3".to_owned(),
        fields: vec!["email".parse().unwrap()],
        purge: false,
        skip_errors: false,
    };
    let erase = || drop(redact(&crm, &redaction, &mut keep_going).unwrap());
    let remove =
        || drop(delete(&fixture.store, "crm_acme", DeleteOptions::default(), &mut keep_going).unwrap());
    let changes: [(&dyn Fn(), &str); 2] = [(&erase, "redacted_meanwhile"), (&remove, "unknown_space")];
    for (change, kind) in changes {
        let mut is_changed = false;
        let mut meanwhile = |_| {
            if !std::mem::replace(&mut is_changed, true) {
                change();
            }
            ControlFlow::Continue(())
        };
        let error = fork(&fixture.store, &apps, crm.space(), &Fork::default(), &mut meanwhile).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(find_record(&fixture.store, "crm_acme@40").is_err(), "it is removed");
    }
}

fn the_history_of_a_fork_is_not_delivered(fixture: &Fixture) {
    let (crm, _) = tenants(fixture);
    let mut subscriber = fixture.store.subscribe(&Subscription::all_spaces("emails")).unwrap();
    let mut receive = || {
        let mut count = 0;
        subscriber
            .deliver_pending(|_| {
                count += 1;
                Ok(Effects::none())
            })
            .unwrap();
        count
    };
    receive();
    let fork = forked(fixture, crm.space(), &Fork::default()).unwrap();
    assert_eq!(receive(), 0);
    execute(&crm_of(fixture, &fork), add_contact("new")).unwrap();
    assert_eq!(receive(), 1);
}

fn a_fork_is_recorded_under_its_origin(fixture: &Fixture) {
    let production = SpaceMetadata::parse(r#"{"environment":"production","plan":"pro"}"#).unwrap();
    let space =
        fixture.store.events().get_or_create_space("crm_live", Some(&production), crate::support::START);
    let space = space.unwrap();
    execute(&crm_of(fixture, &space), add_contact("c1")).unwrap();
    let apps = Apps::standard();
    let context = OperationContext::new(&fixture.store, &apps);
    let mut options = Fork { name: Some("experiment".to_owned()), at: None };
    let done = options.run(Target::of(&space), context, &mut keep_going).unwrap();
    let metadata = done.space.metadata.as_ref().unwrap();
    assert!(!done.space.is_production(), "a copy is not in production");
    assert_eq!(
        (metadata.text("app").as_deref(), metadata.text("plan").as_deref()),
        (Some("crm"), Some("pro"))
    );
    let log = fixture.store.audit_log();
    let entries = log.page(None, ramax::Page::forward(None, 9)).unwrap();
    let entry = entries.iter().find(|entry| entry.action == "fork").unwrap();
    assert_eq!((entry.space_id, entry.space_name.as_deref()), (Some(space.space_id), Some("crm_live")));
    assert_eq!(entry.parameters.as_ref().unwrap()["name"], "experiment");
    assert_eq!(entry.detail.as_deref(), Some("1 event into experiment (#2), 5 keys"));
}
