//! Reading events while others are folded.

mod chunk;
mod prefetch;

use std::thread;

use crate::content_store::ContentStore;
use crate::error::{Error, Result};
use crate::event::{Event, SpaceSequence};

pub(super) use chunk::Chunk;
use prefetch::Prefetch;

/// The most events for which reading ahead is not worth it.
pub(super) const READ: usize = 5000;

/// Passes a space's events after `after` up to `last` to `visit`, in order, a chunk at a time. If there are
/// many, other threads read the next chunks and verify their checksums meanwhile, through their own
/// connections; only a few chunks are in memory.
///
/// ```
/// # use std::sync::Arc;
/// # use ramax::{Command, ContentStore, Event, SpaceSequence, Store, apps::Crm, operations};
/// # fn main() -> ramax::Result<()> {
/// # let crm = ContentStore::open(&Store::memory(), "crm_acme", Arc::new(Crm))?;
/// crm.execute(Command::new("add-contact").with("contact_id", "c1").with("name", "Ada").with("email", "a@b.c"))?;
/// let mut types = Vec::new();
/// operations::replay(&crm, SpaceSequence::START, SpaceSequence(1), &mut |events: &[Event]| {
///     types.extend(events.iter().map(|event| event.event_type.to_string()));
///     Ok(())
/// })?;
/// assert_eq!(types, ["contact.added"]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The error of `visit`, which ends the replay.
pub fn replay(
    content: &ContentStore,
    after: SpaceSequence,
    last: SpaceSequence,
    visit: &mut dyn FnMut(&[Event]) -> Result<()>,
) -> Result<()> {
    let there_are = content.event_count()?.min(last.0);
    if there_are.saturating_sub(after.0) <= READ as u64 || !content.store().is_in_files() {
        return replay_here(content, after, last, visit);
    }
    let mut at = after;
    thread::scope(|scope| {
        let mut ahead = Prefetch::of(scope, content, after, SpaceSequence(there_are));
        while ahead.next(&mut |chunk| {
            visit(chunk.events())?;
            at = chunk.last().unwrap_or(at);
            Ok(())
        })? {}
        Ok::<_, Error>(())
    })?;
    // Read the events appended meanwhile, or after a gap.
    replay_here(content, at, last, visit)
}

/// Does the same on this thread and the content store's own connection, for use within a unit of work.
pub(super) fn replay_here(
    content: &ContentStore,
    after: SpaceSequence,
    last: SpaceSequence,
    visit: &mut dyn FnMut(&[Event]) -> Result<()>,
) -> Result<()> {
    let mut chunk = Chunk::default();
    let mut at = after;
    loop {
        chunk.fill(content.store().events(), content.space_id(), at, last)?;
        let Some(end) = chunk.last() else { return Ok(()) };
        visit(chunk.events())?;
        (at, chunk) = (end, chunk.emptied());
    }
}
