//! Detects that a store's files were moved, removed or replaced.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::console::app::gone::Gone;
use crate::content_store::Store;

/// The identities of a store's files when it was opened. An open file can be read and written after its name
/// is gone, but anything written then is lost.
pub(in crate::console) struct Files(Vec<(PathBuf, Option<Identity>)>);

/// The device and inode of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity(u64, u64);

impl Files {
    /// Records the files of a store; none in memory.
    pub(in crate::console) fn of(store: &Store) -> Self {
        let location = store.location();
        let paths = location
            .into_iter()
            .flat_map(|files| std::iter::once(files.database.clone()).chain(files.projections.clone()));
        let seen = |path: PathBuf| {
            let identity = fs::metadata(&path).ok().as_ref().map(identity);
            (path, identity)
        };
        Self(paths.map(seen).collect())
    }

    /// Returns the fate of the first file that is no longer in place, if any.
    pub(in crate::console) fn gone(&self) -> Option<Gone> {
        self.0.iter().find_map(|(path, before)| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match fs::metadata(path) {
                Ok(now) if *before == Some(identity(&now)) => None,
                Ok(_) => Some(Gone::Replaced(name)),
                Err(_) => Some(Gone::Removed(name)),
            }
        })
    }
}

fn identity(metadata: &Metadata) -> Identity {
    Identity(metadata.dev(), metadata.ino())
}
