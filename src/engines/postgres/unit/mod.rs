//! Units of work on one space, which write a write set.
//!
//! A unit that ends with [`OpenUnit::commit_with_others`] is optimistic (`optimistic.rs`): it reads the space in one
//! statement, and writes in another one if nothing has changed since. If something has, the unit runs again, as one that
//! locks the row of its space before it reads.

mod optimistic;
mod statement;

pub(super) use optimistic::begin as begin_optimistic;

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
struct LockedUnit<'a> {
    transaction: Transaction<'a>,
    space_id: SpaceId,
    tail: Tail,
}

/// Begins a unit of work on a space.
pub(super) fn begin(
    database: &Database,
    space_id: SpaceId,
    access: Access,
) -> Result<Box<dyn OpenUnit + '_>> {
    let mut transaction = database.begin()?;
    let (space, found) = lock(&mut transaction, space_id, access, true)?;
    transaction.run(|session| check_access(session, &space.space, access, found))?;
    let used = transaction.reserved().used;
    let tail = tail(&space, used);
    Ok(Box::new(LockedUnit { transaction, space_id, tail }))
}

/// Returns the end of a space, behind which events get the ids after `used`.
fn tail(SpaceRecord { space, head, .. }: &SpaceRecord, used: i64) -> Tail {
    Tail { head: *head, last_event_id: EventId(number(used)), revision: space.revision }
}

/// Locks a space, and reserves ids unless its events are numbered already. Returns the space with its mark.
fn lock(
    transaction: &mut Transaction<'_>,
    space_id: SpaceId,
    access: Access,
    reserves: bool,
) -> Result<(SpaceRecord, i32)> {
    let before = transaction.reserved();
    let (reserved, transaction_number, found) = transaction.run(|session| {
        if matches!(access, Access::Importing(_)) {
            ids::hold(session)?;
        }
        let Reserved { last, used } = before;
        if session.is_sharded() {
            return lock_on_shard(session, space_id, before, reserves);
        }
        // Reserved after the row is locked, so that ids rise within the space.
        let sql = "WITH locked AS MATERIALIZED (
               SELECT mark FROM space_sequences WHERE space_id = $1 FOR UPDATE)
             SELECT mark, CASE WHEN $5 THEN reserve_ids($4, $3, $2, false) END, pg_current_xact_id()::text::bigint
             FROM locked";
        let found = session.find(sql, &[&of_space(space_id), &used, &last, &ids::RESERVED, &reserves])?;
        let found = found.ok_or_else(|| StoreError::unknown_space(space_id))?;
        let used: Option<i64> = found.get(1);
        let reserved = used.map_or(before, |used| Reserved { last: used + ids::RESERVED, used });
        let record = spaces::get(session, space_id)?.map(|record| (record, found.get(0)));
        Ok((reserved, found.get(2), record))
    })?;
    transaction.reserve(reserved);
    transaction.is_numbered(transaction_number);
    Ok(found.ok_or_else(|| StoreError::unknown_space(space_id))?)
}

/// A space that is locked: the ids that are reserved, the number of the transaction, and the space with its mark.
type Locked = (Reserved, i64, Option<(SpaceRecord, i32)>);

/// Does the same on a shard, whose node knows neither the ids nor the transaction of the coordinator.
fn lock_on_shard(
    session: &mut Session,
    space_id: SpaceId,
    before: Reserved,
    reserves: bool,
) -> database::Result<Locked> {
    let sql = "SELECT mark FROM space_sequences WHERE space_id = $1 FOR UPDATE";
    let Some(found) = session.find(sql, &[&of_space(space_id)])? else {
        return Err(spaces::missing(session, space_id));
    };
    let sql =
        "SELECT CASE WHEN $1 THEN reserve_ids($2, $3, $4, false) END, pg_current_xact_id()::text::bigint";
    let row = session.one(sql, &[&reserves, &ids::RESERVED, &before.last, &before.used])?;
    let used: Option<i64> = row.get(0);
    let reserved = used.map_or(before, |used| Reserved { last: used + ids::RESERVED, used });
    let record = spaces::get(session, space_id)?.map(|record| (record, found.get(0)));
    Ok((reserved, row.get(1), record))
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

impl OpenUnit for LockedUnit<'_> {
    fn tail(&self) -> Tail {
        self.tail
    }

    fn commit(self: Box<Self>, writes: &WriteSet<'_>) -> Result<Committed> {
        let Self { mut transaction, space_id, tail } = *self;
        if writes.is_empty() {
            return Ok(Committed::default());
        }
        let committed = write_all(&mut transaction, space_id, &tail, writes)?;
        transaction.commit()?;
        Ok(committed)
    }
}

/// Writes a write set in a transaction that has locked the space.
fn write_all(
    transaction: &mut Transaction<'_>,
    space_id: SpaceId,
    tail: &Tail,
    writes: &WriteSet<'_>,
) -> database::Result<Committed> {
    let mut reserved = transaction.reserved();
    let committed = transaction.run(|session| {
        if let Some(last) = writes.events.last().map(|last| column(last.event_id.0)) {
            if last > reserved.last {
                append::check(&tail.head, writes.events)?;
                reserved = ids::extend(session, reserved, last)?;
            }
            reserved.used = last;
        }
        write(session, space_id, tail, writes)
    })?;
    transaction.reserve(reserved);
    transaction.appends(writes.events);
    Ok(committed)
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
