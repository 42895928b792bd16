//! Removing what concerns a space, for a delete or a redaction.

use std::fs;
use std::path::Path;

use uuid::Uuid;

use crate::content_store::{ClientMemory, ForgottenMemory, QuotedData};
use crate::space::SpaceId;

use super::document::{self, check_file};
use super::{StateDirectory, StateFileError, StoreMemory};

/// The memory of one store, for its deletes and redactions.
#[derive(Debug, Clone)]
pub struct MemoryOfStore {
    /// The directory of the user, if there is one.
    pub directory: Option<StateDirectory>,
    /// The store's id.
    pub store_id: Uuid,
}

impl ClientMemory for MemoryOfStore {
    fn forget(&self, space_id: SpaceId, data: QuotedData<'_>) -> ForgottenMemory {
        let Some(directory) = &self.directory else { return ForgottenMemory::default() };
        let mut forgotten = ForgottenMemory {
            searched: Some(directory.path().display().to_string()),
            ..ForgottenMemory::default()
        };
        match directory.forget(self.store_id, space_id, data) {
            Ok(removed) => forgotten.removed = removed,
            Err(error) => forgotten.out_of_reach.push(error.to_string()),
        }
        forgotten
    }
}

impl StateDirectory {
    /// Removes what concerns a space from the memory of its store. A file that cannot be read is removed as a whole.
    fn forget(&self, store_id: Uuid, space_id: SpaceId, data: QuotedData<'_>) -> Result<u64, StateFileError> {
        match fs::symlink_metadata(self.path()) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(StateFileError::io(self.path(), error)),
            Ok(_) => {}
        }
        let path = self.of_store(store_id);
        let _lock = self.lock()?;
        let mut removed = 0;
        for left in document::leftovers(&path) {
            remove(&left)?;
            removed += 1;
        }
        let memory = match document::read::<StoreMemory>(&path) {
            Ok(None) if removed == 0 => return Ok(0),
            Ok(memory) => memory,
            Err(error @ (StateFileError::NotAFile { .. } | StateFileError::Io { .. })) => return Err(error),
            Err(_) => {
                remove(&path)?;
                removed += 1;
                None
            }
        };
        let mut memory = memory.unwrap_or_default();
        removed += memory.forget(space_id, data);
        document::write(&path, &mut memory)?;
        Ok(removed)
    }
}

fn remove(path: &Path) -> Result<(), StateFileError> {
    let failed = |error| StateFileError::io(path, error);
    check_file(path, fs::symlink_metadata(path).map_err(failed)?.file_type())?;
    fs::remove_file(path).map_err(failed)
}
