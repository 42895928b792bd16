//! A snapshot of the projections, set aside while their events are written.

use std::io::{BufReader, BufWriter, Read, Seek, Write};

use tempfile::SpooledTempFile;

use crate::clock::Timestamp;
use crate::content_store::Store;
use crate::error::{ExportError, Result};
use crate::event_store::{Page, is_last_page};
use crate::json::Json;
use crate::pstate::{Entry, ProjectionId, STATE, StoredProjection};
use crate::space::SpaceId;

/// Entries read at once.
const PAGE: usize = 100;

/// Bytes kept in memory; beyond that, a temporary file is used.
const MEMORY: usize = 4 << 20;

/// The projections of a space with their entries.
pub(super) struct Entries {
    /// The projections, [`STATE`] first, each with the number of its entries.
    pub projections: Vec<StoredProjection>,
    file: BufReader<SpooledTempFile>,
    /// The projection of the next entry, and the number of its entries that are left.
    at: usize,
    left: u64,
}

impl Entries {
    /// Sets a space's projections aside, and tells `step` after each page how many entries are done.
    pub fn put_aside(
        store: &Store,
        space_id: SpaceId,
        step: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<Self> {
        let mut file = BufWriter::new(SpooledTempFile::new(MEMORY));
        let mut projections = Vec::new();
        let mut total = 0;
        store.pstate().snapshot(&mut || {
            projections = of_space(store, space_id)?;
            for projection in &mut projections {
                let id = ProjectionId::new(space_id, &projection.name);
                // The stored counter may be damaged; that must not lose entries.
                projection.checkpoint.entities = 0;
                let mut after = None;
                loop {
                    let page = store.pstate().scan(id, "", Page::forward(after, PAGE))?;
                    for entry in &page {
                        write(&mut file, entry).map_err(ExportError::from)?;
                    }
                    projection.checkpoint.entities += page.len() as u64;
                    total += page.len() as u64;
                    step(total)?;
                    if is_last_page(&page, PAGE) {
                        break;
                    }
                    after = page.into_iter().next_back().map(|entry| entry.key);
                }
            }
            Ok(())
        })?;
        let mut file = file.into_inner().map_err(|error| ExportError::Write(error.into_error()))?;
        file.rewind().map_err(ExportError::from)?;
        let left = projections.first().map_or(0, |first| first.checkpoint.entities);
        Ok(Self { projections, file: BufReader::new(file), at: 0, left })
    }

    /// Returns the number of all entries.
    pub fn count(&self) -> u64 {
        self.projections.iter().map(|projection| projection.checkpoint.entities).sum()
    }

    /// Returns the next entry with its projection, by projection in the order of the keys.
    pub fn next(&mut self) -> Result<Option<(&str, Entry)>> {
        while self.left == 0 {
            self.at += 1;
            let Some(next) = self.projections.get(self.at) else { return Ok(None) };
            self.left = next.checkpoint.entities;
        }
        self.left -= 1;
        let entry = read(&mut self.file).map_err(ExportError::from)?;
        Ok(self.projections.get(self.at).map(|projection| (&*projection.name, entry)))
    }
}

/// Returns the stored projections of a space, [`STATE`] first, even if nothing of it is stored. One of which only a shadow
/// exists is not among them.
pub(in crate::operations) fn of_space(store: &Store, space_id: SpaceId) -> Result<Vec<StoredProjection>> {
    let names = store.pstate().names(space_id)?;
    let stored = store.pstate().stored(&[space_id])?.into_iter().flatten();
    let mut stored: Vec<_> = stored.filter(|stored| names.iter().any(|name| *name == stored.name)).collect();
    if !stored.iter().any(|stored| stored.name == STATE) {
        stored.push(StoredProjection::new(space_id, STATE.into()));
    }
    stored.sort_by(|a, b| (a.name != STATE, &a.name).cmp(&(b.name != STATE, &b.name)));
    Ok(stored)
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
