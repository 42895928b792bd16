//! Checking that a projection can be caught up with the events after its checkpoint.

use crate::content_store::State;
use crate::error::{Error, Remedy, Result, StoreError};
use crate::event::SpaceSequence;
use crate::operations::blocking_event::events_to_try;
use crate::operations::{Phase, Watch};

use super::replayed::Replayed;
use super::{Difference, Verified};

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
    let tried = events_to_try(replayed.projection, lag);
    let blocking = match content.blocking_event(replayed.projection.name(), tried) {
        // The replay below reports missing events.
        Err(Error::Store(StoreError::Corrupt { .. } | StoreError::ProjectionsCorrupt { .. })) => None,
        found => found?,
    };
    let known = replayed.found.differences.len();
    if blocking.is_some() || tried == lag {
        replayed.replay_to(SpaceSequence(last), state, Phase::Compare, watch)?;
    }
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
