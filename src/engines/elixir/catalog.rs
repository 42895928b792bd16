//! The spaces of a file and its events in numbers: counters that the original does not keep.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexSet;
use rusqlite::Connection;

use crate::engines::sqlite::{FileResult, text};
use crate::error::Result;
use crate::event_store::SpaceRecord;
use crate::id::{EventId, SpaceId, SpaceSequence};
use crate::space::{Checkpoint, Head, Space, SpaceMetadata, SpaceState};
use crate::timestamp::Timestamp;

use super::file::OriginalFile;
use super::order::{Numbers, Order, StoredSequences};
use super::row::{integer, no_integer, seconds};

/// The spaces of a file, and its events in numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Catalog {
    pub(super) last_event_id: i64,
    pub(super) events: u64,
    pub(super) spaces: BTreeMap<SpaceId, OriginalSpace>,
    /// Causes with their effects, in order: the original has no index of them.
    causes: Vec<(i64, i64)>,
}

/// A space with its events in numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct OriginalSpace {
    /// `None` if the space is not registered: it was deleted, or never existed.
    registered: Option<Space>,
    pub(super) head: Head,
    pub(super) order: Order,
    pub(super) types: IndexSet<String>,
    pub(super) checkpoint: Option<Checkpoint>,
    /// The sequences are not 1, 2, 3 … in the order of the ids.
    is_irregular: bool,
}

/// The number of keys of each space.
pub(super) type Keys = BTreeMap<SpaceId, u64>;

impl OriginalFile {
    /// Returns what is known about the file as it is now. Only events that were added since the last call are read.
    pub(super) fn catalog(&self) -> Result<Arc<Catalog>> {
        let version = self.database.version()?;
        let known = self.catalog.lock().clone();
        // Not held while the file is read: its lock is taken by a thread that asks for this.
        let before = match known {
            Some((Some(at), catalog)) if at == version => return Ok(catalog),
            Some((_, catalog)) => (*catalog).clone(),
            None => Catalog::default(),
        };
        let has_checkpoints = self.layout.has_checkpoints;
        let catalog = self.database.snapshot(|connection| before.refreshed(connection, has_checkpoints))?;
        let catalog = Arc::new(catalog);
        *self.catalog.lock() = Some((Some(version), Arc::clone(&catalog)));
        Ok(catalog)
    }

    /// Returns the number of keys of each space.
    pub(super) fn keys(&self) -> Result<Arc<Keys>> {
        let Some(table) = &self.layout.entities else { return Ok(Arc::default()) };
        let version = self.database.version()?;
        if let Some((_, keys)) = self.keys.lock().as_ref().filter(|(at, _)| *at == version) {
            return Ok(Arc::clone(keys));
        }
        let keys = Arc::new(self.read(|connection| keys(connection, table))?);
        *self.keys.lock() = Some((version, Arc::clone(&keys)));
        Ok(keys)
    }
}

fn keys(connection: &Connection, table: &str) -> FileResult<Keys> {
    let sql = format!("SELECT space_id, count(*) FROM {table} GROUP BY space_id");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut keys = Keys::new();
    while let Some(row) = rows.next()? {
        if let Some(space_id) = space_id(integer(row, 0)?) {
            keys.insert(space_id, integer(row, 1)?.unsigned_abs());
        }
    }
    Ok(keys)
}

/// Returns the id of a space, if it is in range.
pub(super) fn space_id(number: i64) -> Option<SpaceId> {
    u32::try_from(number).ok().filter(|number| *number > 0).map(SpaceId)
}

impl Catalog {
    fn refreshed(mut self, connection: &Connection, has_checkpoints: bool) -> FileResult<Self> {
        // All rows are counted in the smallest index; the table itself would be read as a whole.
        let sql = "SELECT (SELECT count(*) FROM events) - (SELECT count(*) FROM events WHERE event_id <= 0)";
        let events: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        self.add_events(connection)?;
        if self.events != events.unsigned_abs() {
            // Some were removed.
            self = Self::default();
            self.add_events(connection)?;
        }
        for (space_id, space) in &mut self.spaces {
            (space.registered, space.checkpoint) = (None, None);
            if space.is_irregular {
                space.order = Order::Renumbered(numbers(connection, *space_id)?);
            }
        }
        self.add_registry(connection)?;
        self.spaces.retain(|_, space| space.registered.is_some() || space.head.last_sequence.0 > 0);
        if has_checkpoints {
            self.add_checkpoints(connection)?;
        }
        Ok(self)
    }

    /// Reads the events after those that are counted.
    fn add_events(&mut self, connection: &Connection) -> FileResult<()> {
        let mut statement = connection.prepare_cached(
            "SELECT event_id, space_id, space_sequence, timestamp, octet_length(payload), event_type, causation_id
             FROM events WHERE event_id > ?1 ORDER BY event_id",
        )?;
        // Ids below 1 are never given out.
        let mut rows = statement.query([self.last_event_id.max(0)])?;
        while let Some(row) = rows.next()? {
            self.events += 1;
            self.last_event_id = integer(row, 0)?;
            match integer(row, 6)? {
                // An effect is later than its cause.
                cause if cause > 0 && cause < self.last_event_id => {
                    self.causes.push((cause, self.last_event_id))
                }
                _ => {}
            }
            let Some(space_id) = space_id(integer(row, 1)?) else { continue };
            let space = self.spaces.entry(space_id).or_default();
            let number = space.head.last_sequence.next();
            space.is_irregular |= u64::try_from(integer(row, 2)?) != Ok(number.0);
            space.head = Head {
                last_sequence: number,
                last_event_id: EventId(self.last_event_id.unsigned_abs()),
                last_timestamp: Some(Timestamp(integer(row, 3)?)),
                payload_bytes: space.head.payload_bytes.saturating_add(integer(row, 4)?.unsigned_abs()),
            };
            let event_type = text(row.get_ref(5)?).unwrap_or_default();
            if !space.types.contains(&*event_type) {
                space.types.insert(event_type.into_owned());
            }
        }
        self.causes.sort_unstable();
        Ok(())
    }

