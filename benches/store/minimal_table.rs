//! A minimal table, written by hand: events with one index, and values by key. It has no checksums, event types,
//! counters, checkpoints, correlation ids or idempotency keys, and no order of events by space.

use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension};

use super::bare_sqlite::{committed, contact};
use super::{COMMITS, EVENTS, LARGE, NOW, Outcome, Round, SPACES, numbered, payload, timed};

fn open(path: &Path, sync: &str) -> Outcome<Connection> {
    let connection = Connection::open(path)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute_batch(&format!(
        "PRAGMA cache_size = -16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = {sync};
         PRAGMA wal_autocheckpoint = 10000; PRAGMA journal_size_limit = 67108864;
         CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, space INTEGER, seq INTEGER, entity TEXT, type TEXT,
           payload TEXT, ts INTEGER);
         CREATE UNIQUE INDEX IF NOT EXISTS by_entity ON events (space, entity, seq);
         CREATE TABLE IF NOT EXISTS entries (space INTEGER, key TEXT, value TEXT, PRIMARY KEY (space, key))
           WITHOUT ROWID;"
    ))?;
    Ok(connection)
}

fn insert(connection: &Connection, space: usize, sequence: usize, entity: &str, payload: &str) -> Outcome {
    connection
        .prepare_cached(
            "INSERT INTO events (space, seq, entity, type, payload, ts) VALUES (?1, ?2, ?3, 'contact.added', ?4, ?5)",
        )?
        .execute((space as i64, sequence as i64, entity, payload, NOW))?;
    Ok(())
}

fn fill(connection: &Connection, events: usize) -> Outcome {
    for first in (0..events).step_by(1000) {
        let (space, before) = (first / 1000 % SPACES, first / 1000 / SPACES * 1000);
        committed(connection, || {
            (first..first + 1000).try_for_each(|n| {
                insert(connection, space, before + n % 1000 + 1, &format!("c{n}"), &payload(n))
            })
        })?;
    }
    Ok(())
}

pub fn append(directory: &Path) -> Outcome<Round> {
    let mut next = numbered(directory);
    Ok(Box::new(move || {
        let connection = open(&next()?, "NORMAL")?;
        timed(|| fill(&connection, EVENTS))
    }))
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
    fill(&connection, LARGE)?;
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
            committed(&connection, || add(&connection, n))?;
            taken.push(started.elapsed());
        }
        Ok(taken)
    }))
}

/// Adds a contact, and counts it.
fn add(connection: &Connection, n: usize) -> Outcome {
    let (key, value) = contact(n);
    assert!(find(connection, &key)?.is_none());
    insert(connection, 0, LARGE / SPACES + n + 1, &format!("x{n}"), &payload(n))?;
    put(connection, &key, &value)?;
    let count: usize = find(connection, "contacts:count")?.map_or(Ok(0), |count| count.parse())?;
    put(connection, "contacts:count", &(count + 1).to_string())
}

fn put(connection: &Connection, key: &str, value: &str) -> Outcome {
    connection.prepare_cached("INSERT OR REPLACE INTO entries VALUES (0, ?1, ?2)")?.execute((key, value))?;
    Ok(())
}

fn find(connection: &Connection, key: &str) -> Outcome<Option<String>> {
    let mut statement =
        connection.prepare_cached("SELECT value FROM entries WHERE space = 0 AND key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}
