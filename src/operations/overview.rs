//! A space with its counters, as every list shows it.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::error::Remedy;
use crate::event::SpaceSequence;
use crate::event_store::SpaceFault;
use crate::pstate::BlockingEvent;
use crate::space::{Checkpoint, Head, Space};

use super::operation_mark::SpaceWorker;
use super::projection_status::{ProjectionOverview, ProjectionStatus};

/// A space with its counters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpaceOverview {
    /// The space.
    #[serde(flatten)]
    pub space: Space,
    /// Its app, if known.
    pub app: Option<&'static str>,
    /// The end of its log.
    #[serde(skip)]
    pub head: Head,
    /// The checkpoint of its projection [`STATE`](crate::pstate::STATE).
    #[serde(skip)]
    pub checkpoint: Checkpoint,
    /// Its projections, [`STATE`](crate::pstate::STATE) first.
    #[serde(skip)]
    pub projections: Vec<ProjectionOverview>,
    /// True if the projection contains events that the log does not have, as with two files from different
    /// backups. Then there is no lag, and commands are refused until a rebuild.
    #[serde(skip)]
    pub ahead: bool,
    /// The time of its first event, if [`add_first_times`](super::add_first_times) was called and a projection was never
    /// built. The time by which such a projection lags is counted from it.
    #[serde(skip)]
    pub first_event_at: Option<Timestamp>,
    /// The event that keeps the projection from being caught up, if
    /// [`find_blocking_event`](super::find_blocking_event) was called. No list looks for it.
    #[serde(skip)]
    pub blocked: Option<BlockingEvent>,
    /// The operation that has closed the space, if it was running when the counters were read.
    #[serde(skip)]
    pub worker: Option<SpaceWorker>,
    /// The damage because of which the space is not shown as it is, if there is any.
    #[serde(skip)]
    pub fault: Option<SpaceFault>,
}

impl SpaceOverview {
    /// Returns a space without projections.
    pub(crate) fn of(space: Space, head: Head) -> Self {
        Self {
            space,
            app: None,
            head,
            checkpoint: Checkpoint::default(),
            projections: Vec::new(),
            ahead: false,
            first_event_at: None,
            blocked: None,
            worker: None,
            fault: None,
        }
    }

    /// Returns the projection that lags most, of those that its app declares. One that is ahead of the log comes first,
    /// since it has to be rebuilt; of equals, the first of the list. Every list, hint and table tells this lag as that of
    /// the space.
    pub fn slowest(&self) -> Option<&ProjectionOverview> {
        let is_declared =
            |projection: &&ProjectionOverview| projection.status != ProjectionStatus::Undeclared;
        let lag = |projection: &&ProjectionOverview| {
            (projection.status == ProjectionStatus::Ahead, projection.lag(&self.head))
        };
        let slowest = self.projections.iter().filter(is_declared).rev().max_by_key(lag);
        slowest.or_else(|| self.projections.first())
    }

    /// Returns the number of events that the [slowest](Self::slowest) projection does not contain yet. 0 if it is ahead.
    pub fn lag(&self) -> u64 {
        match self.slowest() {
            Some(slowest) if slowest.status == ProjectionStatus::Ahead => 0,
            Some(slowest) => slowest.lag(&self.head),
            None => self.state_lag(),
        }
    }

    /// Returns the number of events that [`STATE`](crate::pstate::STATE) does not contain yet.
    pub fn state_lag(&self) -> u64 {
        self.head.last_sequence.0.saturating_sub(self.checkpoint.sequence.0)
    }

    /// Returns the projection that most needs attention, if any does. Nothing catches up one that its app does not
    /// declare, so it needs none.
    pub fn most_troubled(&self) -> Option<&ProjectionOverview> {
        // Of equals, the first.
        let most = self.projections.iter().rev().max_by_key(|projection| self.trouble(projection));
        most.filter(|projection| self.is_troubled(projection))
    }

    /// Returns true if a projection of the space needs attention.
    pub fn is_troubled(&self, projection: &ProjectionOverview) -> bool {
        self.trouble(projection) > (1, 0)
    }

    /// Returns the urgency of a projection's trouble.
    fn trouble(&self, projection: &ProjectionOverview) -> (u8, u64) {
        let rank = match projection.status {
            ProjectionStatus::Ahead => 5,
            ProjectionStatus::Blocked => 4,
            ProjectionStatus::Outdated => 3,
            ProjectionStatus::Newer => 2,
            ProjectionStatus::Current | ProjectionStatus::Lagging | ProjectionStatus::Rebuilding => 1,
            ProjectionStatus::Undeclared => 0,
        };
        (rank, projection.lag(&self.head))
    }

