//! Appends events, under the lock of their space.

use crate::engines::postgres::database::{Result, Session, encoded};
use crate::event::Event;
use crate::event_store::{check_events, check_placed};
use crate::json::Json;
use crate::space::Head;

use super::row::{column, of_space};

/// Appends events after the end of a log whose row this transaction has locked.
pub(in crate::engines::postgres) fn append(
    session: &mut Session,
    head: &Head,
    events: &[Event],
) -> Result<()> {
    let Some(last) = events.last() else { return Ok(()) };
    check(head, events)?;
    let space_id = of_space(last.space_id);
    let bytes: u64 = events.iter().map(|event| event.payload.as_str().len() as u64).sum();
    let advanced = session.one(
        "UPDATE space_sequences SET last_sequence = $2, last_event_id = $3, last_timestamp = $4,
           payload_bytes = payload_bytes + $5, last_order = greatest(last_order, pg_current_xact_id()::text::bigint)
         WHERE space_id = $1 RETURNING last_order",
        &[
            &space_id,
            &column(last.space_sequence.0),
            &column(last.event_id.0),
            &last.timestamp.0,
            &column(bytes),
        ],
    )?;
    insert(session, events, advanced.get(0))?;
    add_types(session, events)
}

/// Checks that events can be appended after the end of a log.
pub(in crate::engines::postgres) fn check(head: &Head, events: &[Event]) -> Result<()> {
    check_placed(head, events)?;
    Ok(check_events(events)?)
}

fn insert(session: &mut Session, events: &[Event], commit_order: i64) -> Result<()> {
    let numbers = |number: fn(&Event) -> i64| events.iter().map(number).collect::<Vec<i64>>();
    let types: Vec<_> = events.iter().map(|event| encoded(&event.event_type)).collect();
    let entities: Vec<_> = events.iter().map(|event| encoded(&event.entity_id)).collect();
    session.execute(
        "INSERT INTO event_log (space_id, commit_order, space_sequence, event_id, timestamp, checksum, causation_id,
           correlation_id, event_type, entity_id, payload, meta)
         SELECT $1, $2, * FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::uuid[],
           $9::text[], $10::text[], $11::text[], $12::text[])",
        &[
            &events.first().map_or(0, |event| of_space(event.space_id)),
            &commit_order,
            &numbers(|event| column(event.space_sequence.0)),
            &numbers(|event| column(event.event_id.0)),
            &numbers(|event| event.timestamp.0),
            &numbers(|event| i64::from(event.checksum())),
            &events.iter().map(|event| event.causation_id.map(|id| column(id.0))).collect::<Vec<_>>(),
            &events.iter().map(|event| event.correlation_id).collect::<Vec<_>>(),
            &types.iter().map(|text| &**text).collect::<Vec<&str>>(),
            &entities.iter().map(|text| &**text).collect::<Vec<&str>>(),
            &events.iter().map(|event| event.payload.as_str()).collect::<Vec<_>>(),
            &events.iter().map(|event| event.metadata.as_ref().map(Json::as_str)).collect::<Vec<_>>(),
        ],
    )?;
    Ok(())
}

/// Lists the types that are new in the space.
fn add_types(session: &mut Session, events: &[Event]) -> Result<()> {
    let mut types: Vec<(&str, i64)> = Vec::new();
    for event in events {
        if !types.iter().any(|(name, _)| *name == &*event.event_type) {
            types.push((&event.event_type, column(event.space_sequence.0)));
        }
    }
    let names: Vec<_> = types.iter().map(|(name, _)| encoded(name)).collect();
    session.execute(
        "INSERT INTO event_types (space_id, event_type, first_sequence)
         SELECT $1, * FROM unnest($2::text[], $3::bigint[]) ON CONFLICT DO NOTHING",
        &[
            &events.first().map_or(0, |event| of_space(event.space_id)),
            &names.iter().map(|text| &**text).collect::<Vec<&str>>(),
            &types.iter().map(|(_, first)| *first).collect::<Vec<i64>>(),
        ],
    )?;
    Ok(())
}
