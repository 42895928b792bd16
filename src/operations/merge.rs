//! Walking through two sets of entries side by side.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::ControlFlow;

use crate::error::Result;
use crate::event_store::Page;
use crate::pstate::{Entries, Entry};

/// Entries read at once.
const PAGE: usize = 1000;

/// Passes the entries whose keys start with `prefix` to `visit`, in byte order of their keys: those of both sides with the same
/// key together. Ends when `visit` breaks.
pub(super) fn merge(
    one: &dyn Entries,
    other: &dyn Entries,
    prefix: &str,
    visit: &mut dyn FnMut(Option<Entry>, Option<Entry>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let (mut one, mut other) = (Walk::new(one, prefix), Walk::new(other, prefix));
    loop {
        let order = match (one.peek()?, other.peek()?) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => one.key.cmp(&other.key),
        };
        let one = if order.is_le() { one.next()? } else { None };
        let other = if order.is_ge() { other.next()? } else { None };
        if visit(one, other)?.is_break() {
            return Ok(());
        }
    }
}

/// Entries in the order of their keys, a page at a time.
struct Walk<'a> {
    entries: &'a dyn Entries,
    prefix: &'a str,
    page: VecDeque<Entry>,
    after: Option<String>,
    ended: bool,
}

impl<'a> Walk<'a> {
    fn new(entries: &'a dyn Entries, prefix: &'a str) -> Self {
        Self { entries, prefix, page: VecDeque::new(), after: None, ended: false }
    }

    fn peek(&mut self) -> Result<Option<&Entry>> {
        if self.page.is_empty() && !self.ended {
            let entries = self.entries.scan(self.prefix, Page::forward(self.after.take(), PAGE))?;
            // A page may end early, but only the last one is empty.
            self.ended = entries.is_empty();
            self.after = entries.last().map(|entry| entry.key.clone());
            self.page = entries.into();
        }
        Ok(self.page.front())
    }

    fn next(&mut self) -> Result<Option<Entry>> {
        self.peek()?;
        Ok(self.page.pop_front())
    }
}
