//! Projections in a SQLite file. `file/schema.rs` explains the layout.

mod entities;
mod inspect;
mod shadow;
mod unused;

pub(super) use shadow::activate;

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row};
use tracing::debug_span;

use crate::audit::Operator;
use crate::engines::sqlite::file;
use crate::engines::sqlite::file::{Database, WANTED, numbers, wanted};
use crate::error::{Result, StoreError};
use crate::event_store::{Access, Page, ReadyShadow, Slack, Storage};
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::space::Checkpoint;
use crate::timestamp::Timestamp;

use crate::pstate::{
    Changes, Entry, ReadProjections, Reader, Seen, Shadow, Shadows, WriteProjections, moved,
};

/// Projections in a SQLite file.
pub struct SqlitePState {
    pub(super) database: Arc<Database>,
}

/// A space's live projection.
struct Live {
    projection_id: i64,
    checkpoint: Checkpoint,
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
    fn get(&self, space_id: SpaceId, key: &str) -> Result<Option<Entry>> {
        self.database.read(|connection| entities::get(connection, space_id, key))
    }

    fn reader(&self, space_id: SpaceId) -> Result<(Checkpoint, Reader<'_>)> {
        let Some(live) = self.database.read(|connection| find_live(connection, space_id))? else {
            return Ok((Checkpoint::default(), Box::new(|_| Ok(None))));
        };
        let read = move |key: &str| {
            self.database.read(|connection| entities::get_of(connection, live.projection_id, key))
        };
        Ok((live.checkpoint, Box::new(read)))
    }

    fn multi_get(&self, space_id: SpaceId, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        self.database.snapshot(|connection| match find_live(connection, space_id)? {
            Some(live) => entities::multi_get(connection, live.projection_id, keys),
            None => Ok(vec![None; keys.len()]),
        })
    }

    fn scan(&self, space_id: SpaceId, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.database.snapshot(|connection| match find_live(connection, space_id)? {
            Some(live) => entities::scan(connection, live.projection_id, prefix, &page),
            None => Ok(Vec::new()),
        })
    }

    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.database.long_snapshot(work)
    }

    fn checkpoint(&self, space_id: SpaceId) -> Result<Checkpoint> {
        self.database.read(|connection| checkpoint(connection, space_id))
    }

    fn checkpoints(&self, space_ids: &[SpaceId]) -> Result<Vec<Checkpoint>> {
        self.database.read(|connection| checkpoints(connection, space_ids))
    }
}

impl WriteProjections for SqlitePState {
    fn write(&self, space_id: SpaceId, changes: &Changes) -> Result<()> {
        self.database.write(|connection| {
            let live = live(connection, space_id)?;
            write_live(connection, space_id, &live, changes, live.checkpoint).map(drop)
        })
    }

    fn write_if(&self, space_id: SpaceId, seen: &[Seen<'_>], changes: &Changes) -> Result<Vec<String>> {
        let keys: Vec<&str> = seen.iter().map(|seen| seen.key).collect();
        self.database.write(|connection| {
            let found = match find_live(connection, space_id)? {
                Some(live) => entities::multi_get(connection, live.projection_id, &keys)?,
                None => vec![None; keys.len()],
            };
            let moved = moved(seen, &found);
            if moved.is_empty() && !changes.is_empty() {
                let live = live(connection, space_id)?;
                write_live(connection, space_id, &live, changes, live.checkpoint)?;
            }
            Ok(moved)
        })
    }

    fn advance(
        &self,
        space_id: SpaceId,
        from: SpaceSequence,
        changes: &Changes,
        to: Checkpoint,
    ) -> Result<()> {
        let _span = debug_span!("put", space_id = space_id.0, keys = changes.len()).entered();
        self.database.write(|connection| advance(connection, space_id, from, changes, to).map(drop))
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
        space_id: SpaceId,
        access: Access,
        owner: Option<&Operator>,
    ) -> Result<Box<dyn Shadow + '_>> {
        let owner = owner.and_then(|owner| serde_json::to_string(owner).ok());
        Ok(Box::new(shadow::SqliteShadow::begin(&self.database, space_id, access, owner.as_deref())?))
    }

