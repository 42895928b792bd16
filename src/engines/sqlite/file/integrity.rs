//! SQLite's own integrity check.

use rusqlite::{Connection, ErrorCode};

use crate::event_store::EngineFault;

use super::{Database, Result, schema, text};

/// Checks the list of free pages. SQLite's check of the whole file passes over it if it meets a view first.
const FREE_PAGES: &str = "PRAGMA integrity_check(sqlite_schema)";

impl Database {
    /// Returns up to a hundred findings of SQLite's integrity check. With `deep`, it also compares the indexes.
    pub(crate) fn integrity(&self, deep: bool) -> crate::Result<Vec<EngineFault>> {
        let whole = if deep { "PRAGMA integrity_check" } else { "PRAGMA quick_check" };
        self.read(|connection| {
            let mut found = findings(connection, whole)?;
            for finding in findings(connection, FREE_PAGES)? {
                if !found.contains(&finding) {
                    found.push(finding);
                }
            }
            Ok(found
                .into_iter()
                .map(|detail| EngineFault { is_derived: is_derived(&detail), detail })
                .collect())
        })
    }

    /// Writes all tables again without the list of free pages, and rebuilds all indexes. Fails if a page of a table or the
    /// structure of an index is damaged.
    pub(crate) fn rewrite(&self) -> crate::Result<()> {
        // A wrong list of free pages can prevent every other write, and a wrong index this one.
        let rewritten = self.purge();
        self.write(|connection| Ok(connection.execute_batch("REINDEX")?))?;
        rewritten.or_else(|_| self.purge())
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

/// Returns true for a finding about free pages or about the entries of an index, which say nothing that the rows do not.
fn is_derived(finding: &str) -> bool {
    finding.contains("reelist: ")
        || finding.ends_with(": never used")
        || finding.ends_with(" is never used")
        || finding.contains(" missing from index ")
        || finding.starts_with("wrong # of entries in index ")
        || finding.starts_with("non-unique entry in index ")
        || finding.starts_with("rowid not at end-of-record for row ")
}

/// Runs a check of SQLite.
fn findings(connection: &Connection, check: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare(check)?;
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
        assert_eq!(database.integrity(true).unwrap(), []);
    }
}
