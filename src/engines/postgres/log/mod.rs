//! The event log in a PostgreSQL database. `schema.rs` explains the tables.

pub(super) mod append;
mod delete;
mod ends;
mod feed;
mod held_back;
pub(super) mod idempotency;
pub(super) mod ids;
mod inspect;
pub(super) mod mark;
pub(super) mod read;
pub(super) mod redact;
pub(super) mod row;
pub(super) mod spaces;

pub(super) use delete::rows_by_table;
pub(super) use feed::WRITERS_IN_PROGRESS;

use std::sync::Arc;

use uuid::Uuid;

use crate::error::{Result, StoreError};
use crate::event::Event;
use crate::event_store::{
    AFTER_THE_END, Access, BeforeDelete, Cursor, CursorOrigin, EventFeed, EventLog, EventStream, Lookups,
    MarkOwner, OpenUnit, Page, Remembered, SpaceLifecycle, SpaceRecord, SpaceRegistry, Totals,
    check_new_space,
};
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::space::{Space, SpaceChange, SpaceMetadata};
use crate::timestamp::Timestamp;

use super::database::Database;
use super::schema::INCARNATION;
use super::unit;
use held_back::HeldBack;

/// The events that a replay reads at a time.
const BATCH: usize = 1000;

/// An event store in a PostgreSQL database.
pub struct PostgresEventStore {
    pub(super) database: Arc<Database>,
    held_back: HeldBack,
}

impl PostgresEventStore {
    pub(super) fn new(database: Arc<Database>) -> Self {
        Self { database, held_back: HeldBack::default() }
    }

    /// Returns the cursor at a position.
    fn cursor(&self, position: feed::Position) -> Result<Cursor> {
        Ok(cursor_at(self.cursor_origin()?, position))
    }
}

fn cursor_at(origin: CursorOrigin, (order, event_id): feed::Position) -> Cursor {
    Cursor::new(origin, vec![order, event_id])
}

/// Returns the position of a cursor of a store.
fn position(cursor: &Cursor, store: CursorOrigin) -> Result<feed::Position, StoreError> {
    match cursor.position_in(store)? {
        &[order, event_id] => Ok((order, event_id)),
        _ => Err(StoreError::InvalidCursor { reason: "it is not a cursor of this engine".to_owned() }),
    }
}

/// Refuses a position after the last event.
fn check_not_after((_, event_id): feed::Position, last: EventId) -> Result<(), StoreError> {
    if EventId(event_id) <= last {
        return Ok(());
    }
    Err(StoreError::InvalidCursor { reason: AFTER_THE_END.to_owned() })
}

