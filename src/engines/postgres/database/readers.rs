//! Further connections of a handle, so that its readers do not wait for its writer.
//!
//! The connection that writes reads as well while it is free. All others see what is committed. A thread that is already
//! using a connection stays with it: within a unit of work it sees its own writes, and within a snapshot the same state.

use std::time::Instant;

use parking_lot::ReentrantMutexGuard;

use crate::engines::readers::LOOK;
use crate::error::{self, StoreError};
use crate::sqlite::{OpenOptions, Stop};

use super::{Acknowledgement, Database, Shared, Use};

/// A connection that a thread holds.
type Held<'a> = (&'a Database, ReentrantMutexGuard<'a, Shared>);

impl Database {
    /// Chooses a connection to read: the one that this thread is using, else the one that writes if it is free, else a
    /// further one.
    ///
    /// # Errors
    /// [`StoreError::HandleBusy`] after the busy timeout.
    pub(super) fn for_reading(&self) -> error::Result<Held<'_>> {
        self.stop.check_asked()?;
        if self.shared.is_owned_by_current_thread() {
            return Ok((self, self.shared.lock()));
        }
        if let Some(reader) = self.own_reader() {
            return Ok((reader, reader.shared.lock()));
        }
        let started = Instant::now();
        loop {
            if let Some(shared) = self.shared.try_lock().filter(|shared| shared.in_use.get() == Use::Free) {
                return Ok((self, shared));
            }
            let Some(reader) = self.reader() else { return Ok((self, self.turn()?)) };
            if let Some(shared) = reader.shared.try_lock_for(LOOK) {
                return Ok((reader, shared));
            }
            let waited = started.elapsed();
            if waited >= self.options.busy_timeout {
                return Err(StoreError::HandleBusy { waited }.into());
            }
        }
    }

    /// Returns true if this thread is in a snapshot on a further connection.
    pub(super) fn is_in_snapshot(&self) -> bool {
        self.own_reader().is_some()
    }

    /// Returns the further connection that this thread is using.
    fn own_reader(&self) -> Option<&Self> {
        self.readers.opened().find(|reader| reader.shared.is_owned_by_current_thread())
    }

    /// Chooses a further connection, if possible one that is not in use. Returns `None` if there can be none. With several
    /// hosts, it might lead to one that lags behind.
    fn reader(&self) -> Option<&Self> {
        if !self.has_one_host() {
            return None;
        }
        self.readers.choose(|reader| reader.shared.is_locked(), || self.open_reader())
    }

    fn has_one_host(&self) -> bool {
        self.url.config().get_hosts().len() <= 1
    }

    /// Opens a further connection. If the server refuses it, the read waits for the one that writes.
    fn open_reader(&self) -> Option<Self> {
        let options = OpenOptions { read_only: true, ..self.options };
        self.reconnect(options, &self.stop).ok().filter(|reader| reader.store_id == self.store_id)
    }

    /// Opens another handle, which knows what the server has acknowledged to this one, and whether it answers.
    ///
    /// # Errors
    /// [`StoreError::FellBack`].
    pub(in crate::engines::postgres) fn reconnect(
        &self,
        options: OpenOptions,
        stop: &Stop,
    ) -> error::Result<Self> {
        let mut other = Self::open_after(&self.url, options, false, (stop, self.silence.clone()))?;
        other.acknowledged = Acknowledgement::clone(&self.acknowledged);
        // One of several hosts may lag behind.
        if self.has_one_host() {
            other.check_now()?;
        }
        Ok(other)
    }

    /// Checks on a new connection that the server still has the last event that it acknowledged.
    fn check_now(&self) -> error::Result<()> {
        let shared = self.turn()?;
        Ok(self.on(&shared, |session| self.check_acknowledged(session))?)
    }
}
