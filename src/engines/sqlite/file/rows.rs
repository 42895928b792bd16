//! Writes several rows with one statement, which opens its tables and indexes only once for all of them.

use rusqlite::{Connection, Statement, ToSql};

use super::Result;

/// Rows per statement.
const MANY: usize = 16;

/// The target of an insert.
pub(crate) struct Table<'a> {
    /// The table, with its columns.
    pub(crate) into: &'a str,
    /// The number of columns.
    pub(crate) columns: usize,
    /// The clause for rows that exist already, if they are not an error.
    pub(crate) otherwise: &'a str,
}

impl Table<'_> {
    /// Inserts rows, whose columns `bind` supplies. Calls `inserted` after each statement with its rows and the number
    /// of new ones.
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

    /// Builds the statement that inserts this many rows. Every command needs it, so it is built in one buffer.
    fn sql(&self, rows: usize) -> String {
        let mut sql = String::with_capacity(256);
        sql.push_str("INSERT INTO ");
        sql.push_str(self.into);
        sql.push_str(" VALUES ");
        for row in 0..rows {
            sql.push_str(if row == 0 { "(?" } else { ", (?" });
            (1..self.columns).for_each(|_| sql.push_str(", ?"));
            sql.push(')');
        }
        sql.push(' ');
        sql.push_str(self.otherwise);
        sql
    }
}

/// The columns of the rows that a statement writes.
pub(crate) struct Columns<'a, 'c> {
    statement: &'a mut Statement<'c>,
    given: usize,
}

impl Columns<'_, '_> {
    /// Binds the next column.
    pub(crate) fn give(&mut self, value: impl ToSql) -> Result<()> {
        self.given += 1;
        Ok(self.statement.raw_bind_parameter(self.given, value)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: Table<'_> = Table { into: "numbers (n, half)", columns: 2, otherwise: "" };

    fn put(connection: &Connection, numbers: &[i64]) -> Result<Vec<usize>> {
        let mut each = Vec::new();
        let bind = |columns: &mut Columns<'_, '_>, n: &i64| {
            columns.give(n)?;
            columns.give(n / 2)
        };
        NUMBERS.insert(connection, numbers, bind, |rows, inserted| {
            assert_eq!(rows.len(), inserted);
            each.push(inserted);
            Ok(())
        })?;
        Ok(each)
    }

    #[test]
    fn rows_are_written_once_and_in_order_whatever_their_number() {
        for count in [0, 1, 15, 16, 17, 32, 33] {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch("CREATE TABLE numbers (n UNIQUE, half)").unwrap();
            let numbers: Vec<i64> = (0..count).collect();
            let each = put(&connection, &numbers).unwrap();
            assert_eq!(each.iter().sum::<usize>(), numbers.len());
            assert_eq!(each.len(), numbers.len() / MANY + numbers.len() % MANY);
            let mut statement = connection.prepare("SELECT n, half FROM numbers ORDER BY rowid").unwrap();
            let stored = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            let stored: Vec<(i64, i64)> = stored.map(|row| row.unwrap()).collect();
            assert_eq!(stored, numbers.iter().map(|n| (*n, n / 2)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_row_that_cannot_be_written_is_an_error_at_any_position() {
        for twice in [0, 7, 15, 16] {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch("CREATE TABLE numbers (n UNIQUE, half)").unwrap();
            put(&connection, &[twice]).unwrap();
            assert!(put(&connection, &(0..17).collect::<Vec<_>>()).is_err(), "{twice}");
            put(&connection, &(100..117).collect::<Vec<_>>()).unwrap();
        }
    }
}
