//! The same tasks in bare rusqlite: the same rows, pragmas, lookups, parsing and fold, written by hand for one domain.

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use crate::{index, rows};

use super::{
    BATCHED, COMMITS, EVENTS, LARGE, NOW, Outcome, Payload, Round, SPACES, history, numbered, payload, timed,
};

fn open(path: &Path, sync: &str) -> Outcome<Connection> {
    let connection = Connection::open(path)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(&format!(
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -16384;
         PRAGMA journal_mode = WAL; PRAGMA synchronous = {sync}; PRAGMA wal_autocheckpoint = 10000;
         PRAGMA journal_size_limit = 67108864;
         CREATE TABLE IF NOT EXISTS event_log (pos INTEGER PRIMARY KEY, event_id INTEGER NOT NULL UNIQUE,
           type_id INTEGER NOT NULL, timestamp INTEGER NOT NULL, checksum INTEGER NOT NULL, causation_id INTEGER,
           correlation_id BLOB, entity_id TEXT NOT NULL, payload TEXT NOT NULL) STRICT;
         {}
         CREATE TABLE IF NOT EXISTS space_sequences (space_id INTEGER PRIMARY KEY, last_sequence INTEGER NOT NULL,
           last_event_id INTEGER NOT NULL, last_timestamp INTEGER NOT NULL, indexed INTEGER NOT NULL) STRICT;
         CREATE TABLE IF NOT EXISTS entities (projection_id INTEGER, key TEXT, value TEXT, updated_at INTEGER,
           PRIMARY KEY (projection_id, key)) STRICT, WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS checkpoints (space_id INTEGER PRIMARY KEY, last_sequence INTEGER NOT NULL,
           last_event_id INTEGER NOT NULL, updated_at INTEGER NOT NULL, projection_id INTEGER NOT NULL) STRICT;",
        index::TABLES
    ))?;
    Ok(connection)
}

