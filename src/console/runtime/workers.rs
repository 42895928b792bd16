//! The threads that have connections of their own, and how all of them are closed before the program ends.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::content_store::Store;
use crate::sqlite::Stop;

/// How long a thread may take to finish by itself, before what it does is stopped.
const GRACE: Duration = Duration::from_secs(1);
/// How often a thread is looked at that has not finished.
const LOOK: Duration = Duration::from_millis(1);

/// The threads that have connections, and the store that these come from. Cheap to clone.
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

/// The connections have been closed, because the program ends.
#[derive(Debug, thiserror::Error)]
#[error("the database is closed already")]
pub(super) struct Closed;

impl Workers {
    /// No threads yet.
    pub(super) fn of(store: Store) -> Self {
        let stop = store.stop().clone();
        Self { stop, open: Arc::new(Mutex::new(Open { store: Some(store), threads: Vec::new() })) }
    }

    /// The store to open further connections from.
    pub(super) fn store(&self) -> Result<Store, Closed> {
        self.open.lock().store.clone().ok_or(Closed)
    }

    /// Has a thread closed with the others. `end` asks it to finish.
    pub(super) fn add(&self, thread: JoinHandle<()>, end: impl FnOnce() + Send + 'static) {
        let threads = &mut self.open.lock().threads;
        threads.retain(|worker| !worker.thread.is_finished());
        threads.push(Worker { thread, end: Box::new(end) });
    }

    /// Stops at once what the threads do in the store.
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
            // It told of a panic where that happened.
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
    fn closing_stops_a_thread_that_waits_for_the_file_and_leaves_nothing_beside_it() {
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
