//! Units of work that lock nothing: they notice a rival when they write. While other callers of the space wait, they share a
//! transaction (`database/group.rs`).

use std::borrow::Cow;
use std::collections::HashMap;

use postgres::Row;

use crate::engines::postgres::database::{
    self, Database, Failure, Reserved, Session, Turn, Unwritten, decoded, encoded,
};
use crate::engines::postgres::foreseen::{Entries, Foreseen, Live};
use crate::engines::postgres::log::row::{column, of_space};
use crate::engines::postgres::log::{append, ids, spaces};
use crate::engines::postgres::projections;
use crate::error::{Error, Result, StoreError};
use crate::event_store::{Access, Committed, Lookups, OpenUnit, SpaceRecord, Tail, WriteSet};
use crate::id::SpaceId;

use super::statement::Statement;
use super::{lock, tail, write_all};

/// A unit of work, which has read the state of its space.
struct OptimisticUnit<'a> {
    turn: Turn<'a>,
    space_id: SpaceId,
    tail: Tail,
}

/// Begins a unit of work on an open space with one statement.
pub(in crate::engines::postgres) fn begin<'a>(
    database: &'a Database,
    space_id: SpaceId,
    lookups: &Lookups<'_>,
) -> Result<Box<dyn OpenUnit + 'a>> {
    let wanted = Wanted::of(lookups);
    let turn = database.take_turn_with_others(space_id)?;
    let is_in_group = turn.is_in_group();
    let unit = match OptimisticUnit::begin(turn, space_id, &wanted) {
        // The transaction of others may be the reason.
        Err(_) if is_in_group => OptimisticUnit::begin(database.take_turn()?, space_id, &wanted)?,
        begun => begun?,
    };
    Ok(Box::new(unit))
}

impl<'a> OptimisticUnit<'a> {
    fn begin(turn: Turn<'a>, space_id: SpaceId, wanted: &Wanted<'_>) -> Result<Self> {
        let before = turn.reserved();
        let is_alone = !turn.is_in_group();
        let (rows, used) = turn.read(|session| match session.is_sharded() {
            true => read_shard(session, space_id, (before, is_alone), wanted),
            false => read(session, space_id, (before, is_alone), wanted),
        })?;
        let Some(first) = rows.first() else {
            return Err(turn.read(|session| Ok(spaces::missing(session, space_id)))?.into());
        };
        let space: SpaceRecord = spaces::record(first);
        let reserved = used.map_or(before, |used| Reserved { last: used + ids::RESERVED, used });
        turn.reserve(reserved);
        space.space.check_open()?;
        let live: HashMap<String, Live> = rows.iter().filter_map(live).collect();
        let entries = rows.iter().find_map(|row| wanted.entries(row));
        turn.foresee(Foreseen { space_id, live, entries });
        Ok(Self { turn, space_id, tail: tail(&space, reserved.used) })
    }
}

/// The entries that a unit will probably read.
struct Wanted<'a> {
    projection: Cow<'a, str>,
    keys: Vec<String>,
}

impl<'a> Wanted<'a> {
    /// The keys that are read at once, at most.
    const MOST: usize = 1000;

    fn of(lookups: &Lookups<'a>) -> Self {
        let mut keys = (lookups.keys)();
        keys.sort_unstable();
        keys.dedup();
        keys.truncate(Self::MOST);
        Self { projection: encoded(lookups.projection), keys }
    }

    fn encoded_keys(&self) -> Vec<Cow<'_, str>> {
        self.keys.iter().map(|key| encoded(key)).collect()
    }

    /// Reads the entries that were found.
    fn entries(&self, row: &Row) -> Option<Entries> {
        if row.get::<_, Option<&str>>(PROJECTION) != Some(&*self.projection) {
            return None;
        }
        let values: Vec<Option<&str>> = row.get::<_, Option<_>>(ENTRIES)?;
        let times: Vec<Option<i64>> = row.get::<_, Option<_>>(ENTRIES + 1)?;
        let entry = |(key, found): (&String, (Option<&str>, Option<i64>))| {
            let entry =
                found.0.zip(found.1).map(|(value, time)| projections::entry_of(key.clone(), value, time));
            (key.clone(), entry)
        };
        let by_key = self.keys.iter().zip(values.into_iter().zip(times)).map(entry).collect();
        Some(Entries { projection_id: row.get(PROJECTION + 1), by_key })
    }
}

/// The column of the ids that were reserved.
const RESERVED: usize = 10;

/// The first column of a projection.
const PROJECTION: usize = 11;

/// The columns of the values of its entries, and of their times.
const ENTRIES: usize = 18;

/// The projections of a space with the entries that are wanted of one of them.
fn projections_with_entries() -> String {
    format!(
        "LEFT JOIN projection_checkpoints AS checkpoints ON checkpoints.space_id = $1
         LEFT JOIN projections ON projections.space_id = $1 AND projections.projection_id = checkpoints.projection_id
         LEFT JOIN LATERAL (
           SELECT array_agg(entry.value ORDER BY place) AS found, array_agg(entry.updated_at ORDER BY place) AS times
           FROM {}) AS entries ON true",
        projections::wanted("$3", "CASE WHEN checkpoints.projection = $2 THEN checkpoints.projection_id END"),
    )
}

