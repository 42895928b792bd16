//! A unit of work on a log in memory, which leaves nothing unless it is done.

use std::cell::RefCell;

use crate::error::{Result, StoreError};

use super::log::{Log, Mark};

/// A unit of work in progress, or a part of one. Unless it is done, what was appended is gone when the unit ends, be it
/// by a panic.
pub(super) struct Unit<'a> {
    log: &'a RefCell<Log>,
    /// None of a part.
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
