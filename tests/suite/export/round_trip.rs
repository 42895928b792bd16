use std::ops::ControlFlow;
use std::sync::Arc;

use ramax::apps::Crm;
use ramax::operations::{Phase, export, overview};
use ramax::{Append, ContentStore, EventId, Expected, NewEvent, Page, SpaceSequence, Store, Timestamp};
use serde_json::Value;

use super::fixtures::*;
use super::lines::{opened, sealed};
use crate::on_every_store;
use crate::support::{Fixture, add_contact, event, rename_contact};

on_every_store![
    a_space_survives_a_round_trip_in_every_store,
    payloads_and_values_keep_their_spelling,
    reserved_metadata_survives_a_round_trip,
    an_export_contains_nothing_that_a_terminal_would_interpret,
    references_to_events_survive_when_their_ids_are_taken,
    a_retried_command_returns_the_first_answer_after_an_import,
    a_cause_in_another_space_is_kept_only_if_it_exists,
    a_cause_whose_id_is_taken_is_dropped,
    a_lagging_projection_keeps_its_lag,
    an_empty_space_survives_a_round_trip,
    an_export_is_a_snapshot,
    other_spaces_are_not_touched,
    an_export_can_be_stopped_at_every_step,
];

fn a_space_survives_a_round_trip_in_every_store(fixture: &Fixture) {
    let crm = tenant(fixture, "crm_acme");
    let text = exported(&fixture.store, "crm_acme");
    let before = contents(&fixture.store, crm.space_id());
    for target in targets() {
        let imported = import_text(&target.store, &text, None).unwrap();
        assert_eq!((imported.events, imported.entities, imported.idempotency_keys), (16, 13, 4));
        assert!(imported.ids_kept && imported.causes_dropped == 0);
        assert_eq!(imported.space, *crm.space());
        assert_eq!(target.store.events().find_space("crm_acme").unwrap().unwrap().space, *crm.space());
        assert_eq!(contents(&target.store, crm.space_id()), before);
        assert_eq!(but_for_its_store(&exported(&target.store, "crm_acme")), but_for_its_store(&text));
        assert_no_difference(&target.store, "crm_acme");
        let acme = ContentStore::open(&target.store, "crm_acme", Arc::new(Crm)).unwrap();
        assert_eq!(acme.execute(add_contact("next")).unwrap().space_sequence, SpaceSequence(17));
    }
}

