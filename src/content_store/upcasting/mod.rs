//! Upcasting: events that were stored in an earlier form are read in the current one. Stored events never change.

mod chain;
mod declaration;
mod forms;

pub(crate) use chain::{current, is_used, stamp, versions};
pub(super) use declaration::check;
pub use forms::CurrentForms;

use std::fmt;

use crate::json::Json;

use super::StateError;

/// The name in an event's metadata of the version of its schema. An event without it has version 1.
pub const SCHEMA_VERSION: &str = "schema_version";

/// A form of events: a type, and the version of its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventForm {
    /// The type: `contact.added`.
    pub event_type: &'static str,
    /// The version of the schema, from 1.
    pub version: u32,
}

/// A step from one form of an event to the next. The steps of an app make a chain from each stored form to the current
/// one.
///
/// A step yields one event from one, and depends on nothing else.
///
/// ```
/// use ramax::Json;
/// use ramax::content_store::{StateError, Upcaster};
/// use serde_json::{Value, json};
///
/// /// First and last name were one field.
/// fn split_name(payload: &Json) -> Result<Json, StateError> {
///     let mut contact: Value = payload.parse()?;
///     let name = contact["name"].as_str().unwrap_or_default().to_owned();
///     let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
///     contact["name"] = json!({"first": first, "last": last});
///     Ok(Json::of(&contact))
/// }
///
/// const UPCASTERS: &[Upcaster] = &[
///     Upcaster::rename("person.added", 1, "contact.added", 1),
///     Upcaster::new("contact.added", 1, split_name),
/// ];
/// assert_eq!(UPCASTERS[1].to.to_string(), "contact.added version 2");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Upcaster {
    /// The form that it reads.
    pub from: EventForm,
    /// The form that it yields.
    pub to: EventForm,
    /// Returns the payload in the new form.
    pub payload: fn(&Json) -> Result<Json, StateError>,
}

impl Upcaster {
    /// Declares the step from a version of a type to the next version.
    pub const fn new(
        event_type: &'static str,
        version: u32,
        payload: fn(&Json) -> Result<Json, StateError>,
    ) -> Self {
        let to = EventForm { event_type, version: version + 1 };
        Self { from: EventForm { event_type, version }, to, payload }
    }

    /// Declares that a version of a type is a version of another type, with the same payload.
    pub const fn rename(
        event_type: &'static str,
        version: u32,
        new_type: &'static str,
        new_version: u32,
    ) -> Self {
        let to = EventForm { event_type: new_type, version: new_version };
        Self { from: EventForm { event_type, version }, to, payload: unchanged }
    }
}

fn unchanged(payload: &Json) -> Result<Json, StateError> {
    Ok(payload.clone())
}

impl fmt::Display for EventForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} version {}", self.event_type, self.version)
    }
}
