use proptest::prelude::*;
use ramax::event_store::{Remembered, RequestDigest};
use ramax::{Changes, Checkpoint, EventId, Json, NewEvent, SpaceSequence, Timestamp};

use super::fixtures::*;
use crate::support::{Fixture, START, advance, remember};

/// Generates text: plain, hostile, JSON, broken JSON.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".*",
        "[a-c]{0,3}",
        "[\u{0}-\u{9f}\u{202a}-\u{202e}\u{feff}]{0,9}",
        proptest::sample::select([&SPELLINGS[..], &NO_JSON].concat()).prop_map(str::to_owned),
        any::<f64>().prop_map(|number| format!("{{\"n\":{number}}}")),
    ]
}

/// Generates names.
fn name() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.chars().chain(['.']).take(200).collect())
}

/// Generates JSON.
fn payload() -> impl Strategy<Value = String> {
    text().prop_map(|text| match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
        Ok(_) => text,
        Err(_) => serde_json::Value::String(text).to_string(),
    })
}

type New = (String, String, String, Option<u8>, Option<u128>, i64);

fn event() -> impl Strategy<Value = New> {
    let time = prop_oneof![Just(0_i64), 0..10_000_i64, Just(1 << 40)];
    (name(), name(), payload(), proptest::option::of(any::<u8>()), proptest::option::of(any::<u128>()), time)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_space_survives_a_round_trip(
        name in "x[^\u{0}]{0,48}y",
        metadata in proptest::option::of(proptest::collection::hash_map(text(), any::<f64>(), 0..4)),
        created_at in prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), 0..4_000_000_000_000_i64],
        events in proptest::collection::vec(event(), 0..25),
        entries in proptest::collection::btree_map(text(), (text(), any::<i64>()), 0..12),
        checkpoint in any::<prop::sample::Index>(),
        keys in proptest::collection::btree_map(text(), (any::<u32>(), any::<prop::sample::Index>()), 0..5),
        target in 0..3_usize,
    ) {
        let source = Fixture::memory();
        let metadata = metadata.map(|map| {
            map.into_iter().map(|(key, value)| (key, serde_json::json!(value))).collect::<ramax::SpaceMetadata>()
        });
        let store = &source.store;
        let space = store.events().get_or_create_space(&name, metadata.as_ref(), Timestamp(created_at)).unwrap();
        let id = space.space_id;
        for (number, (entity, kind, payload, cause, correlation, now)) in events.iter().enumerate() {
            let mut new = NewEvent::new(entity.clone(), kind.clone(), Json::from_stored(payload.clone()));
            new.causation_id = cause.filter(|cause| (*cause as usize) < number).map(|cause| EventId(u64::from(cause) + 1));
            new.correlation_id = correlation.map(ramax::CorrelationId::from_u128);
            let expected = ramax::Expected::Any;
            store.events().append(id, ramax::Append { expected, now: Timestamp(START.0 + now), events: &[new] }).unwrap();
        }
        let log = contents(store, id).events;
        let mut changes = Changes::default();
        for (key, (value, updated_at)) in &entries {
            changes.put(key, Json::from_stored(value.clone()), Timestamp(*updated_at));
        }
        let at = checkpoint.index(log.len() + 1);
        let to = at.checked_sub(1).map(|last| Checkpoint {
            sequence: SpaceSequence(at as u64),
            event_id: log[last].event_id,
            updated_at: Some(log[last].timestamp),
            entities: 0,
        });
        advance(store, id, SpaceSequence::START, &changes, to.unwrap_or_default()).unwrap();
        for (key, (request, last)) in &keys {
            let last = last.index(log.len() + 1);
            let event_ids = log[last.saturating_sub(2)..last].iter().map(|event| event.event_id).collect();
            let (request, stored_at) = match request {
                crc if crc % 2 == 0 => (RequestDigest::Crc32(*crc), None),
                other => (RequestDigest::Sha256([*other as u8; 32]), Some(Timestamp(i64::from(*other)))),
            };
            let remembered = Remembered { request, event_ids, space_sequence: SpaceSequence(last as u64), stored_at };
            remember(store.events(), id, key, &remembered);
        }

        let text = exported(store, &name);
        let target = match target { 0 => Fixture::memory(), 1 => Fixture::one_file(), _ => Fixture::two_files() };
        let imported = import_text(&target.store, &text, None).unwrap();
        prop_assert_eq!(&imported.space, &space);
        prop_assert!(imported.ids_kept);
        prop_assert_eq!(contents(&target.store, id), contents(store, id));
        prop_assert_eq!(but_for_its_store(&exported(&target.store, &name)), but_for_its_store(&text));
        // Import it again next to itself, where its ids are taken.
        let copy = import_text(&target.store, &text, Some("another name")).unwrap();
        prop_assert_eq!(copy.ids_kept, log.is_empty());
        let copied = contents(&target.store, copy.space.space_id);
        prop_assert_eq!(copied.entries, contents(store, id).entries);
        prop_assert_eq!(copied.events.len(), log.len());
        let shift = copied.events.first().map_or(0, |event| event.event_id.0 - 1);
        for (there, here) in copied.events.iter().zip(&log) {
            prop_assert_eq!(there.event_id.0, here.event_id.0 + shift);
            prop_assert_eq!(there.causation_id.map(|id| id.0), here.causation_id.map(|id| id.0 + shift));
            prop_assert_eq!((&there.payload, there.timestamp), (&here.payload, here.timestamp));
        }
    }
}
