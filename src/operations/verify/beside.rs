//! What a space's events amount to, kept on one side.

use std::cell::OnceCell;

use crate::error::Result;
use crate::pstate::{Changes, Entry, MemoryPState, PState, SqlitePState};
use crate::space::SpaceId;

/// How many bytes of values are held in memory at most, before they go to a temporary file.
pub(super) const MEMORY: usize = 64 << 20;

/// How many keys are moved at a time, so that they are not in memory twice.
const PIECE: usize = 1000;

/// A projection that nobody else sees. It goes to a temporary file once it grows large.
pub(super) struct Beside {
    space_id: SpaceId,
    file: OnceCell<SqlitePState>,
    memory: OnceCell<MemoryPState>,
}

impl Beside {
    pub(super) fn new(space_id: SpaceId) -> Self {
        Self { space_id, file: OnceCell::new(), memory: OnceCell::new() }
    }

    /// Returns what was put aside under a key.
    pub(super) fn get(&self, key: &str) -> Result<Option<Entry>> {
        self.place().map_or(Ok(None), |place| place.get(self.space_id, key))
    }

    /// Puts values aside: into the file, unless the whole is in memory already.
    pub(super) fn put_aside(&self, changes: Changes) -> Result<()> {
        if self.place().is_none() {
            // Nobody else can have set it meanwhile.
            let _ = self.file.set(SqlitePState::temporary()?);
        }
        self.place().map_or(Ok(()), |place| place.write(self.space_id, &changes))
    }

    fn place(&self) -> Option<&dyn PState> {
        let file = self.file.get().map(|file| -> &dyn PState { file });
        file.or_else(|| self.memory.get().map(|memory| -> &dyn PState { memory }))
    }

    /// The whole, with these last values in it.
    pub(super) fn whole(&self, changes: Changes) -> Result<&dyn PState> {
        let whole: &dyn PState = match self.file.get() {
            Some(file) => file,
            None => self.memory.get_or_init(MemoryPState::default),
        };
        changes.split(PIECE).try_for_each(|piece| whole.write(self.space_id, &piece))?;
        Ok(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::event_store::Page;
    use crate::json::Json;

    #[test]
    fn what_was_put_aside_is_read_again_and_comes_in_order_with_the_last_values() {
        let put = |keys: &[&str]| {
            let mut changes = Changes::default();
            keys.iter().for_each(|key| changes.put(key, Json::of(&(*key).into()), Timestamp(1)));
            changes
        };
        for aside in [&[][..], &[&["b", "d"][..]], &[&["b", "d"], &["a", "d"]]] {
            let beside = Beside::new(SpaceId(7));
            aside.iter().for_each(|keys| beside.put_aside(put(keys)).unwrap());
            assert_eq!(beside.get("d").unwrap().is_some(), !aside.is_empty());
            let whole = beside.whole(put(&["c"])).unwrap();
            let entries = whole.scan(SpaceId(7), "", Page::forward(None, 9)).unwrap();
            let mut expected: Vec<&str> = aside.concat();
            expected.push("c");
            expected.sort_unstable();
            expected.dedup();
            assert_eq!(entries.iter().map(|entry| &*entry.key).collect::<Vec<_>>(), expected);
        }
    }
}
