//! The types of events, which the rows of `event_log` name by numbers.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, TransactionState};

use crate::engines::sqlite::file::{ReadColumn, Result, text};
use crate::event::Event;
use crate::id::SpaceId;

/// A number beyond this one was assigned by another program. After the highest of all, there would be none for a new type.
const LAST_ASSIGNED: i64 = 1 << 40;

/// The numbers of the types of some events.
pub(super) struct TypeIds<'a>(IndexMap<&'a str, Option<i64>, RandomState>);

impl<'a> TypeIds<'a> {
    /// Finds the types of events that are about to be appended, and adds the new ones.
    pub(super) fn add(connection: &Connection, space_id: SpaceId, events: &'a [Event]) -> Result<Self> {
        let mut ids = Self(events.iter().map(|event| (&*event.event_type, None)).collect());
        match ids.0.len() {
            1 => ids.find(connection, space_id)?,
            _ => ids.find_all(connection, space_id)?,
        }
        ids.add_new(connection, space_id)?;
        Ok(ids)
    }

    pub(super) fn id(&self, event: &Event) -> Option<i64> {
        self.0.get(&*event.event_type).copied().flatten()
    }

    /// Finds the only type.
    fn find(&mut self, connection: &Connection, space_id: SpaceId) -> Result<()> {
        let mut statement = connection
            .prepare_cached("SELECT type_id FROM event_types WHERE space_id = ?1 AND event_type = ?2")?;
        for (name, id) in &mut self.0 {
            *id = statement.query_row((space_id.0, name), |row| row.column(0)).optional()?;
        }
        Ok(())
    }

    /// Finds several types at once: no index knows their names, so that each lookup would read all types of the space.
    fn find_all(&mut self, connection: &Connection, space_id: SpaceId) -> Result<()> {
        let mut statement = connection.prepare_cached(
            "SELECT type_id, event_type FROM event_types WHERE space_id = ?1 ORDER BY type_id",
        )?;
        let mut rows = statement.query([space_id.0])?;
        while let Some(row) = rows.next()? {
            let wanted = text(row.get_ref(1)?).and_then(|name| self.0.get_mut(&*name));
            if let Some(id @ None) = wanted {
                *id = Some(row.column(0)?);
            }
        }
        Ok(())
    }

    fn add_new(&mut self, connection: &Connection, space_id: SpaceId) -> Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO event_types (space_id, type_id, event_type)
             SELECT ?1, coalesce(max(type_id), 0) + 1, ?2 FROM event_types
             WHERE space_id = ?1 AND type_id BETWEEN 0 AND ?3 RETURNING type_id",
        )?;
        for (name, id) in self.0.iter_mut().filter(|(_, id)| id.is_none()) {
            *id = Some(statement.query_row((space_id.0, name, LAST_ASSIGNED), |row| row.column(0))?);
        }
        Ok(())
    }
}

/// A cache of the names of types.
#[derive(Default)]
pub(super) struct TypeNames(Mutex<HashMap<(SpaceId, i64), Arc<str>, RandomState>>);

impl TypeNames {
    /// The names that it holds, at most.
    const MOST: usize = 10_000;

    /// Forgets all names, after some were restored.
    pub(super) fn clear(&self) {
        self.0.lock().clear();
    }

    pub(super) fn name(&self, connection: &Connection, space_id: SpaceId, type_id: i64) -> Result<Arc<str>> {
        if let Some(name) = self.0.lock().get(&(space_id, type_id)) {
            return Ok(Arc::clone(name));
        }
        let mut statement = connection
            .prepare_cached("SELECT event_type FROM event_types WHERE space_id = ?1 AND type_id = ?2")?;
        let name = statement
            .query_row((space_id.0, type_id), |row| Ok(text(row.get_ref(0)?).map(Arc::<str>::from)))
            .optional()?
            .flatten();
        // The row is damaged, which the event's checksum reveals.
        let Some(name) = name else { return Ok(Arc::from(format!("?{type_id}"))) };
        // A type that an open transaction added may still be rolled back.
        if connection.transaction_state(None::<&str>)? != TransactionState::Write {
            let mut names = self.0.lock();
            if names.len() >= Self::MOST {
                names.clear();
            }
            names.insert((space_id, type_id), Arc::clone(&name));
        }
        Ok(name)
    }
}
