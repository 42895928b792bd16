//! Comparing new projections with those of the original.

use serde::Serialize;

use crate::content_store::Store;
use crate::error::Result;
use crate::operations::verify::{Sides, compare};
use crate::operations::{Difference, Phase, Progress, Watch, report};
use crate::pstate::ProjectionId;

use super::{ImportedOriginalSpace, Original};

/// The most differences that are kept; all are counted.
const KEPT: usize = 1000;

/// The comparison of a new projection with the one that the original kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct OriginalComparison {
    /// The number of keys of the original.
    pub keys: u64,
    /// The number of keys that differ.
    pub count: u64,
    /// The first differences. What is stored is that of the original, and what is expected follows from the events.
    pub differences: Vec<Difference>,
}

/// The keys of all spaces that are compared, as the progress counts them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys {
    /// Those of the spaces before this one.
    pub before: u64,
    pub total: u64,
}

impl Keys {
    /// Returns the progress of the whole, given the share done of a space with so many keys.
    fn progress(self, keys: u64, done: u64, total: u64) -> Progress {
        let of_space = u128::from(keys) * u128::from(done.min(total)) / u128::from(total.max(1));
        let done = self.before.saturating_add(u64::try_from(of_space).unwrap_or(u64::MAX));
        Progress { phase: Phase::Compare, done, total: self.total, last_event: None, skipped: 0 }
    }
}

/// Compares the projection of an imported space with that of the original, as a verification of the original does: atoms, the
/// kinds of keys and the lists that are kept in another form are no differences.
///
/// Returns `None` for a space without a known app, which has the original's own entries, and for one of which the original has
/// no entries.
pub(super) fn compare_space(
    store: &Store,
    original: &Original,
    space: &ImportedOriginalSpace,
    all: Keys,
    watch: &mut Watch<'_>,
) -> Result<Option<OriginalComparison>> {
    let stored =
        original.entries(space.original_space_id).filter(|_| space.app.is_some() && space.original_keys > 0);
    let Some(stored) = stored else { return Ok(None) };
    let sides = Sides {
        expected: &(store.pstate(), ProjectionId::from(space.space.space_id)),
        stored: &stored,
        migrated_to: None,
        of_original: space.app.as_deref(),
        keys: space.keys,
    };
    let mut found = OriginalComparison::default();
    let mut note = |difference| {
        found.count += 1;
        if found.differences.len() < KEPT {
            found.differences.push(difference);
        }
    };
    let keys =
        compare(&sides, &mut note, &mut |done, total| report(watch, all.progress(space.keys, done, total)))?;
    Ok(Some(OriginalComparison { keys, ..found }))
}