    fn activate(
        &self,
        space_id: SpaceId,
        shadow: ReadyShadow,
        changes: &Changes,
        at: Checkpoint,
    ) -> Result<u64> {
        self.database.write(|connection| activate(connection, space_id, shadow, changes, at))
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

/// Advances the live projection from one checkpoint to the next. Returns its number of keys.
pub(super) fn advance(
    connection: &Connection,
    space_id: SpaceId,
    from: SpaceSequence,
    changes: &Changes,
    to: Checkpoint,
) -> file::Result<u64> {
    let live = live(connection, space_id)?;
    let actual = live.checkpoint.sequence;
    if actual != from {
        return Err(StoreError::CheckpointMoved { expected: from, actual }.into());
    }
    write_live(connection, space_id, &live, changes, to)
}

/// Reads `projection_id, last_space_sequence, last_event_id, updated_at, entities`.
fn read_live(row: &Row<'_>) -> rusqlite::Result<Live> {
    let checkpoint = Checkpoint {
        sequence: SpaceSequence(row.get(1)?),
        event_id: EventId(row.get(2)?),
        updated_at: row.get::<_, Option<i64>>(3)?.map(Timestamp),
        entities: row.get(4)?,
    };
    Ok(Live { projection_id: row.get(0)?, checkpoint })
}

fn find_live(connection: &Connection, space_id: SpaceId) -> file::Result<Option<Live>> {
    let mut statement = connection.prepare_cached(
        "SELECT projection_id, last_space_sequence, last_event_id, updated_at, entities
         FROM projection_checkpoints WHERE space_id = ?1",
    )?;
    Ok(statement.query_row([space_id.0], read_live).optional()?)
}

fn checkpoints(connection: &Connection, space_ids: &[SpaceId]) -> file::Result<Vec<Checkpoint>> {
    let sql = format!(
        "SELECT projection_id, last_space_sequence, last_event_id, updated_at, entities, space_id
         FROM projection_checkpoints WHERE space_id IN {WANTED}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([wanted(space_ids)])?;
    let mut found = HashMap::with_capacity(space_ids.len());
    while let Some(row) = rows.next()? {
        found.insert(SpaceId(row.get(5)?), read_live(row)?.checkpoint);
    }
    Ok(space_ids.iter().map(|space_id| found.get(space_id).copied().unwrap_or_default()).collect())
}

fn checkpoint(connection: &Connection, space_id: SpaceId) -> file::Result<Checkpoint> {
    Ok(find_live(connection, space_id)?.map(|live| live.checkpoint).unwrap_or_default())
}

/// Returns the live projection, and creates it if there is none yet.
fn live(connection: &Connection, space_id: SpaceId) -> file::Result<Live> {
    if let Some(live) = find_live(connection, space_id)? {
        return Ok(live);
    }
    let sql = "INSERT INTO projections (space_id, state) VALUES (?1, 'live')";
    numbers::inserted(connection, "projections", "projections", connection.execute(sql, [space_id.0]))?;
    let projection_id = connection.last_insert_rowid();
    connection.execute(
        "INSERT INTO projection_checkpoints (space_id, projection_id) VALUES (?1, ?2)",
        (space_id.0, projection_id),
    )?;
    Ok(Live { projection_id, checkpoint: Checkpoint::default() })
}

fn write_live(
    connection: &Connection,
    space_id: SpaceId,
    live: &Live,
    changes: &Changes,
    to: Checkpoint,
) -> file::Result<u64> {
    let grown = entities::write(connection, live.projection_id, changes)?;
    let entities = live.checkpoint.entities.saturating_add_signed(grown);
    set_checkpoint(connection, space_id, live.projection_id, Checkpoint { entities, ..to })?;
    Ok(entities)
}

fn set_checkpoint(
    connection: &Connection,
    space_id: SpaceId,
    projection_id: i64,
    checkpoint: Checkpoint,
) -> file::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO projection_checkpoints
           (space_id, projection_id, last_space_sequence, last_event_id, updated_at, entities)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (space_id) DO UPDATE SET projection_id = ?2, last_space_sequence = ?3, last_event_id = ?4,
           updated_at = ?5, entities = ?6",
    )?;
    statement.execute((
        space_id.0,
        projection_id,
        checkpoint.sequence.0,
        checkpoint.event_id.0,
        checkpoint.updated_at.map(|time| time.0),
        checkpoint.entities,
    ))?;
    Ok(())
}

fn retired(connection: &Connection, space_id: SpaceId) -> file::Result<Option<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT projection_id FROM projections WHERE space_id = ?1 AND state = 'retired' LIMIT 1",
    )?;
    Ok(statement.query_row([space_id.0], |row| row.get(0)).optional()?)
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
        let rows: i64 = connection.query_row(sql, [space_id.0], |row| row.get(0))?;
        found.push((table.to_owned(), rows.unsigned_abs()));
    }
    Ok(found)
}
