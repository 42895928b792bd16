//! Content stores: commands, events and projections of one space.

pub mod apps;
pub mod atomicity;
pub mod conditions;
pub mod named_projections;
pub mod nested;
pub mod threads;

use std::ops::ControlFlow;

use crate::apps::{Cms, Crm, Status};
use crate::{Append, Command, Conditions, EventId, Expected, Json, Page, Request, SpaceSequence};
use serde_json::{Value, json};

use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{START, add_contact, event, publish, rename_contact, unpublish};

fn kind<T: std::fmt::Debug>(result: crate::Result<T>) -> &'static str {
    result.unwrap_err().kind()
}

pub fn contacts_are_added_updated_listed_and_counted(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    for id in ["c2", "c1"] {
        crm.execute(add_contact(id)).unwrap();
    }
    let done = crm.execute(rename_contact("c2", "Ada")).unwrap();
    assert_eq!((done.event_ids, done.space_sequence), (vec![EventId(3)], SpaceSequence(3)));
    let contact = Crm::contact(&crm, "c2").unwrap().unwrap();
    assert_eq!((contact.name.as_str(), contact.email.as_str()), ("Ada", "c2@acme.example"));
    assert_eq!(contact.updated_at.unwrap() - contact.created_at, 2);
    let listed: Vec<String> = Crm::contacts(&crm).unwrap().into_iter().map(|contact| contact.id).collect();
    assert_eq!(listed, ["c2", "c1"], "in the order of their times");
    assert_eq!(Crm::contact_count(&crm).unwrap(), 2);
    assert_eq!(crm.event_count().unwrap(), 3);
    assert_eq!(Crm::contact(&crm, "c3").unwrap(), None);
}

pub fn a_contact_is_added_once_and_must_exist_to_be_updated(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    assert_eq!(kind(crm.execute(add_contact("c1"))), "contact_already_exists");
    assert_eq!(kind(crm.execute(rename_contact("c9", "Ada"))), "contact_not_found");
    assert_eq!(crm.event_count().unwrap(), 1);
}

pub fn an_update_keeps_omitted_fields_and_requires_at_least_one(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let update = || Command::new("update-contact").with("contact_id", "c1");
    assert_eq!(kind(crm.execute(update())), "no_changes");
    assert_eq!(
        kind(crm.execute(Command::new("update-contact").with("contact_id", "c9"))),
        "contact_not_found"
    );
    crm.execute(update().with("email", "new@acme.example")).unwrap();
    crm.execute(update().with("email", "new@acme.example")).unwrap();
    let contact = Crm::contact(&crm, "c1").unwrap().unwrap();
    assert_eq!((contact.name.as_str(), contact.email.as_str()), ("Name of c1", "new@acme.example"));
    assert_eq!(crm.event_count().unwrap(), 3, "an update to the same values still appends an event");
}

pub fn articles_are_published_unpublished_and_published_again(fixture: &Fixture) {
    let cms = fixture.cms("cms_staging");
    for command in [publish("a1", "One"), publish("a2", "Two"), unpublish("a1")] {
        cms.execute(command).unwrap();
    }
    let article = Cms::article(&cms, "a1").unwrap().unwrap();
    assert_eq!(article.status, Status::Unpublished);
    assert_eq!(article.unpublished_at.unwrap() - article.published_at, 2);
    assert_eq!(Cms::published_count(&cms).unwrap(), 1);
    cms.execute(publish("a1", "One again")).unwrap();
    let article = Cms::article(&cms, "a1").unwrap().unwrap();
    assert_eq!((article.title.as_str(), article.unpublished_at), ("One again", None));
    let listed: Vec<String> =
        Cms::published_articles(&cms).unwrap().into_iter().map(|article| article.id).collect();
    assert_eq!(listed, ["a1", "a2"], "newest first");
    assert_eq!(Cms::published_count(&cms).unwrap(), 2);
    assert_eq!(cms.get::<u64>("articles:published").unwrap(), Some(2), "a number, not the articles");
}

pub fn invalid_article_commands_are_rejected(fixture: &Fixture) {
    let cms = fixture.cms("cms_staging");
    assert_eq!(kind(cms.execute(unpublish("a1"))), "article_not_found");
    cms.execute(publish("a1", "One")).unwrap();
    assert_eq!(kind(cms.execute(publish("a1", "One"))), "article_already_published");
    cms.execute(unpublish("a1")).unwrap();
    assert_eq!(kind(cms.execute(unpublish("a1"))), "article_already_unpublished");
}

pub fn contacts_added_in_the_same_second_are_listed_by_id(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let new: Vec<_> = ["c2", "c10", "c1"]
        .map(|id| event(id, "contact.added", json!({"contact_id": id, "name": id, "email": id})))
        .into();
    let append = Append { expected: Expected::Any, now: START, events: &new };
    fixture.store.events().append(crm.space_id(), append).unwrap();
    let listed: Vec<String> = Crm::contacts(&crm).unwrap().into_iter().map(|contact| contact.id).collect();
    assert_eq!(listed, ["c1", "c10", "c2"]);
}

