//! Threads that share a handle take turns.

use std::time::{Duration, Instant};

use parking_lot::{ReentrantMutex, ReentrantMutexGuard};

use crate::error::StoreError;

/// How long a writer waits by default for others that write.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Waits for what threads take turns in using, for `longest` at most: the thread that has it may be in a closure that
/// waits for this one.
///
/// # Errors
/// [`StoreError::HandleBusy`].
pub(crate) fn take_turn<T>(
    shared: &ReentrantMutex<T>,
    longest: Duration,
) -> Result<ReentrantMutexGuard<'_, T>, StoreError> {
    if let Some(shared) = shared.try_lock() {
        return Ok(shared);
    }
    let started = Instant::now();
    shared.try_lock_for(longest).ok_or_else(|| StoreError::HandleBusy { waited: started.elapsed() })
}
