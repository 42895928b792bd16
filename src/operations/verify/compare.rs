//! Comparing two projections key by key.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::operations::merge::merge;
use crate::pstate::{Entries, Schema};

use super::Difference;
use super::difference::difference;
use super::original_lists::OriginalLists;

/// The number of keys after which the progress is reported.
const COMPARE: u64 = 1000;

/// The two sides of a comparison.
pub(in crate::operations) struct Sides<'a> {
    /// The entries derived from the events.
    pub expected: &'a dyn Entries,
    /// The stored entries.
    pub stored: &'a dyn Entries,
    /// The schema to which stored entries are migrated before they are compared, as readers do; none if they are compared as
    /// they are stored.
    pub migrated_to: Option<Schema>,
    /// The app that derives the expected entries, if the Elixir original wrote the stored ones.
    pub of_original: Option<&'a str>,
    /// The number of stored keys according to the checkpoint.
    pub keys: u64,
}

/// The progress of a comparison.
pub(super) struct Step<'a> {
    keys: u64,
    total: u64,
    repeated: u64,
    report: &'a mut dyn FnMut(u64, u64) -> Result<()>,
}

impl Step<'_> {
    /// Counts a key.
    fn take(&mut self) -> Result<()> {
        self.keys += 1;
        if self.keys.is_multiple_of(COMPARE) { self.report() } else { Ok(()) }
    }

    /// Reports the same keys again from time to time, so that a comparison of their members can be cancelled.
    pub fn repeat(&mut self) -> Result<()> {
        self.repeated += 1;
        if self.repeated.is_multiple_of(COMPARE) { self.report() } else { Ok(()) }
    }

    /// Reports the same keys again: between the pieces of a large value.
    pub fn report(&mut self) -> Result<()> {
        (self.report)(self.keys, self.total.max(self.keys))
    }
}

/// Walks through both sides by key. Passes each difference to `found`, and the number of keys done and in total to `step`.
/// Returns the number of stored keys.
pub(in crate::operations) fn compare(
    sides: &Sides<'_>,
    found: &mut dyn FnMut(Difference),
    step: &mut dyn FnMut(u64, u64) -> Result<()>,
) -> Result<u64> {
    let lists = sides.of_original.map(OriginalLists::of_app);
    let mut step = Step { keys: 0, total: sides.keys, repeated: 0, report: step };
    let mut count = 0;
    merge(sides.expected, sides.stored, "", &mut |expected, stored| {
        let stored = match (stored, sides.migrated_to) {
            (Some(entry), Some(schema)) => Some(schema.migrated_entry(entry)),
            (stored, _) => stored,
        };
        count += u64::from(stored.is_some());
        let (expected, stored) = match lists {
            Some(lists) => lists.comparable(expected, stored),
            None => (expected, stored),
        };
        // The original applies an event when it appends it, whatever its checkpoint says.
        let pause = &mut || step.report();
        if let Some(difference) = difference(expected, stored, sides.of_original.is_some(), pause)? {
            found(difference);
        }
        step.take()?;
        Ok(ControlFlow::Continue(()))
    })?;
    if let Some(lists) = lists {
        lists.compare(sides, found, &mut step)?;
    }
    let keys = step.keys;
    (step.report)(keys, keys).map(|()| count)
}
