//! Projections in a SQLite file. `file/schema/mod.rs` explains the layout.

mod entities;
mod inspect;
mod live;
mod shadow;
mod unused;

pub(super) use live::{advance, block};
pub(super) use shadow::activate;

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};
use tracing::debug_span;

use crate::engines::sqlite::file;
use crate::engines::sqlite::file::{Database, ReadColumn};
use crate::error::Result;
use crate::event_store::{Access, Advance, Page, ReadyShadow, Slack, Storage};
use crate::id::SpaceId;
use crate::operator::Operator;
use crate::space::Checkpoint;

use crate::pstate::{
    BlockingEvent, Changes, Entries, Entry, LiveProjection, NoEntries, ProjectionId, ReadProjections, Seen,
    Shadow, Shadows, StoredProjection, WriteProjections, moved,
};

use live::{find_live, live, set_checkpoint, write_live};

/// Projections in a SQLite file.
pub struct SqlitePState {
    pub(super) database: Arc<Database>,
}

impl SqlitePState {
    /// Creates the projections of an open file.
    pub fn new(database: Arc<Database>) -> Self {
        Self { database }
    }

    /// Creates temporary projections, which use the disk if they are large.
    pub fn temporary() -> Result<Self> {
        Ok(Self::new(Arc::new(Database::temporary()?)))
    }
}

impl ReadProjections for SqlitePState {
    fn get(&self, id: ProjectionId<'_>, key: &str) -> Result<Option<Entry>> {
        self.database.read(|connection| entities::get(connection, id, key))
    }

    fn open(&self, id: ProjectionId<'_>) -> Result<LiveProjection<'_>> {
        let Some((live, definition)) = self.database.read(|connection| live::find_defined(connection, id))?
        else {
            let entries = Box::new(NoEntries);
            return Ok(LiveProjection { checkpoint: Checkpoint::default(), definition: None, entries });
        };
        let entries = Box::new(LiveEntries { database: &self.database, projection_id: live.projection_id });
        Ok(LiveProjection { checkpoint: live.checkpoint, definition, entries })
    }

    fn multi_get(&self, id: ProjectionId<'_>, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        self.database.snapshot(|connection| match find_live(connection, id)? {
            Some(live) => entities::multi_get(connection, live.projection_id, keys),
            None => Ok(vec![None; keys.len()]),
        })
    }

    fn scan(&self, id: ProjectionId<'_>, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.database.snapshot(|connection| match find_live(connection, id)? {
            Some(live) => entities::scan(connection, live.projection_id, prefix, &page),
            None => Ok(Vec::new()),
        })
    }

    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.database.long_snapshot(work)
    }

    fn checkpoint(&self, id: ProjectionId<'_>) -> Result<Checkpoint> {
        let live = self.database.read(|connection| find_live(connection, id))?;
        Ok(live.map(|live| live.checkpoint).unwrap_or_default())
    }

    fn names(&self, space_id: SpaceId) -> Result<Vec<String>> {
        let sql = "SELECT projection FROM projection_checkpoints WHERE space_id = ?1 ORDER BY projection";
        self.database.read(|connection| live::names(connection, sql, space_id))
    }

    fn stored(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<StoredProjection>>> {
        self.database.snapshot(|connection| live::stored(connection, space_ids))
    }
}

/// The entries of one projection, live or not.
struct LiveEntries<'a> {
    database: &'a Database,
    projection_id: i64,
}

impl Entries for LiveEntries<'_> {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        self.database.read(|connection| entities::get_of(connection, self.projection_id, key))
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.database.read(|connection| entities::scan(connection, self.projection_id, prefix, &page))
    }
}

impl WriteProjections for SqlitePState {
    fn write(&self, id: ProjectionId<'_>, changes: &Changes) -> Result<()> {
        self.database.write(|connection| {
            let live = live(connection, id)?;
            write_live(connection, id, &live, changes, live.checkpoint).map(drop)
        })
    }

