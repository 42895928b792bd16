//! Live projections, as they are stored.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::Result;
use crate::event_store::Page;
use crate::operator::Operator;
use crate::space::{Checkpoint, SpaceId};
use crate::timestamp::Timestamp;

use super::{BlockingEvent, Entry, PState, ProjectionId};

/// Entries by key.
pub trait Entries {
    /// Reads one entry.
    fn get(&self, key: &str) -> Result<Option<Entry>>;

    /// Returns a page of the entries whose keys start with exactly `prefix`, in byte order of their keys. It may
    /// [end early](crate::event_store::PAGE_BYTES).
    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>>;
}

impl<T: Entries + ?Sized> Entries for Box<T> {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        (**self).get(key)
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        (**self).scan(prefix, page)
    }
}

/// No entries at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoEntries;

impl Entries for NoEntries {
    fn get(&self, _key: &str) -> Result<Option<Entry>> {
        Ok(None)
    }

    fn scan(&self, _prefix: &str, _page: Page<String>) -> Result<Vec<Entry>> {
        Ok(Vec::new())
    }
}

/// The entries of a projection, whichever is the live one when they are read.
impl Entries for (&dyn PState, ProjectionId<'_>) {
    fn get(&self, key: &str) -> Result<Option<Entry>> {
        self.0.get(self.1, key)
    }

    fn scan(&self, prefix: &str, page: Page<String>) -> Result<Vec<Entry>> {
        self.0.scan(self.1, prefix, page)
    }
}

/// A projection that was opened in a unit of work.
pub struct LiveProjection<'a> {
    /// Its checkpoint.
    pub checkpoint: Checkpoint,
    /// Its definition, as text. `None` if it does not exist yet, or if it was written without an app.
    pub definition: Option<String>,
    /// Its entries.
    pub entries: Box<dyn Entries + 'a>,
}

/// A projection of a space with all that is stored about it, except its entries.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredProjection {
    /// The space.
    pub space_id: SpaceId,
    /// The name of the projection.
    pub name: Cow<'static, str>,
    /// Its checkpoint. That of a projection that is being built for the first time is before the first event.
    pub checkpoint: Checkpoint,
    /// Its definition, as text. `None` if it was written without an app.
    pub definition: Option<Arc<str>>,
    /// The event that could not be applied when the projection was last caught up.
    pub error: Option<BlockingEvent>,
    /// The time of the last rebuild, if there was one.
    pub rebuilt_at: Option<Timestamp>,
    /// The operator whose process builds a shadow of it.
    pub rebuilt_by: Option<Operator>,
}

impl StoredProjection {
    /// Describes a projection without events.
    pub fn new(space_id: SpaceId, name: Cow<'static, str>) -> Self {
        let checkpoint = Checkpoint::default();
        Self { space_id, name, checkpoint, definition: None, error: None, rebuilt_at: None, rebuilt_by: None }
    }
}
