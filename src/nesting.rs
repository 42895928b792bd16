//! Keeps application code from writing while a command or a projection waits for its answer.
//!
//! A command decides and an event handler applies in the middle of a unit of work. A write from there would join that
//! unit, be numbered twice or wait for itself, depending on the store. So it is refused on every store, before it
//! touches anything.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::StoreError;

thread_local! {
    /// How many calls into application code this thread is in.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Returns true while a panic of application code is caught on this thread.
    static TRIED: Cell<bool> = const { Cell::new(false) };
}

/// Runs application code, in which nothing can be written on this thread.
pub(crate) fn application_code<T>(work: impl FnOnce() -> T) -> T {
    let _inside = Inside::enter();
    work()
}

/// Tries application code: a panic is caught, and answered with its message.
///
/// # Errors
/// The message of a panic.
pub(crate) fn tried<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let before = TRIED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    TRIED.set(before);
    outcome.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
    })
}

/// Returns true while a panic of this thread is caught, so that it ends nothing and need not be reported.
pub(crate) fn is_tried() -> bool {
    TRIED.get()
}

/// Refuses a write from application code.
///
/// # Errors
/// [`StoreError::NestedCommand`].
pub(crate) fn check() -> Result<(), StoreError> {
    match DEPTH.get() {
        0 => Ok(()),
        _ => Err(StoreError::NestedCommand),
    }
}

/// A call into application code, which ends when this is dropped, also by a panic.
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
