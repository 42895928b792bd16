//! Typed payloads of events.

use serde::{Deserialize, Serialize};

use crate::error::InvalidEvent;
use crate::event::{Event, NewEvent};
use crate::json::Json;

/// The payload of an event, with the name of its type. [`events!`](crate::events) defines payloads.
///
/// ```
/// use ramax::{EventPayload, NewEvent};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// struct ContactAdded {
///     name: String,
/// }
///
/// impl EventPayload for ContactAdded {
///     const TYPE: &'static str = "contact.added";
/// }
///
/// let event = NewEvent::of("c1", &ContactAdded { name: "Ada".to_owned() })?;
/// assert_eq!((&*event.event_type, event.payload.as_str()), ("contact.added", r#"{"name":"Ada"}"#));
/// assert_eq!(event.to::<ContactAdded>()?.name, "Ada");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait EventPayload {
    /// The type of the event: `contact.added`.
    const TYPE: &'static str;
}

impl NewEvent {
    /// Creates an event from its typed payload.
    ///
    /// # Errors
    /// If the payload has no JSON form, such as a map whose keys are not strings.
    pub fn of<P: EventPayload + Serialize>(
        entity_id: impl Into<String>,
        payload: &P,
    ) -> Result<Self, InvalidEvent> {
        let entity_id = entity_id.into();
        match Json::from_serialize(payload) {
            Ok(payload) => Ok(Self::new(entity_id, P::TYPE, payload)),
            Err(error) => Err(InvalidEvent::PayloadNotJson { entity_id, reason: error.to_string() }),
        }
    }

    /// Reads the payload into its type, which may borrow from it.
    ///
    /// # Errors
    /// As [`Event::to`].
    pub fn to<'a, P: EventPayload + Deserialize<'a>>(&'a self) -> Result<P, serde_json::Error> {
        read(&self.event_type, &self.payload)
    }
}

impl Event {
    /// Reads the payload into its type, which may borrow from it.
    ///
    /// # Errors
    /// If the event is of another type, or its payload of another form.
    pub fn to<'a, P: EventPayload + Deserialize<'a>>(&'a self) -> Result<P, serde_json::Error> {
        read(&self.event_type, &self.payload)
    }

    /// Returns true if the event is of this type.
    pub fn is<P: EventPayload>(&self) -> bool {
        &*self.event_type == P::TYPE
    }
}

fn read<'a, P: EventPayload + Deserialize<'a>>(
    event_type: &str,
    payload: &'a Json,
) -> Result<P, serde_json::Error> {
    if event_type == P::TYPE {
        return payload.parse();
    }
    Err(serde::de::Error::custom(format_args!("the event is of type {event_type}, not {}", P::TYPE)))
}
