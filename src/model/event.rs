//! Events: what happened, in which space, in which order.

use std::borrow::Cow;
use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

pub use crate::id::{CorrelationId, EventId, SpaceSequence};

use crate::error::InvalidEvent;
use crate::id::SpaceId;
use crate::json::{Json, Parts};
use crate::limits::{LONGEST_ENTITY_ID, LONGEST_EVENT_TYPE, LONGEST_METADATA, LONGEST_PAYLOAD};
use crate::timestamp::Timestamp;

/// The field that holds the reason in place of a payload or value that cannot be decoded.
pub(crate) const UNREADABLE: &str = "$unreadable";

/// An event that has not been appended yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The id of the entity that it concerns, for example `c1`.
    pub entity_id: String,
    /// The type of the event, for example `contact.added`.
    pub event_type: Arc<str>,
    /// The details.
    pub payload: Json,
    /// Facts about the event that are no part of the domain, such as who caused it: a JSON object, stored byte for byte.
    /// Names that begin with `$` are reserved.
    pub metadata: Option<Json>,
    /// The event that caused this one.
    pub causation_id: Option<EventId>,
    /// The correlation (business process) that it belongs to.
    pub correlation_id: Option<CorrelationId>,
}

impl NewEvent {
    /// Creates an event of the entity `entity_id`, without a cause or correlation.
    ///
    /// ```
    /// use ramax::{Json, NewEvent};
    /// let event = NewEvent::new("c1", "contact.added", Json::of(&serde_json::json!({"name": "Ada"})));
    /// assert_eq!(&*event.event_type, "contact.added");
    /// ```
    pub fn new(entity_id: impl Into<String>, event_type: impl Into<Arc<str>>, payload: Json) -> Self {
        Self {
            entity_id: entity_id.into(),
            event_type: event_type.into(),
            payload,
            metadata: None,
            causation_id: None,
            correlation_id: None,
        }
    }

    /// Sets the metadata.
    ///
    /// ```
    /// use ramax::{Json, NewEvent};
    /// let event = NewEvent::new("c1", "contact.added", Json::of(&"Ada".into()));
    /// let event = event.with_metadata(Json::of(&serde_json::json!({"actor": "ada"})));
    /// assert_eq!(event.metadata.unwrap().as_str(), r#"{"actor":"ada"}"#);
    /// ```
    pub fn with_metadata(self, metadata: Json) -> Self {
        Self { metadata: Some(metadata), ..self }
    }

    /// As [`Event::check`], but also refuses reserved names in the metadata, and remembers that payload and metadata are
    /// valid JSON, so that each is parsed only once.
    pub(crate) fn check(&mut self) -> Result<(), InvalidEvent> {
        check(&self.entity_id, &self.event_type, &self.payload, self.metadata.as_ref())?;
        self.check_reserved()?;
        let _ = self.payload.note_validity();
        let _ = self.metadata.as_mut().map(Json::note_validity);
        Ok(())
    }

    /// Refuses reserved names in the metadata.
    pub(crate) fn check_reserved(&self) -> Result<(), InvalidEvent> {
        match self.metadata.as_ref().and_then(reserved_name) {
            None => Ok(()),
            Some(name) => Err(InvalidEvent::MetadataReserved { entity_id: self.entity_id.clone(), name }),
        }
    }
}

/// Checks an event before it is stored. JSON that was serialised from a value is not parsed again.
fn check(
    entity_id: &str,
    event_type: &str,
    payload: &Json,
    metadata: Option<&Json>,
) -> Result<(), InvalidEvent> {
    check_sizes(entity_id, event_type, payload.as_str().len(), metadata.map(|json| json.as_str().len()))?;
    if let Some(reason) = fault(payload) {
        return Err(InvalidEvent::PayloadNotJson { entity_id: entity_id.to_owned(), reason });
    }
    match metadata.and_then(metadata_fault) {
        None => Ok(()),
        Some(reason) => Err(InvalidEvent::MetadataNotAnObject { entity_id: entity_id.to_owned(), reason }),
    }
}

/// Returns the reason why a text is not JSON.
fn fault(json: &Json) -> Option<String> {
    let fault = json.fault()?;
    Some(if json.as_str().is_empty() { "it is empty".to_owned() } else { fault.to_string() })
}

/// Returns the reason why a text is not metadata of an event.
pub(crate) fn metadata_fault(metadata: &Json) -> Option<String> {
    let is_object = metadata.as_str().trim_ascii_start().starts_with('{');
    fault(metadata).or_else(|| (!is_object).then(|| "it is another JSON value".to_owned()))
}