    /// Returns the time between the last event of the [slowest](Self::slowest) projection and the log's, in milliseconds.
    pub fn lag_millis(&self) -> u64 {
        self.lag_millis_of(self.slowest().map_or(&self.checkpoint, |slowest| &slowest.checkpoint))
    }

    /// Returns true if it has events, and a projection that contains none.
    pub(crate) fn has_unbuilt(&self) -> bool {
        let is_unbuilt =
            |projection: &ProjectionOverview| projection.checkpoint.sequence == SpaceSequence::START;
        self.head.last_sequence > SpaceSequence::START && self.projections.iter().any(is_unbuilt)
    }

    /// Returns the number of keys in all of its projections.
    pub fn keys(&self) -> u64 {
        self.projections.iter().map(|projection| projection.checkpoint.entities).sum()
    }

    /// Returns the projections that an operation is about: the one of that name, or else all that the app declares.
    pub(super) fn selected<'a>(
        &'a self,
        name: Option<&'a str>,
    ) -> impl Iterator<Item = &'a ProjectionOverview> {
        let is_selected = move |projection: &&ProjectionOverview| match name {
            Some(name) => projection.name == name,
            None => projection.mode.is_some(),
        };
        self.projections.iter().filter(is_selected)
    }

    /// Returns the projection of that name.
    pub fn projection(&self, name: &str) -> Option<&ProjectionOverview> {
        self.projections.iter().find(|projection| projection.name == name)
    }

    /// Returns the operation that replaces one of its projections.
    pub fn rebuild_of(&self, projection: &ProjectionOverview, skip_errors: bool) -> Remedy {
        if projection.status == ProjectionStatus::Undeclared {
            return Remedy::RemoveProjection { projection: projection.name.to_string() };
        }
        let newer = self.projections.iter().filter(|other| other.is_newer).map(|other| &*other.name);
        Remedy::Rebuild { skip_errors }.beside_newer(Some(&projection.name), newer)
    }

    /// Returns the space as its projection of that name sees it: with the checkpoint of that projection.
    #[must_use]
    pub fn seen_from(mut self, name: &str) -> Self {
        if let Some(projection) = self.projection(name) {
            let is_ahead = projection.status == ProjectionStatus::Ahead;
            (self.checkpoint, self.ahead) = (projection.checkpoint, is_ahead);
        }
        self
    }

    /// Returns true if nothing of the space but its record could be read.
    pub fn is_unread(&self) -> bool {
        self.fault.as_ref().is_some_and(|fault| !matches!(fault, SpaceFault::Row(_)))
    }

    /// Returns the state of a space that is not open or could not be read, in one word.
    pub fn in_short(&self) -> Option<&'static str> {
        if self.is_unread() { Some("damaged") } else { self.space.in_short() }
    }

    /// Says which operation has closed the space, and by whom it is run, if it is not open: `being imported by …`.
    pub fn under_way(&self) -> Option<String> {
        let under_way = self.space.under_way()?;
        Some(match &self.worker {
            Some(SpaceWorker { doing, by }) => format!("being {doing} by {by}"),
            None => under_way.to_owned(),
        })
    }

    /// Notes the event that blocks [`STATE`](crate::pstate::STATE), if there is one.
    pub fn set_blocked(&mut self, event: Option<BlockingEvent>) {
        if let (Some(state), true) = (self.projections.first_mut(), event.is_some()) {
            state.status = ProjectionStatus::Blocked;
            state.blocked.clone_from(&event);
        }
        self.blocked = event;
    }

    /// Returns the time between the last event at a checkpoint and the log's, in milliseconds; at the checkpoint of a
    /// projection that was never built, the time between the first event and the last.
    pub fn lag_millis_of(&self, checkpoint: &Checkpoint) -> u64 {
        self.lag_time(checkpoint).unwrap_or(0)
    }

    /// Returns the same time, or none if a time that it needs was not read.
    pub(crate) fn lag_time(&self, checkpoint: &Checkpoint) -> Option<u64> {
        if checkpoint.sequence >= self.head.last_sequence {
            return Some(0);
        }
        let since = checkpoint.updated_at.or(self.first_event_at)?;
        let last = self.head.last_timestamp?;
        Some(u64::try_from(last.0.saturating_sub(since.0)).unwrap_or(0))
    }
}
