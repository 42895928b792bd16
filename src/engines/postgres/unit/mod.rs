//! Units of work: transactions that lock one space and write a write set.

use tracing::debug_span;

use crate::error::{Result, StoreError};
use crate::event_store::{
    Access, Committed, OpenUnit, ProjectionChange, ProjectionWrite, SpaceRecord, Tail, WriteSet,
};
use crate::id::{EventId, SpaceId};
use crate::projection::ProjectionId;

use super::database::{self, Database, Reserved, Session, Transaction};
use super::log::row::{column, number, of_space};
use super::log::{append, idempotency, ids, mark, redact, spaces};
use super::{projections, subscriptions};

/// A unit of work, which holds the row of its space.
struct PostgresUnit<'a> {
    transaction: Transaction<'a>,
    space_id: SpaceId,
    tail: Tail,
    reserved: Reserved,
}

/// Begins a unit of work on a space.
pub(super) fn begin(
    database: &Database,
    space_id: SpaceId,
    access: Access,
) -> Result<Box<dyn OpenUnit + '_>> {
    let mut transaction = database.begin()?;
    let (reserved, record) = transaction.run(|session| lock(session, space_id, access))?;
    transaction.reserve(reserved);
    // Refused only now, so that the ids are given back.
    let (space, found) = record.ok_or_else(|| StoreError::unknown_space(space_id))?;
    transaction.run(|session| check_access(session, &space.space, access, found))?;
    let (head, revision) = (space.head, space.space.revision);
    let tail = Tail { head, last_event_id: EventId(number(reserved.used)), revision };
    Ok(Box::new(PostgresUnit { transaction, space_id, tail, reserved }))
}

/// Locks a space, and reserves ids. Returns them, and the space with its mark.
fn lock(
    session: &mut Session,
    space_id: SpaceId,
    access: Access,
) -> database::Result<(Reserved, Option<(SpaceRecord, i32)>)> {
    if matches!(access, Access::Importing(_)) {
        ids::hold(session)?;
    }
    // Reserved after the row is locked, so that ids rise within the space.
    let sql = "WITH locked AS MATERIALIZED (
           SELECT mark FROM space_sequences WHERE space_id = $1 FOR UPDATE)
         SELECT mark, reserve_ids($2) FROM locked";
    let found = session.find(sql, &[&of_space(space_id), &ids::RESERVED])?;
    let found = found.ok_or_else(|| StoreError::unknown_space(space_id))?;
    let used: i64 = found.get(1);
    let record = spaces::get(session, space_id)?.map(|record| (record, found.get(0)));
    Ok((Reserved { last: used + ids::RESERVED, used }, record))
}

/// Checks that a space with a mark can be written to.
fn check_access(
    session: &mut Session,
    space: &crate::space::Space,
    access: Access,
    found: i32,
) -> database::Result<()> {
    let Access::Importing(token) = access else { return Ok(space.check_open()?) };
    if found != mark::OPEN {
        mark::check(session, space.space_id, token)?;
    }
    match found {
        mark::IMPORTING => Ok(()),
        _ => Err(StoreError::NotImporting { space: space.space_name.clone() }.into()),
    }
}

/// Locks a space and checks the access to it, for a write that appends no events.
pub(super) fn check_locked(session: &mut Session, space_id: SpaceId, access: Access) -> database::Result<()> {
    let sql = "SELECT mark FROM space_sequences WHERE space_id = $1 FOR UPDATE";
    let found = session.find(sql, &[&of_space(space_id)])?;
    let found = found.ok_or_else(|| StoreError::unknown_space(space_id))?;
    let record = spaces::get(session, space_id)?.ok_or_else(|| StoreError::unknown_space(space_id))?;
    check_access(session, &record.space, access, found.get(0))
}

impl OpenUnit for PostgresUnit<'_> {
    fn tail(&self) -> Tail {
        self.tail
    }

    fn commit(self: Box<Self>, writes: &WriteSet<'_>) -> Result<Committed> {
        let Self { mut transaction, space_id, tail, mut reserved } = *self;
        if writes.is_empty() {
            return Ok(Committed::default());
        }
        let committed = transaction.run(|session| {
            if let Some(last) = writes.events.last().map(|last| column(last.event_id.0)) {
                if last > reserved.last {
                    append::check(&tail.head, writes.events)?;
                    reserved = ids::extend(session, reserved, last)?;
                }
                reserved.used = last;
            }
            write(session, space_id, &tail, writes)
        })?;
        transaction.reserve(reserved);
        transaction.commit()?;
        Ok(committed)
    }
}

fn write(
    session: &mut Session,
    space_id: SpaceId,
    tail: &Tail,
    writes: &WriteSet<'_>,
) -> database::Result<Committed> {
    if !writes.events.is_empty() {
        let _span = debug_span!("append", space_id = space_id.0, events = writes.events.len()).entered();
        append::append(session, &tail.head, writes.events)?;
    }
    idempotency::remember(session, space_id, writes.keys, writes.keys_expire_before)?;
    let mut entities = 0;
    for ProjectionWrite { name, change } in writes.projections {
        entities = change_projection(session, ProjectionId::new(space_id, name), change)?;
    }
    if writes.opens {
        mark::clear(session, space_id)?;
        subscriptions::skip_history(session, space_id)?;
    }
    if let Some(redacted) = &writes.redacted {
        redact::redact(session, space_id, redacted)?;
    }
    if let Some(effect) = &writes.effect {
        subscriptions::mark_effect(session, space_id, effect)?;
    }
    if let Some(progress) = &writes.progress {
        subscriptions::step(session, space_id, progress)?;
    }
    Ok(Committed { entities, lags: false })
}

/// Changes a projection. Returns its number of keys.
fn change_projection(
    session: &mut Session,
    id: ProjectionId<'_>,
    change: &ProjectionChange<'_>,
) -> database::Result<u64> {
    match change {
        ProjectionChange::Advance(advance) => {
            let (space_id, keys) = (id.space_id.0, advance.changes.len());
            let _span = debug_span!("put", space_id, name = id.name, keys).entered();
            projections::advance(session, id, advance)
        }
        ProjectionChange::Activate { shadow, changes, at } => {
            projections::activate(session, id, *shadow, changes, *at)
        }
        ProjectionChange::Block(event) => projections::block(session, id, event).map(|()| 0),
    }
}