    fn write_if(&self, id: ProjectionId<'_>, seen: &[Seen<'_>], changes: &Changes) -> Result<Vec<String>> {
        let keys: Vec<&str> = seen.iter().map(|seen| seen.key).collect();
        self.database.write(|connection| {
            let found = match find_live(connection, id)? {
                Some(live) => entities::multi_get(connection, live.projection_id, &keys)?,
                None => vec![None; keys.len()],
            };
            let moved = moved(seen, &found);
            if moved.is_empty() && !changes.is_empty() {
                let live = live(connection, id)?;
                write_live(connection, id, &live, changes, live.checkpoint)?;
            }
            Ok(moved)
        })
    }

    fn advance(&self, id: ProjectionId<'_>, advance: &Advance<'_>) -> Result<()> {
        let _span =
            debug_span!("put", space_id = id.space_id.0, name = id.name, keys = advance.changes.len())
                .entered();
        self.database.write(|connection| live::advance(connection, id, advance).map(drop))
    }

    fn block(&self, id: ProjectionId<'_>, event: &BlockingEvent) -> Result<()> {
        self.database.write(|connection| live::block(connection, id, event))
    }

    fn remove(&self, id: ProjectionId<'_>) -> Result<()> {
        self.database.write(|connection| live::remove(connection, id))
    }

    fn delete_some(&self, space_id: SpaceId, limit: usize) -> Result<bool> {
        self.database.write(|connection| {
            connection.execute("DELETE FROM projection_checkpoints WHERE space_id = ?1", [space_id.0])?;
            connection
                .execute("UPDATE projections SET state = 'retired' WHERE space_id = ?1", [space_id.0])?;
            sweep(connection, space_id, limit)
        })
    }
}

impl Shadows for SqlitePState {
    fn shadow(
        &self,
        id: ProjectionId<'_>,
        definition: Option<&str>,
        access: Access,
        owner: Option<&Operator>,
    ) -> Result<Box<dyn Shadow + '_>> {
        let owner = owner.and_then(|owner| serde_json::to_string(owner).ok());
        let shadow = shadow::SqliteShadow::begin(&self.database, id, definition, access, owner.as_deref())?;
        Ok(Box::new(shadow))
    }

    fn activate(
        &self,
        id: ProjectionId<'_>,
        shadow: ReadyShadow,
        changes: &Changes,
        at: Checkpoint,
    ) -> Result<u64> {
        self.database.write(|connection| activate(connection, id, shadow, changes, at))
    }

    fn sweep_unused(&self, is_gone: &dyn Fn(&Operator) -> bool, limit: usize) -> Result<bool> {
        // Looks before it takes the write lock: usually there is nothing to do.
        if !self.database.read(|connection| unused::is_any(connection, is_gone))? {
            return Ok(false);
        }
        self.database.write_no_sync(|connection| unused::sweep(connection, is_gone, limit))
    }

    fn sweep(&self, space_id: SpaceId, limit: usize) -> Result<bool> {
        // Looks before it takes the write lock: usually there is nothing to do.
        if self.database.read(|connection| retired(connection, space_id))?.is_none() {
            return Ok(false);
        }
        self.database.write_no_sync(|connection| sweep(connection, space_id, limit))
    }
}

impl Storage for SqlitePState {
    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        self.database.read(|connection| rows_by_table(connection, space_id))
    }

    fn purge(&self) -> Result<()> {
        self.database.purge()
    }

    fn interrupt_purge(&self) {
        self.database.interrupt_purge();
    }

    fn slack(&self) -> Result<Option<Slack>> {
        let slack = self.database.slack()?;
        Ok(slack.map(|(free_pages, log_bytes)| Slack { free_pages, log_bytes }))
    }

    fn version(&self) -> Result<u64> {
        self.database.version()
    }

    fn storage_bytes(&self) -> Result<Option<u64>> {
        self.database.storage_bytes()
    }
}

fn retired(connection: &Connection, space_id: SpaceId) -> file::Result<Option<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT projection_id FROM projections WHERE space_id = ?1 AND state = 'retired' LIMIT 1",
    )?;
    Ok(statement.query_row([space_id.0], |row| row.column(0)).optional()?)
}

fn sweep(connection: &Connection, space_id: SpaceId, limit: usize) -> file::Result<bool> {
    let Some(projection_id) = retired(connection, space_id)? else { return Ok(false) };
    if entities::delete_some(connection, projection_id, limit)? < limit {
        connection.execute("DELETE FROM projections WHERE projection_id = ?1", [projection_id])?;
    }
    Ok(retired(connection, space_id)?.is_some())
}

fn rows_by_table(connection: &Connection, space_id: SpaceId) -> file::Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for (table, sql) in [
        ("projection_checkpoints", "SELECT count(*) FROM projection_checkpoints WHERE space_id = ?1"),
        ("projections", "SELECT count(*) FROM projections WHERE space_id = ?1"),
        (
            "projection_entities",
            "SELECT count(*) FROM projection_entities JOIN projections USING (projection_id) WHERE space_id = ?1",
        ),
    ] {
        let rows: i64 = connection.query_row(sql, [space_id.0], |row| row.column(0))?;
        found.push((table.to_owned(), rows.unsigned_abs()));
    }
    Ok(found)
}
