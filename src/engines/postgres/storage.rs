//! The storage on the server, shared by events and projections.

use crate::error::Result;
use crate::event_store::{Storage, nesting};
use crate::id::SpaceId;

use super::database::Database;
use super::log::row::number;
use super::{PostgresEventStore, PostgresPState, log, projections};

impl Storage for PostgresEventStore {
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
const TABLES: &str = "event_log, event_types, idempotency_keys, operations, parked_events, projection_checkpoints,
    projection_entities, projections, space_sequences, spaces, subscription_effects, subscription_positions, subscriptions";

impl Database {
    /// Removes the rows that no transaction sees any more from the tables. Copies of them may stay in the server's
    /// write-ahead log, in its replicas and in backups.
    pub(super) fn vacuum(&self) -> Result<()> {
        nesting::check()?;
        self.outside_transaction(|session| session.run(&format!("VACUUM {TABLES}")))
    }

    /// Returns a number that rises after each commit.
    fn version(&self) -> Result<u64> {
        let sql = "SELECT last_value FROM commits";
        self.read(|session| Ok(number(session.one(sql, &[])?.get(0))))
    }

    /// Returns the bytes of the tables and their indexes.
    fn storage_bytes(&self) -> Result<Option<u64>> {
        let sql = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
             WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'";
        self.read(|session| Ok(Some(number(session.one(sql, &[])?.get(0)))))
    }
}
