//! Applies operations to subscriptions.

use rusqlite::Connection;

use crate::engines::sqlite::file::Result;
use crate::error::{StoreError, SubscriptionError};
use crate::event_store::SubscriptionRows;
use crate::id::SpaceId;
use crate::subscriptions::{SubscriptionChange, SubscriptionId};

use super::tally::{self, Tally};
use super::{changed_column, changed_row, faults, read, register, registry};

pub(super) fn change(connection: &Connection, name: &str, change: &SubscriptionChange) -> Result<u64> {
    let unknown = || SubscriptionError::NotFound { name: name.to_owned(), nearest: None };
    let stored = read::id_of(connection, name)?.ok_or_else(unknown)?;
    if *change == SubscriptionChange::Remove {
        return remove(connection, stored);
    }
    let out_of_range =
        || StoreError::Corrupt { detail: format!("the subscription {name} has the id {stored}") };
    let id = SubscriptionId(u64::try_from(stored).map_err(|_| out_of_range())?);
    if *change == SubscriptionChange::Resume {
        changed_column::repair_one(connection, stored)?;
        changed_row::repair_one(connection, id)?;
    }
    if *change == SubscriptionChange::Resume && faults::rows_of(connection, stored)? == SubscriptionRows::Lost
    {
        return Err(SubscriptionError::RowsLost { name: name.to_owned() }.into());
    }
    let affected = match *change {
        SubscriptionChange::Retry { space_id } => retry(connection, id, space_id)?,
        SubscriptionChange::Skip { space_id } => {
            tally::counting(connection, id, || skip(connection, id, space_id))?
        }
        SubscriptionChange::Reset { space_id, to } => tally::counting(connection, id, || {
            forget_parked(connection, id, space_id)?;
            register::set_positions(connection, id, space_id, to)
        })?,
        SubscriptionChange::Resume | SubscriptionChange::Remove => 0,
    };
    let is_confirmed = match change {
        // No row stays as it was.
        SubscriptionChange::Reset { space_id: None, .. } => true,
        // The positions are declared right, if they can be.
        SubscriptionChange::Resume => faults::has_valid_positions(connection, id)?,
        _ => false,
    };
    if is_confirmed {
        // A wrong count is corrected.
        Tally::of(connection, id)?.store(connection, id)?;
    }
    if *change == SubscriptionChange::Resume && faults::is_possible(connection, id)? {
        faults::make_readable(connection, id)?;
        register::seal(connection, id)?;
    }
    if matches!(change, SubscriptionChange::Reset { space_id: None, .. } | SubscriptionChange::Resume) {
        let sql = "UPDATE subscriptions SET incarnation = (SELECT incarnation FROM store) WHERE subscription_id = ?1";
        connection.execute(sql, [id.0])?;
    }
    let sql = "UPDATE subscriptions SET revision = revision + 1 WHERE subscription_id = ?1";
    connection.execute(sql, [id.0])?;
    Ok(affected)
}

/// Removes a subscription. Returns the number of positions.
fn remove(connection: &Connection, id: i64) -> Result<u64> {
    registry::remove(connection, "subscription_id = ?1", [id])?;
    connection.execute("DELETE FROM parked_events WHERE subscription_id = ?1", [id])?;
    let positions =
        connection.execute("DELETE FROM subscription_positions WHERE subscription_id = ?1", [id])?;
    Ok(positions as u64)
}

/// Matches the parked events of subscription ?1, of space ?2 or of all.
const PARKED: &str = "subscription_id = ?1 AND (?2 IS NULL OR space_id = ?2)";

fn retry(connection: &Connection, id: SubscriptionId, space_id: Option<SpaceId>) -> Result<u64> {
    let sql = format!("UPDATE parked_events SET retry = 1 WHERE {PARKED}");
    Ok(connection.execute(&sql, (id.0, space_id.map(|space_id| space_id.0)))? as u64)
}

fn skip(connection: &Connection, id: SubscriptionId, space_id: Option<SpaceId>) -> Result<u64> {
    // A space that has stopped has its parked event after the position.
    let sql = "UPDATE subscription_positions AS at SET failures = 0, error = NULL, space_sequence =
          (SELECT max(space_sequence) FROM parked_events AS parked
           WHERE parked.space_id = at.space_id AND parked.subscription_id = at.subscription_id)
        WHERE subscription_id = ?1 AND (?2 IS NULL OR space_id = ?2) AND EXISTS
          (SELECT 1 FROM parked_events AS parked WHERE parked.space_id = at.space_id
             AND parked.subscription_id = at.subscription_id AND parked.space_sequence > at.space_sequence)";
    connection.execute(sql, (id.0, space_id.map(|space_id| space_id.0)))?;
    forget_parked(connection, id, space_id)
}

fn forget_parked(connection: &Connection, id: SubscriptionId, space_id: Option<SpaceId>) -> Result<u64> {
    let sql = format!("DELETE FROM parked_events WHERE {PARKED}");
    Ok(connection.execute(&sql, (id.0, space_id.map(|space_id| space_id.0)))? as u64)
}
