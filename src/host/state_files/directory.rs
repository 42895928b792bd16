//! The directory of the state files, and the lock on it.

use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use etcetera::base_strategy::{BaseStrategy, Xdg};
use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use uuid::Uuid;

use super::document::{self, Document};
use super::{RecentFiles, StateFileError, StoreMemory};

/// The name of the directory. Programs with other apps share it, so that each removes what concerns a deleted space.
const NAME: &str = "ramax";

/// How long to wait for another process that is writing, which takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// The time between two attempts.
const AGAIN: Duration = Duration::from_millis(5);

/// The state files of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDirectory {
    path: PathBuf,
}

impl StateDirectory {
    /// Returns the directory of the current user: `$XDG_STATE_HOME/ramax`.
    ///
    /// # Errors
    /// [`StateFileError::NoDirectory`].
    pub fn of_user() -> Result<Self, StateFileError> {
        let base = Xdg::new().ok().and_then(|base| base.state_dir());
        let base = base.filter(|base| base.is_absolute()).ok_or(StateFileError::NoDirectory)?;
        Ok(Self::at(base.join(NAME)))
    }

    /// Returns the directory at this path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns the path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the memory of a store; it is empty if there is none.
    ///
    /// # Errors
    /// [`StateFileError`]. The file is unchanged.
    pub fn store(&self, store_id: Uuid) -> Result<StoreMemory, StateFileError> {
        Ok(document::read(&self.of_store(store_id))?.unwrap_or_default())
    }

    /// Changes the memory of a store, and returns it as it is then. What other processes have written meanwhile is kept.
    ///
    /// # Errors
    /// [`StateFileError`]. The file is unchanged.
    pub fn change_store(
        &self,
        store_id: Uuid,
        change: &mut dyn FnMut(&mut StoreMemory),
    ) -> Result<StoreMemory, StateFileError> {
        self.change(&self.of_store(store_id), change)
    }

    /// Reads the files that were opened recently.
    ///
    /// # Errors
    /// [`StateFileError`]. The file is unchanged.
    pub fn recent(&self) -> Result<RecentFiles, StateFileError> {
        Ok(document::read(&self.of_recent())?.unwrap_or_default())
    }

    /// Changes the files that were opened recently.
    ///
    /// # Errors
    /// [`StateFileError`]. The file is unchanged.
    pub fn change_recent(
        &self,
        change: &mut dyn FnMut(&mut RecentFiles),
    ) -> Result<RecentFiles, StateFileError> {
        self.change(&self.of_recent(), change)
    }

    /// Renames the files with broken contents, and returns what was wrong with each and where it is now. A new file is started
    /// with the next change.
    ///
    /// # Errors
    /// [`StateFileError`] if a file cannot be renamed.
    pub fn keep_broken_aside(
        &self,
        store_id: Uuid,
    ) -> Result<Vec<(StateFileError, PathBuf)>, StateFileError> {
        let mut kept = Vec::new();
        let store = self.store(store_id).map(drop);
        for (path, read) in [(self.of_store(store_id), store), (self.of_recent(), self.recent().map(drop))] {
            let Some(error) = read.err().filter(StateFileError::is_about_content) else { continue };
            let _lock = self.lock()?;
            kept.push((error, document::keep_aside(&path)?));
        }
        Ok(kept)
    }

    pub(super) fn of_store(&self, store_id: Uuid) -> PathBuf {
        self.path.join(format!("store-{store_id}.json"))
    }

    fn of_recent(&self) -> PathBuf {
        self.path.join("recent.json")
    }

    fn change<D: Document + PartialEq + Clone>(
        &self,
        path: &Path,
        change: &mut dyn FnMut(&mut D),
    ) -> Result<D, StateFileError> {
        self.prepare()?;
        let _lock = self.lock()?;
        let before: Option<D> = document::read(path)?;
        let mut after = before.clone().unwrap_or_default();
        change(&mut after);
        after.limit();
        if before.as_ref() != Some(&after) {
            document::drafts(path).iter().for_each(|draft| drop(fs::remove_file(draft)));
            document::write(path, &mut after)?;
        }
        Ok(after)
    }

    /// Creates the directory for its owner alone.
    fn prepare(&self) -> Result<(), StateFileError> {
        let failed = |error| StateFileError::io(&self.path, error);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path).map_err(failed)?;
        let found = fs::metadata(&self.path).map_err(failed)?;
        if found.uid() != rustix::process::geteuid().as_raw() {
            return Err(StateFileError::NotOwned { path: self.path.clone() });
        }
        if found.mode() & 0o077 != 0 {
            fs::set_permissions(&self.path, Permissions::from_mode(0o700)).map_err(failed)?;
        }
        Ok(())
    }

    /// Waits for the lock, which is released when the file is dropped. Some network file systems have no locks; there, two
    /// consoles that write at the same moment may lose an entry.
    pub(super) fn lock(&self) -> Result<File, StateFileError> {
        let path = self.path.join("lock");
        let failed = |error| StateFileError::io(&path, error);
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600).custom_flags(flags.bits().cast_signed());
        let file = options.open(&path).map_err(failed)?;
        let since = Instant::now();
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOLCK | Errno::NOSYS) => return Ok(file),
                Err(Errno::WOULDBLOCK | Errno::INTR) if since.elapsed() < PATIENCE => {
                    std::thread::sleep(AGAIN)
                }
                Err(Errno::WOULDBLOCK | Errno::INTR) => return Err(StateFileError::Locked { path }),
                Err(error) => return Err(failed(error.into())),
            }
        }
    }
}
