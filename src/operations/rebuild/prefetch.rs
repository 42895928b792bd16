//! Reading pages ahead of a rebuild. From a cold disk each page takes a wait, and in a file with many spaces
//! the pages of a log and a projection are scattered. Meanwhile the rebuild starts, folds and writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, Scope};

use crate::content_store::ContentStore;
use crate::error::{ReplayError, Result};
use crate::event::SpaceSequence;
use crate::event_store::Page;
use crate::operations::replay::READ;

use super::SWEEP;

/// The most events that fit on a few pages.
const FEW: u64 = 100;
/// Entries read at once.
const PAGE: usize = 10;
/// Bytes of values after which reading ahead stops: large values are not on scattered pages.
const BYTES: usize = 1 << 20;

/// Starts to read on another thread, through its own connection, until `enough` is set.
pub(super) fn begin<'scope>(
    scope: &'scope Scope<'scope, '_>,
    content: &'scope ContentStore,
    enough: &'scope AtomicBool,
) {
    let Ok(events) = content.event_count() else { return };
    let is_worth_it = content.store().events().capabilities().reads_pages && events > FEW;
    if is_worth_it && content.store().is_in_files() {
        let is_read_ahead = events > READ as u64;
        // The rebuild reports what cannot be read. Without a thread, nothing is read ahead.
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
        let page = store.pstate().scan(space_id.into(), "", Page::forward(after, PAGE))?;
        bytes += page.iter().map(|entry| entry.value.as_str().len()).sum::<usize>();
        after = page.last().map(|entry| entry.key.clone());
        if after.is_none() || bytes > BYTES {
            break;
        }
    }
    Ok(())
}

fn check(enough: &AtomicBool) -> Result<()> {
    if enough.load(Ordering::Relaxed) { Err(ReplayError::cancelled().into()) } else { Ok(()) }
}
