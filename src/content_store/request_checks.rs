//! Checks the idempotency key and the cause of a command before its app decides. Preview and execution share them.

use crate::error::{CommandError, Result};
use crate::event::EventId;
use crate::event_store::Remembered;
use crate::limits::LONGEST_IDEMPOTENCY_KEY;
use crate::text::grouped;

use super::{ContentStore, Executed, Request};

impl ContentStore {
    /// Returns the first answer if the command was executed before under its idempotency key, or earlier in the same unit
    /// of work.
    pub(super) fn first_answer(
        &self,
        request: &Request,
        pending: &[(String, Remembered)],
    ) -> Result<Option<Executed>> {
        let Some(key) = &request.idempotency_key else { return Ok(None) };
        let invalid =
            |reason: &str| CommandError::InvalidField { field: "idempotency_key", reason: reason.to_owned() };
        if key.is_empty() {
            return Err(invalid("must not be empty").into());
        }
        let first = match pending.iter().find(|(pending, _)| pending == key) {
            Some((_, remembered)) => Some(remembered.clone()),
            None => self.store.events().remembered(self.space_id(), key)?,
        };
        match first {
            None if key.chars().count() > LONGEST_IDEMPOTENCY_KEY => {
                let longest = grouped(LONGEST_IDEMPOTENCY_KEY as u64);
                Err(invalid(&format!("must have at most {longest} characters")).into())
            }
            None => Ok(None),
            Some(first) if !request.command.has_digest(first.request) => {
                Err(invalid("was used for another command").into())
            }
            Some(first) => Ok(Some(Executed {
                event_ids: first.event_ids,
                space_sequence: first.space_sequence,
                repeated: true,
                ahead_of_clock: None,
            })),
        }
    }

    /// Checks that the causing event exists.
    pub(super) fn check_cause(&self, event_id: EventId) -> Result<()> {
        if self.store.events().event(event_id)?.is_some() {
            return Ok(());
        }
        let reason = format!("there is no event {event_id}");
        Err(CommandError::InvalidField { field: "causation_id", reason }.into())
    }
}
