//! One connection, with its prepared statements.

use std::collections::HashMap;

use postgres::types::ToSql;
use postgres::{Client, Row, Statement};

use super::Result;

/// The parameters of a statement.
type Parameters<'a> = [&'a (dyn ToSql + Sync)];

/// A connection. Each statement is prepared once.
pub(in crate::engines::postgres) struct Session {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Session {
    pub(super) fn new(client: Client) -> Self {
        Self { client, statements: HashMap::new() }
    }

    /// Returns true if the connection is known to be closed.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs statements without parameters and results.
    pub(in crate::engines::postgres) fn run(&mut self, sql: &str) -> Result<()> {
        Ok(self.client.batch_execute(sql)?)
    }

    /// Returns all rows of a query.
    pub(in crate::engines::postgres) fn query(
        &mut self,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> Result<Vec<Row>> {
        let statement = self.prepared(sql)?;
        Ok(self.client.query(&statement, parameters)?)
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
        Ok(self.client.query_one(&statement, parameters)?)
    }

    /// Runs a statement, and returns the number of rows that it changed.
    pub(in crate::engines::postgres) fn execute(
        &mut self,
        sql: &str,
        parameters: &Parameters<'_>,
    ) -> Result<u64> {
        let statement = self.prepared(sql)?;
        Ok(self.client.execute(&statement, parameters)?)
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
