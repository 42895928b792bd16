//! Rewriting the files without deleted data, stoppable as far as SQLite allows.

use std::ops::ControlFlow;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::content_store::Store;
use crate::error::{ReplayError, Result, StoreError};
use crate::event_store::Slack;

use super::{Progress, Watch};

/// How often `watch` is asked.
const TURN: Duration = Duration::from_millis(50);

/// Purges the files, asking `watch` repeatedly. Rewriting a file stops between any two of its steps, except
/// during the last one, which puts the new pages in place.
///
/// # Errors
/// [`ReplayError::Cancelled`] if `watch` breaks.
pub(super) fn purge(store: &Store, at: Progress, watch: &mut Watch<'_>) -> Result<()> {
    stoppable(at, watch, || store.events().purge(), || store.events().interrupt_purge())?;
    if store.is_shared() {
        return Ok(());
    }
    stoppable(at, watch, || store.pstate().purge(), || store.pstate().interrupt_purge())
}

/// Runs `work` on its own thread, while this one asks `watch` and calls `stop` when it breaks.
fn stoppable(
    at: Progress,
    watch: &mut Watch<'_>,
    work: impl FnOnce() -> Result<()> + Send,
    stop: impl Fn(),
) -> Result<()> {
    let mut asked = watch(at) == ControlFlow::Break(());
    if asked {
        return Err(ReplayError::cancelled().into());
    }
    let result = thread::scope(|scope| {
        let (done, is_done) = channel();
        let worker = scope.spawn(move || {
            let result = work();
            // Dropping the sender reports the end as well.
            let _ = done.send(());
            result
        });
        while is_done.recv_timeout(TURN) == Err(RecvTimeoutError::Timeout) {
            asked |= watch(at) == ControlFlow::Break(());
            if asked {
                stop();
            }
        }
        worker.join()
    });
    match result {
        _ if asked => Err(ReplayError::cancelled().into()),
        Ok(result) => result,
        Err(_) => Err(StoreError::Engine { detail: "the purge ended unexpectedly".to_owned() }.into()),
    }
}

/// Returns the unused parts of the files, which may contain old bytes. `None` for a store in memory.
pub(super) fn slack(store: &Store) -> Result<Option<Slack>> {
    let events = store.events().slack()?;
    if store.is_shared() {
        return Ok(events);
    }
    let both = events.zip(store.pstate().slack()?);
    Ok(both.map(|(events, projections)| Slack {
        free_pages: events.free_pages + projections.free_pages,
        log_bytes: events.log_bytes + projections.log_bytes,
    }))
}
