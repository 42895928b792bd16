//! The storage on the server, shared by events and projections.

use crate::error::Result;
use crate::event_store::{Capabilities, Storage, nesting};
use crate::id::SpaceId;

use super::database::Database;
use super::log::row::number;
use super::{PostgresEventStore, PostgresPState, log, projections};

/// The parts that this engine leaves to the server and its administrator.
const CAPABILITIES: Capabilities = Capabilities {
    storage: "the tables",
    purge: "vacuum the tables afterwards",
    purge_values: "vacuum the tables, so that erased rows are reused",
    purged: "the tables are vacuumed",
    not_purged: "the tables could not be vacuumed",
    left_unpurged: "its rows may remain until the server vacuums the tables",
    beyond_purge: &[
        "the server's write-ahead log and its archive",
        "replicas and backups of the server",
        "free space in the tables, until it is overwritten",
    ],
    unchecked: &["the server's pages and indexes (pg_amcheck and pg_checksums check them)"],
    reads_pages: false,
};

impl Storage for PostgresEventStore {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        self.database.read(|session| log::rows_by_table(session, space_id))
    }

    fn purge(&self) -> Result<()> {
        self.database.vacuum()
    }

    fn version(&self) -> Result<u64> {
        self.database.version()
    }

    fn storage_bytes(&self) -> Result<Option<u64>> {
        self.database.storage_bytes()
    }
}

impl Storage for PostgresPState {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        self.database.read(|session| projections::rows_by_table(session, space_id))
    }

    fn purge(&self) -> Result<()> {
        self.database.vacuum()
    }

    fn version(&self) -> Result<u64> {
        self.database.version()
    }

    fn storage_bytes(&self) -> Result<Option<u64>> {
        self.database.storage_bytes()
    }
}

/// The tables with data of spaces.
pub(super) const TABLES: &str = "event_log, event_types, idempotency_keys, operations, parked_events, projection_checkpoints,
    projection_entities, projections, space_sequences, spaces, subscription_effects, subscription_positions, subscriptions";

impl Database {
    /// Removes the rows that no transaction sees any more from the tables. Copies of them may stay in the server's
    /// write-ahead log, in its replicas and in backups.
    pub(super) fn vacuum(&self) -> Result<()> {
        nesting::check()?;
        self.outside_transaction(|session| {
            let on_coordinator = if session.is_sharded() { ", space_ends" } else { "" };
            session.run(&format!("VACUUM {TABLES}{on_coordinator}"))
        })
    }

    /// Returns a number that rises with each commit. A writer counts before its changes are visible; so the number is
    /// another one while a writer is in progress than after it has ended. The count is read first.
    fn version(&self) -> Result<u64> {
        let sql = format!(
            "WITH counted AS MATERIALIZED (SELECT last_value FROM commits)
             SELECT last_value * 2 + CASE WHEN {} THEN 0 ELSE 1 END FROM counted",
            log::WRITERS_IN_PROGRESS
        );
        self.read(|session| Ok(number(session.one(&sql, &[])?.get(0))))
    }

    /// Returns the bytes of the tables and their indexes.
    fn storage_bytes(&self) -> Result<Option<u64>> {
        let size = |of: &str, condition: &str| {
            format!(
                "SELECT coalesce(sum({of}(oid)), 0)::bigint FROM pg_class
                 WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' {condition}"
            )
        };
        self.read(|session| {
            let local = number(session.one(&size("pg_total_relation_size", ""), &[])?.get(0));
            if !session.is_sharded() {
                return Ok(Some(local));
            }
            let is_sharded = "AND oid IN (SELECT logicalrelid FROM pg_dist_partition)";
            let sharded = session.one(&size("citus_total_relation_size", is_sharded), &[])?;
            Ok(Some(local + number(sharded.get(0))))
        })
    }
}
