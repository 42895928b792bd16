//! Units of work on a SQLite file: transactions that write a write set.

use std::cell::{Cell, RefCell};

use rusqlite::Connection;
use tracing::debug_span;

use super::file::{Database, FileRole, Join, Result, Transaction};
use super::{log, projections, subscriptions};
use crate::error::StoreError;
use crate::event_store::{
    Access, Committed, Group, OpenUnit, ProjectionChange, ProjectionWrite, Tail, WriteSet,
};
use crate::id::SpaceId;
use crate::projection::ProjectionId;

/// A unit of work in its own transaction, or in one that it shares with other threads.
struct SqliteUnit<'a> {
    database: &'a Database,
    transaction: Transaction<'a>,
    basis: Basis,
}

/// The space that a unit changes, as the unit found it.
#[derive(Clone, Copy)]
struct Basis {
    space_id: SpaceId,
    access: Access,
    tail: Tail,
}

/// Units in one transaction, on one thread.
struct SqliteGroup<'a> {
    database: &'a Database,
    transaction: RefCell<Transaction<'a>>,
    has_failed: Cell<bool>,
}

struct UnitOfGroup<'g, 'a> {
    group: &'g SqliteGroup<'a>,
    basis: Basis,
}

pub(super) fn begin(
    database: &Database,
    space_id: SpaceId,
    access: Access,
    join: Join,
) -> crate::Result<Box<dyn OpenUnit + '_>> {
    let transaction = database.begin(database.busy_timeout(), join)?;
    let basis = transaction.read(|connection| Basis::of(connection, space_id, access))?;
    Ok(Box::new(SqliteUnit { database, transaction, basis }))
}

pub(super) fn begin_group(database: &Database) -> crate::Result<Box<dyn Group + '_>> {
    let transaction = RefCell::new(database.begin(database.busy_timeout(), Join::Never)?);
    Ok(Box::new(SqliteGroup { database, transaction, has_failed: Cell::new(false) }))
}

impl Basis {
    fn of(connection: &Connection, space_id: SpaceId, access: Access) -> Result<Self> {
        let tail = log::check_access(connection, space_id, access)?;
        Ok(Self { space_id, access, tail })
    }
}

impl OpenUnit for SqliteUnit<'_> {
    fn tail(&self) -> Tail {
        self.basis.tail
    }

    fn commit(mut self: Box<Self>, writes: &WriteSet<'_>) -> crate::Result<Committed> {
        let committed = self.write(writes)?;
        self.transaction.commit()?;
        Ok(committed)
    }

    fn commit_with_others(mut self: Box<Self>, writes: &WriteSet<'_>) -> crate::Result<Option<Committed>> {
        let committed = self.write(writes)?;
        Ok(self.transaction.commit_with_others()?.then_some(committed))
    }
}

impl SqliteUnit<'_> {
    fn write(&mut self, writes: &WriteSet<'_>) -> crate::Result<Committed> {
        if writes.is_empty() {
            return Ok(Committed::default());
        }
        let (database, basis) = (self.database, self.basis);
        Ok(self.transaction.write(|connection| write(database, connection, basis, writes))?)
    }
}

impl Group for SqliteGroup<'_> {
    fn begin(&self, space_id: SpaceId, access: Access) -> crate::Result<Box<dyn OpenUnit + '_>> {
        let basis = self.transaction.borrow().read(|connection| Basis::of(connection, space_id, access))?;
        Ok(Box::new(UnitOfGroup { group: self, basis }))
    }

    fn commit(self: Box<Self>) -> crate::Result<()> {
        match self.has_failed.get() {
            true => Err(StoreError::Engine { detail: "a unit of the group failed".to_owned() }.into()),
            false => self.transaction.into_inner().commit(),
        }
    }
}

impl OpenUnit for UnitOfGroup<'_, '_> {
    fn tail(&self) -> Tail {
        self.basis.tail
    }

    fn commit(self: Box<Self>, writes: &WriteSet<'_>) -> crate::Result<Committed> {
        let Self { group, basis } = *self;
        let mut transaction = group.transaction.borrow_mut();
        let written = transaction.write(|connection| write(group.database, connection, basis, writes));
        group.has_failed.set(group.has_failed.get() || written.is_err());
        Ok(written?)
    }
}

fn write(
    database: &Database,
    connection: &Connection,
    basis: Basis,
    writes: &WriteSet<'_>,
) -> Result<Committed> {
    let Basis { space_id, access, .. } = basis;
    if !writes.events.is_empty() {
        let _span = debug_span!("append", space_id = space_id.0, events = writes.events.len()).entered();
        match access {
            Access::Open => log::append::append_placed(connection, space_id, writes.events)?,
            Access::Importing(_) => log::import::append_placed(connection, space_id, writes.events)?,
        }
    }
    for (key, remembered) in writes.keys {
        log::idempotency::remember(connection, space_id, key, remembered, writes.keys_expire_before)?;
    }
    if !writes.projections.is_empty() && database.role() != FileRole::Whole {
        return Err(elsewhere().into());
    }
    let mut entities = 0;
    for ProjectionWrite { name, change } in writes.projections {
        entities = change_projection(connection, ProjectionId::new(space_id, name), change)?;
    }
    if writes.opens {
        log::mark::clear(connection, space_id)?;
        subscriptions::skip_history(connection, space_id)?;
    }
    if let Some(redacted) = &writes.redacted {
        log::redact::redact(connection, space_id, redacted)?;
    }
    if let Some(effect) = &writes.effect {
        subscriptions::mark_effect(connection, space_id, effect)?;
    }
    if let Some(progress) = &writes.progress {
        subscriptions::step(connection, space_id, progress)?;
    }
    Ok(Committed { entities, lags: false })
}

/// Changes a projection. Returns its number of keys.
fn change_projection(
    connection: &Connection,
    id: ProjectionId<'_>,
    change: &ProjectionChange<'_>,
) -> Result<u64> {
    match change {
        ProjectionChange::Advance(advance) => {
            let (space_id, keys) = (id.space_id.0, advance.changes.len());
            let _span = debug_span!("put", space_id, name = id.name, keys).entered();
            projections::advance(connection, id, advance)
        }
        ProjectionChange::Activate { shadow, changes, at } => {
            projections::activate(connection, id, *shadow, changes, *at)
        }
        ProjectionChange::Block(event) => projections::block(connection, id, event).map(|()| 0),
    }
}

fn elsewhere() -> StoreError {
    StoreError::Engine { detail: "the projections are not in the file of the events".to_owned() }
}
