//! A projection that is built next to the live one.

use std::cell::Cell;

use rusqlite::{Connection, OptionalExtension};
use tracing::debug_span;

use crate::engines::sqlite::file;
use crate::engines::sqlite::file::{Database, FileRole, ReadColumn, numbers};
use crate::engines::sqlite::log;
use crate::error::{Result, StoreError};
use crate::event_store::{Access, Page, ReadyShadow};
use crate::id::SpaceId;
use crate::pstate::{Changes, Entry, ProjectionId, Shadow};
use crate::space::Checkpoint;

use super::{entities, live, set_checkpoint, unused};

pub(super) struct SqliteShadow<'a> {
    database: &'a Database,
    space_id: SpaceId,
    projection_id: i64,
    entities: Cell<u64>,
}

impl<'a> SqliteShadow<'a> {
    pub(super) fn begin(
        database: &'a Database,
        ProjectionId { space_id, name }: ProjectionId<'_>,
        definition: Option<&str>,
        access: Access,
        owner: Option<&str>,
    ) -> Result<Self> {
        let projection_id = database.write_no_sync(|connection| {
            if database.role() == FileRole::Whole {
                // Beside a deleted space, nothing would ever remove it.
                log::check_access(connection, space_id, access)?;
            }
            connection.execute(
                "UPDATE projections SET state = 'retired'
                 WHERE space_id = ?1 AND projection = ?2 AND state = 'shadow'",
                (space_id.0, name),
            )?;
            let sql = "INSERT INTO projections (space_id, state, owner, projection, definition)
                 VALUES (?1, 'shadow', ?2, ?3, ?4)";
            let inserted = connection.execute(sql, (space_id.0, owner, name, definition));
            numbers::inserted(connection, "projections", "projections", inserted)?;
            Ok(connection.last_insert_rowid())
        })?;
        Ok(Self { database, space_id, projection_id, entities: Cell::new(0) })
    }
}

impl Shadow for SqliteShadow<'_> {
    fn multi_get(&self, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        if self.entities.get() == 0 {
            return Ok(vec![None; keys.len()]);
        }
        self.database.read(|connection| entities::multi_get(connection, self.projection_id, keys))
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.database.snapshot(|connection| entities::scan(connection, self.projection_id, prefix, &page))
    }

    fn write(&self, changes: &Changes) -> Result<()> {
        let _span = debug_span!("put", space_id = self.space_id.0, keys = changes.len()).entered();
        let grown = self.database.write_no_sync(|connection| {
            check(connection, self.projection_id)?;
            entities::write(connection, self.projection_id, changes)
        })?;
        self.entities.set(self.entities.get().saturating_add_signed(grown));
        Ok(())
    }

    fn check(&self) -> Result<()> {
        self.database.read(|connection| check(connection, self.projection_id))
    }

    fn ready(&self) -> ReadyShadow {
        ReadyShadow { number: self.projection_id, entities: self.entities.get(), rebuilt_at: None }
    }

    fn abandon(&self) -> Result<()> {
        self.database.write(|connection| {
            connection.execute(
                "UPDATE projections SET state = 'retired' WHERE projection_id = ?1 AND state = 'shadow'",
                [self.projection_id],
            )?;
            Ok(())
        })
    }
}

/// Writes the last changes of a shadow, and puts it in the place of the live projection.
pub(in crate::engines::sqlite) fn activate(
    connection: &Connection,
    id: ProjectionId<'_>,
    shadow: ReadyShadow,
    changes: &Changes,
    at: Checkpoint,
) -> file::Result<u64> {
    let ReadyShadow { number, entities, rebuilt_at } = shadow;
    check(connection, number)?;
    let entities = entities.saturating_add_signed(entities::write(connection, number, changes)?);
    let former = live::number_of(connection, id)?;
    connection.execute(
        "UPDATE projections SET state = 'live', rebuilt_at = ?2 WHERE projection_id = ?1",
        (number, rebuilt_at.map(|time| time.0)),
    )?;
    set_checkpoint(connection, id, number, Checkpoint { entities, ..at })?;
    unused::retire_unreachable(connection, id.space_id, former)?;
    Ok(entities)
}

/// Checks that a shadow was not retired.
fn check(connection: &Connection, projection_id: i64) -> file::Result<()> {
    let state: Option<String> = connection
        .prepare_cached("SELECT state FROM projections WHERE projection_id = ?1")?
        .query_row([projection_id], |row| row.column(0))
        .optional()?;
    if state.as_deref() == Some("shadow") { Ok(()) } else { Err(StoreError::ShadowGone.into()) }
}
