//! The event log of a file of the original.

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::engines::sqlite::FileResult;
use crate::error::Result;
use crate::event::Event;
use crate::event_store::{
    Access, Direction, EventFeed, EventLog, Inspect, InspectLog, OpenUnit, PAGE_BYTES, Page, PageRow,
    Remembered, Storage,
};
use crate::id::{EventId, SpaceId, SpaceSequence};

use super::catalog::Catalog;
use super::file::OriginalFile;
use super::order::{Numbers, Order};
use super::row;
use super::store::refusal;

/// The events and spaces of a file of the original.
pub struct OriginalEventStore {
    pub(super) file: Arc<OriginalFile>,
    pub(super) path: PathBuf,
    pub(super) store_id: Uuid,
    holds_projections: bool,
}

/// Called with each event. Returns false to end.
type Visit<'a> = dyn FnMut(Event) -> crate::Result<bool> + 'a;

impl OriginalEventStore {
    pub(super) fn new(
        file: Arc<OriginalFile>,
        path: PathBuf,
        store_id: Uuid,
        holds_projections: bool,
    ) -> Self {
        Self { file, path, store_id, holds_projections }
    }

    /// Returns the error of every write.
    pub(super) fn refuse<T>(&self) -> Result<T> {
        Err(refusal(&self.path).into())
    }

    /// Returns the events of a page, up to [`PAGE_BYTES`] of payloads.
    fn page(
        &self,
        limit: usize,
        read: impl FnOnce(&Connection, &Catalog, &mut Visit<'_>) -> FileResult<()>,
    ) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        if limit == 0 {
            return Ok(events);
        }
        let catalog = self.file.catalog()?;
        let mut bytes = 0;
        let mut add = |event: Event| {
            bytes += event.bytes();
            events.push(event);
            Ok(events.len() < limit && bytes < PAGE_BYTES)
        };
        self.file.read(|connection| read(connection, &catalog, &mut add))?;
        Ok(events)
    }

    /// Visits the events of a space after a place, in their order.
    fn visit_space(
        connection: &Connection,
        catalog: &Catalog,
        space_id: SpaceId,
        (after, direction): (Option<SpaceSequence>, Direction),
        visit: &mut Visit<'_>,
    ) -> FileResult<()> {
        let Some(space) = catalog.spaces.get(&space_id) else { return Ok(()) };
        match &space.order {
            Order::AsStored => {
                let last = space.head.last_sequence;
                let (first, last) = match (direction, after) {
                    (Direction::Forward, after) => (after.unwrap_or_default().0.saturating_add(1), last.0),
                    (Direction::Backward, Some(after)) => (1, last.0.min(after.0.saturating_sub(1))),
                    (Direction::Backward, None) => (1, last.0),
                };
                let rows = "space_id = ?1 AND space_sequence BETWEEN ?2 AND ?3";
                let parameters = (space_id.0, bound(first), bound(last));
                each(connection, catalog, (rows, "space_sequence", direction), parameters, visit)
            }
            Order::Renumbered(numbers) => {
                visit_listed(connection, catalog, &ids_of(numbers, after, direction), visit)
            }
        }
    }

    fn visit_entity(
        connection: &Connection,
        catalog: &Catalog,
        (space_id, entity_id): (SpaceId, &str),
        page: Page<SpaceSequence>,
        visit: &mut Visit<'_>,
    ) -> FileResult<()> {
        let Some(space) = catalog.spaces.get(&space_id) else { return Ok(()) };
        match &space.order {
            Order::AsStored => {
                // Ids rise with sequences here, and the index of entities has them.
                let at = page.after.map(|after| event_id_at(connection, space_id, after)).transpose()?;
                let (first, last) = match page.direction {
                    Direction::Forward => (at.map_or(1, |at| at + 1), i64::MAX),
                    Direction::Backward => (1, at.map_or(i64::MAX, |at| at - 1)),
                };
                let rows = "space_id = ?1 AND entity_id = ?2 AND event_id BETWEEN ?3 AND ?4";
                let parameters = (space_id.0, entity_id, first, last);
                each(connection, catalog, (rows, "event_id", page.direction), parameters, visit)
            }
            Order::Renumbered(numbers) => {
                let sql = "SELECT event_id FROM events WHERE space_id = ?1 AND entity_id = ?2";
                let mut statement = connection.prepare_cached(sql)?;
                let ids = statement.query_map((space_id.0, entity_id), |row| row.get(0))?;
                let ids: std::collections::HashSet<i64> = ids.collect::<rusqlite::Result<_>>()?;
                let mut listed = ids_of(numbers, page.after, page.direction);
                listed.retain(|id| ids.contains(id));
                visit_listed(connection, catalog, &listed, visit)
            }
        }
    }
}

