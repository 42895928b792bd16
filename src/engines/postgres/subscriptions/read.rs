//! Reads subscriptions and their positions.

use postgres::Row;

use crate::engines::postgres::database::{Result, Session, decoded, encoded, limit};
use crate::engines::postgres::log::row::{column, number, of_space, space_id};
use crate::engines::postgres::schema::INCARNATION;
use crate::error::StoreError;
use crate::id::{SpaceId, SpaceSequence};
use crate::subscriptions::{
    Activity, EffectMark, Epoch, Lag, LeaseHolder, OnError, Parked, SpacePosition, Start, SubscriptionId,
    SubscriptionPosition, SubscriptionRecord, SubscriptionScope,
};
use crate::timestamp::Timestamp;

/// Returns the query for the subscriptions that meet a condition.
fn records(condition: &str) -> String {
    format!(
        "SELECT subscription_id, name, space_id, query, start, on_error, created_at,
           incarnation IS DISTINCT FROM (SELECT {INCARNATION} FROM store), revision, lease_epoch, lease_owner, lease_until,
           delivered, minute, in_minute, in_minute_before FROM subscriptions {condition}"
    )
}

/// The open spaces of subscription $1, each with its position if there is one. $2 is its only space, or NULL.
const SPACES: &str = "FROM space_sequences AS log
    LEFT JOIN subscription_positions AS at ON at.space_id = log.space_id AND at.subscription_id = $1
    WHERE log.mark = 0 AND ($2::bigint IS NULL OR log.space_id = $2)";

/// Returns the only space of a subscription, or `Some(None)` if it is about all spaces; `None` if it does not exist.
pub(super) fn scope(session: &mut Session, subscription_id: SubscriptionId) -> Result<Option<Option<i64>>> {
    let sql = "SELECT space_id FROM subscriptions WHERE subscription_id = $1";
    Ok(session.find(sql, &[&column(subscription_id.0)])?.map(|row| row.get(0)))
}

pub(super) fn named(session: &mut Session, name: &str) -> Result<Option<SubscriptionRecord>> {
    let found = session.find(&records("WHERE name = $1"), &[&&*encoded(name)])?;
    found.as_ref().map(record).transpose()
}

pub(super) fn all(session: &mut Session) -> Result<Vec<SubscriptionRecord>> {
    session.query(&records("ORDER BY name"), &[])?.iter().map(record).collect()
}

/// Reads a row of [`records`].
fn record(row: &Row) -> Result<SubscriptionRecord> {
    let name = decoded(row.get(1));
    let corrupt = |what: &str, text: &str| StoreError::Corrupt {
        detail: format!("the subscription {name} has the {what} {text}"),
    };
    let (start, on_error): (&str, &str) = (row.get(4), row.get(5));
    let start = Start::parse(start).ok_or_else(|| corrupt("start", start))?;
    let on_error = OnError::named(on_error).ok_or_else(|| corrupt("action", on_error))?;
    let until = Timestamp(row.get::<_, Option<i64>>(11).unwrap_or_default());
    let holder = row.get::<_, Option<String>>(10).map(|operator| LeaseHolder { operator, until });
    Ok(SubscriptionRecord {
        subscription_id: SubscriptionId(number(row.get(0))),
        scope: SubscriptionScope::of(row.get::<_, Option<i64>>(2).map(space_id)),
        query: decoded(row.get(3)),
        start,
        on_error,
        created_at: Timestamp(row.get(6)),
        suspended: row.get(7),
        revision: number(row.get(8)),
        epoch: Epoch(number(row.get(9))),
        holder,
        activity: Activity {
            delivered: number(row.get(12)),
            minute: row.get(13),
            in_minute: number(row.get(14)),
            in_minute_before: number(row.get(15)),
        },
        name,
    })
}

pub(super) fn position(
    session: &mut Session,
    subscription_id: SubscriptionId,
    space_id: SpaceId,
) -> Result<SubscriptionPosition> {
    let sql = "SELECT space_sequence, failures, error, updated_at FROM subscription_positions
         WHERE space_id = $1 AND subscription_id = $2";
    let found = session.find(sql, &[&of_space(space_id), &column(subscription_id.0)])?;
    Ok(found.map(|row| read_position(&row, 0)).unwrap_or_default())
}

/// Reads the columns of a position, which may be missing.
fn read_position(row: &Row, first: usize) -> SubscriptionPosition {
    let failures = number(row.get::<_, Option<i64>>(first + 1).unwrap_or_default());
    SubscriptionPosition {
        sequence: SpaceSequence(number(row.get::<_, Option<i64>>(first).unwrap_or_default())),
        failures: u32::try_from(failures).unwrap_or(u32::MAX),
        error: row.get::<_, Option<String>>(first + 2).map(decoded),
        updated_at: row.get::<_, Option<i64>>(first + 3).map(Timestamp),
    }
}

