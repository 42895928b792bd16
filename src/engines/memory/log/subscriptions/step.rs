//! The rows of a subscription in a space, as a step changes them.

use std::convert::Infallible;

use crate::id::{SpaceId, SpaceSequence};
use crate::subscriptions::{Parked, StepRows, SubscriptionId, SubscriptionPosition};
use crate::timestamp::Timestamp;

use super::registry::Registry;

/// The rows of a subscription in a space.
pub(super) struct Place<'a> {
    pub(super) rows: &'a mut Registry,
    pub(super) id: SubscriptionId,
    pub(super) space_id: SpaceId,
    pub(super) now: Timestamp,
}

impl StepRows for Place<'_> {
    type Error = Infallible;

    fn set(&mut self, at: &SubscriptionPosition) -> Result<(), Infallible> {
        self.rows.positions.insert((self.space_id, self.id), at.clone());
        Ok(())
    }

    fn park(&mut self, sequence: SpaceSequence, attempts: u32, error: &str) -> Result<(), Infallible> {
        let parked = Parked {
            space_id: self.space_id,
            space_sequence: sequence,
            attempts,
            error: error.to_owned(),
            parked_at: self.now,
            retry: false,
        };
        self.rows.parked.insert((self.space_id, self.id, sequence), parked);
        Ok(())
    }

    fn unpark(&mut self, first: SpaceSequence, last: SpaceSequence) -> Result<(), Infallible> {
        let is_ours = |of: &(SpaceId, SubscriptionId)| *of == (self.space_id, self.id);
        self.rows.parked.retain(|(space_id, id, sequence), _| {
            !is_ours(&(*space_id, *id)) || *sequence < first || *sequence > last
        });
        Ok(())
    }

    fn fail_again(&mut self, sequence: SpaceSequence, error: &str) -> Result<(), Infallible> {
        if let Some(parked) = self.rows.parked.get_mut(&(self.space_id, self.id, sequence)) {
            (parked.attempts, parked.error) = (parked.attempts + 1, error.to_owned());
            (parked.parked_at, parked.retry) = (self.now, false);
        }
        Ok(())
    }
}