fn payloads_and_values_keep_their_spelling(fixture: &Fixture) {
    let odd = odd_space(fixture);
    let text = exported(&fixture.store, "odd \u{202e}\n\"");
    let before = contents(&fixture.store, odd);
    assert_eq!(before.events.len(), SPELLINGS.len());
    for target in targets() {
        let imported = import_text(&target.store, &text, None).unwrap();
        let space = target.store.events().space(imported.space.space_id).unwrap().unwrap().space;
        let original = fixture.store.events().space(odd).unwrap().unwrap().space;
        assert_eq!((space.space_name, space.metadata), (original.space_name, original.metadata));
        assert_eq!(contents(&target.store, odd), before);
        assert_eq!(but_for_its_store(&exported(&target.store, "#1")), but_for_its_store(&text));
    }
    assert!(text.contains(r#""payload":{"number":1.0e2,"huge":123456789012345678901234567890,"tiny":-0.0,"#));
    assert!(text.contains(r#""payload":{"twice":1,"twice":2}"#) && text.contains(r#""payload":null"#));
    assert!(text.contains(r#""payload":{"escaped":"\u00e9\/\ud83e\udd80\u0000","raw":"é🦀"}"#), "{text}");
    assert!(text.contains(r#""payload_text":"{\n  \"several\": \"lines\"\n}""#), "{text}");
    assert!(text.contains(r#""metadata":{"twice":1,"twice":2}"#), "{text}");
    assert!(text.contains(r#""metadata_text":"{\n  \"several\": \"lines\"\n}""#), "{text}");
    let of_version_1 = text.lines().map(|line| line.replace(r#""version":2"#, r#""version":1"#));
    let lines: Vec<String> = opened(&of_version_1.collect::<Vec<_>>().join("\n"));
    let error = import_text(&Store::memory(), sealed(lines.iter().map(String::as_str)), None).unwrap_err();
    assert!(error.to_string().contains("a field that version 1 does not have"), "{error}");
}

/// An import restores what the store itself wrote under reserved names.
fn reserved_metadata_survives_a_round_trip(fixture: &Fixture) {
    tenant(fixture, "crm_acme");
    let text = exported(&fixture.store, "crm_acme");
    let mut lines = opened(&text);
    lines[2] = lines[2].replace(r#""timestamp""#, r#""metadata":{"$origin":{"event_id":7}},"timestamp""#);
    let planted = sealed(lines.iter().map(String::as_str));
    for target in targets() {
        let imported = import_text(&target.store, &planted, None).unwrap();
        let event = contents(&target.store, imported.space.space_id).events.swap_remove(1);
        assert_eq!(event.metadata.unwrap().as_str(), r#"{"$origin":{"event_id":7}}"#);
        assert_eq!(but_for_its_store(&exported(&target.store, "crm_acme")), but_for_its_store(&planted));
    }
}

fn an_export_contains_nothing_that_a_terminal_would_interpret(fixture: &Fixture) {
    odd_space(fixture);
    let text = exported(&fixture.store, "#1");
    for line in text.lines() {
        assert_eq!(ramax::text::visible(line), line);
        assert!(line.starts_with(r#"{"kind":""#) && serde_json::from_str::<Value>(line).is_ok());
    }
}

/// Returns the causes of all events, by sequence.
fn names(store: &Store, space: &ContentStore) -> Vec<(SpaceSequence, Option<SpaceSequence>)> {
    let Contents { events, .. } = contents(store, space.space_id());
    let sequence = |id: EventId| events.iter().find(|event| event.event_id == id).unwrap().space_sequence;
    events.iter().map(|event| (event.space_sequence, event.causation_id.map(sequence))).collect()
}

fn references_to_events_survive_when_their_ids_are_taken(fixture: &Fixture) {
    let crm = tenant(fixture, "crm_acme");
    // A chain of causes longer than one batch.
    let mut cause = first_id(&crm);
    for _ in 0..1500 {
        let mut next = event("chain", "linked", serde_json::json!({}));
        next.causation_id = Some(cause);
        cause = append(&fixture.store, crm.space_id(), &[next])[0].event_id;
    }
    let text = exported(&fixture.store, "crm_acme");
    let before = contents(&fixture.store, crm.space_id());
    for target in targets() {
        let there = target.crm("crm_there");
        for n in 0..20 {
            there.execute(add_contact(&format!("t{n}"))).unwrap();
        }
        let imported = import_text(&target.store, &text, Some("crm_moved")).unwrap();
        assert!(!imported.ids_kept && imported.causes_dropped == 0);
        let moved = ContentStore::open(&target.store, "crm_moved", Arc::new(Crm)).unwrap();
        assert_eq!(names(&target.store, &moved), names(&fixture.store, &crm));
        let after = contents(&target.store, moved.space_id());
        assert!(after.events.iter().is_sorted_by_key(|event| event.event_id));
        assert_eq!(after.events[0].event_id, EventId(21));
        let checkpoint = after.checkpoint;
        assert_eq!(checkpoint.sequence, before.checkpoint.sequence);
        assert_eq!(checkpoint.event_id, after.events[checkpoint.sequence.0 as usize - 1].event_id);
        for ((_, now), (_, then)) in after.keys.iter().zip(&before.keys) {
            assert_eq!((now.request, now.space_sequence), (then.request, then.space_sequence));
            assert_eq!(now.event_ids, [after.events[now.space_sequence.0 as usize - 1].event_id]);
        }
        assert_no_difference(&target.store, "crm_moved");
    }
}

fn a_retried_command_returns_the_first_answer_after_an_import(fixture: &Fixture) {
    let crm = fixture.crm("crm_acme");
    let request = || ramax::Request {
        conditions: ramax::Conditions {
            idempotency_key: Some("once".to_owned()),
            ..ramax::Conditions::default()
        },
        ..ramax::Request::from(add_contact("c1"))
    };
    crm.execute(request()).unwrap();
    for target in targets() {
        target.crm("crm_there").execute(add_contact("first")).unwrap();
        import_text(&target.store, exported(&fixture.store, "crm_acme"), None).unwrap();
        let acme = ContentStore::open(&target.store, "crm_acme", Arc::new(Crm)).unwrap();
        assert_eq!(acme.execute(request()).unwrap().event_ids, [EventId(2)]);
        assert_eq!(acme.event_count().unwrap(), 1);
    }
}

fn a_cause_in_another_space_is_kept_only_if_it_exists(fixture: &Fixture) {
    let cause = fixture.crm("crm_cause").execute(add_contact("c1")).unwrap().event_ids[0];
    let space = fixture.space("effect");
    let with_cause = |id| NewEvent { causation_id: Some(id), ..event("e", "t", serde_json::json!({})) };
    append(&fixture.store, space.space_id, &[with_cause(cause), with_cause(EventId(4711))]);
    let text = exported(&fixture.store, "effect");
    let causes = |store: &Store, name: &str| -> Vec<Option<EventId>> {
        let space = store.events().find_space(name).unwrap().unwrap().space;
        contents(store, space.space_id).events.iter().map(|event| event.causation_id).collect()
    };
    let here = import_text(&fixture.store, &text, Some("copy")).unwrap();
    assert_eq!((here.causes_dropped, causes(&fixture.store, "copy")), (1, vec![Some(cause), None]));
    let effects = fixture.store.events().effects_of(cause, Page::forward(None, 9)).unwrap();
    assert_eq!(
        effects.iter().map(|effect| effect.space_id).collect::<Vec<_>>(),
        [space.space_id, here.space.space_id]
    );
    for target in targets() {
        let there = import_text(&target.store, &text, None).unwrap();
        assert_eq!((there.causes_dropped, causes(&target.store, "effect")), (2, vec![None, None]));
    }
}

fn a_cause_whose_id_is_taken_is_dropped(fixture: &Fixture) {
    // As after a restore: the same store and ids, but another event.
    let with = |name: &str, at: i64| {
        let target = if fixture.store.location().is_some() { Fixture::one_file() } else { Fixture::memory() };
        let new = [event("e", "t", serde_json::json!({"name": name}))];
        let space = target.space("cause").space_id;
        let append = Append { expected: Expected::Any, now: Timestamp(at), events: &new };
        target.store.events().append(space, append).unwrap();
        target
    };
    let first = with("first", 10);
    let effect = NewEvent { causation_id: Some(EventId(1)), ..event("e", "t", serde_json::json!({})) };
    append(&first.store, first.space("effect").space_id, &[effect]);
    let text = exported(&first.store, "effect");
    for (name, at, dropped) in [("first", 10, 0), ("first", 11, 1), ("second", 10, 1)] {
        let restored = with(name, at);
        let imported = import_text(&restored.store, &text, None).unwrap();
        assert_eq!(imported.causes_dropped, dropped, "{name} at {at}");
        let effect = contents(&restored.store, imported.space.space_id).events.remove(0);
        assert_eq!(effect.causation_id.is_none(), dropped == 1);
    }
}

#[test]
fn a_version_1_file_is_imported_with_working_idempotency_keys() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/export-1.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    for target in targets() {
        let imported = import_text(&target.store, &text, None).unwrap();
        assert_eq!((imported.events, imported.entities, imported.idempotency_keys), (7, 6, 6));
        assert_no_difference(&target.store, "crm_acme");
        let crm = ContentStore::open(&target.store, "crm_acme", Arc::new(Crm)).unwrap();
        let under_key_1 = |id: &str| {
            let request = ramax::Request::from(add_contact(id));
            crm.execute(ramax::Request {
                conditions: ramax::Conditions {
                    idempotency_key: Some("key-1".to_owned()),
                    ..ramax::Conditions::default()
                },
                ..request
            })
        };
        assert_eq!(under_key_1("c1").unwrap().event_ids, [EventId(1)]);
        assert_eq!(under_key_1("c7").unwrap_err().kind(), "invalid_field");
        // The export contains what is known of it, and can be imported again.
        let again = exported(&target.store, "crm_acme");
        let copied = import_text(&target.store, &again, Some("copy")).unwrap();
        assert_eq!(copied.idempotency_keys, 6);
    }
}

fn a_lagging_projection_keeps_its_lag(fixture: &Fixture) {
    let crm = tenant(fixture, "crm_acme");
    let payload = serde_json::json!({"contact_id": "late", "name": "L", "email": "l"});
    append(&fixture.store, crm.space_id(), &[event("late", "contact.added", payload)]);
    let text = exported(&fixture.store, "crm_acme");
    for target in targets() {
        import_text(&target.store, &text, None).unwrap();
        let there = overview(&target.store, &ramax::Apps::standard(), "crm_acme").unwrap();
        assert_eq!((there.state_lag(), there.head.last_sequence.0), (1, 17));
        let acme = ContentStore::open(&target.store, "crm_acme", Arc::new(Crm)).unwrap();
        assert!(Crm::contact(&acme, "late").unwrap().is_some());
        assert_no_difference(&target.store, "crm_acme");
    }
}

fn an_empty_space_survives_a_round_trip(fixture: &Fixture) {
    let space = fixture.space("nothing yet");
    let text = exported(&fixture.store, "nothing yet");
    assert_eq!(opened(&text).len(), 2);
    for target in targets() {
        import_text(&target.store, &text, None).unwrap();
        assert_eq!(contents(&target.store, space.space_id), contents(&fixture.store, space.space_id));
        append(&target.store, space.space_id, &[event("e", "t", serde_json::json!({}))]);
    }
}

fn an_export_is_a_snapshot(fixture: &Fixture) {
    let crm = tenant(fixture, "crm_acme");
    let other = ContentStore::of(&fixture.other_process(), crm.space().clone(), Arc::new(Crm)).unwrap();
    let before = but_for_its_store(&exported(&fixture.store, "crm_acme"));
    let mut steps = 0;
    let mut out = Vec::new();
    // The first step comes after the projection was set aside, others between the events and the rest.
    let mut watch = |_| {
        steps += 1;
        // In memory, the store is locked while its projection is read.
        if steps > 1 || fixture.store.location().is_some() {
            let request = ramax::Request {
                conditions: ramax::Conditions {
                    idempotency_key: Some(format!("late {steps}")),
                    ..ramax::Conditions::default()
                },
                ..ramax::Request::from(rename_contact("c1", &format!("step {steps}")))
            };
            other.execute(request).unwrap();
        }
        ControlFlow::Continue(())
    };
    export(&fixture.store, "crm_acme", &mut out, &mut watch).unwrap();
    assert!(steps >= 3);
    let text = String::from_utf8(out).unwrap();
    let target = Fixture::memory();
    import_text(&target.store, &text, None).unwrap();
    assert_no_difference(&target.store, "crm_acme");
    let projection = |lines: &[String]| -> Vec<String> {
        lines.iter().filter(|line| line.contains(r#""kind":"entity""#)).cloned().collect()
    };
    assert_eq!(projection(&but_for_its_store(&text)), projection(&before), "as it was at the start");
}

fn other_spaces_are_not_touched(fixture: &Fixture) {
    let crm = tenant(fixture, "crm_acme");
    let odd = odd_space(fixture);
    let text = exported(&fixture.store, "crm_acme");
    let before = [crm.space_id(), odd].map(|space| contents(&fixture.store, space));
    assert_eq!(import_text(&fixture.store, &text, None).unwrap_err().kind(), "space_exists");
    import_text(&fixture.store, &text, Some("crm_copy")).unwrap();
    assert_eq!([crm.space_id(), odd].map(|space| contents(&fixture.store, space)), before);
    assert_no_difference(&fixture.store, "crm_copy");
}

fn an_export_can_be_stopped_at_every_step(fixture: &Fixture) {
    tenant(fixture, "crm_acme");
    let mut steps = 0;
    let mut whole = Vec::new();
    let mut count = |_| {
        steps += 1;
        ControlFlow::Continue(())
    };
    export(&fixture.store, "crm_acme", &mut whole, &mut count).unwrap();
    for stop in 0..steps {
        let mut step = 0;
        let mut watch = |progress: ramax::operations::Progress| {
            assert!(matches!(progress.phase, Phase::SetAside | Phase::Export));
            step += 1;
            if step > stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let error = export(&fixture.store, "crm_acme", &mut Vec::new(), &mut watch).unwrap_err();
        assert_eq!(error.kind(), "cancelled");
    }
    assert_eq!(exported(&fixture.store, "crm_acme").as_bytes(), whole);
}