pub fn the_same_id_in_two_tenants_holds_different_data(fixture: &Fixture) {
    let (acme, widgets) = (fixture.crm("crm_acme"), fixture.crm("crm_widgets"));
    acme.execute(add_contact("c1")).unwrap();
    widgets.execute(add_contact("c1").with("name", "Jane Smith")).unwrap();
    assert_eq!(Crm::contact(&acme, "c1").unwrap().unwrap().name, "Name of c1");
    assert_eq!(Crm::contact(&widgets, "c1").unwrap().unwrap().name, "Jane Smith");
    assert_eq!((acme.event_count().unwrap(), widgets.event_count().unwrap()), (1, 1));
}

pub fn events_carry_the_same_payloads_as_the_original(fixture: &Fixture) {
    let (crm, cms) = (fixture.crm("crm_acme"), fixture.cms("cms_staging"));
    crm.execute(add_contact("c1")).unwrap();
    crm.execute(rename_contact("c1", "Ada")).unwrap();
    cms.execute(publish("a1", "One")).unwrap();
    cms.execute(unpublish("a1")).unwrap();
    let events = fixture.store.events().read_all(Page::forward(None, 9)).unwrap();
    let events: Vec<(&str, &str, Value)> = events
        .iter()
        .map(|event| (event.entity_id.as_str(), &*event.event_type, event.payload.to_value()))
        .collect();
    assert_eq!(
        events,
        [
            (
                "c1",
                "contact.added",
                json!({"contact_id": "c1", "name": "Name of c1", "email": "c1@acme.example"})
            ),
            ("c1", "contact.updated", json!({"contact_id": "c1", "name": "Ada", "email": "c1@acme.example"})),
            ("a1", "article.published", json!({"article_id": "a1", "title": "One", "content": "Text"})),
            ("a1", "article.unpublished", json!({"article_id": "a1"})),
        ]
    );
}

pub fn a_usage_error_names_the_known_commands_and_fields(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let error = crm.execute(Command::new("publish-article")).unwrap_err();
    assert_eq!(
        (error.kind(), error.hint().as_deref()),
        ("unknown_command", Some("commands: add-contact, update-contact"))
    );
    let error = crm.execute(add_contact("c1").with("phone", "1")).unwrap_err();
    assert_eq!(
        (error.kind(), error.hint().as_deref()),
        ("unknown_field", Some("fields: contact_id, name, email"))
    );
    assert_eq!(kind(crm.execute(add_contact("c1").with("email", ""))), "missing_field");
    assert_eq!(kind(crm.execute(Command::new("add-contact"))), "missing_field");
    assert_eq!(kind(crm.execute(add_contact("c1\nc2"))), "invalid_field");
    assert_eq!(crm.event_count().unwrap(), 0);
}

pub fn a_rejected_command_changes_nothing(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let before =
        (crm.event_count().unwrap(), fixture.store.pstate().checkpoint(crm.space_id().into()).unwrap());
    assert_eq!(kind(crm.execute(add_contact("c1"))), "contact_already_exists");
    assert_eq!(
        (crm.event_count().unwrap(), fixture.store.pstate().checkpoint(crm.space_id().into()).unwrap()),
        before
    );
}

pub fn a_command_meets_its_expected_sequence_or_reports_the_conflict(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let at = |id, sequence| Request {
        conditions: Conditions {
            expected: Expected::Exact(SpaceSequence(sequence)),
            ..Conditions::default()
        },
        ..add_contact(id).into()
    };
    crm.execute(at("c1", 0)).unwrap();
    let error = crm.execute(at("c2", 0)).unwrap_err();
    assert_eq!(error.kind(), "conflict");
    assert!(error.to_string().contains("last event 1"), "{error}");
    crm.execute(at("c2", 1)).unwrap();
}

pub fn a_retried_command_returns_the_first_answer(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let request = Request {
        conditions: Conditions { idempotency_key: Some("k1".to_owned()), ..Conditions::default() },
        ..add_contact("c1").into()
    };
    let first = crm.execute(request.clone()).unwrap();
    crm.execute(add_contact("c2")).unwrap();
    let again = crm.execute(request).unwrap();
    assert_eq!((again.event_ids, again.space_sequence), (first.event_ids, first.space_sequence));
    assert!(again.repeated && !first.repeated);
    let other = Request {
        conditions: Conditions { idempotency_key: Some("k1".to_owned()), ..Conditions::default() },
        ..add_contact("c9").into()
    };
    assert_eq!(kind(crm.execute(other)), "invalid_field", "the key belongs to another command");
    let empty = Request {
        conditions: Conditions { idempotency_key: Some(String::new()), ..Conditions::default() },
        ..add_contact("c9").into()
    };
    assert_eq!(kind(crm.execute(empty)), "invalid_field");
    assert_eq!(crm.event_count().unwrap(), 2);
}

