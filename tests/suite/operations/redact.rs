//! Erasing fields of one entity's events.

use std::ops::ControlFlow;

use ramax::apps::Crm;
use ramax::audit::Forgotten;
use ramax::content_store::Conditions;
use ramax::event_store::RequestDigest;
use ramax::operations::{
    CheckOptions, Operation, OperationContext, Phase, Redact, Redacted, Target, check, export, keep_going,
    plan_redaction, redact, verify,
};
use ramax::space::SpaceChange;
use ramax::{Append, Apps, Command, ContentStore, Event, Expected, Json, Page, Request, SpaceSequence};
use serde_json::{Value, json};

use super::{append, contents};
use crate::on_every_store;
use crate::support::{Fixture, START, add_contact, event};

on_every_store![
    named_fields_of_one_entity_are_erased_everywhere,
    only_the_named_entity_changes,
    erased_events_are_intact_and_projections_match_them,
    an_idempotency_key_of_an_erased_command_is_refused_for_any_command,
    audit_entries_that_quote_the_values_are_forgotten,
    metadata_and_nested_fields_are_erased,
    a_field_whose_name_has_dots_and_blanks_is_erased,
    places_where_the_same_values_remain_are_named,
    unknown_entities_and_fields_are_refused_and_nothing_changes,
    a_cancelled_redaction_changes_nothing,
    a_space_that_was_renamed_meanwhile_is_not_redacted,
    an_export_is_refused_while_a_redaction_is_under_way,
    an_event_that_the_app_cannot_apply_without_the_field_refuses_the_redaction,
    an_event_that_could_not_be_applied_before_is_named_as_such_and_can_be_skipped,
    fields_are_erased_once_and_more_can_follow,
    a_query_does_not_find_an_erased_value,
    commands_continue_after_a_redaction,
];

const EMAIL: &str = "ada@lovelace.example";

fn options(fields: &[&str]) -> Redact {
    let fields = fields.iter().map(|field| field.parse().unwrap()).collect();
    Redact { entity_id: "c1".to_owned(), fields, purge: false, skip_errors: false }
}

fn run(crm: &ContentStore, fields: &[&str]) -> Redacted {
    redact(crm, &options(fields), &mut keep_going).unwrap()
}

fn add(id: &str, name: &str, email: &str) -> Command {
    Command::new("add-contact").with("contact_id", id).with("name", name).with("email", email)
}

/// Creates contacts c1, the person, and c2.
fn people(fixture: &Fixture) -> ContentStore {
    let crm = fixture.crm("crm_acme");
    crm.execute(add("c2", "Charles Babbage", "charles@babbage.example")).unwrap();
    let conditions = Conditions { idempotency_key: Some("signup-1".to_owned()), ..Conditions::default() };
    crm.execute(Request { command: add("c1", "Ada Lovelace", EMAIL), conditions }).unwrap();
    crm.execute(Command::new("update-contact").with("contact_id", "c1").with("name", "Ada King")).unwrap();
    crm
}

fn events(crm: &ContentStore) -> Vec<Event> {
    contents(crm.store(), crm.space_id()).0
}

/// Returns everything stored for the space, as text.
fn text(crm: &ContentStore) -> String {
    let (events, entries, _) = contents(crm.store(), crm.space_id());
    let log = crm.store().audit_log().page(None, Page::forward(None, 1000)).unwrap();
    let keys = crm.store().events().remembered_page(crm.space_id(), Page::forward(None, 1000)).unwrap();
    format!("{events:?} {entries:?} {log:?} {keys:?}")
}

fn named_fields_of_one_entity_are_erased_everywhere(fixture: &Fixture) {
    let crm = people(fixture);
    assert!(text(&crm).contains("Lovelace"));
    let done = run(&crm, &["name", "email"]);
    assert_eq!((done.events, done.keys, done.proof.remaining()), (2, 1, 0));
    let text = text(&crm);
    assert!(!text.contains("Lovelace") && !text.contains("Ada King") && !text.contains(EMAIL), "{text}");
    let events = events(&crm);
    assert_eq!(
        events[1].payload.as_str(),
        r#"{"contact_id":"c1","name":{"redacted":true},"email":{"redacted":true}}"#
    );
    assert_eq!(events[1].redaction().unwrap().fields, ["email", "name"]);
    let ada = Crm::contact(&crm, "c1").unwrap().unwrap();
    assert_eq!((ada.name.as_str(), ada.email.as_str()), ("[redacted]", "[redacted]"));
}

