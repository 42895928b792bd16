//! Catching a projection up with its log.

use tracing::info_span;

use crate::content_store::{CaughtUp, ContentStore};
use crate::error::Result;

use super::{Phase, Progress, Watch};

/// Applies the events that a space's projection lags behind.
///
/// # Errors
/// As [`ContentStore::catch_up`]; events applied before stay applied.
pub fn catch_up(content: &ContentStore, watch: &mut Watch<'_>) -> Result<CaughtUp> {
    let _span = info_span!("catch_up", space = content.space().space_name).entered();
    let start = content.store().pstate().checkpoint(content.space_id())?.sequence.0;
    content.catch_up(&mut |done, at| {
        let total = content.event_count().unwrap_or(at.sequence.0).saturating_sub(start);
        watch(Progress {
            phase: Phase::CatchUp,
            done: done.events,
            total: total.max(done.events),
            last_event: Some(at.event_id),
            skipped: 0,
        })
    })
}
