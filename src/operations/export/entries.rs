//! A snapshot of a projection, set aside while its events are written.

use std::io::{BufReader, BufWriter, Read, Seek, Write};

use tempfile::SpooledTempFile;

use crate::clock::Timestamp;
use crate::content_store::Store;
use crate::error::{ExportError, Result};
use crate::event_store::{Page, is_last_page};
use crate::json::Json;
use crate::pstate::Entry;
use crate::space::{Checkpoint, SpaceId};

/// Entries read at once.
const PAGE: usize = 100;

/// Bytes kept in memory; beyond that, a temporary file is used.
const MEMORY: usize = 4 << 20;

/// The entries of a projection with their checkpoint.
pub(super) struct Entries {
    pub checkpoint: Checkpoint,
    file: BufReader<SpooledTempFile>,
    left: u64,
}

impl Entries {
    /// Sets a space's projection aside, and tells `step` after each page how many entries are done.
    pub fn put_aside(
        store: &Store,
        space_id: SpaceId,
        step: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<Self> {
        let mut file = BufWriter::new(SpooledTempFile::new(MEMORY));
        let mut checkpoint = Checkpoint::default();
        let mut count = 0;
        store.pstate().snapshot(&mut || {
            checkpoint = store.pstate().checkpoint(space_id.into())?;
            let mut after = None;
            loop {
                let page = store.pstate().scan(space_id.into(), "", Page::forward(after, PAGE))?;
                for entry in &page {
                    write(&mut file, entry).map_err(ExportError::from)?;
                }
                count += page.len() as u64;
                step(count)?;
                if is_last_page(&page, PAGE) {
                    return Ok(());
                }
                after = page.into_iter().next_back().map(|entry| entry.key);
            }
        })?;
        let mut file = file.into_inner().map_err(|error| ExportError::Write(error.into_error()))?;
        file.rewind().map_err(ExportError::from)?;
        // The stored counter may be damaged; that must not lose entries.
        checkpoint.entities = count;
        Ok(Self { checkpoint, file: BufReader::new(file), left: count })
    }

    /// Returns the next entry, in the order of the keys.
    pub fn next(&mut self) -> Result<Option<Entry>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        Ok(Some(read(&mut self.file).map_err(ExportError::from)?))
    }
}

fn write(file: &mut impl Write, entry: &Entry) -> std::io::Result<()> {
    let Entry { key, value, updated_at } = entry;
    for text in [key, value.as_str()] {
        file.write_all(&(text.len() as u64).to_le_bytes())?;
        file.write_all(text.as_bytes())?;
    }
    file.write_all(&updated_at.0.to_le_bytes())
}

fn read(file: &mut impl Read) -> std::io::Result<Entry> {
    let mut text = || {
        let length = u64::from_le_bytes(number(file)?);
        let mut text = String::new();
        file.take(length).read_to_string(&mut text)?;
        std::io::Result::Ok(text)
    };
    let (key, value) = (text()?, Json::from_stored(text()?));
    Ok(Entry { key, value, updated_at: Timestamp(i64::from_le_bytes(number(file)?)) })
}

fn number(file: &mut impl Read) -> std::io::Result<[u8; 8]> {
    let mut bytes = [0; 8];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
