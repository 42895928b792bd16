//! The totals over the loaded spaces, updated incrementally.

use crate::event_store::Totals;
use crate::operations::SpaceOverview;
use crate::space::SpaceState;

/// The totals over the loaded spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// The number of spaces and their contents.
    pub totals: Totals,
    /// The number of projections that lag behind.
    pub behind: u64,
    /// The number of projections ahead of their log.
    pub ahead: u64,
    /// The number of spaces being deleted.
    pub deleting: u64,
    /// The number of spaces that grew since the console opened.
    pub grown: u64,
}

impl Tally {
    /// Adds a space.
    pub fn add(&mut self, space: &SpaceOverview, grew: bool) {
        self.totals.spaces += 1;
        self.totals.events += space.head.last_sequence.0;
        self.totals.payload_bytes += space.head.payload_bytes;
        self.behind += u64::from(space.lag() > 0);
        self.ahead += u64::from(space.ahead);
        self.deleting += u64::from(space.space.state == SpaceState::Deleting);
        self.grown += u64::from(grew);
    }

    /// Subtracts a space. It must be unchanged since it was added.
    pub fn take(&mut self, space: &SpaceOverview, grew: bool) {
        self.totals.spaces -= 1;
        self.totals.events -= space.head.last_sequence.0;
        self.totals.payload_bytes -= space.head.payload_bytes;
        self.behind -= u64::from(space.lag() > 0);
        self.ahead -= u64::from(space.ahead);
        self.deleting -= u64::from(space.space.state == SpaceState::Deleting);
        self.grown -= u64::from(grew);
    }
}