/// Returns the first name in metadata that is reserved for the store.
pub(crate) fn reserved_name(metadata: &Json) -> Option<String> {
    let names = Parts::of_object(metadata.as_str()).into_iter().flatten().filter_map(|part| part.key);
    names.map(|name| name.decoded()).find(|name| name.starts_with('$')).map(Cow::into_owned)
}

/// Checks the lengths of an event's texts; `payload` and `metadata` are lengths in bytes.
pub(crate) fn check_sizes(
    entity_id: &str,
    event_type: &str,
    payload: usize,
    metadata: Option<usize>,
) -> Result<(), InvalidEvent> {
    check_length(entity_id, LONGEST_ENTITY_ID).map_err(|characters| InvalidEvent::EntityId { characters })?;
    check_length(event_type, LONGEST_EVENT_TYPE)
        .map_err(|characters| InvalidEvent::EventType { characters })?;
    if payload > LONGEST_PAYLOAD {
        return Err(InvalidEvent::PayloadTooLarge { entity_id: entity_id.to_owned(), bytes: payload });
    }
    if let Some(bytes) = metadata.filter(|bytes| *bytes > LONGEST_METADATA) {
        return Err(InvalidEvent::MetadataTooLarge { entity_id: entity_id.to_owned(), bytes });
    }
    Ok(())
}

/// Checks that a text has 1 to `longest` characters. Counts them only if the length in bytes does not settle it.
fn check_length(text: &str, longest: usize) -> Result<(), usize> {
    if (1..=longest).contains(&text.len()) {
        return Ok(());
    }
    let characters = text.chars().count();
    if (1..=longest).contains(&characters) { Ok(()) } else { Err(characters) }
}

/// An event of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its store-wide number.
    pub event_id: EventId,
    /// The space that it belongs to.
    pub space_id: SpaceId,
    /// Its position in that space.
    pub space_sequence: SpaceSequence,
    /// The id of the entity that it concerns.
    pub entity_id: String,
    /// The type of the event.
    pub event_type: Arc<str>,
    /// The details, byte for byte.
    pub payload: Json,
    /// Facts about the event that are no part of the domain: a JSON object, byte for byte.
    pub metadata: Option<Json>,
    /// The time when it was appended, in UTC milliseconds.
    pub timestamp: Timestamp,
    /// The event that caused this one.
    pub causation_id: Option<EventId>,
    /// The correlation (business process) that it belongs to.
    pub correlation_id: Option<CorrelationId>,
    /// True if the stored checksum matches the event.
    pub intact: bool,
}

impl Event {
    /// Returns an empty event, to be filled in by a reader.
    pub(crate) fn blank() -> Self {
        Self {
            event_id: EventId::default(),
            space_id: SpaceId::default(),
            space_sequence: SpaceSequence::START,
            entity_id: String::new(),
            event_type: Arc::from(""),
            payload: Json::default(),
            metadata: None,
            timestamp: Timestamp::default(),
            causation_id: None,
            correlation_id: None,
            intact: false,
        }
    }

    /// Returns the event that appending `new` at this position yields.
    pub fn appended(
        new: NewEvent,
        event_id: EventId,
        space_id: SpaceId,
        space_sequence: SpaceSequence,
        timestamp: Timestamp,
    ) -> Self {
        Self {
            event_id,
            space_id,
            space_sequence,
            entity_id: new.entity_id,
            event_type: new.event_type,
            payload: new.payload,
            metadata: new.metadata,
            timestamp,
            causation_id: new.causation_id,
            correlation_id: new.correlation_id,
            intact: true,
        }
    }

    /// Moves the event out. What is left keeps its numbers and its type, but no texts.
    pub(crate) fn take(&mut self) -> Self {
        Self {
            entity_id: std::mem::take(&mut self.entity_id),
            event_type: Arc::clone(&self.event_type),
            payload: std::mem::take(&mut self.payload),
            metadata: self.metadata.take(),
            ..*self
        }
    }

