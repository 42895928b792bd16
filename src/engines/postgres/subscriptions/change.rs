//! Applies operations to subscriptions.

use crate::engines::postgres::database::{Result, Session};
use crate::engines::postgres::log::row::{column, of_space};
use crate::error::SubscriptionError;
use crate::id::SpaceId;
use crate::subscriptions::{SubscriptionChange, SubscriptionId};

use super::{read, register};

pub(super) fn change(session: &mut Session, name: &str, change: &SubscriptionChange) -> Result<u64> {
    let unknown = || SubscriptionError::NotFound { name: name.to_owned(), nearest: None };
    let id = read::named(session, name)?.ok_or_else(unknown)?.subscription_id;
    let number = column(id.0);
    let affected = match *change {
        SubscriptionChange::Retry { space_id } => retry(session, id, space_id)?,
        SubscriptionChange::Skip { space_id } => skip(session, id, space_id)?,
        SubscriptionChange::Reset { space_id, to } => {
            forget_parked(session, id, space_id)?;
            register::set_positions(session, id, space_id, to)?
        }
        SubscriptionChange::Resume => 0,
        SubscriptionChange::Remove => remove(session, id)?,
    };
    if matches!(change, SubscriptionChange::Reset { space_id: None, .. } | SubscriptionChange::Resume) {
        let sql = "UPDATE subscriptions SET incarnation = (SELECT incarnation FROM store) WHERE subscription_id = $1";
        session.execute(sql, &[&number])?;
    }
    session
        .execute("UPDATE subscriptions SET revision = revision + 1 WHERE subscription_id = $1", &[&number])?;
    Ok(affected)
}

/// Removes a subscription. Returns the number of positions.
fn remove(session: &mut Session, id: SubscriptionId) -> Result<u64> {
    let id = column(id.0);
    for table in ["subscriptions", "parked_events"] {
        session.execute(&format!("DELETE FROM {table} WHERE subscription_id = $1"), &[&id])?;
    }
    session.execute("DELETE FROM subscription_positions WHERE subscription_id = $1", &[&id])
}

/// Matches the parked events of subscription $1, of space $2 or of all.
const PARKED: &str = "subscription_id = $1 AND ($2::bigint IS NULL OR space_id = $2)";

fn retry(session: &mut Session, id: SubscriptionId, space_id: Option<SpaceId>) -> Result<u64> {
    let sql = format!("UPDATE parked_events SET retry = true WHERE {PARKED}");
    session.execute(&sql, &[&column(id.0), &space_id.map(of_space)])
}

fn skip(session: &mut Session, id: SubscriptionId, space_id: Option<SpaceId>) -> Result<u64> {
    // A space that has stopped has its parked event after the position.
    let sql = "UPDATE subscription_positions AS at SET failures = 0, error = NULL, space_sequence = parked.last
        FROM (SELECT space_id, max(space_sequence) AS last FROM parked_events
              WHERE subscription_id = $1 AND ($2::bigint IS NULL OR space_id = $2) GROUP BY space_id) AS parked
        WHERE at.subscription_id = $1 AND at.space_id = parked.space_id AND parked.last > at.space_sequence";
    session.execute(sql, &[&column(id.0), &space_id.map(of_space)])?;
    forget_parked(session, id, space_id)
}

fn forget_parked(session: &mut Session, id: SubscriptionId, space_id: Option<SpaceId>) -> Result<u64> {
    let sql = format!("DELETE FROM parked_events WHERE {PARKED}");
    session.execute(&sql, &[&column(id.0), &space_id.map(of_space)])
}
