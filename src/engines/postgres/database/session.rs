//! One connection, with its prepared statements.

use std::collections::HashMap;

use postgres::types::{ToSql, Type};
use postgres::{Row, SimpleQueryMessage, Statement};

use crate::engines::sqlite::Binding;
use crate::error::StoreError;

use super::Result;
use super::client::Client;
use super::server::{self, Server};

/// The parameters of a statement.
type Parameters<'a> = [&'a (dyn ToSql + Sync)];

/// A connection. Each statement is prepared once.
pub(in crate::engines::postgres) struct Session {
    client: Client,
    statements: HashMap<String, Statement>,
    backend: Backend,
    server: Server,
    /// The tables are sharded.
    is_sharded: bool,
    /// The commit order up to which all shards are known to show everything.
    visible: i64,
    /// Lets another thread stop a running statement.
    _binding: Binding,
}

/// The server's process of a connection: its number, and the time of its start in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engines::postgres) struct Backend {
    number: i32,
    started: i64,
}

impl Backend {
    /// Returns the query that finds the process if it waits for a statement, and has not received one for a moment.
    pub(super) fn is_waiting(self) -> String {
        let Self { number, started } = self;
        format!(
            "SELECT 1 FROM pg_stat_activity
             WHERE pid = {number} AND (extract(epoch FROM backend_start) * 1000000)::bigint = {started}
               AND state LIKE 'idle%' AND state_change < clock_timestamp() - interval '400 milliseconds'"
        )
    }
}

impl Session {
    /// Runs the statements that set a connection up.
    pub(super) fn new(mut client: Client, setup: &str, binding: Binding) -> Result<Self> {
        let backend = |server: &str| {
            format!(
                "{setup}; SELECT pid, (extract(epoch FROM backend_start) * 1000000)::bigint, {server}
                 FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            )
        };
        let answers = match client.simple_query(&backend(server::COLUMNS)) {
            // An administrator may have forbidden to ask for the server, or it is one that does not say.
            Err(failure) if !failure.is_lost() => client.simple_query(&backend("NULL, NULL"))?,
            answers => answers?,
        };
        let row = answers.iter().rev().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let number = |column: usize| row.and_then(|row| row.get(column)?.parse::<i64>().ok()).unwrap_or(0);
        let backend = Backend { number: i32::try_from(number(0)).unwrap_or(0), started: number(1) };
        client.is_of(backend);
        let server = row.map(|row| Server::of(row, 2)).unwrap_or_default();
        Ok(Self {
            client,
            statements: HashMap::new(),
            backend,
            server,
            is_sharded: false,
            visible: 0,
            _binding: binding,
        })
    }

    /// Returns true if the tables are sharded.
    pub(in crate::engines::postgres) fn is_sharded(&self) -> bool {
        self.is_sharded
    }

    /// Notes that the tables are sharded.
    pub(in crate::engines::postgres) fn set_sharded(&mut self) {
        self.is_sharded = true;
    }

    /// Returns the commit order up to which all shards are known to show everything.
    pub(in crate::engines::postgres) fn visible(&self) -> i64 {
        self.visible
    }

    /// Notes that order.
    pub(in crate::engines::postgres) fn set_visible(&mut self, order: i64) {
        self.visible = self.visible.max(order);
    }

    /// Returns the server's process.
    pub(super) fn backend(&self) -> Backend {
        self.backend
    }

    /// Returns the server.
    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// Ends the server's process of a lost connection, so that nothing that was sent through it happens from now on.
    ///
    /// # Errors
    /// [`StoreError::Engine`] if it has not ended in time.
    pub(super) fn end(&mut self, backend: Backend) -> Result<()> {
        let sql = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE pid = $1 AND (extract(epoch FROM backend_start) * 1000000)::bigint = $2";
        match self.find(sql, &[&backend.number, &backend.started])?.is_none_or(|row| row.get(0)) {
            true => Ok(()),
            false => {
                let detail = "the server does not end a lost connection".to_owned();
                Err(StoreError::Engine { detail }.into())
            }
        }
    }

    /// Returns true if the connection is known to be closed.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs statements without parameters and results.
    pub(in crate::engines::postgres) fn run(&mut self, sql: &str) -> Result<()> {
        self.client.batch_execute(sql)
    }

    /// Lets the transaction in progress be committed without waiting for the disk. If the server fails right afterwards, it
    /// may be undone.
    pub(in crate::engines::postgres) fn commit_without_waiting(&mut self) -> Result<()> {
        self.run("SET LOCAL synchronous_commit TO off")
    }

    /// Returns all rows of a query.
    pub(in crate::engines::postgres) fn query(
        &mut self,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> Result<Vec<Row>> {
        let statement = self.prepared(sql)?;
        self.client.query(&statement, parameters)
    }

    /// Returns the only row of a query, if there is one.
    pub(in crate::engines::postgres) fn find(
        &mut self,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> Result<Option<Row>> {
        Ok(self.query(sql, parameters)?.into_iter().next())
    }

    /// Returns the only row of a query.
    pub(in crate::engines::postgres) fn one(
        &mut self,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> Result<Row> {
        let statement = self.prepared(sql)?;
        self.client.query_one(&statement, parameters)
    }

    /// Runs a statement, and returns the number of rows that it changed.
    pub(in crate::engines::postgres) fn execute(
        &mut self,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> Result<u64> {
        let statement = self.prepared(sql)?;
        self.client.execute(&statement, parameters)
    }

    /// Runs a `COPY … FROM STDIN` in the binary format with these rows.
    pub(in crate::engines::postgres) fn copy<'a>(
        &mut self,
        sql: &str,
        types: &[Type],
        rows: impl Iterator<Item = Vec<&'a (dyn ToSql + Sync)>>,
    ) -> Result<()> {
        self.client.copy(sql, types, rows).map(drop)
    }

    fn prepared(&mut self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}
