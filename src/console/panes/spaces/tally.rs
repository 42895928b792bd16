//! Totals over the loaded spaces, kept up to date as they change.

use crate::event_store::Totals;
use crate::operations::{ProjectionOverview, ProjectionStatus, SpaceOverview};
use crate::space::SpaceState;

/// The totals over the loaded spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// The number of spaces and their contents.
    pub totals: Totals,
    /// The number of projections that lag behind.
    pub behind: u64,
    /// The number of projections that an earlier version of their app built.
    pub outdated: u64,
    /// The number of projections ahead of their log.
    pub ahead: u64,
    /// The number of spaces being deleted.
    pub deleting: u64,
    /// The number of spaces that a running operation has closed.
    pub worked_on: u64,
    /// The number of spaces that grew since the console opened.
    pub grown: u64,
}

impl Tally {
    /// Returns the number of projections that need attention.
    pub fn needs_attention(&self) -> u64 {
        self.behind + self.outdated + self.ahead
    }

    /// Adds a space.
    pub fn add(&mut self, space: &SpaceOverview, grew: bool) {
        self.totals.spaces += 1;
        self.totals.events += space.head.last_sequence.0;
        self.totals.payload_bytes += space.head.payload_bytes;
        self.behind += behind(space);
        self.outdated += with_status(space, ProjectionStatus::Outdated);
        self.ahead += with_status(space, ProjectionStatus::Ahead);
        self.deleting += u64::from(space.space.state == SpaceState::Deleting);
        self.worked_on += u64::from(space.worker.is_some());
        self.grown += u64::from(grew);
    }

    /// Subtracts a space. It must be unchanged since it was added.
    pub fn take(&mut self, space: &SpaceOverview, grew: bool) {
        self.totals.spaces -= 1;
        self.totals.events -= space.head.last_sequence.0;
        self.totals.payload_bytes -= space.head.payload_bytes;
        self.behind -= behind(space);
        self.outdated -= with_status(space, ProjectionStatus::Outdated);
        self.ahead -= with_status(space, ProjectionStatus::Ahead);
        self.deleting -= u64::from(space.space.state == SpaceState::Deleting);
        self.worked_on -= u64::from(space.worker.is_some());
        self.grown -= u64::from(grew);
    }
}

/// Counts the projections that lag behind, without those that nothing catches up: their app does not declare them.
fn behind(space: &SpaceOverview) -> u64 {
    let is_behind = |projection: &&ProjectionOverview| {
        projection.status != ProjectionStatus::Undeclared && projection.lag(&space.head) > 0
    };
    space.projections.iter().filter(is_behind).count() as u64
}

fn with_status(space: &SpaceOverview, status: ProjectionStatus) -> u64 {
    space.projections.iter().filter(|projection| projection.status == status).count() as u64
}
