//! A projection as of an event.

use serde_json::Value;

use crate::content_store::State;
use crate::error::Result;
use crate::event_store::Page;
use crate::operations::search_entries::search_pages;
use crate::operations::{FoundEntries, Pause};
use crate::pstate::{Depth, Entries, Entry, Path, resolve_at, resolve_key};

/// A projection as of the position of a [`Fold`](super::Fold).
#[derive(Clone, Copy)]
pub struct PastProjection<'a> {
    pub(super) name: &'static str,
    pub(super) state: &'a State<'static>,
}

impl PastProjection<'_> {
    /// Returns the name of the projection.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the entry at a key.
    pub fn entry(&self, key: &str) -> Result<Option<Entry>> {
        self.state.entry(key)
    }

    /// Returns a page of the entries whose keys start with `prefix`, in byte order of their keys or backward. It may have a few
    /// entries more than asked for, or end early; the page after the last one is empty.
    pub fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        Entries::scan(&self.state, prefix, page)
    }

    /// Returns a page of the entries whose keys start with `prefix` and that contain `text`, as
    /// [`search_entries`](crate::operations::search_entries). Examines about `budget` entries at most.
    ///
    /// # Errors
    /// Those of the store; the error of `pause`.
    pub fn search(
        &self,
        wanted: (&str, &str),
        page: Page<String>,
        budget: usize,
        pause: &mut Pause<'_>,
    ) -> Result<FoundEntries> {
        let read = |prefix: &str, page: Page<String>| {
            let entries = self.scan(prefix, page)?;
            let is_last = entries.is_empty();
            Ok((entries, is_last))
        };
        search_pages(&read, wanted, page, budget, pause)
    }

    /// Returns the value at a key with its references replaced by entities, as
    /// [`Projection::get_resolved`](crate::Projection::get_resolved).
    ///
    /// # Errors
    /// As [`Projection::get_resolved`](crate::Projection::get_resolved).
    pub fn get_resolved(&self, key: &str, depth: Depth) -> Result<Option<Value>> {
        self.get_resolved_between(key, depth, &|| Ok(()))
    }

    /// As [`PastProjection::get_resolved`], but calls `pause` often enough to stop within large values.
    ///
    /// # Errors
    /// As [`PastProjection::get_resolved`]; the error of `pause`.
    pub(crate) fn get_resolved_between(
        &self,
        key: &str,
        depth: Depth,
        pause: &dyn Fn() -> Result<()>,
    ) -> Result<Option<Value>> {
        resolve_key(&self.state, key, depth, pause)
    }

    /// Returns the value at a path that begins with a key and follows references. References in the value are resolved over
    /// `depth` levels.
    ///
    /// # Errors
    /// As [`Projection::value_at`](crate::Projection::value_at).
    pub fn value_at(&self, path: &Path, depth: Depth) -> Result<Option<Value>> {
        self.value_at_between(path, depth, &|| Ok(()))
    }

    /// As [`PastProjection::value_at`], but calls `pause` often enough to stop within large values.
    ///
    /// # Errors
    /// As [`PastProjection::value_at`]; the error of `pause`.
    pub(crate) fn value_at_between(
        &self,
        path: &Path,
        depth: Depth,
        pause: &dyn Fn() -> Result<()>,
    ) -> Result<Option<Value>> {
        resolve_at(&self.state, path, depth, pause)
    }
}
