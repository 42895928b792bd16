//! Turn-taking between threads that share a handle.

use std::time::{Duration, Instant};

use parking_lot::{ReentrantMutex, ReentrantMutexGuard};

use crate::error::StoreError;

/// How long a writer waits for other writers by default.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Locks a shared value. Fails with [`StoreError::HandleBusy`] after `longest`, because the thread that holds
/// the lock may itself be waiting for this one.
pub(crate) fn lock_handle<T>(
    shared: &ReentrantMutex<T>,
    longest: Duration,
) -> Result<ReentrantMutexGuard<'_, T>, StoreError> {
    if let Some(shared) = shared.try_lock() {
        return Ok(shared);
    }
    let started = Instant::now();
    shared.try_lock_for(longest).ok_or_else(|| StoreError::HandleBusy { waited: started.elapsed() })
}