pub fn commands_of_a_batch_see_each_other_and_rejections_do_not_stop_it(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let requests: Vec<Request> = vec![
        add_contact("c1").into(),
        add_contact("c1").into(),
        Command::new("nonsense").into(),
        rename_contact("c1", "Ada").into(),
        Request {
            conditions: Conditions { expected: Expected::Empty, ..Conditions::default() },
            ..add_contact("c2").into()
        },
    ];
    let outcomes = crm.execute_batch(&requests).unwrap();
    let outcomes: Vec<Result<u64, &str>> = outcomes
        .iter()
        .map(|outcome| outcome.as_ref().map(|done| done.space_sequence.0).map_err(|error| error.kind()))
        .collect();
    assert_eq!(
        outcomes,
        [Ok(1), Err("contact_already_exists"), Err("unknown_command"), Ok(2), Err("conflict")]
    );
    assert_eq!(Crm::contact(&crm, "c1").unwrap().unwrap().name, "Ada");
}

pub fn the_events_of_a_command_share_one_correlation_id(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let two =
        crm.commit(|_| Ok(vec![event("c1", "note", json!({})), event("c1", "note", json!({}))])).unwrap();
    let read = |id| fixture.store.events().event(id).unwrap().unwrap();
    let (first, second) = (read(two.event_ids[0]), read(two.event_ids[1]));
    assert!(first.correlation_id.is_some());
    assert_eq!(first.correlation_id, second.correlation_id);
    let request = Request {
        conditions: Conditions {
            correlation_id: first.correlation_id,
            causation_id: Some(first.event_id),
            ..Conditions::default()
        },
        ..add_contact("c1").into()
    };
    let third = read(crm.execute(request).unwrap().event_ids[0]);
    assert_eq!((third.correlation_id, third.causation_id), (first.correlation_id, Some(first.event_id)));
    let other = read(crm.execute(add_contact("c2")).unwrap().event_ids[0]);
    assert_ne!(other.correlation_id, first.correlation_id);
}

pub fn a_cause_must_exist(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let request = Request {
        conditions: Conditions { causation_id: Some(EventId(9)), ..Conditions::default() },
        ..add_contact("c1").into()
    };
    assert_eq!(kind(crm.execute(request)), "invalid_field");
    assert_eq!(crm.event_count().unwrap(), 0);
}

pub fn a_preview_shows_events_and_changes_and_writes_nothing(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let preview = crm.preview(rename_contact("c1", "Ada")).unwrap();
    assert_eq!(preview.at, SpaceSequence(1));
    assert_eq!(&*preview.events[0].event_type, "contact.updated");
    let change = &preview.changes[0];
    assert_eq!(change.key, "contact:c1");
    assert_eq!(change.before.as_ref().unwrap().to_value()["name"], "Name of c1");
    assert_eq!(change.after.as_ref().unwrap().to_value()["name"], "Ada");
    let keys: Vec<String> =
        crm.preview(add_contact("c2")).unwrap().changes.into_iter().map(|change| change.key).collect();
    assert_eq!(keys, ["contact:c2", "contacts:count"]);
    assert_eq!(kind(crm.preview(add_contact("c1"))), "contact_already_exists");
    assert_eq!(crm.event_count().unwrap(), 1);
    assert_eq!(Crm::contact(&crm, "c1").unwrap().unwrap().name, "Name of c1");
}

/// Appends contacts without updating the projection.
fn append_raw(fixture: &Fixture, space: &crate::ContentStore, count: usize) {
    let new: Vec<_> = (0..count)
        .map(|n| {
            event(
                &format!("r{n}"),
                "contact.added",
                json!({"contact_id": format!("r{n}"), "name": "R", "email": "r"}),
            )
        })
        .collect();
    let append = Append { expected: Expected::Any, now: START, events: &new };
    fixture.store.events().append(space.space_id(), append).unwrap();
}

pub fn a_preview_includes_events_that_the_projection_has_not_applied(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    append_raw(fixture, &crm, 1);
    let preview = crm.preview(rename_contact("r0", "Ada")).unwrap();
    assert_eq!(preview.changes[0].before.as_ref().unwrap().to_value()["name"], "R");
    assert_eq!(fixture.store.pstate().checkpoint(crm.space_id().into()).unwrap().sequence, SpaceSequence(0));
}

pub fn a_read_catches_the_projection_up_first(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    append_raw(fixture, &crm, 2500);
    assert_eq!(Crm::contact_count(&crm).unwrap(), 2500);
    assert_eq!(
        fixture.store.pstate().checkpoint(crm.space_id().into()).unwrap().sequence,
        SpaceSequence(2500)
    );
}