/// Reads a space with its projections, and reserves ids if those of the handle are used up or do not follow the space's.
/// They are reserved after the space was read: so they are higher than those of all events that the unit builds on. The
/// statement is a transaction of its own if `is_alone`.
fn read(
    session: &mut Session,
    space_id: SpaceId,
    (ids, is_alone): (Reserved, bool),
    wanted: &Wanted<'_>,
) -> database::Result<(Vec<Row>, Option<i64>)> {
    let sql = format!(
        "WITH found AS MATERIALIZED ({} WHERE space_id = $1),
         reserved AS MATERIALIZED (
           SELECT reserve_ids($6, $5, $4, $7) AS used FROM found WHERE last_event_id > $4 OR $4 >= $5)
         SELECT found.*, (SELECT used FROM reserved), checkpoints.projection, {}, definition, entries.found, times FROM found
         {}",
        spaces::RECORD,
        projections::CHECKPOINT,
        projections_with_entries(),
    );
    let (space, projection) = (of_space(space_id), &*wanted.projection);
    let rows = session.query(
        &sql,
        &[&space, &projection, &wanted.encoded_keys(), &ids.used, &ids.last, &ids::RESERVED, &is_alone],
    )?;
    let used = rows.first().and_then(|first| first.get(RESERVED));
    Ok((rows, used))
}

/// Does the same on a shard, whose node cannot reserve ids.
fn read_shard(
    session: &mut Session,
    space_id: SpaceId,
    (ids, is_alone): (Reserved, bool),
    wanted: &Wanted<'_>,
) -> database::Result<(Vec<Row>, Option<i64>)> {
    let sql = format!(
        "SELECT found.*, NULL, checkpoints.projection, {}, definition, entries.found, times
         FROM ({} WHERE space_id = $1) AS found {}",
        projections::CHECKPOINT,
        spaces::RECORD,
        projections_with_entries(),
    );
    let projection = &*wanted.projection;
    let rows = session.query(&sql, &[&of_space(space_id), &projection, &wanted.encoded_keys()])?;
    let Some(first) = rows.first() else { return Ok((rows, None)) };
    let last_event_id = column(spaces::record(first).head.last_event_id.0);
    if last_event_id <= ids.used && ids.used < ids.last {
        return Ok((rows, None));
    }
    let sql = "SELECT reserve_ids($1, $2, $3, $4)";
    let row = session.one(sql, &[&ids::RESERVED, &ids.last, &ids.used, &is_alone])?;
    Ok((rows, Some(row.get(0))))
}

fn live(row: &Row) -> Option<(String, Live)> {
    let name: Option<String> = row.get(PROJECTION);
    Some((decoded(name?), projections::live(row, PROJECTION + 1)))
}

impl OpenUnit for OptimisticUnit<'_> {
    fn tail(&self) -> Tail {
        self.tail
    }

    fn commit(self: Box<Self>, writes: &WriteSet<'_>) -> Result<Committed> {
        let moved = || StoreError::Busy { waited: std::time::Duration::ZERO }.into();
        self.commit_with_others(writes)?.ok_or_else(moved)
    }

    fn commit_with_others(self: Box<Self>, writes: &WriteSet<'_>) -> Result<Option<Committed>> {
        let Self { turn, space_id, tail } = *self;
        let seen = Seen::of(&turn, space_id, tail);
        if writes.is_empty() && turn.is_in_group() {
            return Ok(turn.commit_group(space_id)?.then(Committed::default));
        }
        if writes.is_empty() {
            return Ok(turn.read(|session| seen.is_current(session))?.then(Committed::default));
        }
        if !writes.events.is_empty() {
            append::check(&tail.head, writes.events)?;
        }
        let statement = turn.foreseen().and_then(|foreseen| Statement::of(&foreseen, &tail, writes));
        match statement {
            Some(statement) if turn.is_in_group() || turn.is_anyone_waiting(space_id) => {
                run_with_others(turn, &statement, space_id, writes)
            }
            Some(statement) => run(&turn, statement, writes),
            // What the others have written is part of what the unit builds on.
            None if turn.is_in_group() && !turn.leave_group()? => Ok(None),
            None => write_locked(turn, &seen, writes),
        }
    }
}

/// The state of a space on which a unit builds.
struct Seen {
    space_id: SpaceId,
    tail: Tail,
    /// The live projections, and their checkpoints.
    projections: (Vec<i64>, Vec<i64>),
}

impl Seen {
    fn of(turn: &Turn<'_>, space_id: SpaceId, tail: Tail) -> Self {
        let live = |live: &Live| (live.projection_id, column(live.checkpoint.sequence.0));
        let foreseen = turn.foreseen();
        let projections = foreseen.iter().flat_map(|foreseen| foreseen.live.values()).map(live).unzip();
        Self { space_id, tail, projections }
    }

