//! The lines of an exported space. All field names are part of the format.

use std::borrow::Cow;
use std::sync::Arc;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::event::{CorrelationId, Event, EventId, SpaceSequence, check_sizes, metadata_fault};
use crate::event_store::{Remembered, RequestDigest};
use crate::json::{Json, json_text};
use crate::limits::LONGEST_IDEMPOTENCY_KEY;
use crate::pstate::{Entry, STATE, StoredProjection};
use crate::space::{Checkpoint, Space, SpaceId, SpaceMetadata, check_metadata};
use crate::text::grouped;

use super::embedded;
use super::hex::Sha256Hex;

/// The name of the format.
pub(crate) const FORMAT: &str = "ramax-export";

/// The version of the format. Version 1 had no metadata of an event, no time and checksum of a cause in another space,
/// no digest and time of an idempotency key, no definition of a projection, and no projection beside `state`.
pub(crate) const VERSION: u32 = 2;

/// The kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Header,
    Event,
    Entity,
    IdempotencyKey,
    End,
}

/// The first line: the space, and the number of its events and entries.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header<'a> {
    kind: Kind,
    #[serde(borrow)]
    pub format: Cow<'a, str>,
    pub version: u32,
    pub store_id: Uuid,
    #[serde(borrow)]
    pub space_name: Cow<'a, str>,
    #[serde(borrow)]
    metadata: Option<Cow<'a, RawValue>>,
    pub created_at: Timestamp,
    pub events: u64,
    /// The number of entries of all projections.
    pub entities: u64,
    /// The checkpoint of the projection `state`.
    pub checkpoint: At,
    /// Its definition, if it is known.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Cow<'a, str>>,
    /// The other projections, by name.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub projections: Vec<ProjectionLine<'a>>,
}

/// A projection beside `state`, without its entries.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProjectionLine<'a> {
    #[serde(borrow)]
    pub projection: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Cow<'a, str>>,
    pub checkpoint: At,
}

/// The checkpoint of a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct At {
    pub space_sequence: SpaceSequence,
    pub event_id: EventId,
    pub updated_at: Option<Timestamp>,
}

/// An event.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventLine<'a> {
    kind: Kind,
    pub space_sequence: SpaceSequence,
    pub event_id: EventId,
    #[serde(borrow)]
    entity_id: Cow<'a, str>,
    #[serde(borrow)]
    event_type: Cow<'a, str>,
    #[serde(
        borrow,
        default,
        deserialize_with = "embedded::present",
        skip_serializing_if = "Option::is_none"
    )]
    payload: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    payload_text: Option<Cow<'a, str>>,
    #[serde(
        borrow,
        default,
        deserialize_with = "embedded::present",
        skip_serializing_if = "Option::is_none"
    )]
    metadata: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    metadata_text: Option<Cow<'a, str>>,
    pub timestamp: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<EventId>,
    /// The sequence of the cause, if it is an earlier event of the same space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_sequence: Option<SpaceSequence>,
    /// The time and checksum of the cause, if it is an event of another space: they distinguish it from an
    /// event that got its id later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_timestamp: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_checksum: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlation_id: Option<CorrelationId>,
}

/// A key of a projection with its value.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntityLine<'a> {
    kind: Kind,
    /// The name of the projection, if it is not `state`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    projection: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    #[serde(
        borrow,
        default,
        deserialize_with = "embedded::present",
        skip_serializing_if = "Option::is_none"
    )]
    value: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    value_text: Option<Cow<'a, str>>,
    updated_at: Timestamp,
}

/// An idempotency key with the events appended under it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyLine<'a> {
    kind: Kind,
    #[serde(borrow)]
    pub idempotency_key: Cow<'a, str>,
    /// The CRC-32 of the command, if there is no digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<Sha256Hex>,
    pub event_ids: Vec<EventId>,
    pub space_sequence: SpaceSequence,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stored_at: Option<Timestamp>,
}

