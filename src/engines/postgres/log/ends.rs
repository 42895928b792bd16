//! The ends of spaces as the coordinator has committed them, compared with those on the shards.
//!
//! A commit is visible on the coordinator first. So the coordinator is ahead for a moment, and a shard never is: unless one of
//! their nodes was restored from an older copy.

use std::thread;
use std::time::{Duration, Instant};

use crate::engines::postgres::database::{Database, Result, Session};
use crate::error;
use crate::event_store::EndFault;
use crate::id::{SpaceId, SpaceSequence};

use super::row::{number, of_space};

/// The pause before a shard is asked again whether it shows a commit.
const PAUSE: Duration = Duration::from_millis(20);

/// The last sequence, id and commit order of a space.
type End = (i64, i64, i64);

/// Compares both ends of a space. Waits for a commit that its shard does not show yet, at most for the busy timeout.
pub(super) fn fault(database: &Database, space_id: SpaceId) -> error::Result<Option<EndFault>> {
    let started = Instant::now();
    loop {
        match database.read(|session| compare(session, space_id))? {
            Some(EndFault { committed, stored })
                if stored < committed && started.elapsed() < database.options().busy_timeout =>
            {
                thread::sleep(PAUSE);
            }
            found => return Ok(found),
        }
    }
}

fn compare(session: &mut Session, space_id: SpaceId) -> Result<Option<EndFault>> {
    if !session.is_sharded() {
        return Ok(None);
    }
    // In this order: what is committed meanwhile is not a fault.
    let before = committed(session, space_id)?;
    let Some(stored) = end(session, "space_sequences", space_id)? else { return Ok(None) };
    let after = committed(session, space_id)?;
    let fault = |committed: End| {
        let [committed, stored] = [committed.0, stored.0].map(|sequence| SpaceSequence(number(sequence)));
        Some(EndFault { committed, stored })
    };
    Ok(match (stored.0 < before.0, stored.0 > after.0) {
        (true, _) => fault(before),
        (_, true) => fault(after),
        _ if stored.0 == after.0 && stored != after => fault(after),
        _ => None,
    })
}

/// Returns the end that the coordinator has committed.
fn committed(session: &mut Session, space_id: SpaceId) -> Result<End> {
    Ok(end(session, "space_ends", space_id)?.unwrap_or_default())
}

fn end(session: &mut Session, table: &str, space_id: SpaceId) -> Result<Option<End>> {
    let sql = format!("SELECT last_sequence, last_event_id, last_order FROM {table} WHERE space_id = $1");
    let found = session.find(&sql, &[&of_space(space_id)])?;
    Ok(found.map(|row| (row.get(0), row.get(1), row.get(2))))
}

/// Lets the coordinator know the end of a space on its shard, unless it has committed a later one, and lets the next commits of
/// all spaces follow it in their order.
pub(super) fn repair(session: &mut Session, space_id: SpaceId) -> Result<()> {
    let Some((sequence, event_id, order)) = end(session, "space_sequences", space_id)? else { return Ok(()) };
    let sql = "INSERT INTO space_ends (space_id, last_sequence, last_event_id, last_order) VALUES ($1, $2, $3, $4)
         ON CONFLICT (space_id) DO UPDATE
         SET last_sequence = excluded.last_sequence, last_event_id = excluded.last_event_id, last_order = excluded.last_order
         WHERE space_ends.last_sequence <= excluded.last_sequence";
    session.execute(sql, &[&of_space(space_id), &sequence, &event_id, &order])?;
    let sql = "SELECT 1 FROM store, pg_current_snapshot() AS now
         WHERE order_offset + pg_snapshot_xmax(now)::text::bigint <= $1";
    if session.find(sql, &[&order])?.is_some() {
        // Waits for those who write: they have read the number that changes.
        session.run("SELECT pg_advisory_xact_lock(hashtext('ramax writes'), hashtext(current_schema()))")?;
        let sql = "UPDATE store SET order_offset = $1 - pg_snapshot_xmax(now)::text::bigint + 1
             FROM pg_current_snapshot() AS now WHERE order_offset + pg_snapshot_xmax(now)::text::bigint <= $1";
        session.execute(sql, &[&order])?;
    }
    Ok(())
}
