//! Reads subscriptions and their positions.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::engines::sqlite::file::Result;
use crate::error::StoreError;
use crate::id::{SpaceId, SpaceSequence};
use crate::subscriptions::{
    Activity, EffectMark, Epoch, Lag, LeaseHolder, OnError, Parked, SpacePosition, Start, SubscriptionId,
    SubscriptionPosition, SubscriptionRecord, SubscriptionScope,
};
use crate::timestamp::Timestamp;

use super::column;

const RECORD: &str = "SELECT subscription_id, name, space_id, query, start, on_error, created_at,
    incarnation IS NOT (SELECT incarnation FROM store), revision, lease_epoch, lease_owner, lease_until, delivered, minute,
    in_minute, in_minute_before FROM subscriptions";

/// The open spaces of subscription ?1, each with its position if there is one.
const SPACES: &str = "FROM subscriptions AS one
    JOIN space_sequences AS log ON log.mark = 0 AND (one.space_id IS NULL OR log.space_id = one.space_id)
    LEFT JOIN subscription_positions AS at
      ON at.space_id = log.space_id AND at.subscription_id = one.subscription_id
    WHERE one.subscription_id = ?1";

pub(super) fn named(connection: &Connection, name: &str) -> Result<Option<SubscriptionRecord>> {
    let mut statement = connection.prepare_cached(&format!("{RECORD} WHERE name = ?1"))?;
    statement.query([name])?.next()?.map(record).transpose()
}

pub(super) fn all(connection: &Connection) -> Result<Vec<SubscriptionRecord>> {
    let mut statement = connection.prepare_cached(&format!("{RECORD} ORDER BY name"))?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(record(row)?);
    }
    Ok(found)
}

/// Reads a row of [`RECORD`].
fn record(row: &Row<'_>) -> Result<SubscriptionRecord> {
    let name: String = row.get(1)?;
    let corrupt = |what: &str, text: &str| StoreError::Corrupt {
        detail: format!("the subscription {name} has the {what} {text}"),
    };
    let (start, on_error): (String, String) = (row.get(4)?, row.get(5)?);
    let start = Start::parse(&start).ok_or_else(|| corrupt("start", &start))?;
    let on_error = OnError::named(&on_error).ok_or_else(|| corrupt("action", &on_error))?;
    let holder = row.get::<_, Option<String>>(10)?.map(|operator| (operator, row.get::<_, Option<i64>>(11)));
    let holder = match holder {
        None => None,
        Some((operator, until)) => {
            Some(LeaseHolder { operator, until: Timestamp(until?.unwrap_or_default()) })
        }
    };
    Ok(SubscriptionRecord {
        subscription_id: SubscriptionId(row.get(0)?),
        scope: SubscriptionScope::of(row.get::<_, Option<u32>>(2)?.map(SpaceId)),
        query: row.get(3)?,
        start,
        on_error,
        created_at: Timestamp(row.get(6)?),
        suspended: row.get(7)?,
        revision: row.get(8)?,
        epoch: Epoch(row.get(9)?),
        holder,
        activity: Activity {
            delivered: row.get(12)?,
            minute: row.get(13)?,
            in_minute: row.get(14)?,
            in_minute_before: row.get(15)?,
        },
        name,
    })
}

pub(super) fn position(
    connection: &Connection,
    subscription_id: SubscriptionId,
    space_id: SpaceId,
) -> Result<SubscriptionPosition> {
    let mut statement = connection.prepare_cached(
        "SELECT space_sequence, failures, error, updated_at FROM subscription_positions
         WHERE space_id = ?1 AND subscription_id = ?2",
    )?;
    let found =
        statement.query_row((space_id.0, subscription_id.0), |row| read_position(row, 0)).optional()?;
    Ok(found.unwrap_or_default())
}

