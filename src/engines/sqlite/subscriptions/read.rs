//! Reads subscriptions and their positions.

use std::borrow::Cow;

use rusqlite::{Connection, OptionalExtension, Row};

use crate::engines::sqlite::file::bounds::{COUNT, MINUTE};
use crate::engines::sqlite::file::numbers::number;
use crate::engines::sqlite::file::{ReadColumn, Result, text};
use crate::error::StoreError;
use crate::id::{SpaceId, SpaceSequence};
use crate::subscriptions::{
    Activity, EffectMark, Epoch, Lag, LeaseHolder, OnError, Parked, SpacePosition, Start, SubscriptionId,
    SubscriptionPosition, SubscriptionRecord, SubscriptionScope,
};
use crate::timestamp::Timestamp;

use super::column;

pub(super) const RECORD: &str = "SELECT subscription_id, name, space_id, query, start, on_error, created_at,
    incarnation IS NOT (SELECT incarnation FROM store), revision, lease_epoch, lease_owner, lease_until, delivered, minute,
    in_minute, in_minute_before FROM subscriptions";

/// The open spaces of subscription ?1, each with its position if there is one. Without those whose counters are damaged.
const SPACES: &str = "FROM subscriptions AS one
    JOIN space_sequences AS log ON log.mark = 0 AND log.last_sequence BETWEEN 0 AND (1 << 40) - 1 AND (one.space_id IS NULL OR log.space_id = one.space_id)
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

/// Returns the id of a subscription. It may be out of range, and other columns may be damaged.
pub(super) fn id_of(connection: &Connection, name: &str) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT subscription_id, name FROM subscriptions")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if text(row.get_ref(1)?).is_some_and(|found| found == name) {
            return Ok(Some(row.column(0)?));
        }
    }
    Ok(None)
}

/// The columns of a subscription that its checksum covers.
pub(super) struct Registration {
    subscription_id: SubscriptionId,
    name: String,
    scope: SubscriptionScope,
    query: String,
    start: Start,
    on_error: OnError,
    created_at: Timestamp,
}

/// Reads the registration in a row of [`RECORD`].
pub(super) fn registration(row: &Row<'_>) -> Result<Registration> {
    let name: String = row.column(1)?;
    let corrupt = |what: &str, text: &str| StoreError::Corrupt {
        detail: format!("the subscription {name} has the {what} {text}"),
    };
    let (start, on_error): (String, String) = (row.column(4)?, row.column(5)?);
    let start = Start::parse(&start).ok_or_else(|| corrupt("start", &start))?;
    let on_error = OnError::named(&on_error).ok_or_else(|| corrupt("action", &on_error))?;
    Ok(Registration {
        subscription_id: SubscriptionId(number(row, 0, &COUNT)?.cast_unsigned()),
        scope: SubscriptionScope::of(row.column::<Option<u32>>(2)?.map(SpaceId)),
        query: row.column(3)?,
        start,
        on_error,
        created_at: Timestamp(row.column(6)?),
        name,
    })
}

/// Reads a row of [`RECORD`].
pub(super) fn record(row: &Row<'_>) -> Result<SubscriptionRecord> {
    let Registration { subscription_id, name, scope, query, start, on_error, created_at } =
        registration(row)?;
    let until = row.column::<Option<i64>>(11)?;
    // The operator is only shown.
    let operator = text(row.get_ref(10)?).map(Cow::into_owned);
    let holder =
        operator.map(|operator| LeaseHolder { operator, until: Timestamp(until.unwrap_or_default()) });
    let count = |column| number(row, column, &COUNT).map(i64::cast_unsigned);
    Ok(SubscriptionRecord {
        subscription_id,
        scope,
        query,
        start,
        on_error,
        created_at,
        suspended: row.column(7)?,
        revision: count(8)?,
        epoch: Epoch(count(9)?),
        holder,
        activity: Activity {
            delivered: count(12)?,
            minute: number(row, 13, &MINUTE)?,
            in_minute: count(14)?,
            in_minute_before: count(15)?,
        },
        name,
    })
}

/// Finds the position of a subscription in a space. None is the beginning.
pub(super) fn find_position(
    connection: &Connection,
    subscription_id: SubscriptionId,
    space_id: SpaceId,
) -> Result<Option<SubscriptionPosition>> {
    let mut statement = connection.prepare_cached(
        "SELECT space_sequence, failures, error, updated_at FROM subscription_positions
         WHERE space_id = ?1 AND subscription_id = ?2",
    )?;
    Ok(statement.query_row((space_id.0, subscription_id.0), |row| read_position(row, 0)).optional()?)
}

/// Returns a number of attempts. One out of range only delays the next attempt.
fn attempts(stored: i64) -> u32 {
    u32::try_from(stored.max(0)).unwrap_or(u32::MAX)
}

/// Reads the columns of a position, which may be missing.
fn read_position(row: &Row<'_>, first: usize) -> rusqlite::Result<SubscriptionPosition> {
    Ok(SubscriptionPosition {
        sequence: SpaceSequence(row.column::<Option<u64>>(first)?.unwrap_or_default()),
        failures: attempts(row.column::<Option<i64>>(first + 1)?.unwrap_or_default()),
        error: text(row.get_ref(first + 2)?).map(Cow::into_owned),
        updated_at: row.column::<Option<i64>>(first + 3)?.map(Timestamp),
    })
}

pub(super) fn positions(
    connection: &Connection,
    subscription_id: SubscriptionId,
    after: Option<SpaceId>,
    limit: usize,
) -> Result<Vec<SpacePosition>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT log.space_id, (SELECT space_name FROM spaces WHERE spaces.space_id = log.space_id) AS space_name, log.last_sequence,
           at.space_sequence, at.failures, at.error, at.updated_at
         {SPACES} AND log.space_id > ?2 ORDER BY log.space_id LIMIT ?3"
    ))?;
    let after = after.map_or(0, |space_id| space_id.0);
    let found = statement.query_map((subscription_id.0, after, column(limit as u64)), |row| {
        Ok(SpacePosition {
            space_id: SpaceId(row.column(0)?),
            space_name: text(row.get_ref(1)?).unwrap_or_default().into_owned(),
            last_sequence: SpaceSequence(row.column(2)?),
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
    let found = statement.query_map([subscription_id.0], |row| row.column(0).map(SpaceId))?;
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
    let number = |row: &Row<'_>, column| row.column::<f64>(column).map(|number| number as u64);
    Ok(statement.query_row([subscription_id.0], |row| {
        Ok(Lag {
            spaces: row.column(0)?,
            lagging_spaces: number(row, 1)?,
            lag: number(row, 2)?,
            failing_spaces: number(row, 3)?,
            parked: row.column(4)?,
            last_attempt_at: row.column::<Option<i64>>(5)?.map(Timestamp),
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
            space_id: SpaceId(row.column(0)?),
            space_sequence: SpaceSequence(row.column(1)?),
            attempts: attempts(row.column(2)?),
            error: text(row.get_ref(3)?).unwrap_or_default().into_owned(),
            parked_at: Timestamp(row.column(4)?),
            retry: row.column(5)?,
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
