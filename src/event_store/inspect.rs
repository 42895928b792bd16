//! Low-level checks of a log, and repairs that are derived from its events.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::diagnostics::Inspect;
use crate::error::Result;
use crate::event::Event;
use crate::id::SpaceSequence;
use crate::space::{Head, SpaceId};

/// The damage to a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionFault {
    /// Its name.
    pub name: String,
    /// The problem with its registration, if there is any.
    pub reason: Option<String>,
    /// True if its registration can be right: every column has a possible value.
    pub is_possible: bool,
    /// True if it can be read, with its counters and its lease.
    pub is_readable: bool,
    /// The state of its positions and parked events.
    pub rows: SubscriptionRows,
    /// The space that its registration names.
    pub space_id: Option<SpaceId>,
    /// The columns of its registration that another program changed, if the checksum says what they were.
    pub changed: Vec<ChangedColumn>,
}

/// A column that another program changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedColumn {
    /// The column.
    pub column: &'static str,
    /// The stored value.
    pub stored: Value,
    /// The value that it had.
    pub expected: Value,
}

/// The state of the positions and parked events of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionRows {
    /// They are those that were stored.
    Intact,
    /// One was changed, removed or added: their checksum says which.
    Known(ChangedRow),
    /// Each can be right, but they or their checksum were changed.
    Changed,
    /// Some are missing, additional or impossible.
    Lost,
}

/// A position or a parked event that another program changed, removed or added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangedRow {
    /// Its table.
    pub table: &'static str,
    /// Its stored place; none if it was removed.
    pub stored: Option<RowPlace>,
    /// The place that it had; none if it was added.
    pub expected: Option<RowPlace>,
}

/// An event in a space, whose numbers may be out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct RowPlace {
    /// The number of the space.
    pub space_id: i64,
    /// The sequence.
    pub sequence: i64,
}

/// Rows of a table that are stored under a number of no space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedRows {
    /// The table.
    pub table: &'static str,
    /// The number.
    pub stored_in: i64,
    /// The number of those that belong to a space.
    pub rows: u64,
}

/// A type of events that another program renamed, removed or moved to another space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedType {
    /// Its number, which its events have.
    pub type_id: i64,
    /// The stored name; none without a row.
    pub stored: Option<String>,
    /// The name that the checksums of its events tell.
    pub expected: String,
}

/// The end of a space as one node has recorded it and as another one stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndFault {
    /// The last sequence that the coordinator has committed.
    pub committed: SpaceSequence,
    /// The last sequence that the shard of the space shows. If it is the same, the events there are other ones.
    pub stored: SpaceSequence,
}

/// A row whose id another program changed, so that what belongs to it is found under no name or under another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renumbered {
    /// The name in the row.
    pub name: String,
    /// Its id.
    pub stored: i64,
    /// The id that it had, according to its checksum; none if nothing tells.
    pub id: Option<i64>,
}

/// Finds derived data of a log that contradicts its events, and repairs it. A store without such data finds and
/// repairs nothing.
pub trait InspectLog: Inspect {
    /// Calls `found` with every space that has stored data, registered or not. A space may be reported more than once.
    ///
    /// # Errors
    /// Read failures, after everything readable was reported.
    fn space_ids(&self, found: &mut dyn FnMut(SpaceId)) -> Result<()>;

    /// Counts rows whose space id is out of range, by table.
    fn misplaced(&self) -> Result<Vec<(String, u64)>> {
        Ok(Vec::new())
    }

    /// Returns the rows of the registry whose id another program changed: those with the checksum of another id under which there
    /// is data without a row, and those whose id no space can have.
    fn renumbered_spaces(&self) -> Result<Vec<Renumbered>> {
        Ok(Vec::new())
    }

    /// Returns the counters, idempotency keys and event types that are stored under a number of no space and belong to one, according
    /// to the event that the counters name, the checksums of the keys, and those of the events of the types.
    fn moved_rows(&self) -> Result<Vec<MovedRows>> {
        Ok(Vec::new())
    }

    /// Gives those rows and counters the ids that they had, and rows of the registry their other columns.
    fn repair_space_ids(&self) -> Result<()> {
        Ok(())
    }