/// Reads the columns of a position, which may be missing.
fn read_position(row: &Row<'_>, first: usize) -> rusqlite::Result<SubscriptionPosition> {
    Ok(SubscriptionPosition {
        sequence: SpaceSequence(row.get::<_, Option<u64>>(first)?.unwrap_or_default()),
        failures: row.get::<_, Option<u32>>(first + 1)?.unwrap_or_default(),
        error: row.get(first + 2)?,
        updated_at: row.get::<_, Option<i64>>(first + 3)?.map(Timestamp),
    })
}

pub(super) fn positions(
    connection: &Connection,
    subscription_id: SubscriptionId,
    after: Option<SpaceId>,
    limit: usize,
) -> Result<Vec<SpacePosition>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT log.space_id, (SELECT space_name FROM spaces WHERE spaces.space_id = log.space_id), log.last_sequence,
           at.space_sequence, at.failures, at.error, at.updated_at
         {SPACES} AND log.space_id > ?2 ORDER BY log.space_id LIMIT ?3"
    ))?;
    let after = after.map_or(0, |space_id| space_id.0);
    let found = statement.query_map((subscription_id.0, after, column(limit as u64)), |row| {
        Ok(SpacePosition {
            space_id: SpaceId(row.get(0)?),
            space_name: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            last_sequence: SpaceSequence(row.get(2)?),
            position: read_position(row, 3)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn pending(connection: &Connection, subscription_id: SubscriptionId) -> Result<Vec<SpaceId>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT log.space_id {SPACES} AND log.last_sequence <> coalesce(at.space_sequence, 0)
         UNION SELECT space_id FROM parked_events WHERE subscription_id = ?1 AND retry = 1 ORDER BY 1"
    ))?;
    let found = statement.query_map([subscription_id.0], |row| row.get(0).map(SpaceId))?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn lag(connection: &Connection, subscription_id: SubscriptionId) -> Result<Lag> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT count(*), total(log.last_sequence > coalesce(at.space_sequence, 0)),
           total(max(log.last_sequence - coalesce(at.space_sequence, 0), 0)), total(at.failures > 0),
           (SELECT count(*) FROM parked_events WHERE subscription_id = ?1), max(at.updated_at),
           total(at.space_sequence > log.last_sequence)
         {SPACES}"
    ))?;
    let number = |row: &Row<'_>, column| row.get::<_, f64>(column).map(|number| number as u64);
    Ok(statement.query_row([subscription_id.0], |row| {
        Ok(Lag {
            spaces: row.get(0)?,
            lagging_spaces: number(row, 1)?,
            lag: number(row, 2)?,
            failing_spaces: number(row, 3)?,
            parked: row.get(4)?,
            last_attempt_at: row.get::<_, Option<i64>>(5)?.map(Timestamp),
            spaces_ahead: number(row, 6)?,
        })
    })?)
}

pub(super) fn parked(
    connection: &Connection,
    subscription_id: SubscriptionId,
    space_id: Option<SpaceId>,
    limit: usize,
) -> Result<Vec<Parked>> {
    let of_space = if space_id.is_some() { "space_id = ?2" } else { "?2 IS NULL" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT space_id, space_sequence, attempts, error, parked_at, retry FROM parked_events
         WHERE subscription_id = ?1 AND {of_space} ORDER BY space_id, space_sequence LIMIT ?3"
    ))?;
    let space_id = space_id.map(|space_id| space_id.0);
    let found = statement.query_map((subscription_id.0, space_id, column(limit as u64)), |row| {
        Ok(Parked {
            space_id: SpaceId(row.get(0)?),
            space_sequence: SpaceSequence(row.get(1)?),
            attempts: row.get(2)?,
            error: row.get(3)?,
            parked_at: Timestamp(row.get(4)?),
            retry: row.get(5)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn is_marked(connection: &Connection, space_id: SpaceId, effect: &EffectMark) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM subscription_effects
         WHERE space_id = ?1 AND subscription_id = ?2 AND source_space_id = ?3 AND source_sequence = ?4",
    )?;
    let source = (effect.source_space_id.0, effect.source_sequence.0);
    Ok(statement.exists((space_id.0, effect.subscription_id().0, source.0, source.1))?)
}
