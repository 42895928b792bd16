//! Checks the log's tables. The server checks its own files, and its constraints keep rows from contradicting each other.

use crate::error::Result;
use crate::event_store::{Inspect, InspectLog};
use crate::id::SpaceId;

use super::PostgresEventStore;
use super::row::space_id;

impl Inspect for PostgresEventStore {}

impl InspectLog for PostgresEventStore {
    fn space_ids(&self, found: &mut dyn FnMut(SpaceId)) -> Result<()> {
        let sql = "SELECT space_id FROM spaces UNION SELECT space_id FROM space_sequences
             UNION SELECT space_id FROM subscription_positions UNION SELECT space_id FROM idempotency_keys
             UNION (WITH RECURSIVE of_log AS (
               SELECT min(space_id) AS space_id FROM event_log
               UNION ALL
               SELECT (SELECT min(space_id) FROM event_log WHERE event_log.space_id > of_log.space_id)
               FROM of_log WHERE of_log.space_id IS NOT NULL)
             SELECT space_id FROM of_log WHERE space_id IS NOT NULL) ORDER BY 1";
        let ids = self.database.read(|session| session.query(sql, &[]))?;
        ids.iter().for_each(|row| found(space_id(row.get(0))));
        Ok(())
    }
}