    /// Returns the event with its documents [prepared](Json::prepared_between) to be serialised.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn prepared_between<E>(
        &self,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Cow<'_, Self>, E> {
        self.with_documents(|json| json.prepared_between(pause))
    }

    /// Returns the event with its documents [checked](Json::checked_between).
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn checked_between<E>(
        &self,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Cow<'_, Self>, E> {
        self.with_documents(|json| json.checked_between(pause))
    }

    fn with_documents<'a, E>(
        &'a self,
        mut of: impl FnMut(&'a Json) -> Result<Cow<'a, Json>, E>,
    ) -> Result<Cow<'a, Self>, E> {
        let payload = of(&self.payload)?;
        let metadata = self.metadata.as_ref().map(of).transpose()?;
        if matches!((&payload, &metadata), (Cow::Borrowed(_), None | Some(Cow::Borrowed(_)))) {
            return Ok(Cow::Borrowed(self));
        }
        Ok(Cow::Owned(Self {
            payload: payload.into_owned(),
            metadata: metadata.map(Cow::into_owned),
            entity_id: self.entity_id.clone(),
            event_type: Arc::clone(&self.event_type),
            ..*self
        }))
    }

    /// Returns what is wrong with an event that is not intact.
    pub fn damage(&self) -> Option<Cow<'static, str>> {
        if self.intact {
            return None;
        }
        Some(match self.unreadable() {
            Some(reason) => Cow::Owned(format!("its payload cannot be read: {reason}")),
            None => Cow::Borrowed("its checksum does not match: the database is damaged there"),
        })
    }

    /// Returns the reason why the payload cannot be read, if the event is of a file that has no checksums.
    pub(crate) fn unreadable(&self) -> Option<String> {
        let mut fields = Parts::of_object(self.payload.as_str()).filter(|_| !self.intact)?;
        let reason = fields.next().filter(|field| field.key.is_some_and(|key| key.is(UNREADABLE)));
        reason.and_then(|field| serde_json::from_str(field.value).ok())
    }

    /// Returns the reason why its payload is not the JSON form of the term that the Elixir original stored.
    pub(crate) fn unreadable_term(&self) -> Option<String> {
        let metadata: serde_json::Value = serde_json::from_str(self.metadata.as_ref()?.as_str()).ok()?;
        let reason = metadata.get("origin")?.get("unreadable")?.as_str()?;
        Some(format!("its payload is a term of the original that cannot be read: {reason}"))
    }

    /// Checks that the event can be stored: its entity id and type have valid lengths, its payload is valid JSON, its
    /// metadata a JSON object, and neither is too large.
    pub fn check(&self) -> Result<(), InvalidEvent> {
        check(&self.entity_id, &self.event_type, &self.payload, self.metadata.as_ref())
    }

    /// Returns a CRC-32 over all fields of the event. Without metadata, it is the same as in files from before events had
    /// any. It detects every single flipped bit; SQLite, which keeps no page checksums, does not.
    pub fn checksum(&self) -> u32 {
        self.checksum_with(&mut Vec::new())
    }

    /// As [`Event::checksum`], with a reusable buffer: hashing contiguous bytes is fastest.
    pub(crate) fn checksum_with(&self, buffer: &mut Vec<u8>) -> u32 {
        let numbers = [
            self.event_id.0,
            u64::from(self.space_id.0),
            self.space_sequence.0,
            self.timestamp.0.cast_unsigned(),
            self.causation_id.map_or(0, |id| id.0),
            self.entity_id.len() as u64,
            self.event_type.len() as u64,
        ];
        let mut bytes = [0; 56];
        for (chunk, number) in bytes.as_chunks_mut().0.iter_mut().zip(numbers) {
            *chunk = number.to_le_bytes();
        }
        buffer.clear();
        buffer.extend_from_slice(&bytes);
        buffer.extend_from_slice(self.correlation_id.as_ref().map_or(&[], |id| id.as_bytes().as_slice()));
        for text in [self.entity_id.as_str(), &*self.event_type] {
            buffer.extend_from_slice(text.as_bytes());
        }
        // No payload contains the zero bytes of this length, so that it cannot be mistaken for the start of one.
        if let Some(metadata) = &self.metadata {
            buffer.extend_from_slice(&(metadata.as_str().len() as u64).to_le_bytes());
            buffer.extend_from_slice(metadata.as_str().as_bytes());
        }
        let payload = self.payload.as_str().as_bytes();
        if payload.len() <= COPIED {
            buffer.extend_from_slice(payload);
            return crc32fast::hash(buffer);
        }
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(buffer);
        hasher.update(payload);
        hasher.finalize()
    }
}

/// The longest payload that is copied into the buffer; a longer one is hashed in place, which is faster.
const COPIED: usize = 1 << 16;

impl AsRef<Event> for Event {
    fn as_ref(&self) -> &Event {
        self
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut event = serializer.serialize_struct("Event", 10)?;
        event.serialize_field("event_id", &self.event_id)?;
        event.serialize_field("space_id", &self.space_id)?;
        event.serialize_field("space_sequence", &self.space_sequence)?;
        event.serialize_field("entity_id", &self.entity_id)?;
        event.serialize_field("event_type", &self.event_type)?;
        event.serialize_field("payload", &self.payload)?;
        event.serialize_field("metadata", &self.metadata)?;
        event.serialize_field("timestamp", &self.timestamp)?;
        event.serialize_field("causation_id", &self.causation_id)?;
        event.serialize_field("correlation_id", &self.correlation_id)?;
        event.end()
    }
}
