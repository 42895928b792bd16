//! The index of entities in bare rusqlite, laid out like that of the store: blocks of a thousand hashes, eight of which
//! are merged into rows by entity.
#![allow(dead_code, reason = "each benchmark uses a part")]

use std::error::Error;

use rusqlite::Connection;

use crate::rows;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

pub const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS entity_events (space_id INTEGER NOT NULL, entity_id TEXT NOT NULL,
      space_sequence INTEGER NOT NULL, later BLOB, PRIMARY KEY (space_id, entity_id, space_sequence))
      STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS entity_blocks (space_id INTEGER NOT NULL, first_sequence INTEGER NOT NULL,
      entries BLOB NOT NULL, PRIMARY KEY (space_id, first_sequence)) STRICT, WITHOUT ROWID;";

const BLOCK: i64 = 1000;
const BLOCKS: i64 = 8;

/// Extends the index of a space by whole blocks. Returns the last indexed sequence.
pub fn extend(connection: &Connection, space: i64, mut indexed: i64, last: i64) -> Outcome<i64> {
    while last - indexed >= BLOCK {
        let first = indexed + 1;
        indexed += BLOCK;
        let mut entries: Vec<u64> = Vec::new();
        each(connection, space, (first, indexed), |sequence, entity| {
            let hash = u64::from(crc32fast::hash(entity.as_bytes()) >> 2);
            entries.push(hash << 10 | (sequence - first) as u64);
        })?;
        entries.sort_unstable();
        let entries: Vec<u8> =
            entries.iter().flat_map(|entry| entry.to_be_bytes().into_iter().skip(3)).collect();
        connection
            .prepare_cached("INSERT INTO entity_blocks VALUES (?1, ?2, ?3)")?
            .execute((space, first, entries))?;
        let (first, blocks): (i64, i64) = connection
            .prepare_cached("SELECT min(first_sequence), count(*) FROM entity_blocks WHERE space_id = ?1")?
            .query_row([space], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if blocks >= BLOCKS {
            merge(connection, space, (first, indexed))?;
        }
    }
    Ok(indexed)
}

fn merge(connection: &Connection, space: i64, range: (i64, i64)) -> Outcome {
    let mut found: Vec<(String, i64)> = Vec::new();
    each(connection, space, range, |sequence, entity| found.push((entity.to_owned(), sequence)))?;
    found.sort_unstable();
    let same: Vec<&[(String, i64)]> = found.chunk_by(|a, b| a.0 == b.0).collect();
    rows::insert(connection, ("INTO entity_events", 4), &same, |columns, events| {
        columns.give(space)?;
        columns.give(&events[0].0)?;
        columns.give(events[0].1)?;
        let mut later = Vec::new();
        for pair in events.windows(2) {
            let mut distance = pair[1].1 - pair[0].1;
            while distance >= 0x80 {
                later.push((distance & 0x7f) as u8 | 0x80);
                distance >>= 7;
            }
            later.push(distance as u8);
        }
        Ok(columns.give((!later.is_empty()).then_some(later))?)
    })?;
    connection.prepare_cached("DELETE FROM entity_blocks WHERE space_id = ?1")?.execute([space])?;
    Ok(())
}

/// Returns true if the rows by entity list exactly the events up to the first block, compared by a sum of hashes.
pub fn matches(connection: &Connection, space: i64) -> Outcome<bool> {
    let merged: i64 = connection.query_row(
        "SELECT coalesce((SELECT min(first_sequence) - 1 FROM entity_blocks WHERE space_id = ?1),
           (SELECT indexed_sequence FROM space_sequences WHERE space_id = ?1))",
        [space],
        |row| row.get(0),
    )?;
    let hash = |sequence: i64, entity: &str| {
        u64::from(crc32fast::hash(entity.as_bytes()))
            .wrapping_add(sequence as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
    };
    let (mut events, mut index) = ((0, 0_u64), (0, 0_u64));
    each(connection, space, (1, merged), |sequence, entity| {
        events = (events.0 + 1, events.1.wrapping_add(hash(sequence, entity)));
    })?;
    let mut statement = connection
        .prepare("SELECT entity_id, space_sequence, later FROM entity_events WHERE space_id = ?1")?;
    let mut rows = statement.query([space])?;
    while let Some(row) = rows.next()? {
        let entity = row.get_ref(0)?.as_str()?;
        let mut sequence: i64 = row.get(1)?;
        index = (index.0 + 1, index.1.wrapping_add(hash(sequence, entity)));
        let (mut distance, mut shift) = (0, 0);
        for byte in row.get_ref(2)?.as_blob_or_null()?.unwrap_or_default() {
            distance |= i64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                sequence += distance;
                index = (index.0 + 1, index.1.wrapping_add(hash(sequence, entity)));
                (distance, shift) = (0, 0);
            }
        }
    }
    Ok(events == index)
}

/// Visits the sequence and entity of each event in a range, both ends included.
fn each(
    connection: &Connection,
    space: i64,
    (first, last): (i64, i64),
    mut visit: impl FnMut(i64, &str),
) -> Outcome {
    let mut statement =
        connection.prepare_cached("SELECT pos, entity_id FROM event_log WHERE pos BETWEEN ?1 AND ?2")?;
    let mut rows = statement.query(((space << 40) + first, (space << 40) + last))?;
    while let Some(row) = rows.next()? {
        visit(row.get::<_, i64>(0)? - (space << 40), row.get_ref(1)?.as_str()?);
    }
    Ok(())
}
