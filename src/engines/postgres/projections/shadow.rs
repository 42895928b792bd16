//! A projection that is built next to the live one.

use std::cell::Cell;

use tracing::debug_span;

use crate::engines::postgres::database::{self, Database, Session, encoded};
use crate::engines::postgres::log::row::of_space;
use crate::engines::postgres::unit;
use crate::error::{Result, StoreError};
use crate::event_store::{Access, Page, ReadyShadow};
use crate::id::SpaceId;
use crate::pstate::{Changes, Entry, ProjectionId, Shadow};
use crate::space::Checkpoint;

use super::{entities, live};

pub(super) struct PostgresShadow<'a> {
    database: &'a Database,
    space_id: SpaceId,
    projection_id: i64,
    entities: Cell<u64>,
}

impl<'a> PostgresShadow<'a> {
    pub(super) fn begin(
        database: &'a Database,
        ProjectionId { space_id, name }: ProjectionId<'_>,
        definition: Option<&str>,
        access: Access,
        owner: Option<&str>,
    ) -> Result<Self> {
        let projection_id = database.write(|session| {
            // Beside a deleted space, nothing would ever remove it.
            unit::check_locked(session, space_id, access)?;
            let (space, name) = (of_space(space_id), encoded(name));
            session.execute(
                "UPDATE projections SET state = 'retired' WHERE space_id = $1 AND projection = $2 AND state = 'shadow'",
                &[&space, &&*name],
            )?;
            let sql = "INSERT INTO projections (space_id, state, owner, projection, definition)
                 VALUES ($1, 'shadow', $2, $3, $4) RETURNING projection_id";
            Ok(session.one(sql, &[&space, &owner, &&*name, &definition])?.get(0))
        })?;
        Ok(Self { database, space_id, projection_id, entities: Cell::new(0) })
    }

    fn place(&self) -> entities::Place {
        (self.space_id, self.projection_id)
    }
}

impl Shadow for PostgresShadow<'_> {
    fn multi_get(&self, keys: &[&str]) -> Result<Vec<Option<Entry>>> {
        if self.entities.get() == 0 {
            return Ok(vec![None; keys.len()]);
        }
        self.database.read(|session| entities::multi_get(session, self.place(), keys))
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.database.read(|session| entities::scan(session, self.place(), prefix, &page))
    }

    fn write(&self, changes: &Changes) -> Result<()> {
        let _span = debug_span!("put", space_id = self.space_id.0, keys = changes.len()).entered();
        let grown = self.database.write(|session| {
            check_locked(session, self.place())?;
            // No reader sees it yet. A later commit makes it durable, too.
            session.commit_without_waiting()?;
            entities::write(session, self.place(), changes)
        })?;
        self.entities.set(self.entities.get().saturating_add_signed(grown));
        Ok(())
    }

    fn check(&self) -> Result<()> {
        self.database.read(|session| check(session, self.place(), ""))
    }

    fn ready(&self) -> ReadyShadow {
        ReadyShadow { number: self.projection_id, entities: self.entities.get(), rebuilt_at: None }
    }

    fn abandon(&self) -> Result<()> {
        self.database.write(|session| {
            session.execute(
                "UPDATE projections SET state = 'retired'
                 WHERE space_id = $1 AND projection_id = $2 AND state = 'shadow'",
                &[&of_space(self.space_id), &self.projection_id],
            )?;
            Ok(())
        })
    }
}

/// Writes the last changes of a shadow, and puts it in the place of the live projection.
pub(in crate::engines::postgres) fn activate(
    session: &mut Session,
    id: ProjectionId<'_>,
    shadow: ReadyShadow,
    changes: &Changes,
    at: Checkpoint,
) -> database::Result<u64> {
    let ReadyShadow { number, entities, rebuilt_at } = shadow;
    // In the order of all other writers: first the live projection, then the shadow.
    live::find_locked(session, id)?;
    check_locked(session, (id.space_id, number))?;
    let grown = entities::write(session, (id.space_id, number), changes)?;
    let entities = entities.saturating_add_signed(grown);
    let space = of_space(id.space_id);
    session.execute(
        "UPDATE projections SET state = 'retired' WHERE space_id = $1 AND projection = $2 AND state = 'live'",
        &[&space, &&*encoded(id.name)],
    )?;
    session.execute(
        "UPDATE projections SET state = 'live', rebuilt_at = $3 WHERE space_id = $1 AND projection_id = $2",
        &[&space, &number, &rebuilt_at.map(|time| time.0)],
    )?;
    live::set_checkpoint(session, id, number, Checkpoint { entities, ..at })?;
    Ok(entities)
}

/// Checks that a shadow was not retired, and keeps others from retiring it until the transaction ends.
fn check_locked(session: &mut Session, at: entities::Place) -> database::Result<()> {
    check(session, at, "FOR UPDATE")
}

fn check(session: &mut Session, (space_id, number): entities::Place, lock: &str) -> database::Result<()> {
    let sql =
        format!("SELECT state = 'shadow' FROM projections WHERE space_id = $1 AND projection_id = $2 {lock}");
    let found = session.find(&sql, &[&of_space(space_id), &number])?;
    match found.is_some_and(|row| row.get(0)) {
        true => Ok(()),
        false => Err(StoreError::ShadowGone.into()),
    }
}
