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

/// Compares the projection of an imported space with that of the original, as a verification of the original does: atoms, the
/// kinds of keys and the lists that are kept in another form are no differences.
///
/// Returns `None` for a space without a known app, which has the original's own entries, and for one of which the original has
/// no entries.
pub(super) fn compare_space(
    store: &Store,
    original: &Original,
    space: &ImportedOriginalSpace,
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
    let keys = compare(&sides, &mut note, &mut |done, total| {
        report(watch, Progress { phase: Phase::Compare, done, total, last_event: None, skipped: 0 })
    })?;
    Ok(Some(OriginalComparison { keys, ..found }))
}
