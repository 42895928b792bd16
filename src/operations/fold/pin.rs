//! The events that a fold is about: those of one space up to a fixed sequence.

use uuid::Uuid;

use crate::content_store::{ContentStore, is_on_log};
use crate::error::{ReplayError, Result};
use crate::event::SpaceSequence;
use crate::event_store::Page;
use crate::space::Checkpoint;

/// The state of a space's log when its fold was opened. Events never change, so that later reads see the same ones, unless they
/// were redacted or another copy of the database took the place of this one.
pub(super) struct Pin {
    incarnation: Option<Uuid>,
    redactions: u64,
    last: SpaceSequence,
    /// The last event, if it can be read.
    end: Option<Checkpoint>,
}

impl Pin {
    pub fn of(content: &ContentStore) -> Result<Self> {
        let (events, space_id) = (content.store().events(), content.space_id());
        let (incarnation, redactions) = (events.incarnation()?, events.redactions(Some(space_id))?);
        let last = content.head()?.last_sequence;
        let before = last.0.checked_sub(1).map(SpaceSequence);
        let found = events.read_space(space_id, Page::forward(before, 1))?;
        let end = found.first().map(|event| Checkpoint {
            sequence: event.space_sequence,
            event_id: event.event_id,
            updated_at: Some(event.timestamp),
            ..Checkpoint::default()
        });
        Ok(Self { incarnation, redactions, last, end })
    }

    /// Returns the last sequence.
    pub fn last(&self) -> SpaceSequence {
        self.last
    }

    /// Checks that the space still has these events.
    ///
    /// # Errors
    /// The error of a deleted space, or of one that runs another app; [`ReplayError::PastChanged`].
    pub fn check(&self, content: &ContentStore) -> Result<()> {
        let head = content.head()?;
        let (events, space_id) = (content.store().events(), content.space_id());
        // A backup gets an incarnation when it is first opened for writing.
        let is_other = self.incarnation.is_some() && events.incarnation()? != self.incarnation;
        let is_redacted = events.redactions(Some(space_id))? != self.redactions;
        let is_there = match &self.end {
            Some(end) => is_on_log(content.store(), space_id, end)?,
            None => true,
        };
        if is_other || is_redacted || !is_there || head.last_sequence < self.last {
            return Err(ReplayError::PastChanged { space: content.space().space_name.clone() }.into());
        }
        Ok(())
    }

    /// Checks a point of the past. Sequence 0 is before the first event.
    pub fn check_point(&self, content: &ContentStore, sequence: SpaceSequence) -> Result<()> {
        self.check_from(SpaceSequence::START, content, sequence)
    }

    /// Checks the sequence of an event.
    pub fn check_event(&self, content: &ContentStore, sequence: SpaceSequence) -> Result<()> {
        self.check_from(SpaceSequence(1), content, sequence)
    }

    fn check_from(
        &self,
        first: SpaceSequence,
        content: &ContentStore,
        sequence: SpaceSequence,
    ) -> Result<()> {
        if (first..=self.last).contains(&sequence) {
            return Ok(());
        }
        let (space, last) = (content.space().space_name.clone(), self.last);
        Err(ReplayError::NoSuchSequence { space, sequence, first, last }.into())
    }
}
