//! A gate that stops an operation at one point of its transactions.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, ThreadId};

use crate::support::shim::{Call, Disk, Fault, Point};

/// Stops an operation at the point with a given number, until it is released.
pub struct Gate {
    state: Mutex<State>,
    changed: Condvar,
    number: usize,
}

#[derive(Default)]
struct State {
    /// The thread of the operation while it runs: `None` before it starts, and after it stopped or ended.
    thread: Option<ThreadId>,
    met: usize,
    stopped_at: Option<Point>,
    released: bool,
    ended: bool,
}

impl Gate {
    /// Creates a gate that stops at the point with this number, counted from 1.
    pub fn at(number: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), changed: Condvar::new(), number })
    }

    /// Runs an operation through the gate on this thread.
    pub fn pass<T>(&self, operation: impl FnOnce() -> T) -> T {
        self.state.lock().unwrap().thread = Some(thread::current().id());
        let _end = End(self);
        operation()
    }

    /// Waits until the operation has stopped or ended. Returns the point where it stopped.
    pub fn wait(&self) -> Option<Point> {
        let state = self.state.lock().unwrap();
        self.changed.wait_while(state, |state| state.stopped_at.is_none() && !state.ended).unwrap().stopped_at
    }

    /// Lets the operation continue.
    pub fn release(&self) {
        self.state.lock().unwrap().released = true;
        self.changed.notify_all();
    }

    fn meet(&self, point: Point) {
        let mut state = self.state.lock().unwrap();
        let Some(thread) = state.thread else { return };
        // Read-ahead on other threads happens at any time and is not counted. Writes of two threads never overlap.
        let is_counted = match point {
            Point::BeforeRead => thread == thread::current().id(),
            // A lock before the first read belongs to the recovery of the WAL, for which other connections wait.
            Point::Writing => state.met > 0,
            // Each transaction reads before it writes, so the points of its reads and of the next transaction suffice.
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

/// Signals that the operation has ended, even by a panic.
struct End<'a>(&'a Gate);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap();
        state.thread = None;
        state.ended = true;
        self.0.changed.notify_all();
    }
}