fn only_the_named_entity_changes(fixture: &Fixture) {
    let crm = people(fixture);
    let before = events(&crm);
    run(&crm, &["name", "email"]);
    let after = events(&crm);
    assert_eq!(after[0], before[0]);
    for (after, before) in after.iter().zip(&before) {
        let numbers = |event: &Event| {
            (
                event.event_id,
                event.space_sequence,
                event.timestamp,
                event.correlation_id,
                event.entity_id.clone(),
            )
        };
        assert_eq!(numbers(after), numbers(before));
    }
    assert_eq!(Crm::contact(&crm, "c2").unwrap().unwrap().name, "Charles Babbage");
}

fn erased_events_are_intact_and_projections_match_them(fixture: &Fixture) {
    let crm = people(fixture);
    run(&crm, &["name", "email"]);
    assert!(events(&crm).iter().all(|event| event.intact));
    assert_eq!(verify(&crm, &mut keep_going).unwrap().count(), 0);
    let options = CheckOptions { deep: true, is_running: &|_| true };
    let checked = check(crm.store(), &Apps::standard(), options, &mut keep_going).unwrap();
    assert_eq!(checked.findings, []);
}

fn an_idempotency_key_of_an_erased_command_is_refused_for_any_command(fixture: &Fixture) {
    let crm = people(fixture);
    run(&crm, &["email"]);
    let remembered = crm.store().events().remembered(crm.space_id(), "signup-1").unwrap().unwrap();
    assert_eq!(remembered.request, RequestDigest::ERASED);
    for command in [add("c1", "Ada Lovelace", EMAIL), add("c9", "Mary", "m@s.example")] {
        let conditions = Conditions { idempotency_key: Some("signup-1".to_owned()), ..Conditions::default() };
        let refused = crm.execute(Request { command, conditions }).unwrap_err();
        assert_eq!(refused.kind(), "invalid_field");
    }
}

fn audit_entries_that_quote_the_values_are_forgotten(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    ramax::operations::execute(&crm, add("c2", "Charles", "charles@babbage.example")).unwrap();
    ramax::operations::execute(&crm, add("c1", "Ada Lovelace", EMAIL)).unwrap();
    let apps = Apps::standard();
    let context = OperationContext::new(crm.store(), &apps);
    let done = options(&["email"]).run(Target::of(crm.space()), context, &mut keep_going).unwrap();
    assert_eq!(done.audit_entries, 1);
    let log = crm.store().audit_log().page(None, Page::forward(None, 10)).unwrap();
    let parameters = |n: usize| log[n].parameters.clone().map(Value::from);
    assert_eq!(parameters(0).unwrap()["email"], "charles@babbage.example");
    assert_eq!((parameters(1), log[1].detail.as_ref()), (None, None));
    let forgotten: Vec<Option<Forgotten>> = log.iter().map(|entry| entry.forgotten).collect();
    assert_eq!(forgotten, [None, Some(Forgotten::Redacted), None]);
    assert_eq!(log[2].action, "redact");
    assert_eq!(parameters(2).unwrap(), json!({"entity": "c1", "fields": ["email"], "purge": false}));
    assert!(!format!("{log:?}").contains(EMAIL));
}

fn metadata_and_nested_fields_are_erased(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let payload =
        json!({"address": {"street": "St James's Square", "zip": "SW1"}, "phones": [{"n": "0123"}]});
    let metadata = Json::of(&json!({"actor": "ada.lovelace"}));
    append(crm.store(), crm.space_id(), &[event("c1", "note.taken", payload).with_metadata(metadata)]);
    run(&crm, &["address.street", "phones.n", "meta.actor"]);
    let event = &events(&crm)[0];
    let erased = json!({"redacted": true});
    let payload = json!({"address": {"street": erased, "zip": "SW1"}, "phones": [{"n": erased}]});
    assert_eq!(event.payload.to_value(), payload);
    assert_eq!(event.metadata.as_ref().unwrap().to_value()["actor"], erased);
    assert_eq!(event.redaction().unwrap().fields, ["address.street", "meta.actor", "phones.n"]);
}

