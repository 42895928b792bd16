//! The event log in a SQLite file. `sqlite/schema.rs` explains the layout.

mod append;
mod delete;
mod entity;
mod idempotency;
mod import;
mod inspect;
mod mark;
mod read;
mod row;
mod spaces;

use std::sync::Arc;

use tracing::{debug_span, warn};
use uuid::Uuid;

use crate::engines::sqlite::file::Database;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::space::{Metadata, Space};
use crate::timestamp::Timestamp;

use crate::event_store::{
    BeforeDelete, EventStore, MarkOwner, Page, Remembered, Slack, SpaceRecord, Tail, Totals,
};
use row::TypeNames;

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

impl EventStore for SqliteEventStore {
    fn get_or_create_space(&self, name: &str, metadata: Option<&Metadata>, now: Timestamp) -> Result<Space> {
        if let Some(record) = self.find_space(name)? {
            return Ok(record.space);
        }
        crate::event_store::check_new_space(name, metadata)?;
        self.database.write(|connection| spaces::create(connection, name, metadata, now))
    }

    fn create_space(&self, name: &str, metadata: Option<&Metadata>, now: Timestamp) -> Result<Space> {
        crate::event_store::check_new_space(name, metadata)?;
        self.database.write(|connection| match spaces::find(connection, name)? {
            Some(record) => Err(record.space.name_taken().into()),
            None => spaces::create(connection, name, metadata, now),
        })
    }

    fn find_space(&self, name: &str) -> Result<Option<SpaceRecord>> {
        self.database.read(|connection| spaces::find(connection, name))
    }

    fn space(&self, space_id: SpaceId) -> Result<Option<SpaceRecord>> {
        self.database.read(|connection| spaces::get(connection, space_id))
    }

    fn spaces(&self, page: Page<SpaceId>) -> Result<Vec<SpaceRecord>> {
        self.database.read(|connection| spaces::page(connection, page))
    }

    fn spaces_of(&self, space_ids: &[SpaceId]) -> Result<Vec<SpaceRecord>> {
        self.database.read(|connection| spaces::of(connection, space_ids))
    }

    fn totals(&self) -> Result<Totals> {
        self.database.read(spaces::totals)
    }

    fn last_event_id(&self) -> Result<EventId> {
        self.database.read(append::last_event_id)
    }

    fn event_types_of(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<String>>> {
        self.database.read(|connection| spaces::event_types(connection, space_ids))
    }

    fn store_id(&self) -> Result<Uuid> {
        Ok(self.database.store_id())
    }

    fn unit(&self, _space_id: SpaceId, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        // The file has one write lock, for all spaces.
        self.database.write(|_| Ok(work()?))
    }

    fn unit_no_sync(&self, _space_id: SpaceId, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.database.write_no_sync(|_| Ok(work()?))
    }

    fn in_turn(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.database.read(|_| Ok(work()?))
    }

    fn tail(&self, space_id: SpaceId) -> Result<Tail> {
        self.database.read(|connection| append::tail(connection, space_id))
    }

    fn append_placed(&self, space_id: SpaceId, events: &[Event]) -> Result<()> {
        let _span = debug_span!("append", space_id = space_id.0, events = events.len()).entered();
        self.database.write(|connection| append::append_placed(connection, space_id, events))
    }

    fn remember(&self, space_id: SpaceId, key: &str, remembered: &Remembered) -> Result<()> {
        self.database.write(|connection| idempotency::remember(connection, space_id, key, remembered))
    }

    fn remembered(&self, space_id: SpaceId, key: &str) -> Result<Option<Remembered>> {
        self.database.read(|connection| idempotency::remembered(connection, space_id, key))
    }

    fn remembered_page(&self, space_id: SpaceId, page: Page<String>) -> Result<Vec<(String, Remembered)>> {
        self.database.read(|connection| idempotency::remembered_page(connection, space_id, &page))
    }

    fn event(&self, event_id: EventId) -> Result<Option<Event>> {
        self.database.read(|connection| read::event(connection, &self.types, event_id))
    }

    fn read_space(&self, space_id: SpaceId, page: Page<SpaceSequence>) -> Result<Vec<Event>> {
        self.database.read(|connection| read::space(connection, &self.types, space_id, page))
    }

    fn read_entity(
        &self,
        space_id: SpaceId,
        entity_id: &str,
        page: Page<SpaceSequence>,
    ) -> Result<Vec<Event>> {
        self.database.snapshot(|connection| entity::read(connection, &self.types, space_id, entity_id, page))
    }

    fn read_all(&self, page: Page<EventId>) -> Result<Vec<Event>> {
        self.database.read(|connection| read::all(connection, &self.types, page))
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

    fn mark_owner(&self, space_id: SpaceId) -> Result<Option<MarkOwner>> {
        self.database.read(|connection| mark::owner(connection, space_id))
    }

    fn begin_import(
        &self,
        name: &str,
        metadata: Option<&Metadata>,
        created_at: Timestamp,
        owner: &MarkOwner,
    ) -> Result<Space> {
        crate::event_store::check_new_space(name, metadata)?;
        self.database.write(|connection| import::begin(connection, name, metadata, created_at, owner))
    }

    fn import(&self, space_id: SpaceId, token: Uuid, events: &[Event]) -> Result<Vec<EventId>> {
        self.database.write(|connection| import::import(connection, space_id, token, events))
    }

    fn end_import(&self, space_id: SpaceId, token: Uuid) -> Result<()> {
        self.database.write(|connection| import::end(connection, space_id, token))
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

    fn check_place(&self) -> Result<()> {
        self.database.check_place()
    }

    fn storage_bytes(&self) -> Result<Option<u64>> {
        self.database.storage_bytes()
    }
}