/// Runs work in one transaction.
pub fn committed(connection: &Connection, work: impl FnOnce() -> Outcome) -> Outcome {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    work()?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

fn pos(space: usize, sequence: usize) -> i64 {
    ((space as i64) << 40) + sequence as i64
}

/// An event as a row.
struct Row {
    pos: i64,
    id: usize,
    kind: u8,
    entity: String,
    payload: String,
}

fn insert(connection: &Connection, rows: &[Row]) -> Outcome {
    rows::insert(connection, ("INTO event_log", 9), rows, |columns, row| {
        columns.give(row.pos)?;
        columns.give(row.id as i64)?;
        columns.give(row.kind)?;
        columns.give(NOW)?;
        columns.give(crc32fast::hash(row.payload.as_bytes()).cast_signed())?;
        columns.give(None::<i64>)?;
        columns.give(uuid::Uuid::new_v4().as_bytes().as_slice())?;
        columns.give(&row.entity)?;
        Ok(columns.give(&row.payload)?)
    })
}

/// Advances the counters of a log, and its index of entities.
fn advance(connection: &Connection, space: usize, sequence: usize, id: usize) -> Outcome {
    let indexed: i64 = connection
        .prepare_cached("SELECT indexed FROM space_sequences WHERE space_id = ?1")?
        .query_row([space as i64], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    let indexed = index::extend(connection, space as i64, indexed, sequence as i64)?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO space_sequences VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((space as i64, sequence as i64, id as i64, NOW, indexed))?;
    Ok(())
}

fn fill(connection: &Connection, spaces: usize, events: usize) -> Outcome {
    for first in (0..events).step_by(1000) {
        let space = first / 1000 % spaces + 1;
        let before = first / 1000 / spaces * 1000;
        committed(connection, || {
            let rows = (first..first + 1000).map(|n| {
                let pos = pos(space, before + n % 1000 + 1);
                Row { pos, id: n + 1, kind: 1, entity: format!("c{n}"), payload: payload(n) }
            });
            insert(connection, &rows.collect::<Vec<Row>>())?;
            advance(connection, space, before + 1000, first + 1000)
        })?;
    }
    Ok(())
}

pub fn append(directory: &Path) -> Outcome<Round> {
    let mut next = numbered(directory);
    Ok(Box::new(move || {
        let connection = open(&next()?, "NORMAL")?;
        timed(|| fill(&connection, SPACES, EVENTS))
    }))
}

#[derive(Serialize)]
struct Contact {
    id: String,
    name: String,
    email: String,
    created_at: i64,
    updated_at: Option<i64>,
}

impl From<Payload<'_>> for Contact {
    fn from(payload: Payload<'_>) -> Self {
        Self {
            id: payload.contact_id.to_owned(),
            name: payload.name.to_owned(),
            email: payload.email.to_owned(),
            created_at: NOW / 1000,
            updated_at: None,
        }
    }
}

pub fn contact(n: usize) -> (String, String) {
    let value = format!(
        r#"{{"id":"x{n}","name":"Ada Lovelace of No. {}, West","email":"ada.lovelace.{n}@analytical-engine.example","created_at":{},"updated_at":null}}"#,
        n % 1000,
        NOW / 1000
    );
    (format!("contact:x{n}"), value)
}

/// Writes entries of a projection.
fn put(connection: &Connection, projection: i64, entries: &[(String, String)]) -> Outcome {
    rows::insert(connection, ("OR REPLACE INTO entities", 4), entries, |columns, (key, value)| {
        columns.give(projection)?;
        columns.give(key)?;
        columns.give(value)?;
        Ok(columns.give(NOW)?)
    })
}

fn find(connection: &Connection, key: &str) -> Outcome<Option<String>> {
    let mut statement =
        connection.prepare_cached("SELECT value FROM entities WHERE projection_id = 1 AND key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// Adds new contacts as events and entities, the first with the given sequence and id.
fn add(connection: &Connection, sequence: usize, id: usize, contacts: std::ops::Range<usize>) -> Outcome {
    let (mut rows, mut entries) = (Vec::new(), Vec::new());
    for n in contacts {
        let (key, value) = contact(n);
        assert!(find(connection, &key)?.is_none());
        let at = rows.len();
        let pos = pos(1, sequence + at);
        rows.push(Row { pos, id: id + at, kind: 1, entity: format!("x{n}"), payload: payload(n) });
        entries.push((key, value));
    }
    insert(connection, &rows)?;
    put(connection, 1, &entries)
}

/// Advances the counters by `more` contacts.
fn count(connection: &Connection, sequence: usize, id: usize, more: usize) -> Outcome {
    let count: usize = find(connection, "contacts:count")?.map_or(Ok(0), |count| count.parse())?;
    put(connection, 1, &[("contacts:count".to_owned(), (count + more).to_string())])?;
    advance(connection, 1, sequence, id)?;
    connection.prepare_cached("INSERT OR REPLACE INTO checkpoints VALUES (1, ?1, ?2, ?3, 1)")?.execute((
        sequence as i64,
        id as i64,
        NOW,
    ))?;
    Ok(())
}

pub fn execute_full(directory: &Path) -> Outcome<Round> {
    execute(directory, "FULL", |_, _| Ok(()))
}

pub fn execute_normal(directory: &Path) -> Outcome<Round> {
    execute(directory, "NORMAL", |_, _| Ok(()))
}

/// Also writes an entry of a second projection, and its checkpoint.
pub fn execute_two_projections(directory: &Path) -> Outcome<Round> {
    execute(directory, "NORMAL", |connection, n| {
        let (key, value) = (
            format!("domain:analytical-engine.example:x{n}"),
            format!(r#""ada.lovelace.{n}@analytical-engine.example""#),
        );
        put(connection, 3, &[(key, value)])?;
        connection
            .prepare_cached("INSERT OR REPLACE INTO checkpoints VALUES (2, ?1, ?2, ?3, 3)")?
            .execute(((LARGE / SPACES + n + 1) as i64, (LARGE + n + 1) as i64, NOW))?;
        Ok(())
    })
}

fn execute(
    directory: &Path,
    sync: &str,
    also: impl Fn(&Connection, usize) -> Outcome + 'static,
) -> Outcome<Round> {
    let path = numbered(directory)()?;
    let connection = open(&path, "NORMAL")?;
    fill(&connection, SPACES, LARGE)?;
    committed(&connection, || {
        let entries = (0..LARGE / SPACES).map(|n| (format!("contact:c{n}"), contact(n).1));
        put(&connection, 1, &entries.collect::<Vec<_>>())
    })?;
    drop(connection);
    let connection = open(&path, sync)?;
    let mut numbers = 0..;
    Ok(Box::new(move || {
        let mut taken = Vec::new();
        for n in numbers.by_ref().take(COMMITS) {
            let started = Instant::now();
            let (sequence, id) = (LARGE / SPACES + n + 1, LARGE + n + 1);
            committed(&connection, || {
                add(&connection, sequence, id, n..n + 1)?;
                count(&connection, sequence, id, 1)?;
                also(&connection, n)
            })?;
            taken.push(started.elapsed());
        }
        Ok(taken)
    }))
}

pub fn batch(directory: &Path) -> Outcome<Round> {
    let mut next = numbered(directory);
    Ok(Box::new(move || {
        let connection = open(&next()?, "NORMAL")?;
        timed(|| {
            for first in (0..BATCHED).step_by(1000) {
                committed(&connection, || {
                    add(&connection, first + 1, first + 1, first..first + 1000)?;
                    count(&connection, first + 1000, first + 1000, 1000)
                })?;
            }
            Ok(())
        })
    }))
}

/// Visits the type and payload of every event of the first space. Reads all columns.
fn each(connection: &Connection, mut visit: impl FnMut(u8, Payload<'_>)) -> Outcome {
    // Like our readers, which read each page once.
    connection.pragma_update(None, "cache_size", -256)?;
    let mut statement = connection.prepare(
        "SELECT pos, event_id, timestamp, checksum, causation_id, correlation_id, entity_id, type_id, payload
         FROM event_log WHERE pos > ?1 ORDER BY pos",
    )?;
    let mut rows = statement.query([pos(1, 0)])?;
    while let Some(row) = rows.next()? {
        for number in 0..4 {
            black_box(row.get::<_, i64>(number)?);
        }
        black_box(row.get::<_, Option<i64>>(4)?);
        black_box(row.get_ref(5)?.as_blob_or_null()?);
        black_box(row.get_ref(6)?.as_str()?);
        visit(row.get(7)?, serde_json::from_str(row.get_ref(8)?.as_str()?)?);
    }
    Ok(connection.pragma_update(None, "cache_size", -16384)?)
}

pub fn replay(directory: &Path) -> Outcome<Round> {
    let path = numbered(directory)()?;
    fill(&open(&path, "NORMAL")?, 1, EVENTS)?;
    let connection = open(&path, "NORMAL")?;
    Ok(Box::new(move || {
        timed(|| {
            let mut bytes = 0;
            each(&connection, |_, payload| {
                bytes += payload.contact_id.len() + payload.name.len() + payload.email.len();
            })?;
            assert!(bytes > EVENTS);
            Ok(())
        })
    }))
}

pub fn rebuild(directory: &Path) -> Outcome<Round> {
    let mut next = numbered(directory);
    Ok(Box::new(move || {
        let connection = open(&next()?, "NORMAL")?;
        let mut sequence = 0;
        history(|chunk| {
            committed(&connection, || {
                let rows = chunk.iter().map(|(kind, n)| {
                    sequence += 1;
                    let kind = if *kind == "contact.added" { 1 } else { 2 };
                    let (entity, payload) = (format!("c{n}"), payload(*n));
                    Row { pos: pos(1, sequence), id: sequence, kind, entity, payload }
                });
                insert(&connection, &rows.collect::<Vec<Row>>())?;
                advance(&connection, 1, sequence, sequence)
            })
        })?;
        timed(|| {
            let mut contacts: HashMap<String, Contact> = HashMap::new();
            each(&connection, |kind, payload| {
                let key = format!("contact:{}", payload.contact_id);
                if kind == 1 {
                    contacts.insert(key, payload.into());
                } else if let Some(contact) = contacts.get_mut(&key) {
                    *contact = Contact {
                        created_at: contact.created_at,
                        updated_at: Some(NOW / 1000),
                        ..payload.into()
                    };
                }
            })?;
            let mut contacts: Vec<(String, Contact)> = contacts.into_iter().collect();
            contacts.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            for piece in contacts.chunks(1000) {
                let entries = piece
                    .iter()
                    .map(|(key, contact)| Ok((key.clone(), serde_json::to_string(contact)?)))
                    .collect::<Outcome<Vec<_>>>()?;
                committed(&connection, || put(&connection, 2, &entries))?;
            }
            committed(&connection, || count(&connection, sequence, sequence, contacts.len()))
        })
    }))
}
