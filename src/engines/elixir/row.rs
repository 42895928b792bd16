//! Converts rows of the original to events and entries.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::engines::sqlite::{FileResult, text};
use crate::event::{Event, UNREADABLE};
use crate::id::{EventId, SpaceSequence};
use crate::json::Json;
use crate::pstate::Entry;
use crate::timestamp::Timestamp;

use super::catalog::{Catalog, space_id};
use super::store::derived_id;
use super::term::{Limits, Term};

/// The columns of [`event`]. A payload beyond the limit is not loaded.
pub(super) fn columns() -> String {
    let limit = Limits::STANDARD.bytes;
    format!(
        "event_id, space_id, space_sequence, entity_id, event_type,
         iif(octet_length(payload) <= {limit}, payload, NULL), timestamp, causation_id, correlation_id"
    )
}

/// Returns the event of a row, or `None` if its space is out of range. A payload that cannot be read is replaced by the
/// reason, and the event marked as not intact.
pub(super) fn event(row: &Row<'_>, catalog: &Catalog) -> FileResult<Option<Event>> {
    let (event_id, stored) = (integer(row, 0)?, integer(row, 2)?);
    let Some(space_id) = space_id(integer(row, 1)?) else { return Ok(None) };
    let space_sequence = catalog.number(space_id, event_id, stored);
    let (payload, intact) = term(row.get_ref(5)?);
    let correlation = text(row.get_ref(8)?);
    let (correlation_id, is_uuid) = match correlation.as_deref() {
        Some(text) => match Uuid::try_parse(text) {
            Ok(id) => (Some(id), true),
            Err(_) => (Some(derived_id(text.as_bytes())), false),
        },
        None => (None, true),
    };
    Ok(Some(Event {
        event_id: EventId(event_id.unsigned_abs()),
        space_id,
        space_sequence,
        entity_id: text(row.get_ref(3)?).unwrap_or_default().into_owned(),
        event_type: Arc::from(text(row.get_ref(4)?).unwrap_or_default()),
        payload,
        metadata: origin(row, (space_sequence, stored), correlation.as_deref().filter(|_| !is_uuid))?,
        timestamp: Timestamp(integer(row, 6)?),
        causation_id: Some(integer(row, 7)?).filter(|id| *id > 0).map(|id| EventId(id.unsigned_abs())),
        correlation_id,
        intact,
    }))
}

/// Returns metadata with what the original stored and the event cannot have.
fn origin(
    row: &Row<'_>,
    (number, stored): (SpaceSequence, i64),
    correlation: Option<&str>,
) -> FileResult<Option<Json>> {
    let mut origin = Map::new();
    if u64::try_from(stored) != Ok(number.0) {
        origin.insert("space_sequence".to_owned(), stored.into());
    }
    if let Some(correlation) = correlation {
        origin.insert("correlation_id".to_owned(), correlation.into());
    }
    for (column, name) in [(2, "space_sequence"), (6, "timestamp"), (7, "causation_id")] {
        origin.extend(no_integer(row.get_ref(column)?).map(|value| (name.to_owned(), value)));
    }
    Ok((!origin.is_empty()).then(|| Json::of(&json!({ "origin": origin }))))
}

/// Returns the entry of a row with a key, a value and seconds, or `None` if its key is not text in UTF-8: a page could not
/// continue after another text in its place.
pub(super) fn entry(row: &Row<'_>) -> FileResult<Option<Entry>> {
    let ValueRef::Text(key) = row.get_ref(0)? else { return Ok(None) };
    let Ok(key) = std::str::from_utf8(key) else { return Ok(None) };
    let (key, value) = (key.to_owned(), term(row.get_ref(1)?).0);
    Ok(Some(Entry { key, value, updated_at: seconds(integer(row, 2)?) }))
}

/// Decodes a term, whatever its storage class: the original binds it as text. Returns false if it cannot be read.
fn term(value: ValueRef<'_>) -> (Json, bool) {
    let limits = Limits::STANDARD;
    let reason = match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => match Term::decode(bytes, &limits) {
            Ok(term) => return (term.to_json(), true),
            Err(error) => error.to_string(),
        },
        ValueRef::Null => format!("there is no value, or it has more than {} MiB", limits.bytes >> 20),
        ValueRef::Integer(_) | ValueRef::Real(_) => "a number is stored in place of a term".to_owned(),
    };
    (Json::of(&Value::from_iter([(UNREADABLE, reason)])), false)
}

/// Returns a value as JSON that is stored in place of an integer.
pub(super) fn no_integer(value: ValueRef<'_>) -> Option<Value> {
    match value {
        ValueRef::Null | ValueRef::Integer(_) => None,
        ValueRef::Real(number) => Some(number.into()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => binary(bytes),
        }),
    }
}

/// Returns the JSON form of bytes that are not UTF-8.
pub(super) fn binary(bytes: &[u8]) -> Value {
    json!({ "$binary": STANDARD.encode(bytes) })
}

/// Reads an integer. Other types count as 0: the columns of the original accept any.
pub(super) fn integer(row: &Row<'_>, column: usize) -> FileResult<i64> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => number,
        _ => 0,
    })
}

/// Converts Unix seconds.
pub(super) fn seconds(seconds: i64) -> Timestamp {
    Timestamp(seconds.saturating_mul(1000))
}