/// Returns the ids of renumbered events after a place.
fn ids_of(numbers: &Numbers, after: Option<SpaceSequence>, direction: Direction) -> Vec<i64> {
    match (direction, after) {
        (Direction::Forward, after) => numbers.after(after.unwrap_or_default()).collect(),
        (Direction::Backward, Some(after)) => numbers.before(after).rev().collect(),
        (Direction::Backward, None) => numbers.after(SpaceSequence::START).rev().collect(),
    }
}

fn bound(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Visits the rows of a condition.
fn each(
    connection: &Connection,
    catalog: &Catalog,
    (rows, key, direction): (&str, &str, Direction),
    parameters: impl Params,
    visit: &mut Visit<'_>,
) -> FileResult<()> {
    let (columns, order) = (row::columns(), if direction == Direction::Forward { "ASC" } else { "DESC" });
    let sql = format!("SELECT {columns} FROM events WHERE {rows} ORDER BY {key} {order}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        if let Some(event) = row::event(row, catalog)?
            && !visit(event)?
        {
            break;
        }
    }
    Ok(())
}

/// Visits events by their ids.
fn visit_listed(
    connection: &Connection,
    catalog: &Catalog,
    event_ids: &[i64],
    visit: &mut Visit<'_>,
) -> FileResult<()> {
    let mut wants_more = true;
    for event_id in event_ids {
        let mut one = |event| {
            wants_more = visit(event)?;
            Ok(false)
        };
        let rows = ("event_id = ?1", "event_id", Direction::Forward);
        each(connection, catalog, rows, [event_id], &mut one)?;
        if !wants_more {
            break;
        }
    }
    Ok(())
}

/// Returns the id of the last event up to a sequence.
fn event_id_at(connection: &Connection, space_id: SpaceId, sequence: SpaceSequence) -> FileResult<i64> {
    let mut statement = connection.prepare_cached(
        "SELECT event_id FROM events WHERE space_id = ?1 AND space_sequence <= ?2
         ORDER BY space_sequence DESC LIMIT 1",
    )?;
    let found = statement.query_row((space_id.0, bound(sequence.0)), |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}

impl EventLog for OriginalEventStore {
    fn begin(&self, _space_id: SpaceId, _access: Access) -> Result<Box<dyn OpenUnit + '_>> {
        self.refuse()
    }

    fn holds_projections(&self) -> bool {
        self.holds_projections
    }

    fn snapshot(&self, work: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.file.catalog()?;
        self.file.database.long_snapshot(work)
    }

    fn last_event_id(&self) -> Result<EventId> {
        Ok(EventId(self.file.catalog()?.last_event_id.unsigned_abs()))
    }

    fn event(&self, event_id: EventId) -> Result<Option<Event>> {
        let rows = ("event_id = ?1", "event_id", Direction::Forward);
        let found = self.page(1, |connection, catalog, visit| {
            each(connection, catalog, rows, [bound(event_id.0)], visit)
        });
        Ok(found?.pop())
    }

    fn read_space(&self, space_id: SpaceId, page: Page<SpaceSequence>) -> Result<Vec<Event>> {
        let from = (page.after, page.direction);
        self.page(page.limit, |connection, catalog, visit| {
            Self::visit_space(connection, catalog, space_id, from, visit)
        })
    }

    fn first_timestamps(&self, space_ids: &[SpaceId]) -> Result<Vec<Option<Timestamp>>> {
        let first = |space_id: &SpaceId| {
            let page = self.read_space(*space_id, Page::forward(None, 1))?;
            Ok(page.first().map(|event| event.timestamp))
        };
        space_ids.iter().map(first).collect()
    }

    fn read_entity(
        &self,
        space_id: SpaceId,
        entity_id: &str,
        page: Page<SpaceSequence>,
    ) -> Result<Vec<Event>> {
        self.page(page.limit, |connection, catalog, visit| {
            Self::visit_entity(connection, catalog, (space_id, entity_id), page, visit)
        })
    }

    fn entities(&self, space_id: SpaceId, prefix: &str, limit: usize) -> Result<Vec<String>> {
        self.file.read(|connection| {
            // Each step looks up the next entity in the index, however many events the last one has. Its bytes are kept as
            // they are, since another text in their place could lead back to it.
            let mut next = connection.prepare_cached(
                "SELECT entity_id FROM events WHERE space_id = ?1 AND entity_id > CAST(?2 AS TEXT)
                 AND typeof(entity_id) = 'text' ORDER BY entity_id LIMIT 1",
            )?;
            let mut first = connection.prepare_cached(
                "SELECT entity_id FROM events WHERE space_id = ?1 AND entity_id >= ?2
                 AND typeof(entity_id) = 'text' ORDER BY entity_id LIMIT 1",
            )?;
            let bytes = |row: &rusqlite::Row<'_>| Ok(row.get_ref(0)?.as_bytes().map(<[u8]>::to_vec)?);
            let mut found = first.query_row((space_id.0, prefix), bytes).optional()?;
            let mut entities = Vec::new();
            while let Some(entity_id) = found.filter(|id| id.starts_with(prefix.as_bytes())) {
                if entities.len() >= limit {
                    break;
                }
                found = next.query_row((space_id.0, &entity_id), bytes).optional()?;
                entities.push(String::from_utf8_lossy(&entity_id).into_owned());
            }
            Ok(entities)
        })
    }

    fn read_all(&self, page: Page<EventId>) -> Result<Vec<Event>> {
        let after = page.after.map(|after| bound(after.0));
        let (first, last) = match page.direction {
            Direction::Forward => (after.unwrap_or(0).saturating_add(1), i64::MAX),
            Direction::Backward => (1, after.map_or(i64::MAX, |after| after.saturating_sub(1))),
        };
        let rows = ("event_id BETWEEN ?1 AND ?2", "event_id", page.direction);
        self.page(page.limit, |connection, catalog, visit| {
            each(connection, catalog, rows, (first, last), visit)
        })
    }

    fn effects_of(&self, event_id: EventId, page: Page<EventId>) -> Result<Vec<Event>> {
        let after = page.after.map(|after| bound(after.0));
        self.page(page.limit, |connection, catalog, visit| {
            let effects = catalog.effects_of(bound(event_id.0));
            let effects: Vec<i64> = match page.direction {
                Direction::Forward => effects.filter(|id| after.is_none_or(|after| *id > after)).collect(),
                Direction::Backward => {
                    effects.rev().filter(|id| after.is_none_or(|after| *id < after)).collect()
                }
            };
            visit_listed(connection, catalog, &effects, visit)
        })
    }

    fn replay(
        &self,
        space_id: SpaceId,
        after: SpaceSequence,
        limit: usize,
        visit: &mut dyn FnMut(&mut Event) -> Result<()>,
    ) -> Result<usize> {
        if limit == 0 {
            return Ok(0);
        }
        let catalog = self.file.catalog()?;
        let mut count = 0;
        let mut show = |mut event: Event| {
            visit(&mut event)?;
            count += 1;
            Ok(count < limit)
        };
        let from = (Some(after), Direction::Forward);
        self.file.read(|connection| Self::visit_space(connection, &catalog, space_id, from, &mut show))?;
        Ok(count)
    }

    fn redactions(&self, _space_id: Option<SpaceId>) -> Result<u64> {
        Ok(0)
    }

    fn set_redacting(&self, _space_id: SpaceId, _is_redacting: bool) -> Result<()> {
        self.refuse()
    }

    fn remembered(&self, _space_id: SpaceId, _key: &str) -> Result<Option<Remembered>> {
        Ok(None)
    }

    fn remembered_page(&self, _space_id: SpaceId, _page: Page<String>) -> Result<Vec<(String, Remembered)>> {
        Ok(Vec::new())
    }
}

impl EventFeed for OriginalEventStore {}

impl Storage for OriginalEventStore {
    fn rows_by_table(&self, space_id: SpaceId) -> Result<Vec<(String, u64)>> {
        let events = self.file.catalog()?.record(space_id).map_or(0, |record| record.head.last_sequence.0);
        Ok(vec![("events".to_owned(), events)])
    }

    fn purge(&self) -> Result<()> {
        self.refuse()
    }

    fn version(&self) -> Result<u64> {
        self.file.database.version()
    }

    fn check_identity(&self) -> Result<()> {
        self.file.database.check_identity()
    }

    fn storage_bytes(&self) -> Result<Option<u64>> {
        self.file.database.storage_bytes()
    }
}

impl Inspect for OriginalEventStore {}

impl InspectLog for OriginalEventStore {
    fn stores_counters(&self) -> bool {
        false
    }

    fn space_ids(&self, found: &mut dyn FnMut(SpaceId)) -> Result<()> {
        self.file.catalog()?.spaces.keys().copied().for_each(found);
        Ok(())
    }
}