    /// Returns the invalid columns of a space's entry in the registry, each with the reason.
    fn registry_faults(&self, _space_id: SpaceId) -> Result<Vec<(&'static str, String)>> {
        Ok(Vec::new())
    }

    /// Returns the columns of a space's entry in the registry that another program changed, if its checksum says what they were.
    fn changed_registry(&self, _space_id: SpaceId) -> Result<Vec<ChangedColumn>> {
        Ok(Vec::new())
    }

    /// Returns the types of a space's events that another program changed, if the checksums of the events tell their names: one
    /// of `known`, that of another type, or one that is almost the stored one.
    fn changed_types(&self, _space_id: SpaceId, _known: &[String]) -> Result<Vec<ChangedType>> {
        Ok(Vec::new())
    }

    /// Returns true if a stored event matches its checksum with one of these names of its type.
    fn is_intact_as(&self, _event: &Event, _names: &[String]) -> Result<bool> {
        Ok(false)
    }

    /// Restores the names of those types.
    fn repair_types(&self, _space_id: SpaceId, _known: &[String]) -> Result<()> {
        Ok(())
    }

    /// Describes the idempotency keys of a space that another program changed, removed or added.
    fn key_faults(&self, _space_id: SpaceId) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Returns the spaces of which a repair restores the keys that another program changed, or their number and checksum.
    fn restorable_keys(&self) -> Result<BTreeSet<SpaceId>> {
        Ok(BTreeSet::new())
    }

    /// Restores the keys of those spaces.
    fn repair_keys(&self) -> Result<()> {
        Ok(())
    }

    /// Counts the positions and parked events of subscriptions that do not exist.
    fn stray_progress(&self) -> Result<u64> {
        Ok(0)
    }

    /// Returns the number of subscriptions that another program deleted, if it did: 0 if only a checksum says so.
    fn lost_subscriptions(&self) -> Result<Option<u64>> {
        Ok(None)
    }

    /// Returns the stored number of subscriptions and that of their registrations, if the first is lower although no other
    /// program added one: then the removal of one would go unnoticed.
    fn uncounted_subscriptions(&self) -> Result<Option<(u64, u64)>> {
        Ok(None)
    }

    /// Returns the subscriptions that another program changed, or whose positions or parked events it changed, removed or
    /// added.
    fn subscription_faults(&self) -> Result<Vec<SubscriptionFault>> {
        Ok(Vec::new())
    }

    /// Restores what checksums of subscriptions say, removes the positions and parked events of subscriptions and spaces that do
    /// not exist, and moves positions beyond the last event of their space to it.
    fn repair_progress(&self) -> Result<()> {
        Ok(())
    }

    /// Returns true if the log stores the counters of its spaces. Otherwise they are counted when they are needed, and there is
    /// nothing to compare.
    fn stores_counters(&self) -> bool {
        true
    }

    /// Compares the end of a space on its shard with the one that the coordinator has committed, and waits for a commit that
    /// the shard does not show yet. Returns `None` if they are the same, or if one node holds all rows.
    fn end_fault(&self, _space_id: SpaceId) -> Result<Option<EndFault>> {
        Ok(None)
    }

    /// Counts the missing and wrong entries of a space's entity index.
    fn index_faults(&self, _space_id: SpaceId) -> Result<u64> {
        Ok(0)
    }

    /// Counts the missing and wrong entries of the index of causes.
    fn cause_faults(&self) -> Result<u64> {
        Ok(0)
    }

    /// Sets a space's counters to `counted` and the events after it, in one transaction.
    fn repair_head(&self, _space_id: SpaceId, _counted: Head) -> Result<()> {
        Ok(())
    }

    /// Repairs a space's entity index from its events, in short transactions, and calls `between` after each of them. An
    /// error from `between` ends the repair. Meanwhile the index stays usable.
    fn repair_index(&self, _space_id: SpaceId, _between: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        Ok(())
    }

    /// Repairs the index of causes from the events, in short transactions, and calls `between` after each of them. An error
    /// from `between` ends the repair. Meanwhile the index stays usable.
    fn repair_causes(&self, _between: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        Ok(())
    }
}
