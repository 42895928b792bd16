//! Walking the chain from a stored event to its current form.

use std::borrow::Cow;
use std::sync::Arc;

use crate::event::{Event, NewEvent, metadata_fault};
use crate::json::{Json, Parts, with_field};

use super::{SCHEMA_VERSION, StateError, Upcaster};

/// Returns the current form of an event, which is the stored one if no upcaster reads it.
///
/// # Errors
/// If an upcaster fails, or if the app knows the type but not this version of it.
pub(crate) fn current<'e>(upcasters: &[Upcaster], event: &'e Event) -> Result<Cow<'e, Event>, StateError> {
    let Some(newest) = newest(upcasters, &event.event_type) else { return Ok(Cow::Borrowed(event)) };
    let version = version(event)?;
    if version == 0 || version > newest {
        let event_type = &event.event_type;
        return Err(StateError::Inapplicable(format!(
            "it has schema version {version} of {event_type}, and this app knows the versions up to {newest}"
        )));
    }
    let mut step = next(upcasters, &event.event_type, version);
    if step.is_none() {
        return Ok(Cow::Borrowed(event));
    }
    let (mut form, mut payload) = (None, Cow::Borrowed(&event.payload));
    // A chain without a cycle has at most as many steps as there are upcasters.
    for _ in upcasters {
        let Some(Upcaster { from, to, payload: upcast }) = step else { break };
        let reason =
            |error| StateError::Inapplicable(format!("it cannot be upcast from {from} to {to}: {error}"));
        payload = Cow::Owned(upcast(&payload).map_err(reason)?);
        form = Some(to);
        step = next(upcasters, to.event_type, to.version);
    }
    let event_type = form.map_or_else(|| Arc::clone(&event.event_type), |form| Arc::from(form.event_type));
    Ok(Cow::Owned(Event { event_type, payload: payload.into_owned(), ..event.clone() }))
}

/// Returns true if the event, or one of the forms on its way to the current one, is read by this upcaster.
pub(crate) fn is_used(upcasters: &[Upcaster], upcaster: &Upcaster, event: &Event) -> bool {
    let Ok(version) = version(event) else { return false };
    let mut step = next(upcasters, &event.event_type, version);
    for _ in upcasters {
        match step {
            Some(step) if step.from == upcaster.from => return true,
            Some(Upcaster { to, .. }) => step = next(upcasters, to.event_type, to.version),
            None => return false,
        }
    }
    false
}

/// Gives new events of a type with several versions the current one, unless they have a version.
pub(crate) fn stamp(upcasters: &[Upcaster], events: &mut [NewEvent]) {
    if upcasters.is_empty() {
        return;
    }
    for event in events {
        let Some(version) = newest(upcasters, &event.event_type).filter(|version| *version > 1) else {
            continue;
        };
        let own = event.metadata.as_ref();
        // The check of the event refuses metadata that is no object.
        if own.is_some_and(|own| metadata_fault(own).is_some() || stored_version(own).is_some()) {
            continue;
        }
        let object = own.map_or("{}", Json::as_str);
        event.metadata = Some(Json::serialized(with_field(object, SCHEMA_VERSION, &version.to_string())));
    }
}

/// Returns the newest version of a type that the upcasters name.
pub(super) fn newest(upcasters: &[Upcaster], event_type: &str) -> Option<u32> {
    let forms = upcasters.iter().flat_map(|upcaster| [upcaster.from, upcaster.to]);
    forms.filter(|form| form.event_type == event_type).map(|form| form.version).max()
}

/// Returns the newest version of each type that the upcasters name.
pub(crate) fn versions(upcasters: &[Upcaster]) -> impl Iterator<Item = (&'static str, u32)> {
    let forms = upcasters.iter().flat_map(|upcaster| [upcaster.from, upcaster.to]);
    forms.map(|form| (form.event_type, newest(upcasters, form.event_type).unwrap_or(form.version)))
}

/// Returns the upcaster that reads this form.
pub(super) fn next<'u>(upcasters: &'u [Upcaster], event_type: &str, version: u32) -> Option<&'u Upcaster> {
    upcasters
        .iter()
        .find(|upcaster| upcaster.from.version == version && upcaster.from.event_type == event_type)
}

/// Returns the version of an event's schema.
fn version(event: &Event) -> Result<u32, StateError> {
    let Some(text) = event.metadata.as_ref().and_then(stored_version) else { return Ok(1) };
    text.parse().map_err(|_| StateError::Inapplicable(format!("its schema version {text} is not a number")))
}

/// Returns the text of the version in metadata.
fn stored_version(metadata: &Json) -> Option<&str> {
    let mut parts = Parts::of_object(metadata.as_str())?;
    parts.find(|part| part.key.is_some_and(|key| key.is(SCHEMA_VERSION))).map(|part| part.value)
}
