//! The event log in a SQLite file. `file/schema/mod.rs` explains the layout.

pub(super) mod append;
mod causes;
mod changed_key;
mod changed_type;
mod delete;
mod entity;
pub(super) mod idempotency;
pub(super) mod import;
mod inspect;
pub(super) mod mark;
mod moved_counters;
mod read;
pub(super) mod redact;
mod registry_row;
mod renumbered;
mod row;
mod spaces;
mod types;

use std::sync::Arc;

use tracing::warn;
use uuid::Uuid;

use rusqlite::Connection;

use crate::engines::sqlite::file::{self, Database, FileRole, Join};
use crate::engines::sqlite::unit;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::space::{Space, SpaceChange, SpaceMetadata};
use crate::timestamp::Timestamp;

use crate::event_store::{
    Access, BeforeDelete, EventFeed, EventLog, Group, Lookups, MarkOwner, OpenUnit, Page, Remembered, Slack,
    SpaceLifecycle, SpaceRecord, SpaceRegistry, Storage, Tail, Totals, UnlistedSpace,
};
use types::TypeNames;

/// An event store in a SQLite file.
pub struct SqliteEventStore {
    pub(super) database: Arc<Database>,
    types: TypeNames,
}

impl SqliteEventStore {
    /// Creates the event store of an open file.
    pub fn new(database: Arc<Database>) -> Self {
        Self { database, types: TypeNames::default() }
    }
}

impl EventLog for SqliteEventStore {
    fn begin(&self, space_id: SpaceId, access: Access) -> Result<Box<dyn OpenUnit + '_>> {
        unit::begin(&self.database, space_id, access, Join::Never)
    }

    fn begin_with_others(
        &self,
        space_id: SpaceId,
        access: Access,
        _lookups: &Lookups<'_>,
    ) -> Result<Box<dyn OpenUnit + '_>> {
        unit::begin(&self.database, space_id, access, Join::IfLeft)
    }

    fn begin_group(&self) -> Result<Option<Box<dyn Group + '_>>> {
        unit::begin_group(&self.database).map(Some)
    }

    fn holds_projections(&self) -> bool {
        self.database.role() == FileRole::Whole
    }

    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.database.long_snapshot(work)
    }

    fn last_event_id(&self) -> Result<EventId> {
        self.database.read(append::last_event_id)
    }

    fn event(&self, event_id: EventId) -> Result<Option<Event>> {
        self.database.read(|connection| read::event(connection, &self.types, event_id))
    }

    fn read_space(&self, space_id: SpaceId, page: Page<SpaceSequence>) -> Result<Vec<Event>> {
        self.database.read(|connection| read::space(connection, &self.types, space_id, page))
    }

    fn first_timestamps(&self, space_ids: &[SpaceId]) -> Result<Vec<Option<Timestamp>>> {
        self.database.snapshot(|connection| read::first_timestamps(connection, space_ids))
    }

    fn read_entity(
        &self,
        space_id: SpaceId,
        entity_id: &str,
        page: Page<SpaceSequence>,
    ) -> Result<Vec<Event>> {
        self.database.snapshot(|connection| entity::read(connection, &self.types, space_id, entity_id, page))
    }

    fn read_previous(&self, of: &[&Event]) -> Result<Vec<Option<Event>>> {
        self.database.snapshot(|connection| entity::previous(connection, &self.types, of))
    }

    fn entities(&self, space_id: SpaceId, prefix: &str, limit: usize) -> Result<Vec<String>> {
        self.database.snapshot(|connection| entity::list(connection, space_id, prefix, limit))
    }

    fn read_all(&self, page: Page<EventId>) -> Result<Vec<Event>> {
        self.database.read(|connection| read::all(connection, &self.types, page))
    }

    fn effects_of(&self, event_id: EventId, page: Page<EventId>) -> Result<Vec<Event>> {
        self.database.snapshot(|connection| causes::effects(connection, &self.types, event_id, page))
    }

    fn effects_indexed_after(&self) -> Result<EventId> {
        self.database.read(causes::indexed_after)
    }

    fn replay(
        &self,
        space_id: SpaceId,
        after: SpaceSequence,
        limit: usize,
        visit: &mut dyn FnMut(&mut Event) -> Result<()>,
    ) -> Result<usize> {
        self.database.read(|connection| read::replay(connection, &self.types, space_id, after, limit, visit))
    }

    fn redactions(&self, space_id: Option<SpaceId>) -> Result<u64> {
        self.database.read(|connection| redact::count(connection, space_id))
    }

    fn set_redacting(&self, space_id: SpaceId, is_redacting: bool) -> Result<()> {
        self.database.write(|connection| redact::set(connection, space_id, is_redacting))
    }

    fn remembered(&self, space_id: SpaceId, key: &str) -> Result<Option<Remembered>> {
        self.database.read(|connection| idempotency::remembered(connection, space_id, key))
    }

    fn remembered_page(&self, space_id: SpaceId, page: Page<String>) -> Result<Vec<(String, Remembered)>> {
        self.database.read(|connection| idempotency::remembered_page(connection, space_id, &page))
    }
}

impl EventFeed for SqliteEventStore {}

impl SpaceRegistry for SqliteEventStore {
    fn store_id(&self) -> Result<Uuid> {
        Ok(self.database.store_id())
    }

    fn incarnation(&self) -> Result<Option<Uuid>> {
        self.database.read(super::subscriptions::incarnation)
    }