fn a_field_whose_name_has_dots_and_blanks_is_erased(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let payload = json!({"home.address": {"zip code": "SW1Y 4LG"}, "home": {"address": "kept"}});
    append(crm.store(), crm.space_id(), &[event("c1", "note.taken", payload)]);
    let refused = redact(&crm, &options(&["phone"]), &mut keep_going).unwrap_err();
    assert_eq!(refused.hint().unwrap(), "its events have: home, \"home.address\"");
    run(&crm, &[r#""home.address"."zip code""#]);
    let event = &events(&crm)[0];
    let erased = json!({"home.address": {"zip code": {"redacted": true}}, "home": {"address": "kept"}});
    assert_eq!(event.payload.to_value(), erased);
    assert_eq!(event.redaction().unwrap().fields, [r#""home.address"."zip code""#]);
}

fn places_where_the_same_values_remain_are_named(fixture: &Fixture) {
    let crm = people(fixture);
    append(crm.store(), crm.space_id(), &[event("o1", "note.taken", json!({"to": EMAIL}))]);
    let done = run(&crm, &["email"]);
    assert_eq!(done.proof.events.first, ["4"]);
    assert_eq!(done.proof.remaining(), 1);
}

fn unknown_entities_and_fields_are_refused_and_nothing_changes(fixture: &Fixture) {
    let crm = people(fixture);
    let before = text(&crm);
    let refused = |options: Redact| redact(&crm, &options, &mut keep_going).unwrap_err();
    let error = refused(Redact { entity_id: "c7".to_owned(), ..options(&["email"]) });
    assert_eq!(error.kind(), "unknown_entity");
    let error = refused(options(&["email", "phone"]));
    assert_eq!(error.to_string(), "no event of the entity c1 has the field phone");
    assert_eq!(error.hint().unwrap(), "its events have: contact_id, email, name");
    assert_eq!(refused(options(&[])).kind(), "no_field");
    assert_eq!(text(&crm), before);
}

fn a_cancelled_redaction_changes_nothing(fixture: &Fixture) {
    let crm = people(fixture);
    let before = contents(crm.store(), crm.space_id());
    for stop in [Phase::Replay, Phase::Switch] {
        let mut watch = |progress: ramax::operations::Progress| match progress.phase == stop {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let error = redact(&crm, &options(&["email"]), &mut watch).unwrap_err();
        assert!(error.is_cancelled(), "{error}");
        assert_eq!(contents(crm.store(), crm.space_id()), before);
    }
    assert_eq!(run(&crm, &["email"]).events, 2);
}

fn a_space_that_was_renamed_meanwhile_is_not_redacted(fixture: &Fixture) {
    let crm = people(fixture);
    let (store, apps) = (crm.store(), Apps::standard());
    let rename = |name: &str| {
        let change = SpaceChange { name: Some(name.to_owned()), ..SpaceChange::default() };
        store.events().change_space(crm.space_id(), &change).unwrap();
    };
    let (target, context) = (Target::of(crm.space()), OperationContext::new(store, &apps));
    // Confirmed by its name, and renamed before it starts, or before it erases anything.
    rename("crm_renamed");
    let refused = options(&["email"]).run(target, context, &mut keep_going).unwrap_err();
    assert_eq!(refused.kind(), "unknown_space", "{refused}");
    rename(&crm.space().space_name);
    let before = text(&crm);
    let mut watch = |progress: ramax::operations::Progress| {
        if progress.phase == Phase::Switch {
            rename("crm_renamed");
        }
        ControlFlow::Continue(())
    };
    let refused = redact(&crm, &options(&["email"]), &mut watch).unwrap_err();
    assert_eq!(refused.kind(), "unknown_space", "{refused}");
    assert_eq!(text(&crm), before);
    rename(&crm.space().space_name);
    assert_eq!(run(&crm, &["email"]).events, 2);
}

fn an_export_is_refused_while_a_redaction_is_under_way(fixture: &Fixture) {
    let crm = people(fixture);
    let exported = || export(crm.store(), "crm_acme", &mut Vec::new(), &mut keep_going);
    crm.store().events().set_redacting(crm.space_id(), true).unwrap();
    assert_eq!(exported().unwrap_err().kind(), "redacted_meanwhile");
    run(&crm, &["name"]);
    assert_eq!(exported().unwrap().events, 3);
}

fn an_event_that_the_app_cannot_apply_without_the_field_refuses_the_redaction(fixture: &Fixture) {
    let crm = people(fixture);
    ramax::operations::execute(&crm, add("c3", "Mary Somerville", "mary@somerville.example")).unwrap();
    let recorded = || crm.store().audit_log().page(None, Page::forward(None, 10)).unwrap();
    let (before, entries) = (contents(crm.store(), crm.space_id()), recorded());
    let mary = Redact { entity_id: "c3".to_owned(), ..options(&["contact_id", "email"]) };
    let error = redact(&crm, &mary, &mut keep_going).unwrap_err();
    assert_eq!(error.kind(), "needed_field");
    assert!(error.hint().unwrap().starts_with("let its handler accept"), "{error:?}");
    assert_eq!(contents(crm.store(), crm.space_id()), before);
    assert_eq!(recorded(), entries);
    crm.execute(add_contact("c5")).unwrap();
}

fn an_event_that_could_not_be_applied_before_is_named_as_such_and_can_be_skipped(fixture: &Fixture) {
    // One of another entity, and one of which a field is to be erased.
    for (name, entity) in [("crm_other", "c9"), ("crm_same", "c1")] {
        let crm = fixture.crm(name);
        crm.execute(add("c1", "Ada Lovelace", EMAIL)).unwrap();
        let payload = json!({"contact_id": 7, "name": "Ada", "email": EMAIL});
        let bad = [event(entity, "contact.added", payload)];
        let append = Append { expected: Expected::Any, now: START, events: &bad };
        crm.store().events().append(crm.space_id(), append).unwrap();
        let error = redact(&crm, &options(&["email"]), &mut keep_going).unwrap_err();
        assert_eq!(error.kind(), "bad_event", "{error}");
        assert!(error.to_string().contains("even before a field is erased"), "{error}");
        assert!(error.hint().unwrap().contains("skips events which cannot be applied"), "{error:?}");
        let skipping = Redact { skip_errors: true, ..options(&["email"]) };
        let redacted = redact(&crm, &skipping, &mut keep_going).unwrap();
        assert_eq!(redacted.rebuilt.skipped.len(), 1);
        assert!(!text(&crm).contains(EMAIL) || entity == "c9");
    }
}

fn fields_are_erased_once_and_more_can_follow(fixture: &Fixture) {
    let crm = people(fixture);
    assert_eq!(run(&crm, &["email"]).events, 2);
    let first = contents(crm.store(), crm.space_id());
    let again = run(&crm, &["email"]);
    assert_eq!((again.events, again.plan.events, again.plan.fields[0].erased_before), (0, 0, 2));
    assert_eq!(contents(crm.store(), crm.space_id()), first);
    run(&crm, &["name"]);
    assert_eq!(events(&crm)[1].redaction().unwrap().fields, ["email", "name"]);
}

fn a_query_does_not_find_an_erased_value(fixture: &Fixture) {
    let crm = people(fixture);
    let now = crm.store().clock().now();
    let found = |query: &str| {
        let criteria = query.parse::<ramax::Query>().unwrap().resolve(now);
        events(&crm).iter().filter(|event| criteria.matches(event)).count()
    };
    let by_value = format!("payload.email={EMAIL}");
    assert_eq!(found(&by_value), 2);
    run(&crm, &["email"]);
    assert_eq!(found(&by_value), 0);
    assert_eq!(found("payload.email.redacted=true"), 2);
    assert_eq!(found("meta.$redacted.at~20"), 2);
}

fn commands_continue_after_a_redaction(fixture: &Fixture) {
    let crm = people(fixture);
    run(&crm, &["email"]);
    crm.execute(Command::new("update-contact").with("contact_id", "c1").with("email", "new@ada.example"))
        .unwrap();
    assert_eq!(crm.event_count().unwrap(), 4);
    assert_eq!(Crm::contact(&crm, "c1").unwrap().unwrap().email, "new@ada.example");
    // A later event may have a value again.
    assert_eq!(plan_redaction(&crm, "c1", &options(&["email"]).fields).unwrap().events, 1);
    assert_eq!(
        crm.store().events().space(crm.space_id()).unwrap().unwrap().head.last_sequence,
        SpaceSequence(4)
    );
}