    /// Returns true if the space is still in this state.
    fn is_current(&self, session: &mut Session) -> database::Result<bool> {
        let sql = "SELECT 1 FROM space_sequences
             WHERE space_id = $1 AND last_sequence = $2 AND revision = $3 AND payload_bytes = $4 AND mark = 0
               AND NOT EXISTS (
                 SELECT 1 FROM unnest($5::bigint[], $6::bigint[]) AS seen (projection_id, sequence)
                 WHERE NOT EXISTS (SELECT 1 FROM projection_checkpoints AS checkpoints
                   WHERE checkpoints.space_id = $1 AND checkpoints.projection_id = seen.projection_id
                     AND checkpoints.last_space_sequence = seen.sequence))";
        let Self { space_id, tail, projections } = self;
        let found = session.find(
            sql,
            &[
                &of_space(*space_id),
                &column(tail.head.last_sequence.0),
                &column(tail.revision),
                &column(tail.head.payload_bytes),
                &projections.0,
                &projections.1,
            ],
        )?;
        Ok(found.is_some())
    }
}

/// Writes with one statement. Returns `None` if the space has changed.
fn run(turn: &Turn<'_>, statement: Statement<'_>, writes: &WriteSet<'_>) -> Result<Option<Committed>> {
    let last = writes.events.last().map_or(0, |last| column(last.event_id.0));
    let reserved = turn.reserved();
    if last > reserved.last {
        let extended = turn.read(|session| ids::extend_alone(session, reserved, last))?;
        let Some(extended) = extended else { return Ok(None) };
        turn.reserve(extended);
    }
    let used = |turn: &Turn<'_>| turn.reserve(Reserved { used: last, ..turn.reserved() });
    match turn.write(|session| statement.run(session))? {
        Ok(written) => {
            if written.is_some() {
                used(turn);
                turn.acknowledge(writes.events);
            }
            Ok(written.map(|written| written.committed))
        }
        Err(Unwritten::Failed(failure)) if is_lost_race(&failure) => Ok(None),
        Err(Unwritten::Failed(failure)) => Err(failure.into()),
        Err(Unwritten::Unknown(backend, failure)) => {
            // In doubt, the ids count as used.
            used(turn);
            let is_committed = turn.outcome((backend, failure), |session| statement.is_committed(session))?;
            Ok(is_committed.then(|| statement.committed_unread()))
        }
    }
}

/// Writes with one statement, in a transaction that other callers of the space share. Returns `None` if the space has changed,
/// or if nothing was committed because of one of the others.
fn run_with_others(
    turn: Turn<'_>,
    statement: &Statement<'_>,
    space_id: SpaceId,
    writes: &WriteSet<'_>,
) -> Result<Option<Committed>> {
    let is_first = !turn.is_in_group();
    if is_first {
        turn.begin_group(space_id)?;
    }
    match run_in_group(&turn, statement, writes) {
        Ok(Some(committed)) => Ok(turn.commit_group(space_id)?.then_some(committed)),
        Ok(None) => {
            turn.undo_group();
            Ok(None)
        }
        Err(failure) => {
            turn.undo_group();
            // Others may be the reason, so that the unit has to fail by itself.
            match is_first && !is_lost_race(&failure) && !failure.is_unanswered() {
                true => Err(failure.into()),
                false => Ok(None),
            }
        }
    }
}

fn run_in_group(
    turn: &Turn<'_>,
    statement: &Statement<'_>,
    writes: &WriteSet<'_>,
) -> database::Result<Option<Committed>> {
    let last = writes.events.last().map_or(0, |last| column(last.event_id.0));
    let reserved = turn.reserved();
    if last > reserved.last {
        let extended = turn.run_in_group(|session| ids::extend_alone(session, reserved, last))?;
        let Some(extended) = extended else { return Ok(None) };
        turn.reserve(extended);
    }
    let Some(written) = turn.run_in_group(|session| statement.run(session))? else { return Ok(None) };
    turn.reserve(Reserved { used: last, ..turn.reserved() });
    turn.appended_in_group(writes.events, written.number);
    Ok(Some(written.committed))
}

/// Returns true if a rival has written first: the unit runs again.
fn is_lost_race(failure: &Failure) -> bool {
    failure.is_transient() || failure.is_rival()
}

/// Writes in a transaction that locks the space. Returns `None` if the space has changed.
fn write_locked(turn: Turn<'_>, seen: &Seen, writes: &WriteSet<'_>) -> Result<Option<Committed>> {
    let mut transaction = turn.begin()?;
    lock(&mut transaction, seen.space_id, Access::Open, false)?;
    if !transaction.run(|session| seen.is_current(session))? {
        return Ok(None);
    }
    let written = write_all(&mut transaction, seen.space_id, &seen.tail, writes);
    let committed = match written.map_err(Error::from) {
        Ok(committed) => committed,
        Err(Error::Store(StoreError::CheckpointMoved { .. } | StoreError::Busy { .. })) => return Ok(None),
        Err(error) => return Err(error),
    };
    transaction.commit()?;
    Ok(Some(committed))
}
