//! Writes what a unit of work contains on behalf of a subscription.

use rusqlite::Connection;

use crate::engines::sqlite::file::Result;
use crate::error::SubscriptionError;
use crate::id::{SpaceId, SpaceSequence};
use crate::subscriptions::{Activity, EffectMark, Lease, ProgressStep, SubscriptionProgress};

use super::tally::{self, Counted, Tally};
use super::{column, read};

/// Writes a step in a space.
pub(in crate::engines::sqlite) fn step(
    connection: &Connection,
    space_id: SpaceId,
    progress: &SubscriptionProgress<'_>,
) -> Result<()> {
    let delivered = match progress.step {
        ProgressStep::Delivered { events, .. } => events,
        ProgressStep::Retried { error: None, .. } => 1,
        _ => 0,
    };
    let activity = activity(connection, &progress.lease)?;
    let found = read::find_position(connection, progress.lease.subscription_id, space_id)?;
    let mut tally = Tally::default();
    if let Some(found) = &found {
        tally.remove(Counted::Position, i64::from(space_id.0), column(found.sequence.0));
    }
    let mut at = found.unwrap_or_default();
    if at.sequence != progress.from {
        let (expected, actual) = (progress.from, at.sequence);
        return Err(SubscriptionError::PositionMoved { space_id, expected, actual }.into());
    }
    let mut place = Place { connection, space_id, progress, tally };
    match progress.step {
        ProgressStep::Delivered { to, .. } => {
            place.unpark(progress.from.next(), to)?;
            (at.sequence, at.failures, at.error) = (to, 0, None);
        }
        ProgressStep::Failed { error } => (at.failures, at.error) = (at.failures + 1, Some(error.to_owned())),
        ProgressStep::Parked { sequence, error, continues } => {
            place.park(sequence, at.failures + 1, error)?;
            match continues {
                true => (at.sequence, at.failures, at.error) = (sequence, 0, None),
                false => (at.failures, at.error) = (at.failures + 1, Some(error.to_owned())),
            }
        }
        ProgressStep::Retried { sequence, error: None } => place.unpark(sequence, sequence)?,
        ProgressStep::Retried { sequence, error: Some(error) } => place.fail_again(sequence, error)?,
    }
    place.set(at.sequence, at.failures, at.error.as_deref())?;
    count(connection, progress, activity, delivered, place.tally)
}

/// Renews the lease, counts deliveries, and the rows that a step changed.
fn count(
    connection: &Connection,
    progress: &SubscriptionProgress<'_>,
    mut activity: Activity,
    events: u64,
    tally: Tally,
) -> Result<()> {
    let SubscriptionProgress { lease, now, .. } = progress;
    activity.count(*now, events);
    // SQLite has no exclusive or.
    let mut statement = connection.prepare_cached(
        "UPDATE subscriptions SET lease_until = ?2, delivered = ?3, minute = ?4, in_minute = ?5, in_minute_before = ?6,
           row_count = row_count + ?7, row_digest = (row_digest | ?8) - (row_digest & ?8)
         WHERE subscription_id = ?1",
    )?;
    let Activity { delivered, minute, in_minute, in_minute_before } = activity;
    statement.execute((
        lease.subscription_id.0,
        lease.until.0,
        delivered,
        minute,
        in_minute,
        in_minute_before,
        tally.count,
        tally.digest,
    ))?;
    Ok(())
}

/// Returns what the subscription has delivered, if the lease is the current one.
fn activity(connection: &Connection, lease: &Lease) -> Result<Activity> {
    let mut statement = connection.prepare_cached(
        "SELECT delivered, minute, in_minute, in_minute_before FROM subscriptions
         WHERE subscription_id = ?1 AND lease_epoch = ?2",
    )?;
    let mut rows = statement.query((lease.subscription_id.0, lease.epoch.0))?;
    let row = rows.next()?.ok_or(SubscriptionError::LeaseLost)?;
    Ok(Activity {
        delivered: row.get(0)?,
        minute: row.get(1)?,
        in_minute: row.get(2)?,
        in_minute_before: row.get(3)?,
    })
}

