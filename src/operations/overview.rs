//! What a file holds, space by space, from counters alone.

use std::sync::Arc;

use serde::Serialize;

use crate::apps::Apps;
use crate::content_store::{App, ContentStore, Store, is_on_log};
use crate::error::{CommandError, Result, StoreError};
use crate::event_store::{Page, SpaceRecord};
use crate::pstate::Projection;
use crate::space::{Checkpoint, Head, Space, SpaceId};

/// A space with its counters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpaceOverview {
    /// The space.
    #[serde(flatten)]
    pub space: Space,
    /// The app that it runs, if that is known.
    pub app: Option<&'static str>,
    /// Where its log ends.
    #[serde(skip)]
    pub head: Head,
    /// How far its projection has come.
    #[serde(skip)]
    pub checkpoint: Checkpoint,
    /// The projection contains events that the log does not have: two files may come from different
    /// backups. Then it has no lag, and no command is executed before it is built anew.
    #[serde(skip)]
    pub ahead: bool,
}

impl SpaceOverview {
    /// Events that the projection does not contain yet.
    #[must_use]
    pub fn lag(&self) -> u64 {
        self.head.last_sequence.0.saturating_sub(self.checkpoint.sequence.0)
    }

    /// How far the projection's last event lies behind the log's, in milliseconds.
    #[must_use]
    pub fn lag_millis(&self) -> u64 {
        if self.lag() == 0 {
            return 0;
        }
        let behind = self.checkpoint.updated_at.unwrap_or(self.space.created_at);
        self.head.last_timestamp.map_or(0, |last| u64::try_from(last.0.saturating_sub(behind.0)).unwrap_or(0))
    }
}

/// A page of spaces with their counters, at the cost of a few questions to the store however many they are.
/// In two files a projection that lags costs one more, which finds its last event on the log.
///
/// # Errors
/// Failures of the storage.
pub fn overviews(store: &Store, apps: &Apps, page: Page<SpaceId>) -> Result<Vec<SpaceOverview>> {
    join(store, apps, store.events().spaces(page)?)
}

/// Those of these spaces that are there, by rising id, with their counters.
///
/// # Errors
/// Failures of the storage.
pub fn overviews_of(store: &Store, apps: &Apps, space_ids: &[SpaceId]) -> Result<Vec<SpaceOverview>> {
    join(store, apps, store.events().spaces_of(space_ids)?)
}

/// One space with its counters.
///
/// # Errors
/// [`StoreError::UnknownSpace`]; failures of the storage.
pub fn overview(store: &Store, apps: &Apps, space_name: &str) -> Result<SpaceOverview> {
    let unknown = || StoreError::UnknownSpace { space: space_name.to_owned() }.into();
    join(store, apps, vec![find_record(store, space_name)?])?.pop().ok_or_else(unknown)
}

/// The space of that name, opened with its app.
///
/// # Errors
/// [`StoreError::UnknownSpace`]; [`CommandError::UnknownApp`]; failures of the storage.
pub fn find_space(store: &Store, apps: &Apps, space_name: &str) -> Result<ContentStore> {
    open_space(store, apps, find_record(store, space_name)?.space)
}

/// A space, opened with its app.
///
/// # Errors
/// [`CommandError::UnknownApp`]; failures of the storage.
pub fn open_space(store: &Store, apps: &Apps, space: Space) -> Result<ContentStore> {
    let app = apps
        .of(store, &space)?
        .ok_or_else(|| CommandError::UnknownApp { space: space.space_name.clone(), known: apps.names() })?;
    Ok(ContentStore::of(store, space, app))
}

/// A space's projection as its app has it today; as it is stored where no app is known. What is read in an
/// old form is written back when the handle is flushed.
///
/// # Errors
/// Failures of the storage.
pub fn projection<'a>(store: &'a Store, apps: &Apps, space: &Space) -> Result<Projection<'a>> {
    let projection = Projection::new(store.pstate(), space.space_id);
    let Some(app) = apps.of(store, space)? else { return Ok(projection) };
    let write_back = (!store.is_read_only()).then(Arc::default);
    Ok(projection.with_shared_schema(app.schema(), write_back))
}

/// The space of that name, or, where no space has it, with that number.
///
/// # Errors
/// [`StoreError::UnknownSpace`]; failures of the storage.
pub fn find_record(store: &Store, space_name: &str) -> Result<SpaceRecord> {
    if let Some(record) = store.events().find_space(space_name)? {
        return Ok(record);
    }
    let by_id = match space_name.parse() {
        Ok(number) => store.events().space(SpaceId(number))?,
        Err(_) => None,
    };
    by_id.ok_or_else(|| StoreError::UnknownSpace { space: space_name.to_owned() }.into())
}

fn join(store: &Store, apps: &Apps, records: Vec<SpaceRecord>) -> Result<Vec<SpaceOverview>> {
    let ids: Vec<SpaceId> = records.iter().map(|record| record.space.space_id).collect();
    let checkpoints = store.pstate().checkpoints(&ids)?;
    let spaces: Vec<&Space> = records.iter().map(|record| &record.space).collect();
    let running = apps.of_each(store, &spaces)?;
    let joined = records.into_iter().zip(checkpoints).zip(running);
    let overview = |((record, checkpoint), app): ((SpaceRecord, _), Option<Arc<dyn App>>)| {
        let SpaceRecord { space, head } = record;
        let ahead = is_ahead(store, space.space_id, &head, &checkpoint)?;
        Ok(SpaceOverview { app: app.map(|app| app.name()), space, head, checkpoint, ahead })
    };
    joined.map(overview).collect()
}

/// Whether a projection contains what the log does not have. Of one that ends where the log ends, the counters
/// say that it does not.
fn is_ahead(store: &Store, space_id: SpaceId, head: &Head, checkpoint: &Checkpoint) -> Result<bool> {
    let ends_with_log = (checkpoint.sequence, checkpoint.event_id, checkpoint.updated_at)
        == (head.last_sequence, head.last_event_id, head.last_timestamp);
    let is_within = store.is_shared() && checkpoint.sequence <= head.last_sequence;
    Ok(!ends_with_log && !is_within && !is_on_log(store, space_id, checkpoint)?)
}
