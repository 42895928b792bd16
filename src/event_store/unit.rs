//! Units of work, and groups of them.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::event::{Event, SpaceSequence};
use crate::model::changes::Changes;
use crate::projection::BlockingEvent;
use crate::space::{Checkpoint, SpaceId};
use crate::subscriptions::{EffectMark, SubscriptionProgress};

use super::{Remembered, Tail};

/// The state of a space that a unit of work requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Open.
    Open,
    /// Being imported by the operation with this token.
    Importing(Uuid),
}

/// Keys of a projection whose values a unit of work will probably read. Missing or additional keys change only how long it takes.
pub struct Lookups<'a> {
    /// The name of the projection.
    pub projection: &'a str,
    /// Determines the keys. An engine that needs no round trip for a read does not call it.
    pub keys: &'a dyn Fn() -> Vec<String>,
}

/// Everything that a unit of work writes to its space, all or nothing.
#[derive(Clone, Copy, Default)]
pub struct WriteSet<'a> {
    /// The events, as [`Tail::place`] numbered them.
    pub events: &'a [Event],
    /// The outcomes of idempotency keys.
    pub keys: &'a [(String, Remembered)],
    /// Idempotency keys of the space that were stored before this time have expired. An engine removes a few of them
    /// whenever it stores some; those without a time stay.
    pub keys_expire_before: Option<Timestamp>,
    /// The changes of projections, one for each projection that changes.
    pub projections: &'a [ProjectionWrite<'a>],
    /// Completes the import of the space and opens it. Subscriptions of all spaces continue at its end.
    pub opens: bool,
    /// The step of a subscription in the space.
    pub progress: Option<SubscriptionProgress<'a>>,
    /// The mark of the effect that the events are.
    pub effect: Option<EffectMark>,
    /// Stored events of which fields are erased.
    pub redacted: Option<Redaction<'a>>,
}

/// Stored events of which fields are erased. Nothing else of them changes: neither ids and sequences nor times.
#[derive(Debug, Clone, Copy)]
pub struct Redaction<'a> {
    /// The name that the space must still have, if it was named by it.
    pub known_as: Option<&'a str>,
    /// The events without the fields. Each replaces the one with its sequence. Errors that subscriptions have kept about the
    /// space are erased too, since they may quote the values.
    pub events: &'a [Event],
    /// The idempotency keys of the commands that appended them. Their digests are erased, so that a key is still refused for
    /// any other command, and for this one as well.
    pub keys: &'a [String],
}

impl WriteSet<'_> {
    /// Returns true if it writes nothing.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.keys.is_empty()
            && self.projections.is_empty()
            && !self.opens
            && self.progress.is_none()
            && self.effect.is_none()
            && self.redacted.is_none()
    }
}

/// A change of one projection of the space.
#[derive(Clone, Copy)]
pub struct ProjectionWrite<'a> {
    /// The name of the projection.
    pub name: &'a str,
    /// The change.
    pub change: ProjectionChange<'a>,
}

/// The effect of the events between two checkpoints.
#[derive(Clone, Copy)]
pub struct Advance<'a> {
    /// The sequence of the current checkpoint.
    pub from: SpaceSequence,
    /// The effect of the events after it.
    pub changes: &'a Changes,
    /// The next checkpoint. `to.entities` is ignored, since the store counts by itself.
    pub to: Checkpoint,
    /// The definition that the projection has from now on. `None` keeps the stored one.
    pub definition: Option<&'a str>,
}

/// A change of a projection.
#[derive(Clone, Copy)]
pub enum ProjectionChange<'a> {
    /// Events take effect. Requires that the checkpoint is still the expected one, so that no event is applied twice.
    Advance(Advance<'a>),
    /// A shadow becomes the live projection.
    Activate {
        /// The shadow.
        shadow: ReadyShadow,
        /// Its last changes.
        changes: &'a Changes,
        /// Its checkpoint.
        at: Checkpoint,
    },
    /// An event cannot be applied. It is kept as the projection's last error until the projection advances.
    Block(&'a BlockingEvent),
}

/// A projection that was built next to the live one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadyShadow {
    /// The number that its engine gave it.
    pub number: i64,
    /// Its number of keys.
    pub entities: u64,
    /// The time at which it is put in place, if a rebuild built it.
    pub rebuilt_at: Option<Timestamp>,
}

/// The result of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Committed {
    /// The number of keys in the last projection that the unit changed, or 0 if it changed none.
    pub entities: u64,
    /// True if the events are committed, but a projection in its own store could not be changed and lags behind.
    pub lags: bool,
}

/// A unit of work in progress. Nothing is written before its commit; a unit that is dropped has no effect.
pub trait OpenUnit {
    /// Returns the end of the space's log, from which the unit numbers its events.
    fn tail(&self) -> Tail;

    /// Commits the write set.
    ///
    /// # Errors
    /// [`StoreError::Conflict`](crate::StoreError::Conflict) if the events do not follow the space's last event;
    /// [`StoreError::CheckpointMoved`](crate::StoreError::CheckpointMoved);
    /// [`StoreError::ShadowGone`](crate::StoreError::ShadowGone). Nothing was changed, unless the error is
    /// [`StoreError::OutcomeUnknown`](crate::StoreError::OutcomeUnknown).
    fn commit(self: Box<Self>, writes: &WriteSet<'_>) -> Result<Committed>;

    /// Commits the write set together with those of other threads that are waiting to begin a unit, if there are any and
    /// this engine can. Returns `None` if one of the others failed: then nothing of this unit was written, and it has to be
    /// run again.
    ///
    /// Even a unit that writes nothing has to wait for the others if its answer depends on what they have written.
    ///
    /// # Errors
    /// As [`OpenUnit::commit`].
    fn commit_with_others(self: Box<Self>, writes: &WriteSet<'_>) -> Result<Option<Committed>> {
        self.commit(writes).map(Some)
    }
}

/// Several units of work in one commit. Each sees what those before it have written. A group that is dropped has no
/// effect.
pub trait Group {
    /// Begins a unit of the group. Its commit becomes part of the group's.
    ///
    /// # Errors
    /// As [`EventLog::begin`](super::EventLog::begin).
    fn begin(&self, space_id: SpaceId, access: Access) -> Result<Box<dyn OpenUnit + '_>>;

    /// Commits the units.
    ///
    /// # Errors
    /// If a unit failed while it wrote; then nothing was changed, unless the error is
    /// [`StoreError::OutcomeUnknown`](crate::StoreError::OutcomeUnknown).
    fn commit(self: Box<Self>) -> Result<()>;
}
