//! Refuses writes from application code while a command or a projection waits for its answer.
//!
//! A command decides, and an event handler applies, in the middle of a unit of work. A write from there would join
//! that unit, be numbered twice or deadlock, depending on the store. Therefore every store refuses it before it
//! touches anything.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::StoreError;

thread_local! {
    /// The depth of nested calls into application code on this thread.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// True while panics of application code are caught on this thread.
    static TRIED: Cell<bool> = const { Cell::new(false) };
}

/// Runs application code. Writes from within it, on this thread, are refused.
pub(crate) fn application_code<T>(work: impl FnOnce() -> T) -> T {
    let _inside = Inside::enter();
    work()
}

/// Runs application code as [`application_code`], and returns the message of a panic as an error.
pub(crate) fn tried_application_code<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    tried(|| application_code(work))
}

/// Runs application code and returns the message of a panic as an error.
pub(crate) fn tried<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let before = TRIED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    TRIED.set(before);
    outcome.map_err(|panic| message(&*panic).to_owned())
}

/// Returns the message of a panic.
pub(crate) fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

/// Returns true while panics of this thread are caught, so that none needs to be reported.
#[cfg(feature = "console")]
pub(crate) fn is_tried() -> bool {
    TRIED.get()
}

/// Refuses a write from application code, with [`StoreError::NestedCommand`].
pub(crate) fn check() -> Result<(), StoreError> {
    match DEPTH.get() {
        0 => Ok(()),
        _ => Err(StoreError::NestedCommand),
    }
}

/// A call into application code. It ends when the value is dropped, by a panic too.
struct Inside;

impl Inside {
    fn enter() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn application_code_cannot_write_until_its_outermost_call_returns() {
        check().unwrap();
        application_code(|| {
            application_code(|| assert!(check().is_err()));
            assert!(check().is_err());
            std::thread::scope(|scope| scope.spawn(|| check().unwrap()).join().unwrap());
        });
        check().unwrap();
    }

    #[test]
    fn a_panic_in_application_code_ends_the_call() {
        std::panic::catch_unwind(|| application_code(|| panic!("in a closure"))).unwrap_err();
        check().unwrap();
    }
}