impl EventLog for PostgresEventStore {
    fn begin(&self, space_id: SpaceId, access: Access) -> Result<Box<dyn OpenUnit + '_>> {
        unit::begin(&self.database, space_id, access)
    }

    fn begin_with_others(
        &self,
        space_id: SpaceId,
        access: Access,
        lookups: &Lookups<'_>,
    ) -> Result<Box<dyn OpenUnit + '_>> {
        match access {
            Access::Open => unit::begin_optimistic(&self.database, space_id, lookups),
            Access::Importing(_) => unit::begin(&self.database, space_id, access),
        }
    }

    fn holds_projections(&self) -> bool {
        true
    }

    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.database.snapshot(work)
    }

    fn last_event_id(&self) -> Result<EventId> {
        self.database.read(ids::last)
    }

    fn event(&self, event_id: EventId) -> Result<Option<Event>> {
        self.database.read(|session| read::event(session, event_id))
    }

    fn read_space(&self, space_id: SpaceId, page: Page<SpaceSequence>) -> Result<Vec<Event>> {
        self.database.read(|session| read::space(session, space_id, page))
    }

    fn first_timestamps(&self, space_ids: &[SpaceId]) -> Result<Vec<Option<Timestamp>>> {
        self.database.read(|session| read::first_timestamps(session, space_ids))
    }

    fn read_entity(
        &self,
        space_id: SpaceId,
        entity_id: &str,
        page: Page<SpaceSequence>,
    ) -> Result<Vec<Event>> {
        self.database.read(|session| read::entity(session, space_id, entity_id, page))
    }

    fn entities(&self, space_id: SpaceId, prefix: &str, limit: usize) -> Result<Vec<String>> {
        self.database.read(|session| read::entities(session, space_id, prefix, limit))
    }

    fn read_all(&self, page: Page<EventId>) -> Result<Vec<Event>> {
        self.database.read(|session| read::all(session, page))
    }

    fn effects_of(&self, event_id: EventId, page: Page<EventId>) -> Result<Vec<Event>> {
        self.database.read(|session| read::effects(session, event_id, page))
    }

    fn replay(
        &self,
        space_id: SpaceId,
        after: SpaceSequence,
        limit: usize,
        visit: &mut dyn FnMut(&mut Event) -> Result<()>,
    ) -> Result<usize> {
        let mut visited = 0;
        for event in EventStream::new(self, space_id, after, limit.min(BATCH)).take(limit) {
            visit(&mut event?)?;
            visited += 1;
        }
        Ok(visited)
    }

    fn redactions(&self, space_id: Option<SpaceId>) -> Result<u64> {
        self.database.read(|session| redact::count(session, space_id))
    }

    fn set_redacting(&self, space_id: SpaceId, is_redacting: bool) -> Result<()> {
        self.database.write(|session| redact::set(session, space_id, is_redacting))
    }

    fn remembered(&self, space_id: SpaceId, key: &str) -> Result<Option<Remembered>> {
        self.database.read(|session| idempotency::remembered(session, space_id, key))
    }

    fn remembered_page(&self, space_id: SpaceId, page: Page<String>) -> Result<Vec<(String, Remembered)>> {
        self.database.read(|session| idempotency::page(session, space_id, &page))
    }
}

impl EventFeed for PostgresEventStore {
    fn end(&self) -> Result<Cursor> {
        self.cursor(self.database.read(feed::end)?)
    }

    fn after(&self, event_id: EventId) -> Result<Cursor> {
        self.cursor(self.database.read(|session| feed::at(session, event_id))?)
    }

    fn after_each(&self, event_ids: &[EventId]) -> Result<Vec<Cursor>> {
        if event_ids.is_empty() {
            return Ok(Vec::new());
        }
        let origin = self.cursor_origin()?;
        let positions = self.database.read(|session| feed::at_each(session, event_ids))?;
        Ok(positions.into_iter().map(|position| cursor_at(origin, position)).collect())
    }

    fn before(&self, cursor: &Cursor) -> Result<EventId> {
        let position = position(cursor, self.cursor_origin()?)?;
        check_not_after(position, self.last_event_id()?)?;
        Ok(EventId(position.1))
    }

    fn read_after(&self, cursor: &Cursor, limit: usize) -> Result<(Vec<Event>, Cursor)> {
        let origin = self.cursor_origin()?;
        let position = position(cursor, origin)?;
        let longest = self.database.options().busy_timeout;
        let (events, end) = self.database.read(|session| {
            let end = feed::settled(session)?;
            check_not_after(position, end.last)?;
            let is_held_back = self.held_back.note(&end, longest);
            let (events, position) = feed::after(session, position, &end, limit)?;
            if events.is_empty()
                && is_held_back
                && let Some(reason) = held_back::reason(session, &end)?
            {
                return Err(StoreError::HeldBack { reason }.into());
            }
            Ok((events, position))
        })?;
        Ok((events, cursor_at(origin, end)))
    }
}

impl SpaceRegistry for PostgresEventStore {
    fn store_id(&self) -> Result<Uuid> {
        Ok(self.database.store_id())
    }

