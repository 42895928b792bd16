//! A point in the past of a space, as people write it.

use std::fmt;
use std::str::FromStr;

use crate::content_store::{ContentStore, Store};
use crate::error::{ReplayError, Result};
use crate::event::SpaceSequence;
use crate::operations::Scope;
use crate::query::moment::Moment;
use crate::space::Space;

/// A sequence, or a time: the last event up to then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PointInTime {
    /// A sequence. 0 is before the first event.
    Sequence(SpaceSequence),
    /// A time, possibly relative to now.
    Time(Moment),
}

/// The error for a text that is neither a sequence nor a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a point in time is a sequence such as 120, a time such as 2026-01-31T10:00 or 10:00, or how long ago it was, such as 2h"
)]
pub struct ParsePointError;

impl PointInTime {
    /// Returns the sequence of the last event at or before this point.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use ramax::operations::PointInTime;
    /// use ramax::{Command, ContentStore, Store, apps::Crm};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let acme = ContentStore::open(&Store::memory(), "crm_acme", Arc::new(Crm))?;
    /// acme.execute(Command::new("add-contact").with("contact_id", "c1").with("name", "A").with("email", "a@b.c"))?;
    /// assert_eq!("0s".parse::<PointInTime>()?.sequence_in(&acme)?.0, 1);
    /// let error = "2h".parse::<PointInTime>()?.sequence_in(&acme).unwrap_err();
    /// assert_eq!(error.kind(), "before_first_event");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ReplayError::NoSuchSequence`] after the last event; [`ReplayError::BeforeFirstEvent`] for an earlier time.
    pub fn sequence_in(&self, content: &ContentStore) -> Result<SpaceSequence> {
        self.sequence_of(content.store(), content.space(), content.head()?.last_sequence)
    }

    /// As [`PointInTime::sequence_in`], for a space with this last sequence whose app may be unknown.
    pub(in crate::operations) fn sequence_of(
        &self,
        store: &Store,
        found: &Space,
        last: SpaceSequence,
    ) -> Result<SpaceSequence> {
        let space = || found.space_name.clone();
        let moment = match self {
            Self::Sequence(sequence) if *sequence <= last => return Ok(*sequence),
            Self::Sequence(sequence) => {
                return Err(ReplayError::NoSuchSequence {
                    space: space(),
                    sequence: *sequence,
                    first: SpaceSequence::START,
                    last,
                }
                .into());
            }
            Self::Time(moment) => moment,
        };
        let time = moment.resolve(store.clock().now());
        let (events, scope) = (store.events(), Scope::Space(found.space_id));
        let later = scope.boundary(events, |event| event.timestamp > time)?;
        match later.0.saturating_sub(1) {
            0 => {
                let first = scope.first_where(events, |_| true)?.map(|event| event.timestamp);
                Err(ReplayError::BeforeFirstEvent { space: space(), time, first }.into())
            }
            sequence => Ok(SpaceSequence(sequence)),
        }
    }
}

impl FromStr for PointInTime {
    type Err = ParsePointError;

    fn from_str(text: &str) -> std::result::Result<Self, ParsePointError> {
        if let Ok(sequence) = text.trim().parse() {
            return Ok(Self::Sequence(SpaceSequence(sequence)));
        }
        text.parse().map(Self::Time).map_err(|_| ParsePointError)
    }
}

impl fmt::Display for PointInTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sequence(sequence) => sequence.fmt(f),
            Self::Time(moment) => moment.fmt(f),
        }
    }
}
