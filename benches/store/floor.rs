//! The same tasks in bare rusqlite: the same rows, pragmas, lookups, parse and fold, by hand for this one domain.

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

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
         CREATE TABLE IF NOT EXISTS entity_events (space_id INTEGER NOT NULL, entity_id TEXT NOT NULL,
           space_sequence INTEGER NOT NULL, PRIMARY KEY (space_id, entity_id, space_sequence)) STRICT, WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS space_sequences (space_id INTEGER PRIMARY KEY, last_sequence INTEGER NOT NULL,
           last_event_id INTEGER NOT NULL, last_timestamp INTEGER NOT NULL, indexed INTEGER NOT NULL) STRICT;
         CREATE TABLE IF NOT EXISTS entities (projection_id INTEGER, key TEXT, value TEXT, updated_at INTEGER,
           PRIMARY KEY (projection_id, key)) STRICT, WITHOUT ROWID;
         CREATE TABLE IF NOT EXISTS checkpoints (space_id INTEGER PRIMARY KEY, last_sequence INTEGER NOT NULL,
           last_event_id INTEGER NOT NULL, updated_at INTEGER NOT NULL, projection_id INTEGER NOT NULL) STRICT;"
    ))?;
    Ok(connection)
}

/// One transaction.
fn committed(connection: &Connection, work: impl FnOnce() -> Outcome) -> Outcome {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    work()?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

fn pos(space: usize, sequence: usize) -> i64 {
    ((space as i64) << 40) + sequence as i64
}

fn insert(connection: &Connection, pos: i64, id: usize, kind: u8, entity: &str, payload: &str) -> Outcome {
    let correlation = uuid::Uuid::new_v4();
    connection
        .prepare_cached("INSERT INTO event_log VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6, ?7, ?8)")?
        .execute((
            pos,
            id as i64,
            kind,
            NOW,
            crc32fast::hash(payload.as_bytes()).cast_signed(),
            correlation.as_bytes().as_slice(),
            entity,
            payload,
        ))?;
    Ok(())
}

/// The counters of a log, and its index of entities where a block of it is full.
fn advance(connection: &Connection, space: usize, sequence: usize, id: usize) -> Outcome {
    let indexed: usize = connection
        .prepare_cached("SELECT indexed FROM space_sequences WHERE space_id = ?1")?
        .query_row([space as i64], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    let is_full = sequence - indexed >= 1024;
    if is_full {
        connection
            .prepare_cached(
                "INSERT INTO entity_events SELECT ?1, entity_id, pos & 0xffffffffff FROM event_log
                 WHERE pos BETWEEN ?2 AND ?3 ORDER BY entity_id, pos",
            )?
            .execute((space as i64, pos(space, indexed + 1), pos(space, sequence)))?;
    }
    connection
        .prepare_cached("INSERT OR REPLACE INTO space_sequences VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((
            space as i64,
            sequence as i64,
            id as i64,
            NOW,
            if is_full { sequence } else { indexed } as i64,
        ))?;
    Ok(())
}

fn fill(connection: &Connection, spaces: usize, events: usize) -> Outcome {
    for first in (0..events).step_by(1000) {
        let space = first / 1000 % spaces + 1;
        let before = first / 1000 / spaces * 1000;
        committed(connection, || {
            for n in first..first + 1000 {
                insert(
                    connection,
                    pos(space, before + n % 1000 + 1),
                    n + 1,
                    1,
                    &format!("c{n}"),
                    &payload(n),
                )?;
            }
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

fn contact(n: usize) -> (String, String) {
    let value = format!(
        r#"{{"id":"x{n}","name":"Ada Lovelace of No. {}, West","email":"ada.lovelace.{n}@analytical-engine.example","created_at":{},"updated_at":null}}"#,
        n % 1000,
        NOW / 1000
    );
    (format!("contact:x{n}"), value)
}

fn put(connection: &Connection, key: &str, value: &str) -> Outcome {
    connection
        .prepare_cached("INSERT OR REPLACE INTO entities VALUES (1, ?1, ?2, ?3)")?
        .execute((key, value, NOW))?;
    Ok(())
}

fn find(connection: &Connection, key: &str) -> Outcome<Option<String>> {
    let mut statement =
        connection.prepare_cached("SELECT value FROM entities WHERE projection_id = 1 AND key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// A contact that is not there yet, as an event and an entity.
fn add(connection: &Connection, sequence: usize, id: usize, n: usize) -> Outcome {
    let (key, value) = contact(n);
    assert!(find(connection, &key)?.is_none());
    insert(connection, pos(1, sequence), id, 1, &format!("x{n}"), &payload(n))?;
    put(connection, &key, &value)
}

/// The counters behind so many more contacts.
fn count(connection: &Connection, sequence: usize, id: usize, more: usize) -> Outcome {
    let count: usize = find(connection, "contacts:count")?.map_or(Ok(0), |count| count.parse())?;
    put(connection, "contacts:count", &(count + more).to_string())?;
    advance(connection, 1, sequence, id)?;
    connection.prepare_cached("INSERT OR REPLACE INTO checkpoints VALUES (1, ?1, ?2, ?3, 1)")?.execute((
        sequence as i64,
        id as i64,
        NOW,
    ))?;
    Ok(())
}

pub fn execute_full(directory: &Path) -> Outcome<Round> {
    execute(directory, "FULL")
}

pub fn execute_normal(directory: &Path) -> Outcome<Round> {
    execute(directory, "NORMAL")
}

fn execute(directory: &Path, sync: &str) -> Outcome<Round> {
    let path = numbered(directory)()?;
    let connection = open(&path, "NORMAL")?;
    fill(&connection, SPACES, LARGE)?;
    committed(&connection, || {
        (0..LARGE / SPACES).try_for_each(|n| put(&connection, &format!("contact:c{n}"), &contact(n).1))
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
                add(&connection, sequence, id, n)?;
                count(&connection, sequence, id, 1)
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
                    (first..first + 1000).try_for_each(|n| add(&connection, n + 1, n + 1, n))?;
                    count(&connection, first + 1000, first + 1000, 1000)
                })?;
            }
            Ok(())
        })
    }))
}

/// Shows every event of the first space: its type and payload. Rows are read whole.
fn each(connection: &Connection, mut visit: impl FnMut(u8, Payload<'_>)) -> Outcome {
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
    Ok(())
}

pub fn replay(directory: &Path) -> Outcome<Round> {
    let connection = open(&numbered(directory)()?, "NORMAL")?;
    fill(&connection, 1, EVENTS)?;
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
                for (kind, n) in chunk {
                    sequence += 1;
                    let kind = if *kind == "contact.added" { 1 } else { 2 };
                    insert(&connection, pos(1, sequence), sequence, kind, &format!("c{n}"), &payload(*n))?;
                }
                Ok(())
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
                committed(&connection, || {
                    piece.iter().try_for_each(|(key, contact)| {
                        connection
                            .prepare_cached("INSERT INTO entities VALUES (2, ?1, ?2, ?3)")?
                            .execute((key, serde_json::to_string(contact)?, NOW))?;
                        Ok(())
                    })
                })?;
            }
            committed(&connection, || count(&connection, sequence, sequence, contacts.len()))
        })
    }))
}
