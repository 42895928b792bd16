//! Registers subscriptions.

use rusqlite::{Connection, OptionalExtension};

use crate::engines::sqlite::file::checksum::{self, OF_SUBSCRIPTION};
use crate::engines::sqlite::file::{ReadColumn, Result};
use crate::engines::sqlite::log;
use crate::error::{StoreError, SubscriptionError};
use crate::event_store::Access;
use crate::id::{SpaceId, SpaceSequence};
use crate::subscriptions::{Start, Subscription, SubscriptionId, SubscriptionRecord, SubscriptionScope};
use crate::timestamp::Timestamp;

use super::tally::Tally;
use super::{incarnation, read, registry};

/// Returns true if the registered subscription needs no change.
pub(super) fn is_same(found: &SubscriptionRecord, subscription: &Subscription) -> bool {
    found.scope == subscription.scope()
        && found.query == subscription.query().to_string()
        && found.on_error == subscription.action_on_error()
}

pub(super) fn register(
    connection: &Connection,
    subscription: &Subscription,
    now: Timestamp,
) -> Result<SubscriptionRecord> {
    match read::named(connection, subscription.name())? {
        None => create(connection, subscription, now)?,
        Some(found) if found.scope == subscription.scope() => update(connection, &found, subscription)?,
        Some(found) => {
            let scope = match found.scope {
                SubscriptionScope::AllSpaces => "all spaces".to_owned(),
                SubscriptionScope::Space(space_id) => format!("the space {space_id}"),
            };
            return Err(SubscriptionError::OtherScope { name: found.name, scope }.into());
        }
    }
    let lost = || StoreError::Corrupt { detail: "the new subscription cannot be read".to_owned() };
    Ok(read::named(connection, subscription.name())?.ok_or_else(lost)?)
}

fn create(connection: &Connection, subscription: &Subscription, now: Timestamp) -> Result<()> {
    let space_id = subscription.scope().space_id();
    if let Some(space_id) = space_id {
        log::check_access(connection, space_id, Access::Open)?;
    }
    let without = || StoreError::Corrupt { detail: "the store has no incarnation".to_owned() };
    let incarnation = incarnation(connection)?.ok_or_else(without)?;
    connection.execute(
        "INSERT INTO subscriptions (name, space_id, query, start, on_error, created_at, incarnation)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            subscription.name(),
            space_id.map(|space_id| space_id.0),
            subscription.query().to_string(),
            subscription.start().text(),
            subscription.action_on_error().name(),
            now.0,
            incarnation.as_bytes(),
        ),
    )?;
    let id = connection.last_insert_rowid();
    let subscription_id = SubscriptionId(id.unsigned_abs());
    registry::add(connection, id)?;
    seal(connection, subscription_id)?;
    match subscription.start() {
        // A space without a row is at its beginning.
        Start::Beginning => {}
        start => drop(set_positions(connection, subscription_id, None, start)?),
    }
    Tally::of(connection, subscription_id)?.store(connection, subscription_id)
}

/// Stores the checksum of a registration.
pub(super) fn seal(connection: &Connection, subscription_id: SubscriptionId) -> Result<()> {
    let sql = format!("SELECT {OF_SUBSCRIPTION} FROM subscriptions WHERE subscription_id = ?1");
    let sum = connection.prepare_cached(&sql)?.query_row([subscription_id.0], |row| {
        let values = (0..7).map(|column| row.get_ref(column)).collect::<Result<Vec<_>, _>>()?;
        Ok(checksum::over(&values))
    })?;
    let sql = "UPDATE subscriptions SET checksum = ?2 WHERE subscription_id = ?1";
    connection.prepare_cached(sql)?.execute((subscription_id.0, sum))?;
    Ok(())
}

fn update(connection: &Connection, found: &SubscriptionRecord, subscription: &Subscription) -> Result<()> {
    connection.execute(
        "UPDATE subscriptions SET query = ?2, on_error = ?3 WHERE subscription_id = ?1",
        (found.subscription_id.0, subscription.query().to_string(), subscription.action_on_error().name()),
    )?;
    seal(connection, found.subscription_id)
}

/// Sets the positions in all open spaces of a subscription, or in one of them. Returns their number.
pub(super) fn set_positions(
    connection: &Connection,
    subscription_id: SubscriptionId,
    space_id: Option<SpaceId>,
    to: Start,
) -> Result<u64> {
    let sequence = match to {
        Start::Beginning => "0".to_owned(),
        Start::Now => "log.last_sequence".to_owned(),
        Start::After(sequence) => {
            check_exists(connection, subscription_id, space_id, sequence)?;
            sequence.0.to_string()
        }
    };
    let sql = format!(
        "INSERT INTO subscription_positions (space_id, subscription_id, space_sequence)
         SELECT log.space_id, one.subscription_id, {sequence}
         FROM subscriptions AS one
         JOIN space_sequences AS log ON log.mark = 0 AND (one.space_id IS NULL OR log.space_id = one.space_id)
         WHERE one.subscription_id = ?1 AND (?2 IS NULL OR log.space_id = ?2) AND log.last_sequence > 0
         ON CONFLICT (space_id, subscription_id) DO UPDATE SET
           space_sequence = excluded.space_sequence, failures = 0, error = NULL, updated_at = NULL"
    );
    let space_id = space_id.map(|space_id| space_id.0);
    Ok(connection.prepare_cached(&sql)?.execute((subscription_id.0, space_id))? as u64)
}

/// Checks that a sequence exists in the one space of a subscription, or in the chosen one.
fn check_exists(
    connection: &Connection,
    subscription_id: SubscriptionId,
    space_id: Option<SpaceId>,
    sequence: SpaceSequence,
) -> Result<()> {
    let sql = "SELECT last_sequence FROM space_sequences WHERE space_id = coalesce(?2,
        (SELECT space_id FROM subscriptions WHERE subscription_id = ?1))";
    let space_id = space_id.map(|space_id| space_id.0);
    let last = connection.query_row(sql, (subscription_id.0, space_id), |row| row.column::<u64>(0));
    let reason = match last.optional()? {
        Some(last) if sequence.0 <= last => return Ok(()),
        Some(last) => format!("there is no event {sequence}; the space ends at {last}"),
        None => "a sequence needs one space".to_owned(),
    };
    Err(SubscriptionError::InvalidStart { reason }.into())
}
