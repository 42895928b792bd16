//! Checks the log's tables. The server checks its own files, and its constraints keep rows from contradicting each other.

use std::collections::BTreeSet;

use crate::engines::postgres::database::{Failure, Result as EngineResult, Session, decoded};
use crate::error::Result;
use crate::event_store::{EndFault, Inspect, InspectLog, LostNumbers};
use crate::id::SpaceId;
use crate::space::Head;

use super::row::{number, of_space, space_id};
use super::{PostgresEventStore, ends};

/// A counter.
struct Counter {
    table: &'static str,
    /// Selects the number that was given last.
    given: &'static str,
    /// Select the highest numbers in use. Each reads one table, since shards and the coordinator cannot be read at once.
    used: &'static [&'static str],
    /// Repairs the counter; `$1` is the highest number in use.
    repair: &'static str,
}

const COUNTERS: [Counter; 4] = [
    Counter {
        table: "event_log",
        given: "SELECT last_value FROM event_ids",
        used: &["SELECT max(event_id) FROM event_log", "SELECT deleted_event_id FROM store"],
        repair: "SELECT setval('event_ids', $1)",
    },
    Counter {
        table: "spaces",
        given: "SELECT last_space_id FROM store",
        used: &["SELECT max(space_id) FROM spaces", "SELECT max(space_id) FROM space_sequences"],
        repair: "UPDATE store SET last_space_id = $1",
    },
    Counter {
        table: "projections",
        given: "SELECT last_value FROM projections_projection_id_seq",
        used: &["SELECT max(projection_id) FROM projections"],
        repair: "SELECT setval('projections_projection_id_seq', $1)",
    },
    Counter {
        table: "operations",
        given: "SELECT last_value FROM operations_operation_id_seq",
        used: &["SELECT max(operation_id) FROM operations"],
        repair: "SELECT setval('operations_operation_id_seq', $1)",
    },
];

/// Tables with the progress of subscriptions.
const PROGRESS: [&str; 2] = ["subscription_positions", "parked_events"];

/// Matches rows of subscriptions other than $1, or of spaces other than $2.
const STRAY: &str = "subscription_id <> ALL ($1) OR space_id <> ALL ($2)";

/// Returns the ids of all subscriptions, and those of all spaces.
fn known(session: &mut Session) -> EngineResult<(Vec<i64>, Vec<i64>)> {
    let mut ids = |sql| -> EngineResult<Vec<i64>> {
        Ok(session.query(sql, &[])?.iter().map(|row| row.get(0)).collect())
    };
    let subscriptions = ids("SELECT subscription_id FROM subscriptions")?;
    let mut spaces = ids("SELECT space_id FROM spaces")?;
    spaces.extend(ids("SELECT space_id FROM space_sequences")?);
    Ok((subscriptions, spaces))
}

fn lost(session: &mut Session) -> EngineResult<Vec<(LostNumbers, &'static str)>> {
    let mut all = Vec::new();
    for Counter { table, given, used, repair } in COUNTERS {
        let mut highest = |sql: &str| -> EngineResult<i64> {
            Ok(session.one(&format!("SELECT coalesce(({sql}), 0)::bigint"), &[])?.get(0))
        };
        let given = highest(given)?;
        let used = used.iter().try_fold(0, |most, sql| Ok::<_, Failure>(most.max(highest(sql)?)))?;
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
        let own: Vec<&str> = super::super::storage::TABLES
            .split(',')
            .map(str::trim)
            .chain(["store", "space_ends", "two_phases"])
            .collect();
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

/// Selects the spaces with events, one after the other.
const SPACES_OF_LOG: &str = "WITH RECURSIVE of_log AS (
      SELECT min(space_id) AS space_id FROM event_log
      UNION ALL
      SELECT (SELECT min(space_id) FROM event_log WHERE event_log.space_id > of_log.space_id)
      FROM of_log WHERE of_log.space_id IS NOT NULL)
    SELECT space_id FROM of_log WHERE space_id IS NOT NULL";

impl InspectLog for PostgresEventStore {
    fn space_ids(&self, found: &mut dyn FnMut(SpaceId)) -> Result<()> {
        let mut all = BTreeSet::new();
        for table in ["spaces", "space_sequences", "subscription_positions", "idempotency_keys", "event_log"]
        {
            let ids = self.database.read(|session| {
                // A log has many rows of each space: on one server, its index is skipped through.
                let sql = match table {
                    "event_log" if !session.is_sharded() => SPACES_OF_LOG.to_owned(),
                    table => format!("SELECT DISTINCT space_id FROM {table}"),
                };
                session.query(&sql, &[])
            })?;
            all.extend(ids.iter().map(|row| row.get::<_, i64>(0)));
        }
        all.into_iter().for_each(|id| found(space_id(id)));
        Ok(())
    }

    fn stray_progress(&self) -> Result<u64> {
        self.database.read(|session| {
            let (subscriptions, spaces) = known(session)?;
            let mut strays = 0;
            for table in PROGRESS {
                let sql = format!("SELECT count(*) FROM {table} WHERE {STRAY}");
                strays += number(session.one(&sql, &[&subscriptions, &spaces])?.get(0));
            }
            Ok(strays)
        })
    }

    fn repair_head(&self, space_id: SpaceId, _counted: Head) -> Result<()> {
        self.database.write(|session| {
            let add = "INSERT INTO space_sequences (space_id) VALUES ($1) ON CONFLICT DO NOTHING";
            session.execute(add, &[&of_space(space_id)])?;
            let lock = "SELECT 1 FROM space_sequences WHERE space_id = $1 FOR UPDATE";
            session.query(lock, &[&of_space(space_id)])?;
            let sql = "SELECT coalesce(max(space_sequence), 0), coalesce(max(event_id), 0), max(timestamp),
                   coalesce(sum(octet_length(payload)), 0)::bigint FROM event_log WHERE space_id = $1";
            let found = session.one(sql, &[&of_space(space_id)])?;
            let (sequence, event_id, bytes): (i64, i64, i64) = (found.get(0), found.get(1), found.get(3));
            let timestamp: Option<i64> = found.get(2);
            let sql =
                "UPDATE space_sequences SET last_sequence = $2, last_event_id = $3, last_timestamp = $4,
                 payload_bytes = $5 WHERE space_id = $1";
            session.execute(sql, &[&of_space(space_id), &sequence, &event_id, &timestamp, &bytes])?;
            if session.is_sharded() { ends::repair(session, space_id) } else { Ok(()) }
        })
    }

    fn end_fault(&self, space_id: SpaceId) -> Result<Option<EndFault>> {
        ends::fault(&self.database, space_id)
    }

    fn repair_progress(&self) -> Result<()> {
        self.database.write(|session| {
            let (subscriptions, spaces) = known(session)?;
            for table in PROGRESS {
                session.execute(&format!("DELETE FROM {table} WHERE {STRAY}"), &[&subscriptions, &spaces])?;
            }
            let sql = "UPDATE subscription_positions AS at SET space_sequence = log.last_sequence FROM space_sequences AS log
                 WHERE log.space_id = at.space_id AND at.space_sequence > log.last_sequence";
            session.execute(sql, &[]).map(drop)
        })
    }
}
