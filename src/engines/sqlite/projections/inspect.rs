//! Checks the projections' tables against each other.

use rusqlite::Connection;

use crate::engines::sqlite::file::bounds::SPACE;
use crate::engines::sqlite::file::{self, ReadColumn};
use crate::error::{Result, StoreError};
use crate::event_store::Direction;
use crate::id::SpaceId;
use crate::pstate::{Counted, InspectProjections, Leftover};

use super::{SqlitePState, entities, live, unused};

/// The tables with the id of a space.
const OF_SPACES: [&str; 2] = ["projections", "projection_checkpoints"];

impl InspectProjections for SqlitePState {
    fn space_ids(&self) -> Result<Vec<SpaceId>> {
        self.database.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT space_id FROM projections WHERE space_id BETWEEN ?1 AND ?2
                 UNION SELECT space_id FROM projection_checkpoints WHERE space_id BETWEEN ?1 AND ?2",
            )?;
            let ids = statement.query_map((SPACE.start(), SPACE.end()), |row| row.column(0).map(SpaceId))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
    }

    fn misplaced(&self) -> Result<Vec<(String, u64)>> {
        self.database.read(misplaced)
    }

    fn lost(&self, space_id: SpaceId) -> Result<Vec<String>> {
        self.database.read(|connection| {
            let sql = "SELECT projection FROM projection_checkpoints AS checkpoints
                 WHERE space_id = ?1 AND NOT EXISTS
                   (SELECT 1 FROM projections WHERE projections.projection_id = checkpoints.projection_id
                      AND projections.space_id = ?1 AND projections.projection = checkpoints.projection
                      AND state = 'live')";
            live::names(connection, sql, space_id)
        })
    }

    fn leftovers(&self, space_id: SpaceId) -> Result<Vec<Leftover>> {
        self.database.read(|connection| unused::of_space(connection, space_id))
    }

    fn counts(&self, space_id: SpaceId) -> Result<Vec<(String, Counted)>> {
        self.database.read(|connection| counts(connection, space_id))
    }

    fn strays(&self) -> Result<u64> {
        self.database.snapshot(|connection| {
            let mut rows = 0;
            let mut after = i64::MIN;
            while let Some(stray) = stray(connection, after)? {
                let sql = "SELECT count(*) FROM projection_entities WHERE projection_id = ?1";
                rows += connection.query_row(sql, [stray], |row| row.column::<u64>(0))?;
                after = stray;
            }
            Ok(rows + unnamed(connection)?.len() as u64)
        })
    }

    fn retire_leftover(&self, space_id: SpaceId, number: i64) -> Result<()> {
        self.database.write(|connection| unused::retire(connection, space_id, number))
    }

    fn repair_strays(&self, limit: usize) -> Result<bool> {
        self.database.write(|connection| {
            for table in OF_SPACES {
                // The entries of such a projection belong to none then.
                let sql = format!("DELETE FROM {table} WHERE space_id NOT BETWEEN ?1 AND ?2");
                connection.execute(&sql, (SPACE.start(), SPACE.end()))?;
            }
            for (space_id, name) in unnamed(connection)? {
                // The projection that it leads to has the name.
                let named = "SELECT projection FROM projections
                     WHERE projections.projection_id = projection_checkpoints.projection_id
                       AND projections.space_id = ?1 AND state = 'live'";
                let rename = format!(
                    "UPDATE OR IGNORE projection_checkpoints SET projection = ({named})
                     WHERE space_id = ?1 AND CAST(projection AS BLOB) = ?2 AND EXISTS ({named})"
                );
                connection.execute(&rename, (space_id, &name))?;
                let remove = "DELETE FROM projection_checkpoints WHERE space_id = ?1 AND CAST(projection AS BLOB) = ?2";
                connection.execute(remove, (space_id, &name))?;
            }
            Ok(())
        })?;
        self.database.write(|connection| match stray(connection, i64::MIN)? {
            Some(projection_id) if entities::delete_some(connection, projection_id, limit)? == 0 => {
                let detail =
                    format!("the entries of projection {projection_id} are listed but cannot be removed");
                Err(StoreError::Corrupt { detail }.into())
            }
            Some(_) => Ok(true),
            None => Ok(false),
        })
    }
}

/// Counts the rows whose number no space can have, by table.
fn misplaced(connection: &Connection) -> file::Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for table in OF_SPACES {
        let sql = format!("SELECT count(*) FROM {table} WHERE space_id NOT BETWEEN ?1 AND ?2");
        let rows: u64 = connection.query_row(&sql, (SPACE.start(), SPACE.end()), |row| row.column(0))?;
        if rows > 0 {
            found.push((table.to_owned(), rows));
        }
    }
    Ok(found)
}

fn counts(connection: &Connection, space_id: SpaceId) -> file::Result<Vec<(String, Counted)>> {
    let mut statement = connection.prepare_cached(
        "SELECT projection, entities,
           (SELECT count(*) FROM projection_entities AS entities
            WHERE entities.projection_id = checkpoints.projection_id)
         FROM projection_checkpoints AS checkpoints WHERE space_id = ?1",
    )?;
    let counts = statement.query_map([space_id.0], |row| {
        let name = file::text(row.get_ref(0)?).unwrap_or_default().into_owned();
        // The stored counter may be wrong.
        let stored = u64::try_from(row.column::<i64>(1)?).unwrap_or(0);
        Ok((name, Counted { stored, found: row.column(2)? }))
    })?;
    Ok(counts.collect::<Result<_, _>>()?)
}

/// Finds the checkpoints with names that no projection can have: the space of each, and its name in bytes.
fn unnamed(connection: &Connection) -> file::Result<Vec<(i64, Vec<u8>)>> {
    let mut statement =
        connection.prepare_cached("SELECT space_id, projection FROM projection_checkpoints")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let stored = row.get_ref(1)?;
        if live::possible_name(stored).is_none() {
            let name = stored.as_bytes().map_err(rusqlite::Error::from)?;
            found.push((row.column(0)?, name.to_vec()));
        }
    }
    Ok(found)
}

/// Finds the next projection id of entries that belong to no projection. Steps from projection to projection, however
/// many entries each has.
fn stray(connection: &Connection, after: i64) -> file::Result<Option<i64>> {
    let mut next = connection
        .prepare_cached("SELECT min(projection_id) FROM projection_entities WHERE projection_id > ?1")?;
    let mut known = connection.prepare_cached("SELECT 1 FROM projections WHERE projection_id = ?1")?;
    let mut last = after;
    while let Some(projection_id) = next.query_row([last], |row| row.column::<Option<i64>>(0))? {
        Direction::Forward.check_past(
            Some(&last),
            &projection_id,
            "a row of projection_entities, of projection",
        )?;
        if !known.exists([projection_id])? {
            return Ok(Some(projection_id));
        }
        last = projection_id;
    }
    Ok(None)
}
