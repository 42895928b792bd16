//! The line of an event, which identifies its cause.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::event::{CorrelationId, Event, EventId, SpaceSequence, metadata_fault};
use crate::json::Json;
use crate::space::SpaceId;

use super::super::embedded;
use super::Kind;

/// An event.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventLine<'a> {
    kind: Kind,
    pub space_sequence: SpaceSequence,
    pub event_id: EventId,
    #[serde(borrow)]
    pub(super) entity_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) event_type: Cow<'a, str>,
    #[serde(
        borrow,
        default,
        deserialize_with = "embedded::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) payload: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) payload_text: Option<Cow<'a, str>>,
    #[serde(
        borrow,
        default,
        deserialize_with = "embedded::present",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) metadata: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) metadata_text: Option<Cow<'a, str>>,
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

impl<'a> EventLine<'a> {
    /// Creates the line of an event, with its cause if that exists. Calls `pause` between the pieces of a long payload.
    pub fn of(
        event: &'a Event,
        cause: Option<&Event>,
        pause: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Self> {
        let (payload, payload_text) = embedded::split(&event.payload, pause)?;
        let metadata = event.metadata.as_ref().map(|metadata| embedded::split(metadata, pause));
        let (metadata, metadata_text) = metadata.transpose()?.unwrap_or_default();
        let (inside, outside) = match cause {
            Some(cause) if cause.space_id == event.space_id => (Some(cause), None),
            cause => (None, cause),
        };
        Ok(Self {
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
        })
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
    /// byte is JSON, or the line would not be. Calls `pause` between the pieces of a long payload.
    pub(super) fn check_json<E>(
        &self,
        pause: &mut dyn FnMut() -> std::result::Result<(), E>,
    ) -> std::result::Result<std::result::Result<(), String>, E> {
        let payload = self.payload_text.as_deref().map(|text| Json::from_stored(text.to_owned()));
        let fault = payload.map(|payload| payload.fault_between(pause)).transpose()?.flatten();
        if let Some(error) = fault {
            return Ok(Err(format!("its payload is not JSON: {error}")));
        }
        Ok(match self.metadata().as_ref().and_then(metadata_fault) {
            Some(error) => Err(format!("its metadata is not a JSON object: {error}")),
            None => Ok(()),
        })
    }

    /// Returns true if the line has exactly one payload, and at most one metadata.
    pub fn is_whole(&self) -> bool {
        self.payload.is_some() != self.payload_text.is_some()
            && !(self.metadata.is_some() && self.metadata_text.is_some())
    }
}
