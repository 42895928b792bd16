//! What SQLite finds amiss in a file.

use rusqlite::ErrorCode;

use crate::error::Result;

use super::{Database, schema, text};

impl Database {
    /// What SQLite's own check finds, up to its hundred; with `deep` it compares the indexes too.
    pub(crate) fn integrity(&self, deep: bool) -> Result<Vec<String>> {
        let sql = if deep { "PRAGMA integrity_check" } else { "PRAGMA quick_check" };
        self.read(|connection| {
            let mut statement = connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            loop {
                match rows.next() {
                    Ok(None) => break,
                    // SQLite puts many findings into one row.
                    Ok(Some(row)) => {
                        let said = text(row.get_ref(0)?).unwrap_or_default().into_owned();
                        found.extend(said.lines().map(str::to_owned));
                    }
                    // Some damage ends SQLite's own check. What it found before counts all the same.
                    Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
                        found.push(error.to_string());
                        break;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            found.retain(|line| line != "ok" && !line.starts_with("*** in database"));
            Ok(found)
        })
    }

    /// The objects in the file that are not ours, for people.
    pub(crate) fn foreign_objects(&self) -> Result<Vec<String>> {
        self.snapshot(|connection| Ok(schema::foreign(connection)?))
    }

    /// Ends the statement that another thread runs on this connection.
    pub(crate) fn interrupter(&self) -> Result<Box<dyn Fn() + Send + Sync>> {
        let handle = self.read(|connection| Ok(connection.get_interrupt_handle()))?;
        Ok(Box::new(move || handle.interrupt()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_without_end_is_interrupted() {
        let database = Database::temporary().unwrap();
        let interrupt = database.interrupter().unwrap();
        let endless =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
        let ended = std::thread::scope(|scope| {
            let counting = scope.spawn(|| {
                database.read(|connection| Ok(connection.query_row(endless, [], |row| row.get::<_, i64>(0))?))
            });
            while !counting.is_finished() {
                interrupt();
                std::thread::yield_now();
            }
            counting.join().unwrap()
        });
        assert_eq!(ended.unwrap_err().kind(), "stopped");
        assert_eq!(database.integrity(true).unwrap(), Vec::<String>::new());
    }
}