/// The last line, with the counts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct End {
    kind: Kind,
    pub events: u64,
    pub entities: u64,
    pub idempotency_keys: u64,
}

/// A line.
#[derive(Debug)]
pub(crate) enum Line<'a> {
    Header(Header<'a>),
    Event(EventLine<'a>),
    Entity(EntityLine<'a>),
    Key(KeyLine<'a>),
    End(End),
}

impl<'a> Line<'a> {
    /// Parses a line without its checksum.
    pub fn parse(text: &'a str) -> Result<Self, String> {
        let kind = text.strip_prefix(r#"{"kind":""#).and_then(|rest| rest.split('"').next());
        let line = match kind {
            Some("header") => serde_json::from_str(text).map(Self::Header),
            Some("event") => serde_json::from_str(text).map(Self::Event),
            Some("entity") => serde_json::from_str(text).map(Self::Entity),
            Some("idempotency-key") => serde_json::from_str(text).map(Self::Key),
            Some("end") => serde_json::from_str(text).map(Self::End),
            _ => return Err("its kind is unknown".to_owned()),
        };
        line.map_err(|error| error.to_string().replace(" at line 1 column ", " at column "))
    }

    /// Returns the text without a checksum, free of characters that a terminal would interpret or hide.
    pub fn text(&self) -> String {
        match self {
            Self::Header(line) => json_text(line),
            Self::Event(line) => json_text(line),
            Self::Entity(line) => json_text(line),
            Self::Key(line) => json_text(line),
            Self::End(line) => json_text(line),
        }
    }

    /// Checks that the line is within the limits of the store. The error describes the limit.
    pub fn check_limits(&self) -> Result<(), String> {
        match self {
            Self::Header(line) => {
                check_metadata(line.metadata()?.as_ref()).map_err(|error| error.to_string())
            }
            Self::Event(line) => {
                let raw = line.payload.map(RawValue::get);
                let bytes = raw.or(line.payload_text.as_deref()).map_or(0, str::len);
                let raw = line.metadata.map(RawValue::get);
                let metadata = raw.or(line.metadata_text.as_deref()).map(str::len);
                check_sizes(&line.entity_id, &line.event_type, bytes, metadata)
                    .map_err(|invalid| invalid.to_string())
            }
            Self::Key(line) if line.idempotency_key.chars().count() > LONGEST_IDEMPOTENCY_KEY => {
                let longest = grouped(LONGEST_IDEMPOTENCY_KEY as u64);
                Err(format!("its key has more than {longest} characters"))
            }
            Self::Entity(_) | Self::Key(_) | Self::End(_) => Ok(()),
        }
    }

    /// Names the line's subject, for people.
    pub fn subject(&self) -> String {
        match self {
            Self::Header(_) => "the space".to_owned(),
            Self::Event(line) => format!("event {} (sequence {})", line.event_id, line.space_sequence),
            Self::Entity(line) => format!("the entry {}", line.key),
            Self::Key(line) => format!("the idempotency key {}", line.idempotency_key),
            Self::End(_) => "the log".to_owned(),
        }
    }
}

impl<'a> Header<'a> {
    /// Creates the header of a space with its projections, `state` first.
    pub fn of(
        store_id: Uuid,
        space: &'a Space,
        events: u64,
        projections: &'a [StoredProjection],
    ) -> Result<Self, String> {
        let metadata = space
            .metadata
            .as_ref()
            .map(|metadata| serde_json::value::to_raw_value(metadata.json()))
            .transpose();
        let definition = |of: &'a StoredProjection| of.definition.as_deref().map(Cow::from);
        let (state, others) = match projections {
            [state, others @ ..] => (Some(state), others),
            [] => (None, &[][..]),
        };
        let line = |of: &'a StoredProjection| ProjectionLine {
            projection: (&*of.name).into(),
            definition: definition(of),
            checkpoint: At::of(&of.checkpoint),
        };
        Ok(Self {
            kind: Kind::Header,
            format: FORMAT.into(),
            version: VERSION,
            store_id,
            space_name: space.space_name.clone().into(),
            metadata: metadata.map_err(|error| error.to_string())?.map(Cow::Owned),
            created_at: space.created_at,
            events,
            entities: projections.iter().map(|projection| projection.checkpoint.entities).sum(),
            checkpoint: At::of(&state.map(|state| state.checkpoint).unwrap_or_default()),
            definition: state.and_then(definition),
            projections: others.iter().map(line).collect(),
        })
    }

    /// Returns the projections with their definitions and checkpoints, `state` first.
    pub fn stored(&self) -> Vec<StoredProjection> {
        let stored = |name: &str, definition: &Option<Cow<'_, str>>, at: At| StoredProjection {
            definition: definition.as_deref().map(Arc::from),
            checkpoint: at.checkpoint(),
            ..StoredProjection::new(SpaceId::default(), name.to_owned().into())
        };
        let others = self.projections.iter();
        std::iter::once(stored(STATE, &self.definition, self.checkpoint))
            .chain(others.map(|other| stored(&other.projection, &other.definition, other.checkpoint)))
            .collect()
    }

    /// Returns true if the line has a field of version 2 of the format.
    pub fn is_of_version_2(&self) -> bool {
        self.definition.is_some() || !self.projections.is_empty()
    }

    pub fn metadata(&self) -> Result<Option<SpaceMetadata>, String> {
        let metadata = self.metadata.as_ref().map(|metadata| SpaceMetadata::parse(metadata.get()));
        metadata.transpose().map_err(|_| "its metadata is not a JSON object".to_owned())
    }
}

impl At {
    pub fn of(checkpoint: &Checkpoint) -> Self {
        let Checkpoint { sequence, event_id, updated_at, .. } = *checkpoint;
        Self { space_sequence: sequence, event_id, updated_at }
    }

    fn checkpoint(self) -> Checkpoint {
        let Self { space_sequence: sequence, event_id, updated_at } = self;
        Checkpoint { sequence, event_id, updated_at, entities: 0 }
    }
}

impl<'a> EventLine<'a> {
    /// Creates the line of an event, with its cause if that exists.
    pub fn of(event: &'a Event, cause: Option<&Event>) -> Self {
        let (payload, payload_text) = embedded::split(&event.payload);
        let (metadata, metadata_text) = event.metadata.as_ref().map_or((None, None), embedded::split);
        let (inside, outside) = match cause {
            Some(cause) if cause.space_id == event.space_id => (Some(cause), None),
            cause => (None, cause),
        };
        Self {
            kind: Kind::Event,
            space_sequence: event.space_sequence,
            event_id: event.event_id,
            entity_id: event.entity_id.as_str().into(),
            event_type: (&*event.event_type).into(),
            payload,
            payload_text,
            metadata,
            metadata_text,
            timestamp: event.timestamp,
            causation_id: event.causation_id,
            causation_sequence: inside.map(|cause| cause.space_sequence),
            causation_timestamp: outside.map(|cause| cause.timestamp),
            causation_checksum: outside.map(Event::checksum),
            correlation_id: event.correlation_id,
        }
    }

    /// Returns the event as it was in its space.
    pub fn event(&self) -> Event {
        Event {
            event_id: self.event_id,
            space_id: SpaceId::default(),
            space_sequence: self.space_sequence,
            entity_id: self.entity_id.clone().into_owned(),
            event_type: (&*self.event_type).into(),
            payload: embedded::stored(self.payload, self.payload_text.as_deref()),
            metadata: self.metadata(),
            timestamp: self.timestamp,
            causation_id: self.causation_id,
            correlation_id: self.correlation_id,
            intact: true,
        }
    }

    /// Returns true if this event is the cause, an event of another space.
    pub fn is_caused_by(&self, event: &Event) -> bool {
        event.intact
            && self.causation_timestamp == Some(event.timestamp)
            && self.causation_checksum == Some(event.checksum())
    }

    fn metadata(&self) -> Option<Json> {
        let is_there = self.metadata.is_some() || self.metadata_text.is_some();
        is_there.then(|| embedded::stored(self.metadata, self.metadata_text.as_deref()))
    }

    /// Returns true if the line has a field of version 2 of the format.
    pub fn is_of_version_2(&self) -> bool {
        self.is_of_known_cause() || self.metadata.is_some() || self.metadata_text.is_some()
    }

    /// Returns true if the line identifies a cause in another space.
    pub fn is_of_known_cause(&self) -> bool {
        self.causation_timestamp.is_some() || self.causation_checksum.is_some()
    }

    /// Checks that a payload written as a string is JSON, and that metadata is a JSON object. A payload written byte for
    /// byte is JSON, or the line would not be.
    pub fn check_json(&self) -> Result<(), String> {
        if let Some(error) =
            self.payload_text.as_deref().and_then(|text| serde_json::from_str::<IgnoredAny>(text).err())
        {
            return Err(format!("its payload is not JSON: {error}"));
        }
        match self.metadata().as_ref().and_then(metadata_fault) {
            Some(error) => Err(format!("its metadata is not a JSON object: {error}")),
            None => Ok(()),
        }
    }

    /// Returns true if the line has exactly one payload, and at most one metadata.
    pub fn is_whole(&self) -> bool {
        self.payload.is_some() != self.payload_text.is_some()
            && !(self.metadata.is_some() && self.metadata_text.is_some())
    }
}

impl<'a> EntityLine<'a> {
    pub fn of(projection: &'a str, entry: &'a Entry) -> Self {
        let (value, value_text) = embedded::split(&entry.value);
        let (key, updated_at) = (entry.key.as_str().into(), entry.updated_at);
        let projection = Some(Cow::from(projection)).filter(|name| name != STATE);
        Self { kind: Kind::Entity, projection, key, value, value_text, updated_at }
    }

    /// Returns the name of the projection.
    pub fn projection(&self) -> &str {
        self.projection.as_deref().unwrap_or(STATE)
    }

    pub fn entry(&self) -> Entry {
        Entry {
            key: self.key.clone().into_owned(),
            value: embedded::stored(self.value, self.value_text.as_deref()),
            updated_at: self.updated_at,
        }
    }

    /// Returns true if the line has exactly one value.
    pub fn is_whole(&self) -> bool {
        self.value.is_some() != self.value_text.is_some()
    }
}

impl<'a> KeyLine<'a> {
    pub fn of(key: &'a str, remembered: &Remembered) -> Self {
        Self {
            kind: Kind::IdempotencyKey,
            idempotency_key: key.into(),
            request: match remembered.request {
                RequestDigest::Crc32(crc) => Some(crc),
                RequestDigest::Sha256(_) => None,
            },
            digest: match remembered.request {
                RequestDigest::Crc32(_) => None,
                RequestDigest::Sha256(digest) => Some(Sha256Hex(digest)),
            },
            event_ids: remembered.event_ids.clone(),
            space_sequence: remembered.space_sequence,
            stored_at: remembered.stored_at,
        }
    }

    /// Returns the stored row, or none unless the line identifies the command exactly once.
    pub fn remembered(&self) -> Option<Remembered> {
        let request = match (self.request, &self.digest) {
            (Some(crc), None) => RequestDigest::Crc32(crc),
            (None, Some(Sha256Hex(digest))) => RequestDigest::Sha256(*digest),
            _ => return None,
        };
        let (event_ids, space_sequence) = (self.event_ids.clone(), self.space_sequence);
        Some(Remembered { request, event_ids, space_sequence, stored_at: self.stored_at })
    }

    /// Returns true if the line has a field of version 2 of the format.
    pub fn is_of_version_2(&self) -> bool {
        self.digest.is_some() || self.stored_at.is_some()
    }
}

impl End {
    pub fn of(events: u64, entities: u64, idempotency_keys: u64) -> Self {
        Self { kind: Kind::End, events, entities, idempotency_keys }
    }
}
