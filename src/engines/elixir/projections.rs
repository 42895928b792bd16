//! The projections of a file of the original: one for each space.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;

use crate::engines::sqlite::FileResult;
use crate::error::Result;
use crate::event_store::{Direction, Inspect, PAGE_BYTES, Page, PageRow, Storage};
use crate::id::SpaceId;
use crate::pstate::{
    Entries, Entry, InspectProjections, LiveProjection, ProjectionId, ReadProjections, STATE,
    StoredProjection, end_of_prefix,
};
use crate::space::Checkpoint;

use super::file::OriginalFile;
use super::row;
use super::store::refusal;

/// The projections of a file of the original.
pub struct OriginalPState {
    file: Arc<OriginalFile>,
    /// The file with the events, which has the checkpoints too.
    events: Arc<OriginalFile>,
    path: PathBuf,
}

impl OriginalPState {
    pub(super) fn new(file: Arc<OriginalFile>, events: Arc<OriginalFile>, path: PathBuf) -> Self {
        Self { file, events, path }
    }

    /// Returns the error of every write.
    pub(super) fn refuse<T>(&self) -> Result<T> {
        Err(refusal(&self.path).into())
    }

    /// Returns the table of projections, if this is the one that a space has.
    fn table(&self, projection: ProjectionId<'_>) -> Option<&str> {
        self.file.layout.entities.as_deref().filter(|_| projection.name == STATE)
    }

    /// Returns the checkpoint of a space, and its number of keys.
    fn found(&self, space_id: SpaceId) -> Result<Option<Checkpoint>> {
        let keys = self.file.keys()?.get(&space_id).copied();
        let catalog = self.events.catalog()?;
        let checkpoint = catalog.spaces.get(&space_id).and_then(|space| space.checkpoint);
        if checkpoint.is_none() && keys.is_none() {
            return Ok(None);
        }
        Ok(Some(Checkpoint { entities: keys.unwrap_or(0), ..checkpoint.unwrap_or_default() }))
    }
}

/// The entries of one projection.
struct OriginalEntries<'a> {
    pstate: &'a OriginalPState,
    space_id: SpaceId,
    name: String,
}

impl OriginalEntries<'_> {
    fn id(&self) -> ProjectionId<'_> {
        ProjectionId::new(self.space_id, &self.name)
    }
}

impl Entries for OriginalEntries<'_> {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        self.pstate.get(self.id(), key)
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.pstate.scan(self.id(), prefix, page)
    }
}

impl ReadProjections for OriginalPState {
    fn keeps(&self, name: &str) -> bool {
        name == STATE
    }

    fn multi_get(&self, projection: ProjectionId<'_>, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        let Some(table) = self.table(projection) else { return Ok(vec![None; keys.len()]) };
        self.file.read(|connection| {
            let columns = columns();
            let sql = format!("SELECT {columns} FROM {table} WHERE space_id = ?1 AND key = ?2");
            let mut statement = connection.prepare_cached(&sql)?;
            let get = |key: &&str| {
                let mut rows = statement.query((projection.space_id.0, key))?;
                rows.next()?.map_or(Ok(None), row::entry)
            };
            keys.iter().map(get).collect()
        })
    }

    fn scan(&self, projection: ProjectionId<'_>, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        match self.table(projection) {
            Some(table) if page.limit > 0 => {
                self.file.read(|connection| scan(connection, table, projection.space_id, prefix, &page))
            }
            _ => Ok(Vec::new()),
        }
    }

    fn open(&self, projection: ProjectionId<'_>) -> Result<LiveProjection<'_>> {
        let checkpoint = self.checkpoint(projection)?;
        let (space_id, name) = (projection.space_id, projection.name.to_owned());
        let entries = Box::new(OriginalEntries { pstate: self, space_id, name });
        Ok(LiveProjection { checkpoint, definition: None, entries })
    }

    fn checkpoint(&self, projection: ProjectionId<'_>) -> Result<Checkpoint> {
        match projection.name == STATE {
            true => Ok(self.found(projection.space_id)?.unwrap_or_default()),
            false => Ok(Checkpoint::default()),
        }
    }

    fn names(&self, space_id: SpaceId) -> Result<Vec<String>> {
        Ok(self.found(space_id)?.map(|_| STATE.to_owned()).into_iter().collect())
    }

    fn stored(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<StoredProjection>>> {
        let stored = |space_id: &SpaceId| {
            let nothing = StoredProjection::new(*space_id, Cow::Borrowed(STATE));
            let found = self.found(*space_id)?;
            Ok(found.map(|checkpoint| StoredProjection { checkpoint, ..nothing }).into_iter().collect())
        };
        space_ids.iter().map(stored).collect()
    }

    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.file.keys()?;
        self.events.catalog()?;
        self.file.database.long_snapshot(work)
    }
}

fn columns() -> String {
    let limit = super::term::Limits::STANDARD.bytes;
    format!("key, iif(octet_length(value) <= {limit}, value, NULL), updated_at")
}

fn scan(
    connection: &Connection,
    table: &str,
    space_id: SpaceId,
    prefix: &str,
    page: &Page<String>,
) -> FileResult<Vec<Entry>> {
    let after = page.after.as_deref();
    let end = end_of_prefix(prefix);
    // Both bounds are in the condition, so that each page starts where the last one ended.
    let (from, to) = match page.direction {
        Direction::Forward => (after.filter(|after| *after >= prefix), end.as_deref()),
        Direction::Backward => (None, end.as_deref().into_iter().chain(after).min()),
    };
    let lower = if from.is_some() { "key > ?2" } else { "key >= ?2" };
    let upper = if to.is_some() { "key < ?3" } else { "?3 IS NULL" };
    let order = if page.direction == Direction::Forward { "ASC" } else { "DESC" };
    let columns = columns();
    let sql = format!(
        "SELECT {columns} FROM {table} WHERE space_id = ?1 AND {lower} AND {upper} ORDER BY key {order}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((space_id.0, from.unwrap_or(prefix), to))?;
    let (mut entries, mut bytes) = (Vec::new(), 0);
    while entries.len() < page.limit
        && bytes < PAGE_BYTES
        && let Some(row) = rows.next()?
    {
        if let Some(entry) = row::entry(row)? {
            bytes += entry.bytes();
            entries.push(entry);
        }
    }
    Ok(entries)
}

impl Storage for OriginalPState {
    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        let keys = self.file.keys()?.get(&space_id).copied().unwrap_or(0);
        Ok(vec![("pstate_entities".to_owned(), keys)])
    }

    fn purge(&self) -> Result<()> {
        self.refuse()
    }

    fn version(&self) -> Result<u64> {
        self.file.database.version()
    }

    fn storage_bytes(&self) -> Result<Option<u64>> {
        self.file.database.storage_bytes()
    }
}

impl Inspect for OriginalPState {}

impl InspectProjections for OriginalPState {
    fn space_ids(&self) -> Result<Vec<SpaceId>> {
        // Entries of a deleted space are left over: see `OriginalLeftovers`.
        let (keys, catalog) = (self.file.keys()?, self.events.catalog()?);
        Ok(keys.keys().copied().filter(|space_id| catalog.spaces.contains_key(space_id)).collect())
    }
}
