//! Rewriting the files without what was deleted, as far as SQLite lets itself be stopped in it.

use std::ops::ControlFlow;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::content_store::Store;
use crate::error::{ReplayError, Result, StoreError};

use super::super::{Progress, Watch};

/// How often `watch` is asked whether to go on.
const TURN: Duration = Duration::from_millis(50);

/// Purges the files, asking `watch` again and again whether to go on. The rewriting of a file is stopped
/// between any two of its steps; the last one, which puts the new pages in place, runs to its end.
///
/// # Errors
/// [`ReplayError::DeleteInterrupted`] if `watch` breaks; failures of the storage.
pub(super) fn purge(store: &Store, at: Progress, watch: &mut Watch<'_>) -> Result<()> {
    stoppable(at, watch, || store.events().purge(), || store.events().interrupt_purge())?;
    if store.is_shared() {
        return Ok(());
    }
    stoppable(at, watch, || store.pstate().purge(), || store.pstate().interrupt_purge())
}

/// Does `work` on a thread of its own, while this one asks `watch`, and has `stop` it where need be.
fn stoppable(
    at: Progress,
    watch: &mut Watch<'_>,
    work: impl FnOnce() -> Result<()> + Send,
    stop: impl Fn(),
) -> Result<()> {
    let mut asked = watch(at) == ControlFlow::Break(());
    if asked {
        return Err(ReplayError::DeleteInterrupted.into());
    }
    let result = thread::scope(|scope| {
        let (done, is_done) = channel();
        let worker = scope.spawn(move || {
            let result = work();
            // Dropped, it says the same.
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
        _ if asked => Err(ReplayError::DeleteInterrupted.into()),
        Ok(result) => result,
        Err(_) => Err(StoreError::Engine { detail: "the purge came to a sudden end".to_owned() }.into()),
    }
}
