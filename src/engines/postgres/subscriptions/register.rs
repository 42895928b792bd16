//! Registers subscriptions.

use crate::engines::postgres::database::{Result, Session, encoded};
use crate::engines::postgres::log::row::{column, number, of_space};
use crate::engines::postgres::unit;
use crate::error::{StoreError, SubscriptionError};
use crate::event_store::Access;
use crate::id::{SpaceId, SpaceSequence};
use crate::subscriptions::{Start, Subscription, SubscriptionId, SubscriptionRecord, SubscriptionScope};
use crate::timestamp::Timestamp;

use super::read;

/// Returns true if the registered subscription needs no change.
pub(super) fn is_same(found: &SubscriptionRecord, subscription: &Subscription) -> bool {
    found.scope == subscription.scope()
        && found.query == subscription.query().to_string()
        && found.on_error == subscription.action_on_error()
}

pub(super) fn register(
    session: &mut Session,
    subscription: &Subscription,
    now: Timestamp,
) -> Result<SubscriptionRecord> {
    // Another program may register the same.
    session
        .run("SELECT pg_advisory_xact_lock(hashtext('ramax subscriptions'), hashtext(current_schema()))")?;
    match read::named(session, subscription.name())? {
        None => create(session, subscription, now)?,
        Some(found) if found.scope == subscription.scope() => update(session, &found, subscription)?,
        Some(found) => {
            let scope = match found.scope {
                SubscriptionScope::AllSpaces => "all spaces".to_owned(),
                SubscriptionScope::Space(space_id) => format!("the space {space_id}"),
            };
            return Err(SubscriptionError::OtherScope { name: found.name, scope }.into());
        }
    }
    let lost = || StoreError::Corrupt { detail: "the new subscription cannot be read".to_owned() };
    Ok(read::named(session, subscription.name())?.ok_or_else(lost)?)
}

fn create(session: &mut Session, subscription: &Subscription, now: Timestamp) -> Result<()> {
    let space_id = subscription.scope().space_id();
    if let Some(space_id) = space_id {
        unit::check_locked(session, space_id, Access::Open)?;
    }
    let row = session.one(
        "INSERT INTO subscriptions (name, space_id, query, start, on_error, created_at, incarnation)
         SELECT $1, $2, $3, $4, $5, $6, incarnation FROM store RETURNING subscription_id",
        &[
            &&*encoded(subscription.name()),
            &space_id.map(of_space),
            &&*encoded(&subscription.query().to_string()),
            &subscription.start().text(),
            &subscription.action_on_error().name(),
            &now.0,
        ],
    )?;
    match subscription.start() {
        // A space without a row is at its beginning.
        Start::Beginning => Ok(()),
        start => set_positions(session, SubscriptionId(number(row.get(0))), None, start).map(drop),
    }
}

fn update(session: &mut Session, found: &SubscriptionRecord, subscription: &Subscription) -> Result<()> {
    let sql = "UPDATE subscriptions SET query = $2, on_error = $3 WHERE subscription_id = $1";
    let (query, on_error) = (subscription.query().to_string(), subscription.action_on_error().name());
    session.execute(sql, &[&column(found.subscription_id.0), &&*encoded(&query), &on_error]).map(drop)
}

/// Sets the positions in all open spaces of a subscription, or in one of them. Returns their number.
pub(super) fn set_positions(
    session: &mut Session,
    subscription_id: SubscriptionId,
    space_id: Option<SpaceId>,
    to: Start,
) -> Result<u64> {
    let sequence = match to {
        Start::Beginning => "0".to_owned(),
        Start::Now => "log.last_sequence".to_owned(),
        Start::After(sequence) => {
            check_exists(session, subscription_id, space_id, sequence)?;
            column(sequence.0).to_string()
        }
    };
    let Some(only) = read::scope(session, subscription_id)? else { return Ok(0) };
    let sql = format!(
        "INSERT INTO subscription_positions (space_id, subscription_id, space_sequence)
         SELECT log.space_id, $1::bigint, {sequence}
         FROM space_sequences AS log
         WHERE log.mark = 0 AND ($2::bigint IS NULL OR log.space_id = $2) AND ($3::bigint IS NULL OR log.space_id = $3)
           AND log.last_sequence > 0
         ON CONFLICT (space_id, subscription_id) DO UPDATE SET
           space_sequence = excluded.space_sequence, failures = 0, error = NULL, updated_at = NULL"
    );
    session.execute(&sql, &[&column(subscription_id.0), &space_id.map(of_space), &only])
}

/// Checks that a sequence exists in the one space of a subscription, or in the chosen one.
fn check_exists(
    session: &mut Session,
    subscription_id: SubscriptionId,
    space_id: Option<SpaceId>,
    sequence: SpaceSequence,
) -> Result<()> {
    let only = read::scope(session, subscription_id)?.flatten();
    let sql = "SELECT last_sequence FROM space_sequences WHERE space_id = $1";
    let found = session.find(sql, &[&space_id.map(of_space).or(only)])?;
    let reason = match found.map(|row| number(row.get(0))) {
        Some(last) if sequence.0 <= last => return Ok(()),
        Some(last) => format!("there is no event {sequence}; the space ends at {last}"),
        None => "a sequence needs one space".to_owned(),
    };
    Err(SubscriptionError::InvalidStart { reason }.into())
}
