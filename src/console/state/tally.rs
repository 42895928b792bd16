//! What the loaded spaces amount to, kept up with each that comes and goes.

use crate::event_store::Totals;
use crate::operations::SpaceOverview;
use crate::space::SpaceState;

/// What the loaded spaces amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many there are, and how much is in them.
    pub totals: Totals,
    /// How many projections lag behind.
    pub behind: u64,
    /// How many projections are ahead of their log.
    pub ahead: u64,
    /// How many spaces are being deleted.
    pub deleting: u64,
    /// How many spaces grew since the console was opened.
    pub grown: u64,
}

impl Tally {
    /// Counts a space in; whether it grew is known beside it.
    pub fn add(&mut self, space: &SpaceOverview, grew: bool) {
        self.totals.spaces += 1;
        self.totals.events += space.head.last_sequence.0;
        self.totals.payload_bytes += space.head.payload_bytes;
        self.behind += u64::from(space.lag() > 0);
        self.ahead += u64::from(space.ahead);
        self.deleting += u64::from(space.space.state == SpaceState::Deleting);
        self.grown += u64::from(grew);
    }

    /// Counts a space out that was counted in as it is.
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
