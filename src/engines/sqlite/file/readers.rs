//! Further connections of a handle, so that its readers do not wait for its writer.
//!
//! The connection that writes reads as well while it is free, since its cache is the warmest. All others see what is
//! committed. A thread that is already using a connection stays with it: within a transaction it sees its own writes,
//! and within a snapshot the same state.

use std::sync::OnceLock;

use parking_lot::{Mutex, ReentrantMutexGuard};

use crate::engines::handle_lock::lock_handle;

use super::open::OpenOptions;
use super::transaction::Use;
use super::{Database, Shared};

/// The maximal number of further connections.
const MOST: usize = 4;

/// The further connections, each opened when it is first needed.
#[derive(Default)]
pub(super) struct Readers {
    open: [OnceLock<Box<Database>>; MOST],
    /// Held while one is opened.
    opening: Mutex<()>,
}

/// A connection with its own file handles.
type Turn<'a> = (&'a Database, ReentrantMutexGuard<'a, Shared>);

impl Database {
    /// Returns true if this handle can open further connections: to a temporary file, or a file read without locks, there
    /// can only be one.
    pub(super) fn has_readers(&self) -> bool {
        self.files.is_some() && !self.options.read_only
    }

    /// Chooses a connection for a short read.
    pub(super) fn for_reading(&self) -> crate::Result<Turn<'_>> {
        if let Some(own) = self.own() {
            return Ok(own);
        }
        match self.shared.try_lock() {
            Some(shared) if shared.in_use.get() == Use::Free => Ok((self, shared)),
            _ => self.for_long_reading(),
        }
    }

    /// Chooses a connection for a long read, preferably not the one that writes.
    pub(super) fn for_long_reading(&self) -> crate::Result<Turn<'_>> {
        if let Some(own) = self.own() {
            return Ok(own);
        }
        match self.reader()? {
            Some(reader) => Ok(reader),
            None => Ok((self, self.turn()?)),
        }
    }

    /// Returns the connection that this thread is using.
    fn own(&self) -> Option<Turn<'_>> {
        let is_own = |database: &&Database| database.shared.is_owned_by_current_thread();
        let open = self.readers.open.iter().filter_map(OnceLock::get).map(|reader| &**reader);
        let own = std::iter::once(self).chain(open).find(is_own)?;
        Some((own, own.shared.lock()))
    }

    /// Returns a further connection, or `None` if there can be none.
    fn reader(&self) -> crate::Result<Option<Turn<'_>>> {
        if !self.has_readers() {
            return Ok(None);
        }
        let Readers { open, opening } = &self.readers;
        for slot in open {
            let Some(reader) = slot.get() else {
                let _opening = opening.lock();
                let Some(reader) = self.open_reader(slot) else { return Ok(None) };
                return Ok(Some((reader, lock_handle(&reader.shared, self.options.busy_timeout)?)));
            };
            if let Some(shared) = reader.shared.try_lock() {
                return Ok(Some((reader, shared)));
            }
        }
        // All are open and in use.
        let Some(reader) = open[fastrand::usize(..MOST)].get() else { return Ok(None) };
        Ok(Some((reader, lock_handle(&reader.shared, self.options.busy_timeout)?)))
    }

    /// Opens a further connection. If that fails, the read uses the one that writes.
    fn open_reader<'a>(&'a self, slot: &'a OnceLock<Box<Self>>) -> Option<&'a Self> {
        if slot.get().is_none() {
            let path = self.files.as_ref()?.path();
            let options = OpenOptions { read_only: true, ..self.options };
            let reader = Self::open(path, self.role, &options).ok()?.stopped_by(&self.stop);
            // One that reads without locks would not see commits in the WAL.
            let is_locking = reader.shared.lock().unlocked.get().is_none();
            self.check_same(&reader).ok().filter(|()| is_locking)?;
            let _ = slot.set(Box::new(reader));
        }
        slot.get().map(|reader| &**reader)
    }
}