    fn get_or_create_space(
        &self,
        name: &str,
        metadata: Option<&SpaceMetadata>,
        now: Timestamp,
    ) -> Result<Space> {
        if let Some(record) = self.find_space(name)? {
            return Ok(record.space);
        }
        crate::event_store::check_new_space(name, metadata)?;
        self.database.write(|connection| spaces::create(connection, name, metadata, now))
    }

    fn create_space(&self, name: &str, metadata: Option<&SpaceMetadata>, now: Timestamp) -> Result<Space> {
        crate::event_store::check_new_space(name, metadata)?;
        self.database.write(|connection| match spaces::find(connection, name)? {
            Some(record) => Err(record.space.name_taken().into()),
            None => spaces::create(connection, name, metadata, now),
        })
    }

    fn create_spaces(
        &self,
        names: &[String],
        metadata: Option<&SpaceMetadata>,
        now: Timestamp,
    ) -> Result<Vec<Option<Space>>> {
        names.iter().try_for_each(|name| crate::event_store::check_new_space(name, metadata))?;
        self.database.write(|connection| {
            let create = |name: &String| match spaces::find(connection, name)? {
                Some(_) => Ok(None),
                None => spaces::create(connection, name, metadata, now).map(Some),
            };
            names.iter().map(create).collect()
        })
    }

    fn change_space(&self, space_id: SpaceId, change: &SpaceChange) -> Result<Space> {
        self.database.write(|connection| spaces::change(connection, space_id, change))
    }

    fn find_space(&self, name: &str) -> Result<Option<SpaceRecord>> {
        let found = self.database.read(|connection| spaces::find(connection, name))?;
        Ok(found.map(SpaceRecord::usable).transpose()?)
    }

    fn space(&self, space_id: SpaceId) -> Result<Option<SpaceRecord>> {
        let found = self.database.read(|connection| spaces::get(connection, space_id))?;
        Ok(found.map(SpaceRecord::usable).transpose()?)
    }

    fn spaces(&self, page: Page<SpaceId>) -> Result<Vec<SpaceRecord>> {
        self.database.read(|connection| spaces::page(connection, page))
    }

    fn spaces_of(&self, space_ids: &[SpaceId]) -> Result<Vec<SpaceRecord>> {
        self.database.read(|connection| spaces::of(connection, space_ids))
    }

    fn unlisted_spaces(&self, limit: usize) -> Result<Vec<UnlistedSpace>> {
        self.database.snapshot(|connection| renumbered::unlisted(connection, limit))
    }

    fn totals(&self) -> Result<Totals> {
        self.database.read(spaces::totals)
    }

    fn event_types_of(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<String>>> {
        self.database.read(|connection| spaces::event_types(connection, space_ids))
    }
}

impl SpaceLifecycle for SqliteEventStore {
    fn mark_owner(&self, space_id: SpaceId) -> Result<Option<MarkOwner>> {
        self.database.read(|connection| mark::owner(connection, space_id))
    }

    fn begin_import(
        &self,
        name: &str,
        metadata: Option<&SpaceMetadata>,
        created_at: Timestamp,
        owner: &MarkOwner,
    ) -> Result<Space> {
        crate::event_store::check_new_space(name, metadata)?;
        self.database.write(|connection| import::begin(connection, name, metadata, created_at, owner))
    }

    fn begin_delete(&self, space_id: SpaceId, owner: &MarkOwner, over: Option<Uuid>) -> Result<BeforeDelete> {
        self.database.write(|connection| delete::begin(connection, space_id, owner, over))
    }

    fn cancel_delete(&self, space_id: SpaceId, token: Uuid) -> Result<bool> {
        self.database.write(|connection| delete::cancel(connection, space_id, token))
    }

    fn delete_some(&self, space_id: SpaceId, token: Uuid, limit: usize) -> Result<Option<u64>> {
        self.database.write(|connection| delete::some(connection, space_id, token, limit))
    }

    fn end_delete(&self, space_id: SpaceId, token: Uuid, purge: bool) -> Result<bool> {
        self.database.write(|connection| delete::end(connection, space_id, token))?;
        // The space is gone, even if the WAL cannot be emptied.
        let not_emptied = |error: &Error| warn!(space_id = space_id.0, %error, "the WAL was not emptied");
        Ok(purge && self.database.empty_wal().inspect_err(not_emptied).is_ok())
    }
}

impl Storage for SqliteEventStore {
    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        self.database.read(|connection| delete::rows_by_table(connection, space_id))
    }

    fn purge(&self) -> Result<()> {
        self.database.purge()
    }

    fn interrupt_purge(&self) {
        self.database.interrupt_purge();
    }

    fn slack(&self) -> Result<Option<Slack>> {
        let slack = self.database.slack()?;
        Ok(slack.map(|(free_pages, log_bytes)| Slack { free_pages, log_bytes }))
    }

    fn version(&self) -> Result<u64> {
        self.database.version()
    }

    fn check_identity(&self) -> Result<()> {
        self.database.check_identity()
    }

    fn storage_bytes(&self) -> Result<Option<u64>> {
        self.database.storage_bytes()
    }
}

/// Checks that a space can be written to, and returns the end of its log.
pub(super) fn check_access(connection: &Connection, space_id: SpaceId, access: Access) -> file::Result<Tail> {
    match access {
        Access::Open => append::tail(connection, space_id),
        Access::Importing(token) => import::tail(connection, space_id, token),
    }
}
