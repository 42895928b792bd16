//! Checking that a projection can be caught up with the events after its checkpoint.

use crate::content_store::{DeclaredProjection, State};
use crate::error::{Error, Remedy, Result, StoreError};
use crate::event::SpaceSequence;
use crate::operations::{Phase, Watch};

use super::replayed::Replayed;
use super::{Difference, Verified};

/// The events after the checkpoint that are tried on a projection without commands that wait for it. It may lag behind by
/// a whole log; an event that blocks it is among the first, since each catch-up applies those before it.
const FEW: u64 = 10_000;

/// Returns the number of events that are tried, of those that a projection lags behind.
pub(in crate::operations) fn tried(projection: &DeclaredProjection, lag: u64) -> u64 {
    if projection.is_inline() { lag } else { lag.min(FEW) }
}

/// Tries the events after the checkpoint on the stored projection and on the derived one. If only the stored
/// one cannot apply them, a rebuild gets past them.
pub(super) fn check(
    replayed: &mut Replayed<'_>,
    state: &mut State<'_>,
    verified: &mut Verified,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let content = replayed.content;
    let last = content.event_count()?;
    let lag = last.saturating_sub(replayed.at.sequence.0);
    if lag == 0 {
        return Ok(());
    }
    let tried = tried(replayed.projection, lag);
    let blocking = match content.blocking_event(replayed.projection.name(), tried) {
        // The replay below reports missing events.
        Err(Error::Store(StoreError::Corrupt { .. })) => None,
        found => found?,
    };
    if blocking.is_none() && tried < lag {
        verified.notes.push(Difference::Lag { events: lag });
        return Ok(());
    }
    let known = replayed.found.differences.len();
    replayed.replay_to(SpaceSequence(last), state, Phase::Compare, watch)?;
    let Some(event) = blocking else {
        verified.notes.push(Difference::Lag { events: lag });
        return Ok(());
    };
    let is_bad = |difference: &Difference| matches!(difference, Difference::BadEvent(_));
    let stops_a_rebuild = replayed.found.more > 0 || replayed.found.differences[known..].iter().any(is_bad);
    // The first of them is reported as the blocking event.
    let tail = replayed.found.differences.split_off(known);
    replayed.found.differences.extend(tail.into_iter().filter(|difference| !is_bad(difference)));
    let by = match (event.damaged, stops_a_rebuild) {
        (true, _) => Remedy::Restore,
        (false, true) => Remedy::Rebuild { skip_errors: true },
        (false, false) => Remedy::Rebuild { skip_errors: false },
    };
    let blocks_commands = replayed.projection.is_inline();
    verified.add(Difference::Blocked { lag, event, blocks_commands, by });
    Ok(())
}
