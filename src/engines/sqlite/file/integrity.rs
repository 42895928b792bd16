//! SQLite's own integrity check.

use rusqlite::ErrorCode;

use super::{Database, schema, text};

impl Database {
    /// Returns up to a hundred findings of SQLite's integrity check. With `deep`, it also compares the indexes.
    pub(crate) fn integrity(&self, deep: bool) -> crate::Result<Vec<String>> {
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
                        let report = text(row.get_ref(0)?).unwrap_or_default().into_owned();
                        found.extend(report.lines().map(str::to_owned));
                    }
                    // Some damage aborts SQLite's check. The findings up to then are valid.
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

    /// Describes the objects in the file that are not ours.
    pub(crate) fn foreign_objects(&self) -> crate::Result<Vec<String>> {
        self.snapshot(schema::foreign)
    }

    /// Returns a function that interrupts the current statement of this connection from another thread.
    pub(crate) fn interrupter(&self) -> crate::Result<Box<dyn Fn() + Send + Sync>> {
        let handle = self.read(|connection| Ok(connection.get_interrupt_handle()))?;
        Ok(Box::new(move || handle.interrupt()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_statement_can_be_interrupted() {
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
