//! Running one long step of the store on its own thread, so that it can be stopped halfway.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::error::{Result, StoreError};
use crate::event_store::Inspect;

use super::{Progress, Watch, report};

/// How often `watch` is asked.
const ASK: Duration = Duration::from_millis(50);

/// Runs `work`, which only reads, on its own thread, and interrupts it when `watch` breaks.
///
/// # Errors
/// The error of `work`; [`ReplayError::Cancelled`](crate::ReplayError::Cancelled).
pub(super) fn run_interruptible<T: Send>(
    storage: &dyn Inspect,
    progress: Progress,
    watch: &mut Watch<'_>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    run_interruptible_measured(storage, || progress, watch, work)
}

/// Does the same for a step whose progress can be measured from outside.
pub(super) fn run_interruptible_measured<T: Send>(
    storage: &dyn Inspect,
    progress: impl Fn() -> Progress,
    watch: &mut Watch<'_>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    report(watch, progress())?;
    let interrupt = storage.interrupter()?;
    thread::scope(|scope| {
        let (ended, end) = mpsc::channel();
        // If the work was interrupted, nothing receives its result.
        scope.spawn(move || drop(ended.send(work())));
        loop {
            match end.recv_timeout(ASK) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Disconnected) => {
                    let detail = "a long step of the store ended without a result".to_owned();
                    return Err(StoreError::Engine { detail }.into());
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Err(cancelled) = report(watch, progress()) {
                // The work may be between two statements, where an interrupt has no effect: repeat it.
                while matches!(end.recv_timeout(Duration::from_millis(1)), Err(RecvTimeoutError::Timeout)) {
                    interrupt();
                }
                return Err(cancelled);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::operations::Phase;

    #[derive(Default)]
    struct Endless(Arc<AtomicBool>);

    impl Inspect for Endless {
        fn interrupter(&self) -> Result<Box<dyn Fn() + Send + Sync>> {
            let asked = Arc::clone(&self.0);
            Ok(Box::new(move || asked.store(true, Ordering::Relaxed)))
        }
    }

    #[test]
    fn an_endless_step_can_be_interrupted() {
        let storage = Endless::default();
        let progress = Progress { phase: Phase::Check, done: 0, total: 0, last_event: None, skipped: 0 };
        let mut asked = 0;
        let stopped = run_interruptible(
            &storage,
            progress,
            &mut |_| {
                asked += 1;
                if asked < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            },
            || {
                while !storage.0.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
                Ok(())
            },
        );
        assert!(stopped.unwrap_err().is_cancelled());
    }
}
