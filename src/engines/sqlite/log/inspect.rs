//! Checks the log's tables against each other.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::engines::sqlite::file;
use crate::engines::sqlite::file::numbers::{LAST_NUMBER, LAST_SPACE};
use crate::engines::sqlite::file::{ReadColumn, SEQUENCE_BITS};
use crate::engines::sqlite::subscriptions;
use crate::error::Result;
use crate::event::Event;
use crate::event_store::{
    ChangedColumn, ChangedType, Direction, InspectLog, MovedRows, Renumbered, SubscriptionFault,
};
use crate::id::SpaceId;
use crate::space::Head;

use super::row::{last_pos, pos};
use super::{
    SqliteEventStore, causes, changed_key, changed_type, entity, idempotency, mark, moved_counters, read,
    renumbered, spaces,
};

/// Tables with the id of a space, besides those of subscriptions.
pub(super) const OF_SPACES: [&str; 6] =
    ["spaces", "space_sequences", "event_types", "entity_events", "entity_blocks", "idempotency_keys"];

impl InspectLog for SqliteEventStore {
    fn space_ids(&self, found: &mut dyn FnMut(SpaceId)) -> Result<()> {
        let mut show = |space: i64| {
            if let (..=LAST_SPACE, Ok(id)) = (space, u32::try_from(space)) {
                found(SpaceId(id));
            }
        };
        self.database.snapshot(|connection| {
            let of_spaces = tables().map(|table| spaces_of(connection, table, &mut show)).collect::<Vec<_>>();
            let of_log = spaces_of_log(connection, &mut show);
            of_spaces.into_iter().chain([of_log]).collect()
        })
    }

    fn renumbered_spaces(&self) -> Result<Vec<Renumbered>> {
        self.database.snapshot(renumbered::find)
    }

    fn repair_space_ids(&self) -> Result<()> {
        self.database.write(|connection| {
            renumbered::repair(connection)?;
            renumbered::restore_columns(connection)?;
            moved_counters::repair(connection)
        })
    }

    fn moved_rows(&self) -> Result<Vec<MovedRows>> {
        self.database.snapshot(|connection| {
            let counters = moved_counters::find(connection)?.into_keys().map(|stored| (stored, 1));
            let keys = changed_key::moved(connection)?;
            let types = changed_type::moved(connection)?;
            let of = |table, (stored_in, rows)| MovedRows { table, stored_in, rows };
            let counters = counters.map(|counters| of("space_sequences", counters));
            let keys = keys.into_iter().map(|keys| of("idempotency_keys", keys));
            Ok(counters.chain(keys).chain(types.into_iter().map(|types| of("event_types", types))).collect())
        })
    }

    fn changed_types(&self, space_id: SpaceId, known: &[String]) -> Result<Vec<ChangedType>> {
        self.database.read(|connection| changed_type::find(connection, space_id, known))
    }

    fn is_intact_as(&self, event: &Event, names: &[String]) -> Result<bool> {
        let place = pos(event.space_id, event.space_sequence);
        self.database.read(|connection| changed_type::is_intact_as(connection, place, names))
    }

    fn repair_types(&self, space_id: SpaceId, known: &[String]) -> Result<()> {
        self.database.write(|connection| changed_type::repair(connection, space_id, known))?;
        self.types.clear();
        Ok(())
    }

    fn misplaced(&self) -> Result<Vec<(String, u64)>> {
        self.database.read(misplaced)
    }

    fn registry_faults(&self, space_id: SpaceId) -> Result<Vec<(&'static str, String)>> {
        self.database.read(|connection| spaces::faults(connection, space_id))
    }

    fn changed_registry(&self, space_id: SpaceId) -> Result<Vec<ChangedColumn>> {
        self.database.read(|connection| renumbered::changed_columns(connection, space_id))
    }

    fn key_faults(&self, space_id: SpaceId) -> Result<Vec<String>> {
        self.database.snapshot(|connection| idempotency::faults(connection, space_id))
    }

    fn restorable_keys(&self) -> Result<BTreeSet<SpaceId>> {
        self.database.snapshot(idempotency::restorable)
    }

    fn repair_keys(&self) -> Result<()> {
        self.database.write(idempotency::repair)
    }

    fn stray_progress(&self) -> Result<u64> {
        self.database.read(subscriptions::orphans)
    }

    fn lost_subscriptions(&self) -> Result<Option<u64>> {
        self.database.snapshot(subscriptions::lost)
    }

    fn uncounted_subscriptions(&self) -> Result<Option<(u64, u64)>> {
        self.database.snapshot(subscriptions::uncounted)
    }

    fn subscription_faults(&self) -> Result<Vec<SubscriptionFault>> {
        self.database.snapshot(subscriptions::faults)
    }

    fn repair_progress(&self) -> Result<()> {
        self.database.write(subscriptions::repair)
    }

    fn index_faults(&self, space_id: SpaceId) -> Result<u64> {
        self.database
            .snapshot(|connection| entity::faults(connection, space_id, last_sequence(connection, space_id)?))
    }

    fn cause_faults(&self) -> Result<u64> {
        let (mut faults, mut entry, mut event) = (0, Some(causes::START), Some(i64::MIN));
        while let Some(after) = entry {
            let (wrong, next) = self.database.snapshot(|connection| causes::wrong(connection, after))?;
            (faults, entry) = (faults + wrong, next);
        }
        while let Some(after) = event {
            let (missing, next) = self.database.snapshot(|connection| causes::missing(connection, after))?;
            (faults, event) = (faults + missing, next);
        }
        Ok(faults)
    }

