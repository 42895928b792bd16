//! The effect of a step on the rows of a subscription in a space, on any engine.

use crate::error::SubscriptionError;
use crate::id::{SpaceId, SpaceSequence};

use super::{ProgressStep, SubscriptionPosition, SubscriptionProgress};

/// The rows of a subscription in a space, which a unit of work changes.
pub(crate) trait StepRows {
    /// The error of a change.
    type Error;

    /// Sets the position.
    fn set(&mut self, at: &SubscriptionPosition) -> Result<(), Self::Error>;

    /// Adds a parked event, or replaces it.
    fn park(&mut self, sequence: SpaceSequence, attempts: u32, error: &str) -> Result<(), Self::Error>;

    /// Removes the parked events of a range, both ends included.
    fn unpark(&mut self, first: SpaceSequence, last: SpaceSequence) -> Result<(), Self::Error>;

    /// Counts a further failed attempt of a parked event, if there is one.
    fn fail_again(&mut self, sequence: SpaceSequence, error: &str) -> Result<(), Self::Error>;
}

impl SubscriptionProgress<'_> {
    /// Checks that the position in the space has not moved.
    pub(crate) fn check_position(
        &self,
        space_id: SpaceId,
        actual: SpaceSequence,
    ) -> Result<(), SubscriptionError> {
        match actual == self.from {
            true => Ok(()),
            false => Err(SubscriptionError::PositionMoved { space_id, expected: self.from, actual }),
        }
    }

    /// Returns the number of events that the step delivers.
    pub(crate) fn delivered(&self) -> u64 {
        match self.step {
            ProgressStep::Delivered { events, .. } => events,
            ProgressStep::Retried { error: None, .. } => 1,
            _ => 0,
        }
    }

    /// Writes the step from the current position, which was checked.
    pub(crate) fn write<R: StepRows>(
        &self,
        mut at: SubscriptionPosition,
        rows: &mut R,
    ) -> Result<(), R::Error> {
        match self.step {
            ProgressStep::Delivered { to, .. } => {
                rows.unpark(self.from.next(), to)?;
                (at.sequence, at.failures, at.error) = (to, 0, None);
            }
            ProgressStep::Failed { error } => {
                (at.failures, at.error) = (at.failures + 1, Some(error.to_owned()));
            }
            ProgressStep::Parked { sequence, error, continues } => {
                rows.park(sequence, at.failures + 1, error)?;
                match continues {
                    true => (at.sequence, at.failures, at.error) = (sequence, 0, None),
                    false => (at.failures, at.error) = (at.failures + 1, Some(error.to_owned())),
                }
            }
            ProgressStep::Retried { sequence, error: None } => rows.unpark(sequence, sequence)?,
            ProgressStep::Retried { sequence, error: Some(error) } => rows.fail_again(sequence, error)?,
        }
        at.updated_at = Some(self.now);
        rows.set(&at)
    }
}
