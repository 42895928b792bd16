//! Stops the connections of a store from another thread, so that the process can close them and exit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rusqlite::Connection;

use super::Result;
use crate::error::StoreError;

/// Stops all connections that are bound to it. Clones share them.
#[derive(Clone, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waits_end: AtomicBool,
    asked: AtomicBool,
    noticed: AtomicBool,
    connections: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    last: u64,
    bound: Vec<(u64, Interrupt)>,
}

/// Interrupts the statement of a connection.
type Interrupt = Box<dyn Fn() + Send>;

impl Stop {
    /// Ends all waits for other processes. Other work continues.
    pub fn end_waits(&self) {
        self.0.waits_end.store(true, Ordering::Relaxed);
    }

    /// Returns true if waits for others were ended.
    #[cfg(feature = "postgres")]
    pub(crate) fn has_ended_waits(&self) -> bool {
        self.0.waits_end.load(Ordering::Relaxed)
    }

    /// Interrupts the connections, and refuses all later statements. A statement that is about to start may miss one
    /// call, so the caller repeats it until the threads have ended.
    pub fn ask(&self) {
        self.0.asked.store(true, Ordering::Relaxed);
        for (_, interrupt) in &self.0.connections.lock().bound {
            interrupt();
        }
    }

    /// Returns true once a statement was refused or a connection was closed because of the request.
    pub fn is_noticed(&self) -> bool {
        self.0.noticed.load(Ordering::Relaxed)
    }

    /// Refuses to continue after a stop was requested.
    pub(crate) fn check_asked(&self) -> std::result::Result<(), StoreError> {
        if self.0.asked.load(Ordering::Relaxed) {
            self.0.noticed.store(true, Ordering::Relaxed);
            return Err(StoreError::Stopped);
        }
        Ok(())
    }

    pub(super) fn check(&self) -> Result<()> {
        Ok(self.check_asked()?)
    }

    /// Refuses to wait for another process after waits were ended.
    pub(super) fn check_wait(&self) -> Result<()> {
        if self.0.waits_end.load(Ordering::Relaxed) {
            return Err(StoreError::Stopped.into());
        }
        self.check()
    }

    /// Binds a connection to a SQLite file for the lifetime of the result.
    pub(super) fn bind_file(&self, connection: &Connection) -> Binding {
        let handle = connection.get_interrupt_handle();
        self.bind(move || handle.interrupt())
    }

    /// Binds a connection, whose statement `interrupt` interrupts, for the lifetime of the result.
    pub(crate) fn bind(&self, interrupt: impl Fn() + Send + 'static) -> Binding {
        let mut connections = self.0.connections.lock();
        connections.last += 1;
        let number = connections.last;
        connections.bound.push((number, Box::new(interrupt)));
        Binding { stop: self.clone(), number }
    }
}

/// A connection that can be stopped.
pub(crate) struct Binding {
    pub(super) stop: Stop,
    number: u64,
}

impl Drop for Binding {
    fn drop(&mut self) {
        let _ = self.stop.check();
        self.stop.0.connections.lock().bound.retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engines::sqlite::file::Database;
    use crate::engines::sqlite::file::opening::open::OpenOptions;
    use crate::engines::sqlite::file::role::FileRole;

    const ENDLESS: &str =
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n";

    fn endless(connection: &Connection) -> Result<i64> {
        Ok(connection.query_row(ENDLESS, [], |row| row.get(0))?)
    }

    #[test]
    fn a_stopped_connection_interrupts_its_statement_refuses_more_and_removes_its_wal_on_closing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let stop = Stop::default();
        let database = Database::open_or_create(&path, FileRole::Whole, &OpenOptions::default())
            .unwrap()
            .stopped_by(&stop);
        database.write(|connection| Ok(connection.execute_batch("DELETE FROM operations")?)).unwrap();
        std::thread::scope(|scope| {
            let works = scope.spawn(|| database.read(endless));
            while !works.is_finished() {
                stop.ask();
            }
            assert_eq!(works.join().unwrap().unwrap_err().kind(), "stopped");
        });
        assert_eq!(database.read(endless).unwrap_err().kind(), "stopped");
        assert_eq!(database.write(|_| Ok(())).unwrap_err().kind(), "stopped");
        stop.ask();
        drop(database);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(stop.is_noticed());
    }
}
