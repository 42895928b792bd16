//! Reading what a rebuild will come to: from a cold disk each page is waited for by itself, and among many other spaces
//! those of a log and a projection lie scattered. Meanwhile the rebuild begins, folds and writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, Scope};

use crate::content_store::ContentStore;
use crate::error::{ReplayError, Result};
use crate::event::SpaceSequence;
use crate::event_store::Page;
use crate::operations::replay::READ;

use super::SWEEP;

/// No more events than these lie on a few pages.
const FEW: u64 = 100;
/// Entries read in one go.
const PAGE: usize = 10;
/// Bytes of their values after which it is enough: large ones do not lie on scattered pages.
const BYTES: usize = 1 << 20;

/// Begins to read, on another thread and through a connection of its own, until there was enough of it.
pub(super) fn begin<'scope>(
    scope: &'scope Scope<'scope, '_>,
    content: &'scope ContentStore,
    enough: &'scope AtomicBool,
) {
    let Ok(events) = content.event_count() else { return };
    if events > FEW && content.store().is_in_files() {
        let is_read_ahead = events > READ as u64;
        // What it cannot read the rebuild will see; where there is no thread to be had, nothing is read ahead.
        let _ = Builder::new().spawn_scoped(scope, move || read(content, is_read_ahead, enough));
    }
}

/// Reads the events, unless the replay reads them ahead itself, and the entries that will be swept first.
fn read(content: &ContentStore, is_read_ahead: bool, enough: &AtomicBool) -> Result<()> {
    let (store, space_id) = (content.store().reconnect_to_scan()?, content.space_id());
    if !is_read_ahead {
        store.events().replay(space_id, SpaceSequence::START, READ, &mut |_| check(enough))?;
    }
    let (mut after, mut bytes) = (None, 0);
    for _ in 0..SWEEP / PAGE {
        check(enough)?;
        let page = store.pstate().scan(space_id, "", Page::forward(after, PAGE))?;
        bytes += page.iter().map(|entry| entry.value.as_str().len()).sum::<usize>();
        after = page.last().map(|entry| entry.key.clone());
        if after.is_none() || bytes > BYTES {
            break;
        }
    }
    Ok(())
}

fn check(enough: &AtomicBool) -> Result<()> {
    if enough.load(Ordering::Relaxed) { Err(ReplayError::Cancelled.into()) } else { Ok(()) }
}
