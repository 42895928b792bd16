//! The line of an idempotency key with the events that were appended under it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::event::{EventId, SpaceSequence};
use crate::event_store::{Remembered, RequestDigest};

use super::super::hex::Sha256Hex;
use super::Kind;

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
