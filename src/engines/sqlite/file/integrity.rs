//! SQLite's own integrity check.

use rusqlite::{Connection, ErrorCode};

use crate::event_store::{EngineFault, Integrity};

use super::free_pages::Compared;
use super::{Database, Result, choices, schema, text};

/// Checks the structure of the list of free pages. SQLite's check of the whole file passes over it if it meets a view first.
const FREE_PAGES: &str = "PRAGMA integrity_check(sqlite_schema)";

/// Describes the part of a deep check that needs a file without a WAL.
const FREE_PAGES_WRITTEN: &str =
    "pages in use that are listed as free, since the WAL is in use (check again with the database closed)";

/// The start of SQLite's finding about a page that is in two places.
const SECOND_REFERENCE: &str = "2nd reference to page ";

impl Database {
    /// Returns up to a hundred findings of SQLite's integrity check. With `deep`, it also compares the indexes, and the list
    /// of free pages with the pages in use.
    pub(crate) fn integrity(&self, deep: bool) -> crate::Result<Integrity> {
        let whole = if deep { "PRAGMA integrity_check" } else { "PRAGMA quick_check" };
        let (listed, unchecked) = match deep.then(|| self.compare_free_pages()).transpose()? {
            Some(Compared::InUse(pages)) => (pages, None),
            Some(Compared::NotRead) => (Vec::new(), Some(FREE_PAGES_WRITTEN)),
            None => (Vec::new(), None),
        };
        self.read(|connection| {
            let mut found = findings(connection, whole)?;
            let mut in_use = free_pages_in_use(connection, &found);
            in_use.extend(listed);
            in_use.sort_unstable();
            in_use.dedup();
            if !in_use.is_empty() {
                // SQLite's check ends at such a page, and misjudges the tree that it belongs to.
                found = findings_by_table(connection, deep)?;
            }
            for finding in findings(connection, FREE_PAGES)? {
                if !found.contains(&finding) {
                    found.push(finding);
                }
            }
            let free = in_use.iter().map(|page| EngineFault { is_derived: true, detail: free_in_use(*page) });
            let of_sqlite =
                found.into_iter().map(|detail| EngineFault { is_derived: is_derived(&detail), detail });
            Ok(Integrity { faults: free.chain(of_sqlite).collect(), unchecked })
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

/// Returns the pages that SQLite found in the list of free pages and in one table or index. Of a page in two tables, the rows of one
/// are lost.
fn free_pages_in_use(connection: &Connection, found: &[String]) -> Vec<u32> {
    let page = |finding: &String| finding.rsplit_once(SECOND_REFERENCE)?.1.parse().ok();
    let twice = found.iter().filter(|finding| !is_derived(finding)).filter_map(page);
    let owners = |page: u32| {
        let sql = "SELECT count(*) FROM dbstat WHERE pageno = ?1";
        connection.query_row(sql, [page], |row| row.get::<_, i64>(0))
    };
    twice.filter(|page| matches!(owners(*page), Ok(1))).collect()
}

fn free_in_use(page: u32) -> String {
    format!("page {page} is in use and in the list of free pages: the next write could overwrite its rows")
}

/// Checks each table without the list of free pages.
fn findings_by_table(connection: &Connection, deep: bool) -> Result<Vec<String>> {
    let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let tables = tables.query_map([], |row| row.get::<_, String>(0))?;
    let check = if deep { "integrity_check" } else { "quick_check" };
    let mut found = Vec::new();
    for table in tables {
        let table = table?.replace('"', "\"\"");
        found.extend(findings(connection, &format!("PRAGMA {check}(\"{table}\")"))?);
    }
    Ok(found)
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
    found.retain(|line| line != "ok" && !line.starts_with("*** in database") && !choices::is_checked(line));
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
        assert_eq!(database.integrity(true).unwrap(), Integrity::default());
    }
}
