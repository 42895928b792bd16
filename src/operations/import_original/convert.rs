//! Converting rows of the original to events.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::engines::elixir::term::{Limits, Term};
use crate::engines::elixir::{SourceEvent, SourcePayload, SourceText, derived_id};
use crate::event::{Event, EventId, SpaceSequence};
use crate::json::Json;
use crate::limits::{LONGEST_ENTITY_ID, LONGEST_EVENT_TYPE, LONGEST_METADATA, LONGEST_PAYLOAD};
use crate::space::SpaceId;
use crate::text::grouped;
use crate::timestamp::Timestamp;

/// The field that holds the bytes of a payload in base64.
const TERM: &str = "$term";

/// The characters of a shortened text that are kept. The rest is a digest.
const KEPT: usize = 160;

/// An event without its id and its cause, which depend on the events before it.
#[derive(Debug)]
pub(super) struct Converted {
    pub event: Event,
    pub original_id: i64,
    pub cause: Option<i64>,
    /// The stored values that the event cannot have, by column.
    pub origin: Map<String, Value>,
    /// The reason why the payload is not in its JSON form.
    pub unreadable: Option<String>,
}

/// The reason why a row cannot be an event, whatever is done about it.
#[derive(Debug)]
pub(super) struct Fault(pub String);

/// Converts a row. The event is not earlier than the one before it in its space.
pub(super) fn convert(
    row: SourceEvent,
    number: SpaceSequence,
    not_before: Timestamp,
) -> Result<Converted, Fault> {
    let mut origin = Map::new();
    if u64::try_from(row.space_sequence) != Ok(number.0) {
        origin.insert("space_sequence".to_owned(), row.space_sequence.into());
    }
    let timestamp = Timestamp(row.timestamp).max(not_before);
    if timestamp.0 != row.timestamp {
        origin.insert("timestamp".to_owned(), row.timestamp.into());
    }
    let entity_id = fitted(row.entity_id, ("entity_id", LONGEST_ENTITY_ID), &mut origin);
    let event_type = fitted(row.event_type, ("event_type", LONGEST_EVENT_TYPE), &mut origin);
    let correlation_id = row.correlation_id.map(|stored| correlation(&stored, &mut origin));
    let (payload, unreadable) = payload(row.payload)?;
    if let Some(reason) = &unreadable {
        origin.insert("unreadable".to_owned(), reason.as_str().into());
    }
    origin.extend(row.no_integers.into_iter().map(|(column, value)| (column.to_owned(), value)));
    let event = Event {
        event_id: EventId::default(),
        space_id: SpaceId::default(),
        space_sequence: number,
        entity_id,
        event_type: Arc::from(event_type),
        payload,
        metadata: None,
        timestamp,
        causation_id: None,
        correlation_id,
        intact: true,
    };
    Ok(Converted { event, original_id: row.event_id, cause: row.causation_id, origin, unreadable })
}

impl Converted {
    /// Returns the event with its id and its cause. Those of the original are kept in the metadata if they differ.
    pub fn placed(
        mut self,
        space_id: SpaceId,
        event_id: EventId,
        cause: Option<EventId>,
    ) -> Result<Event, Fault> {
        if u64::try_from(self.original_id) != Ok(event_id.0) {
            self.origin.insert("event_id".to_owned(), self.original_id.into());
        }
        if let (Some(stored), None) = (self.cause, cause) {
            self.origin.insert("causation_id".to_owned(), stored.into());
        }
        let metadata = (!self.origin.is_empty()).then(|| Json::of(&json!({ "origin": self.origin })));
        if metadata.as_ref().is_some_and(|metadata| metadata.as_str().len() > LONGEST_METADATA) {
            let limit = grouped(LONGEST_METADATA as u64);
            return Err(Fault(format!("its texts have more than {limit} bytes, the limit for metadata")));
        }
        Ok(Event { event_id, space_id, causation_id: cause, metadata, ..self.event })
    }
}

/// Returns the JSON form of a payload, or its bytes and the reason why it has none.
fn payload(stored: SourcePayload) -> Result<(Json, Option<String>), Fault> {
    let (opaque, reason) = match stored {
        SourcePayload::Bytes(bytes) => {
            let reason = match Term::decode(&bytes, &Limits::STANDARD) {
                Ok(term) => {
                    let json = term.to_json();
                    let size = json.as_str().len();
                    if size <= LONGEST_PAYLOAD {
                        return Ok((json, None));
                    }
                    format!("its JSON form has {} bytes", grouped(size as u64))
                }
                Err(error) => error.to_string(),
            };
            if bytes.len() / 3 * 4 > LONGEST_PAYLOAD {
                return Err(too_large(bytes.len() as u64));
            }
            (json!({ TERM: STANDARD.encode(&bytes) }), reason)
        }
        SourcePayload::TooLarge(size) => return Err(too_large(size)),
        SourcePayload::Other(value) => {
            let reason =
                if value.is_null() { "there is no value" } else { "a number is stored in place of a term" };
            (json!({ TERM: null, "stored": value }), reason.to_owned())
        }
    };
    let payload = Json::of(&opaque);
    match payload.as_str().len() {
        size if size > LONGEST_PAYLOAD => Err(too_large(size as u64)),
        _ => Ok((payload, Some(reason))),
    }
}

fn too_large(size: u64) -> Fault {
    let limit = LONGEST_PAYLOAD >> 20;
    Fault(format!("its payload has {} bytes, more than the limit of {limit} MiB allows", grouped(size)))
}

/// Returns a text that an event can have: not empty, and not longer than the limit.
fn fitted(stored: SourceText, (column, longest): (&str, usize), origin: &mut Map<String, Value>) -> String {
    let SourceText { text, stored } = stored;
    let characters = text.chars().count();
    let fitted = match characters {
        0 => Some("(empty)".to_owned()),
        _ if characters > longest => {
            let digest =
                Sha256::digest(&text)[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
            Some(format!("{}…{digest:016x}", text.chars().take(KEPT).collect::<String>()))
        }
        _ => None,
    };
    let kept = stored.or_else(|| fitted.as_ref().map(|_| Value::from(text.as_str())));
    origin.extend(kept.map(|kept| (column.to_owned(), kept)));
    fitted.unwrap_or(text)
}

/// Returns a correlation: a UUID as it is, other text as the UUID derived from it.
fn correlation(stored: &SourceText, origin: &mut Map<String, Value>) -> Uuid {
    let SourceText { text, stored } = stored;
    let id = Uuid::try_parse(text).unwrap_or_else(|_| derived_id(text.as_bytes()));
    if stored.is_some() || id.to_string() != *text {
        let kept = stored.clone().unwrap_or_else(|| Value::from(text.as_str()));
        origin.insert("correlation_id".to_owned(), kept);
    }
    id
}
