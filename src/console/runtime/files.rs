//! Whether a store's files are still those that were opened.

use std::fs::{self, Metadata};
use std::path::PathBuf;

use crate::console::state::Gone;
use crate::content_store::Store;

/// The files of a store as they were when it was opened. An open file can be read and written long after its
/// name has gone, and what is written then is lost with it.
pub(in crate::console) struct Files(Vec<(PathBuf, Option<Identity>)>);

/// What tells a file from another of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity(u64, u64);

impl Files {
    /// The files of a store. There are none in memory.
    pub(in crate::console) fn of(store: &Store) -> Self {
        let location = store.location();
        let paths = location
            .into_iter()
            .flat_map(|files| std::iter::once(files.database.clone()).chain(files.projections.clone()));
        let seen = |path: PathBuf| {
            let identity = fs::metadata(&path).ok().as_ref().and_then(identity);
            (path, identity)
        };
        Self(paths.map(seen).collect())
    }

    /// What became of them, if one is not in its place any more.
    pub(in crate::console) fn gone(&self) -> Option<Gone> {
        self.0.iter().find_map(|(path, before)| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match fs::metadata(path) {
                Ok(now) if identity(&now) == *before => None,
                Ok(_) => Some(Gone::Replaced(name)),
                Err(_) => Some(Gone::Removed(name)),
            }
        })
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some(Identity(metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<Identity> {
    None
}
