//! A gate that stops an operation at one point of its transactions.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, ThreadId};

use super::shim::{Call, Disk, Fault, Point};

/// Stops the operation that passes it at the point with one number, until it is released.
pub struct Gate {
    state: Mutex<State>,
    changed: Condvar,
    number: usize,
}

#[derive(Default)]
struct State {
    /// The thread of the operation; none before it begins, and once it stopped or ended.
    thread: Option<ThreadId>,
    met: usize,
    stopped_at: Option<Point>,
    released: bool,
    ended: bool,
}

impl Gate {
    /// A gate that stops at the point with this number, from 1.
    pub fn at(number: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), changed: Condvar::new(), number })
    }

    /// Runs the operation that passes the gate on this thread.
    pub fn pass<T>(&self, operation: impl FnOnce() -> T) -> T {
        self.state.lock().unwrap().thread = Some(thread::current().id());
        let _end = End(self);
        operation()
    }

    /// Waits until the operation stopped or ended. Returns the point where it stopped.
    pub fn wait(&self) -> Option<Point> {
        let state = self.state.lock().unwrap();
        self.changed.wait_while(state, |state| state.stopped_at.is_none() && !state.ended).unwrap().stopped_at
    }

    /// Lets the operation go on.
    pub fn release(&self) {
        self.state.lock().unwrap().released = true;
        self.changed.notify_all();
    }

    fn meet(&self, point: Point) {
        let mut state = self.state.lock().unwrap();
        let Some(thread) = state.thread else { return };
        // What an operation reads ahead on other threads comes at any time. No two of them write at once.
        let is_counted = match point {
            Point::BeforeRead => thread == thread::current().id(),
            // What has this lock before it read anything recovers the log, which others wait for to its end.
            Point::Writing => state.met > 0,
            // Before a transaction writes it reads, and after it the next one does: nothing happens between.
            Point::BeforeWrite | Point::AfterWrite => false,
        };
        state.met += usize::from(is_counted);
        if is_counted && state.met == self.number {
            state.thread = None;
            state.stopped_at = Some(point);
            self.changed.notify_all();
            drop(self.changed.wait_while(state, |state| !state.released).unwrap());
        }
    }
}

impl Disk for Gate {
    fn before(&self, _: &Path, _: &Call<'_>) -> Result<(), Fault> {
        Ok(())
    }

    fn at(&self, _: &Path, point: Point) {
        self.meet(point);
    }
}

/// Tells that the operation ended, also by a panic.
struct End<'a>(&'a Gate);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap();
        state.thread = None;
        state.ended = true;
        self.0.changed.notify_all();
    }
}
