//! Units of work on a log in memory, which roll back unless they complete.

use std::cell::RefCell;

use crate::error::{Result, StoreError};

use super::events::{Log, Mark};

/// A unit of work in progress, possibly nested. Unless it completes, its events are removed when it is dropped, even by
/// a panic.
pub(super) struct Unit<'a> {
    log: &'a RefCell<Log>,
    /// `None` for a nested unit.
    mark: Option<Mark>,
    is_done: bool,
}

impl<'a> Unit<'a> {
    pub(super) fn begin(log: &'a RefCell<Log>) -> Self {
        let mut begun = log.borrow_mut();
        let mark = (!begun.in_unit).then(|| begun.mark());
        begun.has_failed &= begun.in_unit;
        begun.in_unit = true;
        Self { log, mark, is_done: false }
    }

    pub(super) fn end(mut self) -> Result<()> {
        if self.mark.is_some() && self.log.borrow().has_failed {
            return Err(StoreError::part_failed().into());
        }
        self.is_done = true;
        Ok(())
    }
}

impl Drop for Unit<'_> {
    fn drop(&mut self) {
        let mut log = self.log.borrow_mut();
        log.has_failed |= !self.is_done;
        if let Some(mark) = self.mark.take() {
            log.in_unit = false;
            if !self.is_done {
                log.go_back(mark);
            }
        }
    }
}
