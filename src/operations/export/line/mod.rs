//! The lines of an exported space. All field names are part of the format.

mod entity;
mod event;
mod header;
mod key;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::event::check_sizes;
use crate::json::json_text_between;
use crate::limits::LONGEST_IDEMPOTENCY_KEY;
use crate::space::check_metadata;
use crate::text::grouped;

pub(crate) use entity::EntityLine;
pub(crate) use event::EventLine;
pub(crate) use header::{At, Header};
pub(crate) use key::KeyLine;

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

/// The last line, with the counts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct End {
    kind: Kind,
    pub events: u64,
    #[serde(rename = "keys", alias = "entities")]
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

    /// Returns the text without a checksum, free of characters that a terminal would interpret or hide. Calls `pause` between
    /// the pieces of a long line.
    pub fn text<E>(&self, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<String, E> {
        match self {
            Self::Header(line) => json_text_between(line, pause),
            Self::Event(line) => json_text_between(line, pause),
            Self::Entity(line) => json_text_between(line, pause),
            Self::Key(line) => json_text_between(line, pause),
            Self::End(line) => json_text_between(line, pause),
        }
    }

    /// Checks that a document in the line that is written as a string is JSON. The inner error says which one is not. Calls `pause`
    /// between the pieces of a long one.
    pub fn check_json<E>(&self, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<Result<(), String>, E> {
        match self {
            Self::Event(line) => line.check_json(pause),
            _ => Ok(Ok(())),
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

impl End {
    pub fn of(events: u64, entities: u64, idempotency_keys: u64) -> Self {
        Self { kind: Kind::End, events, entities, idempotency_keys }
    }
}