/// Marks the effect of an event in a space.
pub(in crate::engines::sqlite) fn mark_effect(
    connection: &Connection,
    space_id: SpaceId,
    effect: &EffectMark,
) -> Result<()> {
    activity(connection, &effect.lease)?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO subscription_effects (space_id, subscription_id, source_space_id, source_sequence)
         VALUES (?1, ?2, ?3, ?4)",
    )?;
    let source = (effect.source_space_id.0, effect.source_sequence.0);
    statement.execute((space_id.0, effect.subscription_id().0, source.0, source.1))?;
    Ok(())
}

/// Lets the subscriptions of all spaces continue at the end of an imported space.
pub(in crate::engines::sqlite) fn skip_history(connection: &Connection, space_id: SpaceId) -> Result<()> {
    let sql = "INSERT INTO subscription_positions (space_id, subscription_id, space_sequence)
         SELECT log.space_id, one.subscription_id, log.last_sequence
         FROM subscriptions AS one JOIN space_sequences AS log ON log.space_id = ?1
         WHERE one.space_id IS NULL AND log.last_sequence > 0
         RETURNING subscription_id, space_sequence";
    tally::counted(connection, Counted::Position, Tally::add, space_id, sql, None)?;
    Ok(())
}

/// The rows of a subscription in a space.
struct Place<'a> {
    connection: &'a Connection,
    space_id: SpaceId,
    progress: &'a SubscriptionProgress<'a>,
    /// The rows that were added and removed.
    tally: Tally,
}

impl Place<'_> {
    fn key(&self) -> (u32, u64) {
        (self.space_id.0, self.progress.lease.subscription_id.0)
    }

    fn set(&mut self, sequence: SpaceSequence, failures: u32, error: Option<&str>) -> Result<()> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO subscription_positions
               (space_id, subscription_id, space_sequence, failures, error, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (space_id, subscription_id) DO UPDATE SET
               space_sequence = ?3, failures = ?4, error = ?5, updated_at = ?6",
        )?;
        let (space_id, subscription_id) = self.key();
        statement.execute((space_id, subscription_id, sequence.0, failures, error, self.progress.now.0))?;
        self.tally.add(Counted::Position, i64::from(space_id), column(sequence.0));
        Ok(())
    }

    fn park(&mut self, sequence: SpaceSequence, attempts: u32, error: &str) -> Result<()> {
        let is_parked = "SELECT 1 FROM parked_events WHERE space_id = ?1 AND subscription_id = ?2 AND space_sequence = ?3";
        let (space_id, subscription_id) = self.key();
        let mut is_parked = self.connection.prepare_cached(is_parked)?;
        if !is_parked.exists((space_id, subscription_id, sequence.0))? {
            self.tally.add(Counted::Parked, i64::from(space_id), column(sequence.0));
        }
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO parked_events (space_id, subscription_id, space_sequence, attempts, error, parked_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (space_id, subscription_id, space_sequence) DO UPDATE SET
               attempts = ?4, error = ?5, parked_at = ?6, retry = 0",
        )?;
        statement.execute((space_id, subscription_id, sequence.0, attempts, error, self.progress.now.0))?;
        Ok(())
    }

    fn unpark(&mut self, first: SpaceSequence, last: SpaceSequence) -> Result<()> {
        let mut statement = self.connection.prepare_cached(
            "DELETE FROM parked_events
             WHERE space_id = ?1 AND subscription_id = ?2 AND space_sequence BETWEEN ?3 AND ?4
             RETURNING space_sequence",
        )?;
        let (space_id, subscription_id) = self.key();
        let mut rows = statement.query((space_id, subscription_id, first.0, last.0))?;
        while let Some(row) = rows.next()? {
            self.tally.remove(Counted::Parked, i64::from(space_id), row.get(0)?);
        }
        Ok(())
    }

    fn fail_again(&self, sequence: SpaceSequence, error: &str) -> Result<()> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE parked_events SET attempts = attempts + 1, error = ?4, parked_at = ?5, retry = 0
             WHERE space_id = ?1 AND subscription_id = ?2 AND space_sequence = ?3",
        )?;
        let (space_id, subscription_id) = self.key();
        statement.execute((space_id, subscription_id, sequence.0, error, self.progress.now.0))?;
        Ok(())
    }
}
