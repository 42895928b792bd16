//! A temporary projection derived from a space's events.

use std::cell::OnceCell;

use crate::engines::memory::MemoryPState;
use crate::engines::sqlite::SqlitePState;
use crate::error::Result;
use crate::event_store::Page;
use crate::pstate::{Changes, Entries, Entry, PState};
use crate::space::SpaceId;

/// The most bytes of values in memory; beyond that, a temporary file is used.
pub(super) const MEMORY: usize = 64 << 20;

/// The number of keys moved at once, so that they are not in memory twice.
const PIECE: usize = 1000;

/// A projection that no other reader sees. It moves to a temporary file once it grows large.
pub(in crate::operations) struct TemporaryProjection {
    space_id: SpaceId,
    file: OnceCell<SqlitePState>,
    memory: OnceCell<MemoryPState>,
}

impl TemporaryProjection {
    pub fn new(space_id: SpaceId) -> Self {
        Self { space_id, file: OnceCell::new(), memory: OnceCell::new() }
    }

    /// Stores values in the file, unless everything is in memory.
    pub(super) fn put_aside(&self, changes: Changes) -> Result<()> {
        if self.storage().is_none() {
            // There is no other thread that could have set it meanwhile.
            let _ = self.file.set(SqlitePState::temporary()?);
        }
        self.storage().map_or(Ok(()), |storage| storage.write(self.space_id.into(), &changes))
    }

    fn storage(&self) -> Option<&dyn PState> {
        let file = self.file.get().map(|file| -> &dyn PState { file });
        file.or_else(|| self.memory.get().map(|memory| -> &dyn PState { memory }))
    }

    /// Returns the complete projection, including these last values.
    pub fn whole(&self, changes: Changes) -> Result<&dyn PState> {
        let whole: &dyn PState = match self.file.get() {
            Some(file) => file,
            None => self.memory.get_or_init(MemoryPState::default),
        };
        changes.split(PIECE).try_for_each(|piece| whole.write(self.space_id.into(), &piece))?;
        Ok(whole)
    }
}

impl Entries for &TemporaryProjection {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        self.storage().map_or(Ok(None), |storage| storage.get(self.space_id.into(), key))
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.storage()
            .map_or_else(|| Ok(Vec::new()), |storage| storage.scan(self.space_id.into(), prefix, page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::json::Json;

    #[test]
    fn stored_values_are_read_again_and_scanned_in_order() {
        let put = |keys: &[&str]| {
            let mut changes = Changes::default();
            keys.iter().for_each(|key| changes.put(key, Json::of(&(*key).into()), Timestamp(1)));
            changes
        };
        for aside in [&[][..], &[&["b", "d"][..]], &[&["b", "d"], &["a", "d"]]] {
            let temporary = TemporaryProjection::new(SpaceId(7));
            aside.iter().for_each(|keys| temporary.put_aside(put(keys)).unwrap());
            assert_eq!(Entries::get(&&temporary, "d").unwrap().is_some(), !aside.is_empty());
            let whole = temporary.whole(put(&["c"])).unwrap();
            let entries = whole.scan(SpaceId(7).into(), "", Page::forward(None, 9)).unwrap();
            let mut expected: Vec<&str> = aside.concat();
            expected.push("c");
            expected.sort_unstable();
            expected.dedup();
            assert_eq!(entries.iter().map(|entry| &*entry.key).collect::<Vec<_>>(), expected);
        }
    }
}
