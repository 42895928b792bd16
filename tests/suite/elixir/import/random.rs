//! An import keeps every row of any file, and the promises of the store hold afterwards.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use ramax::engines::elixir::term::{Limits, Term};
use ramax::{EventId, Store};

use super::super::terms::encoder::{Release, any_term, encoded};
use super::{assert_derived, events_of, findings, import, origin, tried};
use crate::support::mutation::cases;
use crate::support::original::{OriginalEvent, OriginalWriter, term};

/// An event of a random file, before it has its id.
#[derive(Debug, Clone)]
struct Row {
    space_id: i64,
    /// The distance from the sequence of the event before it: 1 usually, 0 for a duplicate, more for a gap.
    step: i64,
    entity: u8,
    timestamp: i64,
    /// The cause, as a distance: 1 is the event before it, of any space.
    cause: Option<i64>,
    correlation: Option<String>,
    /// None for an event of the app.
    payload: Option<Vec<u8>>,
}

fn row() -> impl Strategy<Value = Row> {
    let step = prop_oneof![8 => Just(1), 1 => Just(0), 1 => Just(3), 1 => Just(-2)];
    let correlation = prop_oneof![
        Just(None),
        Just(Some("mine".to_owned())),
        Just(Some("6f1c52b6-3c8f-4d9c-8a57-111111111111".to_owned()))
    ];
    let bytes = prop_oneof![
        4 => any_term().prop_map(|term| encoded(&term, Release::New)),
        1 => proptest::collection::vec(any::<u8>(), 0..9),
    ];
    let payload = prop_oneof![2 => Just(None), 1 => bytes.prop_map(Some)];
    (1..5_i64, step, 0..4_u8, 0..50_i64, proptest::option::of(-1..6_i64), correlation, payload).prop_map(
        |(space_id, step, entity, timestamp, cause, correlation, payload)| Row {
            space_id,
            step,
            entity,
            timestamp,
            cause,
            correlation,
            payload,
        },
    )
}

/// Returns the rows with ids, which have holes, and sequences.
fn rows(rows: Vec<Row>) -> Vec<OriginalEvent> {
    let mut sequences = BTreeMap::<i64, i64>::new();
    let numbered = rows.into_iter().zip(1..).map(|(row, at)| {
        let sequence = sequences.entry(row.space_id).or_default();
        *sequence += row.step;
        let event_id = at + at / 5;
        let id = format!("c{}", row.entity);
        let event_type = if row.payload.is_some() { "other.happened" } else { "contact.added" };
        OriginalEvent {
            event_id,
            space_id: row.space_id,
            space_sequence: *sequence,
            payload: row
                .payload
                .unwrap_or_else(|| term(&[("contact_id", &id), ("email", "e"), ("name", "N")])),
            entity_id: id,
            event_type: event_type.to_owned(),
            timestamp: 1_700_000_000_000 + row.timestamp,
            causation_id: row.cause.map(|back| event_id - back),
            correlation_id: row.correlation,
        }
    });
    numbered.collect()
}

