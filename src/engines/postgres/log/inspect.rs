//! Checks the log's tables. The server checks its own files, and its constraints keep rows from contradicting each other.

use crate::engines::postgres::database::{Result as EngineResult, Session, decoded};
use crate::error::Result;
use crate::event_store::{Inspect, InspectLog, LostNumbers};
use crate::id::SpaceId;
use crate::space::Head;

use super::PostgresEventStore;
use super::row::{number, of_space, space_id};

/// Counters: the table, the number that was given last, the highest number in use, and the statement that repairs the
/// counter, in which `$1` is the highest number.
const COUNTERS: [(&str, &str, &str, &str); 4] = [
    (
        "event_log",
        "SELECT last_value FROM event_ids",
        "SELECT greatest(max(event_id), (SELECT deleted_event_id FROM store)) FROM event_log",
        "SELECT setval('event_ids', $1)",
    ),
    (
        "spaces",
        "SELECT last_space_id FROM store",
        "SELECT max(space_id) FROM (SELECT space_id FROM spaces UNION ALL SELECT space_id FROM space_sequences) AS known",
        "UPDATE store SET last_space_id = $1",
    ),
    (
        "projections",
        "SELECT last_value FROM projections_projection_id_seq",
        "SELECT max(projection_id) FROM projections",
        "SELECT setval('projections_projection_id_seq', $1)",
    ),
    (
        "operations",
        "SELECT last_value FROM operations_operation_id_seq",
        "SELECT max(operation_id) FROM operations",
        "SELECT setval('operations_operation_id_seq', $1)",
    ),
];

/// Matches rows of subscriptions or of spaces that do not exist.
const STRAY: &str = "subscription_id NOT IN (SELECT subscription_id FROM subscriptions)
    OR space_id NOT IN (SELECT space_id FROM spaces UNION ALL SELECT space_id FROM space_sequences)";

fn lost(session: &mut Session) -> EngineResult<Vec<(LostNumbers, &'static str)>> {
    let mut all = Vec::new();
    for (table, given, used, repair) in COUNTERS {
        let row = session.one(&format!("SELECT ({given})::bigint, coalesce(({used}), 0)::bigint"), &[])?;
        let (given, used): (i64, i64) = (row.get(0), row.get(1));
        if given < used {
            all.push((LostNumbers { table, given, used }, repair));
        }
    }
    Ok(all)
}

impl Inspect for PostgresEventStore {
    fn foreign_objects(&self) -> Result<Vec<String>> {
        let sql = "SELECT 'table ' || relname::text FROM pg_class
             WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'f', 'v', 'm') AND relname <> ALL ($1)
             UNION ALL
             SELECT 'trigger ' || tgname::text || ' on ' || relname::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
             WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal
             ORDER BY 1";
        let own: Vec<&str> =
            super::super::storage::TABLES.split(',').map(str::trim).chain(["store"]).collect();
        let rows = self.database.read(|session| session.query(sql, &[&own]))?;
        Ok(rows.iter().map(|row| decoded(row.get(0))).collect())
    }

    fn lost_numbers(&self) -> Result<Vec<LostNumbers>> {
        Ok(self.database.read(lost)?.into_iter().map(|(lost, _)| lost).collect())
    }

    fn repair_numbers(&self) -> Result<()> {
        self.database.write(|session| {
            super::ids::hold(session)?;
            for (LostNumbers { used, .. }, repair) in lost(session)? {
                session.query(repair, &[&used])?;
            }
            Ok(())
        })
    }
}

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

    fn stray_progress(&self) -> Result<u64> {
        let sql = format!(
            "SELECT (SELECT count(*) FROM subscription_positions WHERE {STRAY}) + (SELECT count(*) FROM parked_events WHERE {STRAY})"
        );
        self.database.read(|session| Ok(number(session.one(&sql, &[])?.get(0))))
    }

    fn repair_head(&self, space_id: SpaceId, _counted: Head) -> Result<()> {
        self.database.write(|session| {
            let lock = "SELECT 1 FROM space_sequences WHERE space_id = $1 FOR UPDATE";
            session.query(lock, &[&of_space(space_id)])?;
            let sql =
                "UPDATE space_sequences SET (last_sequence, last_event_id, last_timestamp, payload_bytes) =
                 (SELECT coalesce(max(space_sequence), 0), coalesce(max(event_id), 0), max(timestamp),
                    coalesce(sum(octet_length(payload)), 0) FROM event_log WHERE event_log.space_id = $1)
                 WHERE space_id = $1";
            session.execute(sql, &[&of_space(space_id)]).map(drop)
        })
    }

    fn repair_progress(&self) -> Result<()> {
        self.database.write(|session| {
            for table in ["subscription_positions", "parked_events"] {
                session.execute(&format!("DELETE FROM {table} WHERE {STRAY}"), &[])?;
            }
            let sql = "UPDATE subscription_positions AS at SET space_sequence = log.last_sequence FROM space_sequences AS log
                 WHERE log.space_id = at.space_id AND at.space_sequence > log.last_sequence";
            session.execute(sql, &[]).map(drop)
        })
    }
}
