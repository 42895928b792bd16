//! Writing many rows: several with one statement, which finds its places in the file once for all of them.

use rusqlite::{Connection, Statement, ToSql};

use crate::error::Result;

/// Rows of a statement that writes many.
const MANY: usize = 16;

/// Where rows go.
pub(crate) struct Table<'a> {
    /// The table, with its columns.
    pub(crate) into: &'a str,
    /// How many these are.
    pub(crate) columns: usize,
    /// What becomes of rows that are there already, where that is no error.
    pub(crate) otherwise: &'a str,
}

impl Table<'_> {
    /// Inserts rows, whose columns `bind` gives. `inserted` is told of each statement: its rows, and how many of
    /// them were new.
    pub(crate) fn insert<T>(
        &self,
        connection: &Connection,
        rows: &[T],
        mut bind: impl FnMut(&mut Columns<'_, '_>, &T) -> Result<()>,
        mut inserted: impl FnMut(&[T], usize) -> Result<()>,
    ) -> Result<()> {
        let (full, rest) = rows.split_at(rows.len() - rows.len() % MANY);
        for (rows, each) in [(full, MANY), (rest, 1)] {
            if rows.is_empty() {
                continue;
            }
            let mut statement = connection.prepare_cached(&self.sql(each))?;
            for rows in rows.chunks_exact(each) {
                let mut columns = Columns { statement: &mut statement, given: 0 };
                rows.iter().try_for_each(|row| bind(&mut columns, row))?;
                inserted(rows, statement.raw_execute()?)?;
            }
        }
        Ok(())
    }

    fn sql(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns].join(", "));
        format!("INSERT INTO {} VALUES {} {}", self.into, vec![row; rows].join(", "), self.otherwise)
    }
}

/// The columns of the rows that a statement writes.
pub(crate) struct Columns<'a, 'c> {
    statement: &'a mut Statement<'c>,
    given: usize,
}

impl Columns<'_, '_> {
    /// Gives the one that comes next.
    pub(crate) fn give(&mut self, value: impl ToSql) -> Result<()> {
        self.given += 1;
        Ok(self.statement.raw_bind_parameter(self.given, value)?)
    }
}