    /// Returns the ids of an event's effects, in order.
    pub(super) fn effects_of(&self, cause: i64) -> impl DoubleEndedIterator<Item = i64> {
        let start = self.causes.partition_point(|(of, _)| *of < cause);
        let end = self.causes.partition_point(|(of, _)| *of <= cause);
        self.causes.get(start..end).into_iter().flatten().map(|(_, effect)| *effect)
    }

    fn add_registry(&mut self, connection: &Connection) -> FileResult<()> {
        let mut statement =
            connection.prepare_cached("SELECT space_id, space_name, created_at, metadata FROM spaces")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Some(space_id) = space_id(integer(row, 0)?) else { continue };
            let metadata = text(row.get_ref(3)?).map(|text| metadata(&text));
            let metadata = match no_integer(row.get_ref(2)?) {
                // As an event shows what is stored in place of its time.
                Some(stored) => {
                    let origin = serde_json::json!({ "created_at": stored });
                    Some(metadata.unwrap_or_default().with("origin", &origin))
                }
                None => metadata,
            };
            let space = Space {
                space_id,
                space_name: text(row.get_ref(1)?).unwrap_or_default().into_owned(),
                metadata,
                created_at: seconds(integer(row, 2)?),
                state: SpaceState::Open,
                revision: 0,
            };
            self.spaces.entry(space_id).or_default().registered = Some(space);
        }
        Ok(())
    }

    fn add_checkpoints(&mut self, connection: &Connection) -> FileResult<()> {
        let mut statement = connection.prepare_cached(
            "SELECT checkpoints.space_id, last_space_sequence, last_event_id, events.timestamp, events.space_id
             FROM projection_checkpoints AS checkpoints LEFT JOIN events ON event_id = last_event_id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (number, event_id) = (integer(row, 1)?, integer(row, 2)?);
            let Some(space_id) = space_id(integer(row, 0)?) else { continue };
            let Some(space) = self.spaces.get_mut(&space_id) else { continue };
            let is_of_space = integer(row, 4)? == i64::from(space_id.0);
            let renumbered = match &space.order {
                Order::Renumbered(numbers) if is_of_space => numbers.of_event(event_id),
                _ => None,
            };
            space.checkpoint = Some(Checkpoint {
                sequence: renumbered.unwrap_or(SpaceSequence(number.max(0).unsigned_abs())),
                event_id: EventId(event_id.max(0).unsigned_abs()),
                updated_at: is_of_space.then(|| integer(row, 3).map(Timestamp)).transpose()?,
                entities: 0,
            });
        }
        Ok(())
    }

    /// Returns a space with the end of its log.
    pub(super) fn record(&self, space_id: SpaceId) -> Option<SpaceRecord> {
        let found = self.spaces.get(&space_id)?;
        let space = found.registered.clone().unwrap_or_else(|| self.orphan(space_id));
        Some(SpaceRecord::new(space, found.head))
    }

    /// Returns the space of rows whose space is not registered.
    fn orphan(&self, space_id: SpaceId) -> Space {
        let is_taken = |name: &str| self.registered().any(|space| space.space_name == name);
        let mut space_name = format!("orphan-{}", space_id.0);
        while is_taken(&space_name) {
            space_name.push('_');
        }
        let created_at = Timestamp::default();
        Space { space_id, space_name, metadata: None, created_at, state: SpaceState::Open, revision: 0 }
    }

    fn registered(&self) -> impl Iterator<Item = &Space> {
        self.spaces.values().filter_map(|space| space.registered.as_ref())
    }

    /// Finds a space by its name.
    pub(super) fn named(&self, name: &str) -> Option<SpaceRecord> {
        let registered = self.registered().find(|space| space.space_name == name).map(|space| space.space_id);
        let orphans = self.spaces.iter().filter(|(_, space)| space.registered.is_none());
        let mut orphans = orphans.map(|(space_id, _)| *space_id);
        let found = registered.or_else(|| orphans.find(|space_id| self.orphan(*space_id).space_name == name));
        self.record(found?)
    }

    /// Returns the number of an event in its space.
    pub(super) fn number(&self, space_id: SpaceId, event_id: i64, stored: i64) -> SpaceSequence {
        let renumbered = match self.spaces.get(&space_id).map(|space| &space.order) {
            Some(Order::Renumbered(numbers)) => numbers.of_event(event_id),
            _ => None,
        };
        renumbered.unwrap_or(SpaceSequence(stored.max(0).unsigned_abs()))
    }
}

/// Returns the metadata of a space. Text that is not a JSON object is kept as a field.
fn metadata(text: &str) -> SpaceMetadata {
    SpaceMetadata::parse(text)
        .unwrap_or_else(|_| SpaceMetadata::default().with(crate::event::UNREADABLE, &text.into()))
}

fn numbers(connection: &Connection, space_id: SpaceId) -> FileResult<Numbers> {
    let order = StoredSequences::read(connection, space_id.0.into())?.order().column();
    let sql = format!("SELECT event_id FROM events WHERE space_id = ?1 AND event_id > 0 ORDER BY {order}");
    let mut statement = connection.prepare_cached(&sql)?;
    let event_ids = statement.query_map([space_id.0], |row| row.get(0))?;
    Ok(Numbers::of(event_ids.collect::<rusqlite::Result<_>>()?))
}
