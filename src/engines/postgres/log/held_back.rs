//! The reason why the stream of all spaces has not moved for a while, although there are later events.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::engines::postgres::database::{Result, Session, decoded};

use super::feed::{self, End};

/// The place at which the stream is held back, and the time since when.
#[derive(Default)]
pub(super) struct HeldBack(Mutex<Option<(i64, Instant)>>);

impl HeldBack {
    /// Notes the end of the stream. Returns true if it has been held back at the same place for longer than `most`.
    pub(super) fn note(&self, end: &End, most: Duration) -> bool {
        let mut held = self.0.lock();
        let since = match *held {
            Some((place, since)) if place == end.unsettled => since,
            _ => Instant::now(),
        };
        *held = end.is_held_back.then_some((end.unsettled, since));
        end.is_held_back && since.elapsed() > most
    }
}

/// Returns what the events after the end of the stream wait for, if there are any.
pub(super) fn reason(session: &mut Session, end: &End) -> Result<Option<String>> {
    if session.is_sharded()
        && let Some(lagging) = feed::first_lagging(session, end.unsettled.saturating_add(1))?
    {
        return Ok(Some(format!(
            "the shard of the space {} ends at event {}, and event {} is committed",
            lagging.space_id, lagging.shown, lagging.committed
        )));
    }
    let later = "SELECT 1 FROM event_log WHERE commit_order >= $1 LIMIT 1";
    if session.find(later, &[&end.unsettled])?.is_none() {
        return Ok(None);
    }
    // Others than administrators do not see the transactions of other users.
    let sql = "SELECT pid, application_name FROM pg_stat_activity, pg_current_snapshot() AS now
         WHERE backend_xid::text::bigint = pg_snapshot_xmin(now)::text::bigint & 4294967295";
    Ok(Some(match session.find(sql, &[])? {
        Some(row) => {
            let (process, name): (i32, String) = (row.get(0), decoded(row.get(1)));
            let name = if name.is_empty() { name } else { format!(" ({name})") };
            format!("the server's process {process}{name} has not ended a transaction")
        }
        None => "a transaction on the server has not ended".to_owned(),
    }))
}
