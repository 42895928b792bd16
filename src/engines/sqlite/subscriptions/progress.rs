//! Writes what a unit of work contains on behalf of a subscription.

use rusqlite::Connection;

use crate::engines::sqlite::file::{EngineError, ReadColumn, Result};
use crate::error::SubscriptionError;
use crate::id::{SpaceId, SpaceSequence};
use crate::subscriptions::{
    Activity, EffectMark, Lease, StepRows, SubscriptionPosition, SubscriptionProgress,
};

use super::tally::{self, Counted, Tally};
use super::{column, read};

/// Writes a step in a space.
pub(in crate::engines::sqlite) fn step(
    connection: &Connection,
    space_id: SpaceId,
    progress: &SubscriptionProgress<'_>,
) -> Result<()> {
    let activity = activity(connection, &progress.lease)?;
    let found = read::find_position(connection, progress.lease.subscription_id, space_id)?;
    let mut tally = Tally::default();
    if let Some(found) = &found {
        tally.remove(Counted::Position, i64::from(space_id.0), column(found.sequence.0));
    }
    let at = found.unwrap_or_default();
    progress.check_position(space_id, at.sequence)?;
    let mut place = Place { connection, space_id, progress, tally };
    progress.write(at, &mut place)?;
    count(connection, progress, activity, place.tally)
}

/// Renews the lease, counts deliveries, and the rows that a step changed.
fn count(
    connection: &Connection,
    progress: &SubscriptionProgress<'_>,
    mut activity: Activity,
    tally: Tally,
) -> Result<()> {
    let SubscriptionProgress { lease, now, .. } = progress;
    activity.count(*now, progress.delivered());
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
        delivered: row.column(0)?,
        minute: row.column(1)?,
        in_minute: row.column(2)?,
        in_minute_before: row.column(3)?,
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
}

impl StepRows for Place<'_> {
    type Error = EngineError;

    fn set(&mut self, at: &SubscriptionPosition) -> Result<()> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO subscription_positions
               (space_id, subscription_id, space_sequence, failures, error, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (space_id, subscription_id) DO UPDATE SET
               space_sequence = ?3, failures = ?4, error = ?5, updated_at = ?6",
        )?;
        let (space_id, subscription_id) = self.key();
        let SubscriptionPosition { sequence, failures, error, updated_at } = at;
        let updated_at = updated_at.map(|time| time.0);
        statement.execute((space_id, subscription_id, sequence.0, failures, error, updated_at))?;
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
            self.tally.remove(Counted::Parked, i64::from(space_id), row.column(0)?);
        }
        Ok(())
    }

    fn fail_again(&mut self, sequence: SpaceSequence, error: &str) -> Result<()> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE parked_events SET attempts = attempts + 1, error = ?4, parked_at = ?5, retry = 0
             WHERE space_id = ?1 AND subscription_id = ?2 AND space_sequence = ?3",
        )?;
        let (space_id, subscription_id) = self.key();
        statement.execute((space_id, subscription_id, sequence.0, error, self.progress.now.0))?;
        Ok(())
    }
}
