//! Further connections of a handle, so that its readers do not wait for its writer.
//!
//! The connection that writes reads as well while it is free, since its cache is the warmest. All others see what is
//! committed. A thread that is already using a connection stays with it: within a transaction it sees its own writes,
//! and within a snapshot the same state.

use std::time::Instant;

use parking_lot::ReentrantMutexGuard;

use crate::engines::readers::LOOK;
use crate::engines::sqlite::file::opening::open::OpenOptions;
use crate::engines::sqlite::file::{Database, Shared};
use crate::error::StoreError;

use super::transaction::Use;

/// The cache of one of them during a long read, which reads most pages once: room for the inner pages of a large tree.
const LONG_READ_CACHE_KIB: u32 = 2 << 10;

/// A connection with its own file handles.
type Turn<'a> = (&'a Database, ReentrantMutexGuard<'a, Shared>);

/// Keeps the cache of a further connection small during a long read.
pub(crate) struct SmallCache<'a> {
    shared: &'a Shared,
    cache_kib: u32,
}

impl<'a> SmallCache<'a> {
    pub(crate) fn of(shared: &'a Shared, cache_kib: u32) -> Self {
        set_cache(shared, cache_kib.min(LONG_READ_CACHE_KIB));
        Self { shared, cache_kib }
    }
}

impl Drop for SmallCache<'_> {
    fn drop(&mut self) {
        set_cache(self.shared, self.cache_kib);
    }
}

fn set_cache(shared: &Shared, kib: u32) {
    // The size is a hint: with another one, reads are correct, too.
    let _ = shared.connection.borrow().pragma_update(None, "cache_size", -i64::from(kib));
}

impl Database {
    /// Returns true if this handle can open further connections: to a temporary file, or a file read without locks, there
    /// can only be one.
    pub(crate) fn has_readers(&self) -> bool {
        self.files.is_some() && !self.options.read_only
    }

    /// Chooses a connection for a short read.
    pub(crate) fn for_reading(&self) -> crate::Result<Turn<'_>> {
        self.choose(|| self.shared.try_lock().filter(|shared| shared.in_use.get() == Use::Free))
    }

    /// Chooses a connection for a long read, preferably not the one that writes.
    pub(crate) fn for_long_reading(&self) -> crate::Result<Turn<'_>> {
        self.choose(|| None)
    }

    /// Chooses the connection that this thread is using, else the one that writes if `free` returns it, else a further
    /// one.
    fn choose<'a>(
        &'a self,
        free: impl Fn() -> Option<ReentrantMutexGuard<'a, Shared>>,
    ) -> crate::Result<Turn<'a>> {
        if let Some(own) = self.own()? {
            return Ok(own);
        }
        let started = Instant::now();
        loop {
            if let Some(shared) = free() {
                return Ok((self, shared));
            }
            let Some(reader) = self.reader() else { return Ok((self, self.turn()?)) };
            if let Some(shared) = reader.shared.try_lock_for(LOOK) {
                shared.is_overtaken.set(false);
                return Ok((reader, shared));
            }
            let waited = started.elapsed();
            if waited >= self.options.busy_timeout {
                return Err(StoreError::HandleBusy { waited }.into());
            }
        }
    }

    /// Returns the connection that this thread is using. If the thread has written meanwhile, a statement in progress on a
    /// further connection would hide that from later reads.
    fn own(&self) -> crate::Result<Option<Turn<'_>>> {
        if self.shared.is_owned_by_current_thread() {
            return Ok(Some((self, self.shared.lock())));
        }
        let Some(reader) = self.own_reader() else { return Ok(None) };
        let shared = reader.shared.lock();
        match shared.is_overtaken.get() {
            true => Ok(Some((self, self.turn()?))),
            false => Ok(Some((reader, shared))),
        }
    }

    /// Returns the further connection that this thread is using.
    fn own_reader(&self) -> Option<&Self> {
        self.readers.opened().find(|reader| reader.shared.is_owned_by_current_thread())
    }

    /// Returns true if this thread is in a snapshot on a further connection.
    pub(crate) fn is_in_snapshot(&self) -> bool {
        self.own_reader().is_some_and(|reader| reader.shared.lock().in_use.get() == Use::Here)
    }

    /// Lets this thread read what it is about to write, even while it is using a further connection.
    pub(crate) fn overtake(&self) {
        if let Some(reader) = self.own_reader() {
            reader.shared.lock().is_overtaken.set(true);
        }
    }

    /// Chooses a further connection, if possible one that is not in use. Returns `None` if there can be none.
    fn reader(&self) -> Option<&Self> {
        if !self.has_readers() {
            return None;
        }
        self.readers.choose(|reader| reader.shared.is_locked(), || self.open_reader())
    }

    /// Opens a further connection. If that fails, the read uses the one that writes.
    fn open_reader(&self) -> Option<Self> {
        let path = self.files.as_ref()?.path();
        let options = OpenOptions { read_only: true, ..self.options };
        let reader = Self::open(path, self.role, &options).ok()?.stopped_by(&self.stop);
        // One that reads without locks would not see commits in the WAL.
        let is_locking = reader.shared.lock().unlocked.get().is_none();
        self.check_same(&reader).ok().filter(|()| is_locking)?;
        Some(reader)
    }
}

#[cfg(test)]
mod tests;
