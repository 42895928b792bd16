//! Finding the cause of an event before it.

use crate::engines::elixir::Renumbering;
use crate::error::Result;
use crate::event::SpaceSequence;

use super::Original;

/// The place of an event: its space in the original, and its number there.
pub(super) type Place = (i64, SpaceSequence);

/// Returns the place of a cause if it comes over before its effect: earlier in the same space, or in another one that
/// has come that far, as `reached` says, which returns the number of its events in the log.
pub(super) fn find_cause(
    (original, renumbering): (&Original, &Renumbering),
    cause: i64,
    (of_space, effect): Place,
    reached: &dyn Fn(i64) -> Option<u64>,
) -> Result<Option<Place>> {
    let Some((space_id, stored)) = original.source.find(cause)? else { return Ok(None) };
    let renumbered = renumbering.of_event(cause)?;
    let number = renumbered.unwrap_or(SpaceSequence(stored.max(0).unsigned_abs()));
    let is_before = match space_id == of_space {
        true => number < effect,
        false => reached(space_id).is_some_and(|events| number.0 <= events),
    };
    Ok(is_before.then_some((space_id, number)))
}
