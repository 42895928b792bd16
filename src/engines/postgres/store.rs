//! A store on a server: its events, its projections and its audit log.

use std::sync::Arc;

use crate::error::{Result, StoreError};
use crate::sqlite::{OpenOptions, Stop};

use super::database::{Database, DatabaseUrl};
use super::{PostgresAuditLog, PostgresEventStore, PostgresPState};

/// A store on a server.
#[derive(Clone)]
pub(crate) struct PostgresStore(Arc<Database>);

impl PostgresStore {
    /// Connects, and creates the tables as requested.
    pub(crate) fn open(url: &DatabaseUrl, options: OpenOptions, create: bool, stop: &Stop) -> Result<Self> {
        Ok(Self(Arc::new(Database::open(url, options, create, stop)?)))
    }

    /// Connects to the same store again.
    pub(crate) fn reconnect(&self, stop: &Stop) -> Result<Self> {
        let options = self.0.options();
        let read_only = options.read_only && !self.0.cannot_write();
        let options = OpenOptions { read_only, ..options };
        Ok(Self(Arc::new(self.0.reconnect(options, stop)?)))
    }

    /// Returns the address of the database.
    pub(crate) fn url(&self) -> &DatabaseUrl {
        self.0.url()
    }

    /// Returns the error of every write, if it is only read.
    pub(crate) fn refusal(&self) -> Option<StoreError> {
        self.0.refusal()
    }

    /// Returns true if it is read-only although the caller did not ask for that.
    pub(crate) fn cannot_write(&self) -> bool {
        self.0.cannot_write()
    }

    /// Returns the event log.
    pub(crate) fn events(&self) -> PostgresEventStore {
        PostgresEventStore::new(Arc::clone(&self.0))
    }

    /// Returns the projections.
    pub(crate) fn projections(&self) -> PostgresPState {
        PostgresPState::new(Arc::clone(&self.0))
    }

    /// Returns the audit log.
    pub(crate) fn audit_log(&self) -> PostgresAuditLog {
        PostgresAuditLog::new(Arc::clone(&self.0))
    }
}