#[test]
fn an_import_keeps_every_row_of_any_file() {
    let mut runner = TestRunner::new(Config::with_cases(cases(48)));
    runner
        .run(&proptest::collection::vec(row(), 0..40), |random| {
            let rows = rows(random);
            let directory = tempfile::tempdir().unwrap();
            let writer = OriginalWriter::create(&directory.path().join("app.db"));
            // The third and the fourth are not registered.
            writer.space(1, "crm_one", Some(r#"{"plan":"pro"}"#));
            writer.space(2, "two", None);
            writer.connection.execute_batch("BEGIN").unwrap();
            rows.iter().for_each(|row| writer.event(row));
            writer.connection.execute_batch("COMMIT").unwrap();
            let before = std::fs::read(&writer.path).unwrap();
            let store = Store::memory();
            let tried = tried(&writer.path);
            let imported = import(&store, &writer.path).unwrap();
            prop_assert_eq!(tried.found(), imported.found());
            for (planned, one) in tried.spaces.iter().zip(&imported.spaces) {
                let trial = planned.trial.as_ref().unwrap();
                prop_assert_eq!((trial.keys, trial.unknown), (one.keys, one.unknown));
                prop_assert_eq!((planned.new_ids, planned.causes_dropped), (one.new_ids, one.causes_dropped));
                prop_assert_eq!(
                    (trial.unapplied, planned.unreadable),
                    (one.skipped.len() as u64, one.unreadable)
                );
                prop_assert_eq!(&trial.comparison, &one.comparison);
            }
            prop_assert!(before == std::fs::read(&writer.path).unwrap());
            assert_kept(&store, &rows);
            Ok(())
        })
        .unwrap();
}

/// Checks each event against the row that it comes from.
fn assert_kept(store: &Store, rows: &[OriginalEvent]) {
    let mut places = BTreeMap::<i64, Place>::new();
    let mut effects = Vec::new();
    // Whether the ids of a space rise with its sequences.
    let mut in_order = BTreeMap::<i64, bool>::new();
    let names = [(1, "crm_one"), (2, "two"), (3, "orphan-3"), (4, "orphan-4")];
    for (space_id, name) in names {
        let mut of_space: Vec<&OriginalEvent> = rows.iter().filter(|row| row.space_id == space_id).collect();
        if of_space.is_empty() && space_id > 2 {
            assert!(store.events().find_space(name).unwrap().is_none());
            continue;
        }
        let mut sequences: Vec<i64> = of_space.iter().map(|row| row.space_sequence).collect();
        sequences.sort_unstable();
        let are_whole = sequences.into_iter().eq(1..=of_space.len() as i64);
        of_space.sort_by_key(|row| (if are_whole { row.space_sequence } else { 0 }, row.event_id));
        let events = events_of(store, name);
        assert_eq!(events.len(), of_space.len());
        let mut last = 0;
        for ((row, event), number) in of_space.into_iter().zip(&events).zip(1_u64..) {
            assert_eq!((event.space_sequence.0, event.entity_id.as_str()), (number, row.entity_id.as_str()));
            assert_eq!(&*event.event_type, row.event_type);
            let kept: serde_json::Value = serde_json::from_str(&format!("[{}]", origin(event))).unwrap();
            let kept = |column: &str| kept[0]["origin"].get(column).cloned();
            let stored = |differs: bool, value: serde_json::Value| differs.then_some(value);
            let is_renumbered = u64::try_from(row.space_sequence) != Ok(number);
            assert_eq!(kept("space_sequence"), stored(is_renumbered, row.space_sequence.into()));
            let has_other_id = u64::try_from(row.event_id) != Ok(event.event_id.0);
            assert_eq!(kept("event_id"), stored(has_other_id, row.event_id.into()));
            last = last.max(row.timestamp);
            assert_eq!(event.timestamp.0, last);
            assert_eq!(kept("timestamp"), stored(last != row.timestamp, row.timestamp.into()));
            match Term::decode(&row.payload, &Limits::STANDARD) {
                Ok(term) => assert_eq!(event.payload, term.to_json()),
                Err(error) => {
                    assert_eq!(kept("unreadable"), Some(error.to_string().into()));
                    assert!(event.payload.as_str().starts_with(r#"{"$term":""#));
                }
            }
            let is_lost = row.causation_id.is_some() && event.causation_id.is_none();
            assert_eq!(kept("causation_id"), row.causation_id.filter(|_| is_lost).map(Into::into));
            effects.push((row.clone(), event.clone()));
            let is_uuid = row.correlation_id.as_deref() != Some("mine");
            assert_eq!(kept("correlation_id"), stored(!is_uuid, "mine".into()));
            assert_eq!(event.correlation_id.is_some(), row.correlation_id.is_some());
            in_order.entry(space_id).or_insert(true);
            let follows =
                places.values().all(|place| place.space_id != space_id || place.row_id < row.event_id);
            in_order.entry(space_id).and_modify(|in_order| *in_order &= follows);
            places.insert(
                row.event_id,
                Place { space_id, row_id: row.event_id, number, event_id: event.event_id },
            );
        }
    }
    for (row, event) in effects {
        let cause = row.causation_id.and_then(|cause| places.get(&cause));
        assert!(event.causation_id.is_none() || event.causation_id == cause.map(|cause| cause.event_id));
        let Some(cause) = cause else { continue };
        if cause.space_id == row.space_id {
            assert_eq!(event.causation_id.is_some(), cause.number < event.space_sequence.0);
        } else if in_order.values().all(|in_order| *in_order) && cause.row_id < row.event_id {
            assert!(event.causation_id.is_some());
        }
    }
    assert_eq!(findings(store), []);
    assert_derived(store, "crm_one");
}

/// The place of an event, in the original and here.
struct Place {
    space_id: i64,
    row_id: i64,
    number: u64,
    event_id: EventId,
}
