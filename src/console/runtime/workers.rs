//! The threads that own connections, and how they are closed before the program ends.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::content_store::Store;
use crate::sqlite::Stop;

/// The time that a thread may take to finish before its store access is stopped.
const GRACE: Duration = Duration::from_secs(1);
/// The interval between checks whether a thread has finished.
const LOOK: Duration = Duration::from_millis(1);

/// The threads that own connections, and the store that these come from. Cheap to clone.
#[derive(Clone)]
pub(super) struct Workers {
    stop: Stop,
    open: Arc<Mutex<Open>>,
}

struct Open {
    store: Option<Store>,
    threads: Vec<Worker>,
}

struct Worker {
    thread: JoinHandle<()>,
    end: Box<dyn FnOnce() + Send>,
}

/// The connections are closed because the program is ending.
#[derive(Debug, thiserror::Error)]
#[error("the database is already closed")]
pub(super) struct Closed;

impl Workers {
    /// Starts with no threads.
    pub(super) fn of(store: Store) -> Self {
        let stop = store.stop().clone();
        Self { stop, open: Arc::new(Mutex::new(Open { store: Some(store), threads: Vec::new() })) }
    }

    /// Returns the store, for opening connections.
    pub(super) fn store(&self) -> Result<Store, Closed> {
        self.open.lock().store.clone().ok_or(Closed)
    }

    /// Registers a thread to be closed with the others. `end` asks it to finish.
    pub(super) fn add(&self, thread: JoinHandle<()>, end: impl FnOnce() + Send + 'static) {
        let threads = &mut self.open.lock().threads;
        threads.retain(|worker| !worker.thread.is_finished());
        threads.push(Worker { thread, end: Box::new(end) });
    }

    /// Stops the threads' store access at once.
    pub(super) fn hurry(&self) {
        self.stop.ask();
    }

    /// Asks all threads to finish, stops those that do not, and returns once every connection is closed.
    pub(super) fn close(&self) {
        let mut open = self.open.lock();
        let (threads, ends): (Vec<_>, Vec<_>) =
            open.threads.drain(..).map(|worker| (worker.thread, worker.end)).unzip();
        ends.into_iter().for_each(|end| end());
        self.stop.end_waits();
        let asked = Instant::now();
        for thread in threads {
            while !thread.is_finished() {
                if asked.elapsed() >= GRACE {
                    self.stop.ask();
                }
                std::thread::sleep(LOOK);
            }
            // The panic was reported where it happened.
            let _ = thread.join();
        }
        open.store = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_store::Location;
    use crate::sqlite::OpenOptions;

    #[test]
    fn closing_stops_a_thread_that_waits_for_the_file_and_leaves_no_extra_files() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("store.db");
        let options = OpenOptions { busy_timeout: Duration::from_secs(600), ..OpenOptions::default() };
        let store = Store::open_or_create(&Location::file(&file), options).unwrap();
        let workers = Workers::of(store.clone());
        let holder = rusqlite::Connection::open(&file).unwrap();
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        let thread = std::thread::spawn(move || {
            let now = store.clock().now();
            assert_eq!(store.events().get_or_create_space("a", None, now).unwrap_err().kind(), "stopped");
        });
        workers.add(thread, || {});
        workers.close();
        assert!(workers.store().is_err());
        drop(holder);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