    fn repair_head(&self, space_id: SpaceId, counted: Head) -> Result<()> {
        self.database.write(|connection| {
            let is_counted = "SELECT 1 FROM space_sequences WHERE space_id = ?1";
            let is_lost = !connection.prepare_cached(is_counted)?.exists([space_id.0])?;
            let mut head = counted;
            read::replay(connection, &self.types, space_id, counted.last_sequence, usize::MAX, &mut |event| {
                head.advance(event);
                Ok(())
            })?;
            connection.execute(
                "INSERT INTO space_sequences (space_id, last_sequence, last_event_id, last_timestamp, payload_bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (space_id) DO UPDATE SET last_sequence = ?2, last_event_id = ?3, last_timestamp = ?4,
                   payload_bytes = ?5, revision = iif(revision BETWEEN 0 AND ?6, revision, 0),
                   redactions = iif(redactions BETWEEN 0 AND ?6, redactions, 0)",
                (
                    space_id.0,
                    head.last_sequence.0,
                    head.last_event_id.0,
                    head.last_timestamp.map(|time| time.0),
                    head.payload_bytes,
                    LAST_NUMBER,
                ),
            )?;
            mark::clear_undefined(connection, space_id)?;
            if is_lost { idempotency::count_again(connection, space_id) } else { Ok(()) }
        })
    }

    fn repair_index(&self, space_id: SpaceId, between: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.database
            .write(|connection| entity::bound(connection, space_id, last_sequence(connection, space_id)?))?;
        let mut after = Some((String::new(), i64::MIN));
        while let Some(last) = after {
            after = self.database.write(|connection| entity::drop_astray(connection, space_id, last))?;
            between()?;
        }
        let mut from = Some(1);
        while let Some(first) = from {
            from = self.database.write(|connection| entity::complete(connection, space_id, first))?;
            between()?;
        }
        Ok(())
    }

    fn repair_causes(&self, between: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let (mut entry, mut event) = (Some(causes::START), Some(i64::MIN));
        while let Some(after) = entry {
            entry = self.database.write(|connection| causes::remove_wrong(connection, after))?;
            between()?;
        }
        while let Some(after) = event {
            event = self.database.write(|connection| causes::complete(connection, after))?;
            between()?;
        }
        self.database.write(causes::end_repair)
    }
}

/// Returns the tables with the id of a space.
fn tables() -> impl Iterator<Item = &'static str> {
    OF_SPACES.into_iter().chain(subscriptions::TABLES)
}

/// Calls `show` once for every space with rows in a table, however many rows it has.
fn spaces_of(connection: &Connection, table: &str, show: &mut dyn FnMut(i64)) -> file::Result<()> {
    let sql = format!("SELECT min(space_id) FROM {table} WHERE space_id > ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut last = 0;
    while let Some(next) = statement.query_row([last], |row| row.column::<Option<i64>>(0))? {
        Direction::Forward.check_past(Some(&last), &next, &format!("a row of {table}, of space"))?;
        show(next);
        last = next;
    }
    Ok(())
}

/// Calls `show` for every space with rows in a table.
pub(super) fn spaces_of_tables(connection: &Connection, show: &mut dyn FnMut(i64)) -> file::Result<()> {
    tables().try_for_each(|table| spaces_of(connection, table, show))
}

/// Calls `show` for every space with events.
pub(super) fn spaces_of_log(connection: &Connection, show: &mut dyn FnMut(i64)) -> file::Result<()> {
    let mut statement = connection.prepare_cached("SELECT min(pos) FROM event_log WHERE pos >= ?1")?;
    let mut space = 1;
    while space <= LAST_SPACE
        && let Some(pos) =
            statement.query_row([space << SEQUENCE_BITS], |row| row.column::<Option<i64>>(0))?
    {
        let next = pos >> SEQUENCE_BITS;
        Direction::Forward.check_past(Some(&(space - 1)), &next, "a row of event_log, of space")?;
        show(next);
        space = next + 1;
    }
    Ok(())
}

fn misplaced(connection: &Connection) -> file::Result<Vec<(String, u64)>> {
    // Those of the registry are reported by themselves.
    let of_spaces = tables().filter(|table| *table != "spaces").map(|table| {
        let below = format!("(SELECT count(*) FROM {table} WHERE space_id < 1)");
        (table, format!("SELECT {below} + (SELECT count(*) FROM {table} WHERE space_id > {LAST_SPACE})"))
    });
    let of_log =
        ("event_log", format!("SELECT count(*) FROM event_log WHERE pos < {}", 1_i64 << SEQUENCE_BITS));
    let mut found = Vec::new();
    for (table, sql) in of_spaces.chain([of_log]) {
        let rows: u64 = connection.query_row(&sql, [], |row| row.column(0))?;
        if rows > 0 {
            found.push((table.to_owned(), rows));
        }
    }
    Ok(found)
}

fn last_sequence(connection: &Connection, space_id: SpaceId) -> file::Result<u64> {
    let sql = "SELECT coalesce(max(pos), ?1) - ?1 FROM event_log WHERE pos BETWEEN ?1 AND ?2";
    Ok(connection.query_row(sql, (start(space_id), last_pos(space_id)), |row| row.column(0))?)
}

fn start(space_id: SpaceId) -> i64 {
    pos(space_id, crate::event::SpaceSequence::START)
}
