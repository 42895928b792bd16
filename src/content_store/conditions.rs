//! The conditions of a write, checked in the unit of work that writes.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::error::{CommandError, KEY_OF_ANOTHER_COMMAND, Result};
use crate::event::{CorrelationId, Event, EventId, NewEvent, metadata_fault, reserved_name};
use crate::event_store::{Expected, Page, Remembered};
use crate::json::{Json, with_fields_of};
use crate::limits::{LONGEST_IDEMPOTENCY_KEY, LONGEST_METADATA};
use crate::space::{Head, SpaceId};
use crate::text::grouped;

use super::{Command, Executed, Store};

/// The conditions of a write, and what its events carry.
///
/// ```
/// use ramax::{Conditions, Expected, SpaceSequence};
/// let conditions = Conditions {
///     idempotency_key: Some("order 17".to_owned()),
///     ..Conditions::default().expecting_entity("c1", Expected::Exact(SpaceSequence(4)))
/// };
/// assert_eq!(conditions.expected, Expected::Any);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    /// The expected end of the space's log.
    pub expected: Expected,
    /// The expected last events of entities in the space, by entity id. [`Expected::Exact`] names the sequence of the
    /// entity's last event; 0 means that it has none.
    pub expected_entities: BTreeMap<String, Expected>,
    /// The idempotency key. Sent again under the same key, the write changes nothing and returns the first answer.
    pub idempotency_key: Option<String>,
    /// The correlation that the events belong to. If absent, they get a new one.
    pub correlation_id: Option<CorrelationId>,
    /// The event that caused the write.
    pub causation_id: Option<EventId>,
    /// Metadata of every event that is written: a JSON object. Names that an event has itself keep their values; names
    /// that begin with `$` are reserved.
    pub metadata: Option<Json>,
}

impl Conditions {
    /// Adds an expectation of an entity.
    pub fn expecting_entity(mut self, entity_id: impl Into<String>, expected: Expected) -> Self {
        self.expected_entities.insert(entity_id.into(), expected);
        self
    }

    /// Checks what can be checked without the store.
    fn check_form(&self) -> Result<(), CommandError> {
        if self.idempotency_key.as_ref().is_some_and(String::is_empty) {
            return Err(invalid("idempotency_key", "must not be empty"));
        }
        let Some(metadata) = &self.metadata else { return Ok(()) };
        if metadata.as_str().len() > LONGEST_METADATA {
            return Err(invalid("metadata", format!("must have at most {} MiB", LONGEST_METADATA >> 20)));
        }
        if let Some(reason) = metadata_fault(metadata) {
            return Err(invalid("metadata", format!("must be a JSON object: {reason}")));
        }
        match reserved_name(metadata) {
            Some(name) => {
                Err(invalid("metadata", format!("has {name}; names that begin with $ are reserved")))
            }
            None => Ok(()),
        }
    }

    /// Returns the first answer if the write was done before under its idempotency key, in the store or as one of
    /// `pending`.
    ///
    /// # Errors
    /// [`CommandError::InvalidField`] for an unusable key, a key that another command was sent under, or unusable
    /// metadata.
    pub(super) fn first_answer(
        &self,
        command: &Command,
        (store, space_id): (&Store, SpaceId),
        pending: &[(String, Remembered)],
    ) -> Result<Option<Executed>> {
        self.check_form()?;
        let Some(key) = &self.idempotency_key else { return Ok(None) };
        let first = match pending.iter().find(|(pending, _)| pending == key) {
            Some((_, remembered)) => Some(remembered.clone()),
            None => store.events().remembered(space_id, key)?,
        };
        match first {
            None if key.chars().count() > LONGEST_IDEMPOTENCY_KEY => {
                let longest = grouped(LONGEST_IDEMPOTENCY_KEY as u64);
                Err(invalid("idempotency_key", format!("must have at most {longest} characters")).into())
            }
            None => Ok(None),
            Some(first) if !command.has_digest(first.request) => {
                Err(invalid("idempotency_key", KEY_OF_ANOTHER_COMMAND).into())
            }
            Some(first) => Ok(Some(Executed {
                event_ids: first.event_ids,
                space_sequence: first.space_sequence,
                repeated: true,
                ahead_of_clock: None,
            })),
        }
    }

    /// Checks the expectations and the cause, at a space's head and after the events that the unit has already placed.
    pub(super) fn check(
        &self,
        (store, space_id): (&Store, SpaceId),
        head: &Head,
        placed: &[Event],
    ) -> Result<()> {
        self.expected.check(head)?;
        for (entity_id, expected) in &self.expected_entities {
            let last = placed.iter().rev().find(|event| event.entity_id == *entity_id);
            let stored = match last {
                Some(_) => None,
                None => store.events().read_entity(space_id, entity_id, Page::backward(None, 1))?.pop(),
            };
            let last = last.or(stored.as_ref());
            expected.check_entity(entity_id, last.map(|event| (event.space_sequence, event.event_id)))?;
        }
        let Some(event_id) = self.causation_id else { return Ok(()) };
        let is_placed = placed.iter().any(|event| event.event_id == event_id);
        if is_placed || store.events().event(event_id)?.is_some() {
            return Ok(());
        }
        Err(invalid("causation_id", format!("there is no event {event_id}")).into())
    }

    /// Returns the answer to store under the idempotency key, if there is one.
    pub(super) fn remember(
        &self,
        command: &Command,
        done: &Executed,
        now: Timestamp,
    ) -> Option<(String, Remembered)> {
        let key = self.idempotency_key.clone()?;
        let (event_ids, space_sequence) = (done.event_ids.clone(), done.space_sequence);
        let remembered =
            Remembered { request: command.digest(), event_ids, space_sequence, stored_at: Some(now) };
        Some((key, remembered))
    }

    /// Gives events what they carry. Those without a correlation get one new id together, unless the conditions name one.
    pub(super) fn complete(&self, events: &mut [NewEvent], new_id: impl FnOnce() -> CorrelationId) {
        if !events.is_empty() {
            let correlation_id = self.correlation_id.unwrap_or_else(new_id);
            self.complete_with(events, Some(correlation_id));
        }
    }

    /// As [`Conditions::complete`]; without a correlation id, the events get none.
    pub(super) fn complete_with(&self, events: &mut [NewEvent], correlation_id: Option<CorrelationId>) {
        for event in events {
            event.correlation_id = event.correlation_id.or(correlation_id);
            event.causation_id = event.causation_id.or(self.causation_id);
            let Some(metadata) = &self.metadata else { continue };
            event.metadata = Some(match event.metadata.take() {
                None => metadata.clone(),
                Some(own) if metadata_fault(&own).is_none() => with_fields_of(&own, metadata),
                // The check of the event refuses it.
                Some(own) => own,
            });
        }
    }
}

fn invalid(field: &'static str, reason: impl Into<String>) -> CommandError {
    CommandError::InvalidField { field, reason: reason.into() }
}