pub fn a_command_catches_the_projection_up_first(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    append_raw(fixture, &crm, 1500);
    assert_eq!(kind(crm.execute(add_contact("r1400"))), "contact_already_exists");
    crm.execute(add_contact("c1")).unwrap();
    append_raw(fixture, &fixture.crm("crm_other"), 3);
    let checkpoint = fixture.store.pstate().checkpoint(crm.space_id().into()).unwrap();
    assert_eq!((checkpoint.sequence, checkpoint.entities), (SpaceSequence(1501), 1502));
}

pub fn a_catch_up_can_be_cancelled_between_steps(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    append_raw(fixture, &crm, 2500);
    let error = crm.catch_up(&mut |_, _| ControlFlow::Break(())).unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(
        fixture.store.pstate().checkpoint(crm.space_id().into()).unwrap().sequence,
        SpaceSequence(1000)
    );
    let rest = crm.catch_up(&mut |_, _| ControlFlow::Continue(())).unwrap();
    assert_eq!((rest.events, Crm::contact_count(&crm).unwrap()), (1500, 2500));
}

pub fn an_inapplicable_event_stops_a_catch_up_and_is_named(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    append_raw(fixture, &crm, 2);
    let new = [event("c9", "contact.updated", json!({"contact_id": "c9", "name": "N", "email": "e"}))];
    let append = Append { expected: Expected::Any, now: START, events: &new };
    fixture.store.events().append(crm.space_id(), append).unwrap();
    let error = crm.execute(add_contact("c1")).unwrap_err();
    assert_eq!(error.kind(), "bad_event");
    assert!(error.to_string().contains("event 3 (contact.updated, sequence 3)"), "{error}");
    assert_eq!(crm.event_count().unwrap(), 3);
}

pub fn events_of_unknown_type_are_skipped_and_counted(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    crm.commit(|_| Ok(vec![event("x", "note.taken", json!("?"))])).unwrap();
    append_raw(fixture, &crm, 1);
    let new = [event("x", "note.taken", json!(1))];
    let append = Append { expected: Expected::Any, now: START, events: &new };
    fixture.store.events().append(crm.space_id(), append).unwrap();
    let done = crm.catch_up(&mut |_, _| ControlFlow::Continue(())).unwrap();
    assert_eq!((done.events, done.unknown), (2, 1));
}

pub fn a_command_with_an_inapplicable_event_stores_nothing(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    crm.execute(add_contact("c1")).unwrap();
    let bad = |payload: Value| crm.commit(|_| Ok(vec![event("c2", "contact.added", payload.clone())]));
    assert_eq!(kind(bad(json!({"contact_id": 7}))), "bad_event");
    assert_eq!(crm.event_count().unwrap(), 1);
    assert_eq!(Crm::contact_count(&crm).unwrap(), 1);
}

pub fn the_checkpoint_is_the_last_event_applied_to_the_projection(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    fixture.cms("cms_staging").execute(publish("a1", "One")).unwrap();
    crm.execute(add_contact("c1")).unwrap();
    let done = crm.execute(add_contact("c2")).unwrap();
    let checkpoint = fixture.store.pstate().checkpoint(crm.space_id().into()).unwrap();
    assert_eq!((checkpoint.sequence, checkpoint.event_id), (SpaceSequence(2), done.event_ids[0]));
    assert_eq!(checkpoint.event_id, EventId(3));
    let last = fixture.store.events().event(EventId(3)).unwrap().unwrap();
    assert_eq!(checkpoint.updated_at, Some(last.timestamp));
    assert_eq!(checkpoint.entities, 3);
}

pub fn an_app_is_found_by_metadata_prefix_or_events(fixture: &Fixture) {
    let apps = crate::Apps::standard();
    let name_of = |space: &crate::Space| apps.of(&fixture.store, space).unwrap().map(|app| app.name());
    let events = fixture.store.events();
    let metadata = crate::SpaceMetadata::of_app("cms");
    let by_metadata = events.get_or_create_space("crm_but_no", Some(&metadata), START).unwrap();
    assert_eq!(name_of(&by_metadata), Some("cms"));
    assert_eq!(name_of(&fixture.space("crm_x")), Some("crm"));
    let by_events = fixture.space("legacy");
    assert_eq!(name_of(&by_events), None);
    let new = [crate::NewEvent::new("a1", "article.published", Json::of(&json!({})))];
    events.append(by_events.space_id, Append { expected: Expected::Any, now: START, events: &new }).unwrap();
    assert_eq!(name_of(&by_events), Some("cms"));
    let unknown =
        events.get_or_create_space("crm_y", Some(&crate::SpaceMetadata::of_app("erp")), START).unwrap();
    assert_eq!(name_of(&unknown), None);
}