pub(super) fn positions(
    session: &mut Session,
    subscription_id: SubscriptionId,
    after: Option<SpaceId>,
    most: usize,
) -> Result<Vec<SpacePosition>> {
    let Some(only) = scope(session, subscription_id)? else { return Ok(Vec::new()) };
    let spaces = SPACES.replace("WHERE", "LEFT JOIN spaces ON spaces.space_id = log.space_id WHERE");
    let sql = format!(
        "SELECT log.space_id, space_name, log.last_sequence, at.space_sequence, at.failures, at.error, at.updated_at
         {spaces} AND log.space_id > $3 ORDER BY log.space_id LIMIT $4"
    );
    let after = after.map_or(0, of_space);
    let rows = session.query(&sql, &[&column(subscription_id.0), &only, &after, &limit(most)])?;
    let position = |row: &Row| SpacePosition {
        space_id: space_id(row.get(0)),
        space_name: row.get::<_, Option<String>>(1).map(decoded).unwrap_or_default(),
        last_sequence: SpaceSequence(number(row.get(2))),
        position: read_position(row, 3),
    };
    Ok(rows.iter().map(position).collect())
}

pub(super) fn pending(session: &mut Session, subscription_id: SubscriptionId) -> Result<Vec<SpaceId>> {
    let Some(only) = scope(session, subscription_id)? else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT log.space_id {SPACES} AND log.last_sequence <> coalesce(at.space_sequence, 0)
         UNION SELECT space_id FROM parked_events WHERE subscription_id = $1 AND retry ORDER BY 1"
    );
    let rows = session.query(&sql, &[&column(subscription_id.0), &only])?;
    Ok(rows.iter().map(|row| space_id(row.get(0))).collect())
}

pub(super) fn lag(session: &mut Session, subscription_id: SubscriptionId) -> Result<Lag> {
    let Some(only) = scope(session, subscription_id)? else { return Ok(Lag::default()) };
    let sql = format!(
        "SELECT count(*), count(*) FILTER (WHERE log.last_sequence > coalesce(at.space_sequence, 0)),
           coalesce(sum(greatest(log.last_sequence - coalesce(at.space_sequence, 0), 0)), 0)::bigint,
           count(*) FILTER (WHERE at.space_sequence > log.last_sequence), count(*) FILTER (WHERE at.failures > 0),
           max(at.updated_at)
         {SPACES}"
    );
    let id = column(subscription_id.0);
    let row = session.one(&sql, &[&id, &only])?;
    let [spaces, lagging_spaces, lag, spaces_ahead, failing_spaces] =
        [0, 1, 2, 3, 4].map(|column| number(row.get(column)));
    let last_attempt_at = row.get::<_, Option<i64>>(5).map(Timestamp);
    let sql = "SELECT count(*) FROM parked_events WHERE subscription_id = $1";
    let parked = number(session.one(sql, &[&id])?.get(0));
    Ok(Lag { spaces, lagging_spaces, lag, spaces_ahead, failing_spaces, parked, last_attempt_at })
}

pub(super) fn parked(
    session: &mut Session,
    subscription_id: SubscriptionId,
    of: Option<SpaceId>,
    most: usize,
) -> Result<Vec<Parked>> {
    let sql = "SELECT space_id, space_sequence, attempts, error, parked_at, retry FROM parked_events
         WHERE subscription_id = $1 AND ($2::bigint IS NULL OR space_id = $2)
         ORDER BY space_id, space_sequence LIMIT $3";
    let rows = session.query(sql, &[&column(subscription_id.0), &of.map(of_space), &limit(most)])?;
    let parked = |row: &Row| Parked {
        space_id: space_id(row.get(0)),
        space_sequence: SpaceSequence(number(row.get(1))),
        attempts: u32::try_from(number(row.get(2))).unwrap_or(u32::MAX),
        error: decoded(row.get(3)),
        parked_at: Timestamp(row.get(4)),
        retry: row.get(5),
    };
    Ok(rows.iter().map(parked).collect())
}

pub(super) fn is_marked(session: &mut Session, space_id: SpaceId, effect: &EffectMark) -> Result<bool> {
    let sql = "SELECT 1 FROM subscription_effects
         WHERE space_id = $1 AND subscription_id = $2 AND source_space_id = $3 AND source_sequence = $4";
    let found = session.find(
        sql,
        &[
            &of_space(space_id),
            &column(effect.subscription_id().0),
            &of_space(effect.source_space_id),
            &column(effect.source_sequence.0),
        ],
    )?;
    Ok(found.is_some())
}
