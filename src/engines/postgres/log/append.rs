//! Appends events, under the lock of their space.

use std::borrow::Cow;

use postgres::types::{ToSql, Type};
use uuid::Uuid;

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
    if session.is_sharded() {
        return append_to_shard(session, head, events, last);
    }
    let advanced = session.one(
        "UPDATE space_sequences SET last_sequence = $2, last_event_id = $3, last_timestamp = $4,
           payload_bytes = payload_bytes + $5, last_order = greatest(last_order,
             pg_current_xact_id()::text::bigint + (SELECT order_offset FROM store))
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

/// Does the same on a shard, whose node does not number the transaction, and notes the end on the coordinator.
fn append_to_shard(session: &mut Session, head: &Head, events: &[Event], last: &Event) -> Result<()> {
    let sql = "SELECT pg_current_xact_id()::text::bigint + order_offset FROM store";
    let order: i64 = session.one(sql, &[])?.get(0);
    let (space_id, sequence) = (of_space(last.space_id), column(last.space_sequence.0));
    let (event_id, events_of) = (column(last.event_id.0), Columns::of(events));
    let advanced = session.one(
        "UPDATE space_sequences SET last_sequence = $2, last_event_id = $3, last_timestamp = $4,
           payload_bytes = payload_bytes + $5, last_order = greatest(last_order, $6)
         WHERE space_id = $1 RETURNING last_order",
        &[&space_id, &sequence, &event_id, &last.timestamp.0, &events_of.bytes, &order],
    )?;
    let order: i64 = advanced.get(0);
    let before = column(head.last_sequence.0);
    let sql = "SELECT note_end($1, $2, $3, $4, $5)";
    session.one(sql, &[&space_id, &before, &sequence, &event_id, &order])?;
    insert(session, events, order)?;
    let (names, firsts) = types(events);
    session.one("SELECT add_types($1, $2, $3)", &[&space_id, &names, &firsts]).map(drop)
}

/// Checks that events can be appended after the end of a log.
pub(in crate::engines::postgres) fn check(head: &Head, events: &[Event]) -> Result<()> {
    check_placed(head, events)?;
    Ok(check_events(events)?)
}

/// From so many events on, as in an import, they are streamed with `COPY` instead of bound as arrays.
const COPIED_FROM: usize = 200;

fn insert(session: &mut Session, events: &[Event], commit_order: i64) -> Result<()> {
    let columns = Columns::of(events);
    let space = events.first().map_or(0, |event| of_space(event.space_id));
    let first: [&(dyn ToSql + Sync); 2] = [&space, &commit_order];
    if events.len() >= COPIED_FROM {
        let sql = "COPY event_log (space_id, commit_order, space_sequence, event_id, timestamp, checksum, causation_id,
             correlation_id, event_type, entity_id, payload, meta) FROM STDIN (FORMAT binary)";
        let rows = (0..events.len()).map(|row| first.into_iter().chain(columns.row(row)).collect());
        return session.copy(sql, &TYPES, rows);
    }
    let all: Vec<_> = first.into_iter().chain(columns.parameters()).collect();
    if session.is_sharded() {
        let sql = "SELECT append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        return session.one(sql, &all).map(drop);
    }
    session.execute(
        "INSERT INTO event_log (space_id, commit_order, space_sequence, event_id, timestamp, checksum, causation_id,
           correlation_id, event_type, entity_id, payload, meta)
         SELECT $1, $2, * FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::uuid[],
           $9::text[], $10::text[], $11::text[], $12::text[])",
        &all,
    )?;
    Ok(())
}

/// The types of the columns of `event_log`, as `COPY` needs them.
const TYPES: [Type; 12] = [
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::UUID,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
];

/// Events as columns.
pub(in crate::engines::postgres) struct Columns<'a> {
    /// The bytes of all payloads.
    pub(in crate::engines::postgres) bytes: i64,
    /// The sequences, ids, timestamps and checksums.
    numbers: [Vec<i64>; 4],
    causes: Vec<Option<i64>>,
    correlations: Vec<Option<Uuid>>,
    /// The types and entities.
    texts: [Vec<Cow<'a, str>>; 2],
    payloads: Vec<&'a str>,
    metadata: Vec<Option<&'a str>>,
}

impl<'a> Columns<'a> {
    pub(in crate::engines::postgres) fn of(events: &'a [Event]) -> Self {
        let numbers = |number: fn(&Event) -> i64| events.iter().map(number).collect();
        Self {
            bytes: column(events.iter().map(|event| event.payload.as_str().len() as u64).sum()),
            numbers: [
                numbers(|event| column(event.space_sequence.0)),
                numbers(|event| column(event.event_id.0)),
                numbers(|event| event.timestamp.0),
                numbers(|event| i64::from(event.checksum())),
            ],
            causes: events.iter().map(|event| event.causation_id.map(|id| column(id.0))).collect(),
            correlations: events.iter().map(|event| event.correlation_id).collect(),
            texts: [
                events.iter().map(|event| encoded(&event.event_type)).collect(),
                events.iter().map(|event| encoded(&event.entity_id)).collect(),
            ],
            payloads: events.iter().map(|event| event.payload.as_str()).collect(),
            metadata: events.iter().map(|event| event.metadata.as_ref().map(Json::as_str)).collect(),
        }
    }

    /// Returns the columns from the sequence to the metadata.
    pub(in crate::engines::postgres) fn parameters(&self) -> [&(dyn ToSql + Sync); 10] {
        let Self { bytes: _, numbers, causes, correlations, texts, payloads, metadata } = self;
        let [sequences, ids, times, checksums] = numbers;
        let [types, entities] = texts;
        [sequences, ids, times, checksums, causes, correlations, types, entities, payloads, metadata]
    }
}

impl Columns<'_> {
    /// Returns the columns of one event, from the sequence to the metadata.
    fn row(&self, row: usize) -> [&(dyn ToSql + Sync); 10] {
        let Self { bytes: _, numbers, causes, correlations, texts, payloads, metadata } = self;
        let [sequences, ids, times, checksums] = numbers;
        let [types, entities] = texts;
        [
            &sequences[row],
            &ids[row],
            &times[row],
            &checksums[row],
            &causes[row],
            &correlations[row],
            &types[row],
            &entities[row],
            &payloads[row],
            &metadata[row],
        ]
    }
}

/// Returns the types of events, and the sequence of the first event of each.
pub(in crate::engines::postgres) fn types(events: &[Event]) -> (Vec<Cow<'_, str>>, Vec<i64>) {
    let mut types: Vec<(&str, i64)> = Vec::new();
    for event in events {
        if !types.iter().any(|(name, _)| *name == &*event.event_type) {
            types.push((&event.event_type, column(event.space_sequence.0)));
        }
    }
    types.into_iter().map(|(name, first)| (encoded(name), first)).unzip()
}

/// Lists the types that are new in the space.
fn add_types(session: &mut Session, events: &[Event]) -> Result<()> {
    let (names, firsts) = types(events);
    session.execute(
        "INSERT INTO event_types (space_id, event_type, first_sequence)
         SELECT $1, * FROM unnest($2::text[], $3::bigint[]) ON CONFLICT DO NOTHING",
        &[&events.first().map_or(0, |event| of_space(event.space_id)), &names, &firsts],
    )?;
    Ok(())
}