    fn incarnation(&self) -> Result<Option<Uuid>> {
        self.database
            .read(|session| Ok(session.one(&format!("SELECT {INCARNATION} FROM store"), &[])?.get(0)))
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
        check_new_space(name, metadata)?;
        self.database.write(|session| {
            spaces::lock(session)?;
            match spaces::find(session, name)? {
                Some(record) => Ok(record.space),
                None => spaces::create(session, name, metadata, now),
            }
        })
    }

    fn create_space(&self, name: &str, metadata: Option<&SpaceMetadata>, now: Timestamp) -> Result<Space> {
        check_new_space(name, metadata)?;
        self.database.write(|session| {
            spaces::lock(session)?;
            match spaces::find(session, name)? {
                Some(record) => Err(record.space.name_taken().into()),
                None => spaces::create(session, name, metadata, now),
            }
        })
    }

    fn create_spaces(
        &self,
        names: &[String],
        metadata: Option<&SpaceMetadata>,
        now: Timestamp,
    ) -> Result<Vec<Option<Space>>> {
        names.iter().try_for_each(|name| check_new_space(name, metadata))?;
        self.database.write(|session| {
            spaces::lock(session)?;
            let create = |name: &String| match spaces::find(session, name)? {
                Some(_) => Ok(None),
                None => spaces::create(session, name, metadata, now).map(Some),
            };
            names.iter().map(create).collect()
        })
    }

    fn change_space(&self, space_id: SpaceId, change: &SpaceChange) -> Result<Space> {
        self.database.write(|session| spaces::change(session, space_id, change))
    }

    fn find_space(&self, name: &str) -> Result<Option<SpaceRecord>> {
        self.database.read(|session| spaces::find(session, name))
    }

    fn space(&self, space_id: SpaceId) -> Result<Option<SpaceRecord>> {
        self.database.read(|session| spaces::get(session, space_id))
    }

    fn spaces(&self, page: Page<SpaceId>) -> Result<Vec<SpaceRecord>> {
        self.database.read(|session| spaces::page(session, page))
    }

    fn spaces_of(&self, space_ids: &[SpaceId]) -> Result<Vec<SpaceRecord>> {
        self.database.read(|session| spaces::of(session, space_ids))
    }

    fn totals(&self) -> Result<Totals> {
        self.database.read(spaces::totals)
    }

    fn event_types_of(&self, space_ids: &[SpaceId]) -> Result<Vec<Vec<String>>> {
        self.database.read(|session| spaces::event_types(session, space_ids))
    }
}

impl SpaceLifecycle for PostgresEventStore {
    fn mark_owner(&self, space_id: SpaceId) -> Result<Option<MarkOwner>> {
        self.database.read(|session| mark::owner(session, space_id))
    }

    fn begin_import(
        &self,
        name: &str,
        metadata: Option<&SpaceMetadata>,
        created_at: Timestamp,
        owner: &MarkOwner,
    ) -> Result<Space> {
        check_new_space(name, metadata)?;
        self.database.write(|session| spaces::begin_import(session, name, metadata, created_at, owner))
    }

    fn begin_delete(&self, space_id: SpaceId, owner: &MarkOwner, over: Option<Uuid>) -> Result<BeforeDelete> {
        self.database.write(|session| mark::begin_delete(session, space_id, owner, over))
    }

    fn cancel_delete(&self, space_id: SpaceId, token: Uuid) -> Result<bool> {
        self.database.write(|session| mark::cancel_delete(session, space_id, token))
    }

    fn delete_some(&self, space_id: SpaceId, token: Uuid, limit: usize) -> Result<Option<u64>> {
        self.database.write(|session| delete::some(session, space_id, token, limit))
    }

    fn end_delete(&self, space_id: SpaceId, token: Uuid, purge: bool) -> Result<bool> {
        self.database.write(|session| delete::end(session, space_id, token))?;
        // The rows of other versions are gone after a VACUUM; nothing is known about the server's own log and its copies.
        Ok(purge && self.database.vacuum().is_ok())
    }
}
