//! Comparing two projections key by key.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::operations::merge::merge;
use crate::pstate::{Entries, Schema};

use super::Difference;
use super::difference::difference;
use super::of_original::comparable;

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
    /// True if the Elixir original wrote the stored entries.
    pub of_original: bool,
    /// The number of stored keys according to the checkpoint.
    pub keys: u64,
}

/// Walks through both sides by key. Passes each difference to `found`, and the number of keys done and in total to `step`.
/// Returns the number of stored keys.
pub(in crate::operations) fn compare(
    sides: &Sides<'_>,
    found: &mut dyn FnMut(Difference),
    step: &mut dyn FnMut(u64, u64) -> Result<()>,
) -> Result<u64> {
    let (mut keys, mut count) = (0, 0);
    merge(sides.expected, sides.stored, "", &mut |expected, stored| {
        let stored = match (stored, sides.migrated_to) {
            (Some(entry), Some(schema)) => Some(schema.migrated_entry(entry)),
            (stored, _) => stored,
        };
        keys += 1;
        count += u64::from(stored.is_some());
        let pair = match sides.of_original {
            true => comparable(expected, stored),
            false => Some((expected, stored)),
        };
        if let Some(difference) = pair.and_then(|(expected, stored)| difference(expected, stored)) {
            found(difference);
        }
        if keys % COMPARE == 0 {
            step(keys, sides.keys.max(keys))?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    step(keys, keys).map(|()| count)
}
