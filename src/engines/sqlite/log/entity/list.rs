//! Lists the entities of a space by prefix.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};

use crate::engines::sqlite::file::{ReadColumn, Result, SEQUENCE_BITS, text};
use crate::id::SpaceId;

use super::{BLOCK, BLOCKS, Extent, each_entity};

/// Returns the first entities whose ids start with a prefix: from the index, step by step from one entity to the next, and
/// from the events after it.
pub(in crate::engines::sqlite::log) fn list(
    connection: &Connection,
    space_id: SpaceId,
    prefix: &str,
    limit: usize,
) -> Result<Vec<String>> {
    let mut found = BTreeSet::new();
    let mut next = merged(connection, space_id, prefix, true)?;
    while let Some(entity) = next.filter(|entity| entity.starts_with(prefix) && found.len() < limit) {
        next = merged(connection, space_id, &entity, false)?;
        found.insert(entity);
    }
    each_entity(connection, space_id, after_merged(connection, space_id)?, |_, entity| {
        if entity.starts_with(prefix) && !found.contains(entity) {
            found.insert(entity.to_owned());
            if found.len() > limit {
                found.pop_last();
            }
        }
    })?;
    Ok(found.into_iter().take(limit).collect())
}

/// Returns the first indexed entity at or after an id, or after it.
fn merged(
    connection: &Connection,
    space_id: SpaceId,
    entity_id: &str,
    including: bool,
) -> Result<Option<String>> {
    let compares = if including { ">=" } else { ">" };
    let sql = format!(
        "SELECT entity_id FROM entity_events WHERE space_id = ?1 AND entity_id {compares} ?2
         ORDER BY entity_id LIMIT 1"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement
        .query_row((space_id.0, entity_id), |row| Ok(text(row.get_ref(0)?).unwrap_or_default().into_owned()));
    Ok(found.optional()?)
}

/// Returns the range of the events that `entity_events` does not list yet, or of the latest ones if an index is missing.
fn after_merged(connection: &Connection, space_id: SpaceId) -> Result<(u64, u64)> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT last_sequence FROM space_sequences WHERE space_id = ?1")?
        .query_row([space_id.0], |row| row.column(0))
        .optional()?;
    let last = u64::try_from(last.unwrap_or(0)).unwrap_or(0).min((1 << SEQUENCE_BITS) - 1);
    let merged = Extent::of(connection, space_id)?.merged;
    Ok((merged.max(last.saturating_sub(BLOCK * (BLOCKS + 1))) + 1, last))
}
