//! Writes what a unit of work contains on behalf of a subscription.

use crate::engines::postgres::database::{Failure, Result, Session, encoded};
use crate::engines::postgres::log::row::{column, number, of_space};
use crate::error::SubscriptionError;
use crate::id::{SpaceId, SpaceSequence};
use crate::subscriptions::{
    Activity, EffectMark, FORGOTTEN_ERROR, Lease, StepRows, SubscriptionPosition, SubscriptionProgress,
};

use super::read;

/// Writes a step in a space.
pub(in crate::engines::postgres) fn step(
    session: &mut Session,
    space_id: SpaceId,
    progress: &SubscriptionProgress<'_>,
) -> Result<()> {
    count(session, progress)?;
    let at = read::position(session, progress.lease.subscription_id, space_id)?;
    progress.check_position(space_id, at.sequence)?;
    progress.write(at, &mut Place { session, space_id, progress })
}

/// Renews the lease and counts deliveries.
fn count(session: &mut Session, progress: &SubscriptionProgress<'_>) -> Result<()> {
    let lease = &progress.lease;
    let mut activity = activity(session, lease)?;
    activity.count(progress.now, progress.delivered());
    let Activity { delivered, minute, in_minute, in_minute_before } = activity;
    session.execute(
        "UPDATE subscriptions SET lease_until = $2, delivered = $3, minute = $4, in_minute = $5, in_minute_before = $6
         WHERE subscription_id = $1",
        &[
            &column(lease.subscription_id.0),
            &lease.until.0,
            &column(delivered),
            &minute,
            &column(in_minute),
            &column(in_minute_before),
        ],
    )?;
    Ok(())
}

/// Returns what the subscription has delivered, if the lease is the current one, and keeps others from taking it over until
/// the transaction ends.
fn activity(session: &mut Session, lease: &Lease) -> Result<Activity> {
    let sql = "SELECT delivered, minute, in_minute, in_minute_before FROM subscriptions
         WHERE subscription_id = $1 AND lease_epoch = $2 FOR UPDATE";
    let row = session.find(sql, &[&column(lease.subscription_id.0), &column(lease.epoch.0)])?;
    let row = row.ok_or(SubscriptionError::LeaseLost)?;
    Ok(Activity {
        delivered: number(row.get(0)),
        minute: row.get(1),
        in_minute: number(row.get(2)),
        in_minute_before: number(row.get(3)),
    })
}

/// Marks the effect of an event in a space.
pub(in crate::engines::postgres) fn mark_effect(
    session: &mut Session,
    space_id: SpaceId,
    effect: &EffectMark,
) -> Result<()> {
    activity(session, &effect.lease)?;
    session.execute(
        "INSERT INTO subscription_effects (space_id, subscription_id, source_space_id, source_sequence)
         VALUES ($1, $2, $3, $4)",
        &[
            &of_space(space_id),
            &column(effect.subscription_id().0),
            &of_space(effect.source_space_id),
            &column(effect.source_sequence.0),
        ],
    )?;
    Ok(())
}

/// Lets the subscriptions of all spaces continue at the end of an imported space.
pub(in crate::engines::postgres) fn skip_history(session: &mut Session, space_id: SpaceId) -> Result<()> {
    let all = session.query("SELECT subscription_id FROM subscriptions WHERE space_id IS NULL", &[])?;
    let all: Vec<i64> = all.iter().map(|row| row.get(0)).collect();
    session.execute(
        "INSERT INTO subscription_positions (space_id, subscription_id, space_sequence)
         SELECT log.space_id, one.subscription_id, log.last_sequence
         FROM space_sequences AS log, unnest($2::bigint[]) AS one (subscription_id)
         WHERE log.space_id = $1 AND log.last_sequence > 0",
        &[&of_space(space_id), &all],
    )?;
    Ok(())
}

/// Erases the errors of subscriptions about events of a space, which may quote payloads.
pub(in crate::engines::postgres) fn forget_errors(session: &mut Session, space_id: SpaceId) -> Result<()> {
    for table in ["subscription_positions", "parked_events"] {
        let sql = format!("UPDATE {table} SET error = $2 WHERE space_id = $1 AND error IS NOT NULL");
        session.execute(&sql, &[&of_space(space_id), &FORGOTTEN_ERROR])?;
    }
    Ok(())
}

/// The rows of a subscription in a space.
struct Place<'a> {
    session: &'a mut Session,
    space_id: SpaceId,
    progress: &'a SubscriptionProgress<'a>,
}

impl Place<'_> {
    fn key(&self) -> (i64, i64) {
        (of_space(self.space_id), column(self.progress.lease.subscription_id.0))
    }
}

impl StepRows for Place<'_> {
    type Error = Failure;

    fn set(&mut self, at: &SubscriptionPosition) -> Result<()> {
        let sql = "INSERT INTO subscription_positions
               (space_id, subscription_id, space_sequence, failures, error, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (space_id, subscription_id) DO UPDATE SET
               space_sequence = $3, failures = $4, error = $5, updated_at = $6";
        let (space, subscription) = self.key();
        let error = at.error.as_deref().map(|error| encoded(error).into_owned());
        let (sequence, failures) = (column(at.sequence.0), i64::from(at.failures));
        let updated_at = at.updated_at.map(|time| time.0);
        self.session
            .execute(sql, &[&space, &subscription, &sequence, &failures, &error, &updated_at])
            .map(drop)
    }

    fn park(&mut self, sequence: SpaceSequence, attempts: u32, error: &str) -> Result<()> {
        let sql = "INSERT INTO parked_events (space_id, subscription_id, space_sequence, attempts, error, parked_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (space_id, subscription_id, space_sequence) DO UPDATE SET
               attempts = $4, error = $5, parked_at = $6, retry = false";
        let (space, subscription) = self.key();
        let (sequence, attempts, now) = (column(sequence.0), i64::from(attempts), self.progress.now.0);
        self.session
            .execute(sql, &[&space, &subscription, &sequence, &attempts, &&*encoded(error), &now])
            .map(drop)
    }

    fn unpark(&mut self, first: SpaceSequence, last: SpaceSequence) -> Result<()> {
        let sql = "DELETE FROM parked_events
             WHERE space_id = $1 AND subscription_id = $2 AND space_sequence BETWEEN $3 AND $4";
        let (space, subscription) = self.key();
        self.session.execute(sql, &[&space, &subscription, &column(first.0), &column(last.0)]).map(drop)
    }

    fn fail_again(&mut self, sequence: SpaceSequence, error: &str) -> Result<()> {
        let sql =
            "UPDATE parked_events SET attempts = attempts + 1, error = $4, parked_at = $5, retry = false
             WHERE space_id = $1 AND subscription_id = $2 AND space_sequence = $3";
        let (space, subscription) = self.key();
        let now = self.progress.now.0;
        self.session
            .execute(sql, &[&space, &subscription, &column(sequence.0), &&*encoded(error), &now])
            .map(drop)
    }
}
