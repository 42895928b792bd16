//! Inserting many rows, sixteen per statement, in bare rusqlite.

use std::error::Error;

use rusqlite::{Connection, Statement, ToSql};

const MANY: usize = 16;

/// Inserts rows `INTO` a table with the given number of columns, bound by `bind`.
pub fn insert<T>(
    connection: &Connection,
    (into, columns): (&str, usize),
    rows: &[T],
    mut bind: impl FnMut(&mut Columns<'_, '_>, &T) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let (full, rest) = rows.split_at(rows.len() - rows.len() % MANY);
    for (rows, each) in [(full, MANY), (rest, 1)] {
        if rows.is_empty() {
            continue;
        }
        let row = format!("({})", vec!["?"; columns].join(", "));
        let sql = format!("INSERT {into} VALUES {}", vec![row; each].join(", "));
        let mut statement = connection.prepare_cached(&sql)?;
        for rows in rows.chunks_exact(each) {
            let mut columns = Columns { statement: &mut statement, given: 0 };
            rows.iter().try_for_each(|row| bind(&mut columns, row))?;
            statement.raw_execute()?;
        }
    }
    Ok(())
}

/// The column values of a statement's rows.
pub struct Columns<'a, 'c> {
    statement: &'a mut Statement<'c>,
    given: usize,
}

impl Columns<'_, '_> {
    /// Binds the next value.
    pub fn give(&mut self, value: impl ToSql) -> rusqlite::Result<()> {
        self.given += 1;
        self.statement.raw_bind_parameter(self.given, value)
    }
}
