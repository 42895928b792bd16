//! Times the store beside its floor: the same rows and pragmas in bare rusqlite, with nothing of ours.
//!
//! `cargo bench` prints, per task, the median rate of each and their ratio. Rounds alternate between the
//! two, so that a machine whose speed drifts slows both.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use ramax::apps::Crm;
use ramax::operations::{RebuildOptions, rebuild};
use ramax::sqlite::Sync;
use ramax::{
    Append, Command, ContentStore, Expected, Json, Location, NewEvent, OpenOptions, Request, SpaceId,
    SpaceSequence, Store, Timestamp,
};
use rusqlite::Connection;
use serde::Deserialize;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const ROUNDS: usize = 5;
const SPACES: u32 = 100;
const EVENTS: usize = 200_000;
const COMMITS: usize = 500;

fn main() -> Outcome {
    println!("{:<44} {:>12} {:>12} {:>6}", "task", "ramax /s", "floor /s", "ratio");
    compare("append 1000 events a commit", EVENTS, ours::append, floor::append)?;
    compare(
        "one command a commit, FULL",
        COMMITS,
        |path| ours::execute(path, Sync::Full),
        |path| floor::execute(path, "FULL"),
    )?;
    compare(
        "one command a commit, NORMAL",
        COMMITS,
        |path| ours::execute(path, Sync::Normal),
        |path| floor::execute(path, "NORMAL"),
    )?;
    compare("1000 commands a commit", EVENTS / 4, ours::batch, floor::batch)?;
    compare("replay to typed payloads", EVENTS, ours::replay, floor::replay)?;
    compare("rebuild, 100k events into 70k entities", 100_000, ours::rebuild_space, floor::rebuild_space)?;
    size_of_an_event()
}

/// Times both on files of their own. Each returns the seconds that the task itself took.
fn compare(
    task: &str,
    count: usize,
    ours: impl Fn(&Path) -> Outcome<f64>,
    floor: impl Fn(&Path) -> Outcome<f64>,
) -> Outcome {
    let mut seconds = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let directory = tempfile::tempdir()?;
        seconds[0].push(ours(&directory.path().join("ours.db"))?);
        seconds[1].push(floor(&directory.path().join("floor.db"))?);
    }
    let [ours, floor] = seconds.map(|mut seconds| {
        seconds.sort_by(f64::total_cmp);
        count as f64 / seconds[ROUNDS / 2]
    });
    println!("{task:<44} {ours:>12.0} {floor:>12.0} {:>6.2}", ours / floor);
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<f64> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed().as_secs_f64())
}

fn payload(n: usize) -> String {
    format!(
        r#"{{"contact_id":"c{n}","name":"Ada Lovelace the {n}th of that name","email":"ada.lovelace.{n}@analytical-engine.example"}}"#
    )
}

fn size_of_an_event() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("size.db");
    ours::append(&path)?;
    let bytes = std::fs::metadata(&path)?.len() as f64 / EVENTS as f64;
    println!("bytes an event, of {} payload bytes: {bytes:.0}", payload(EVENTS / 2).len());
    Ok(())
}

#[derive(Deserialize)]
struct Payload<'a> {
    contact_id: &'a str,
    name: &'a str,
    email: &'a str,
}

mod ours {
    use super::*;

    fn open(path: &Path, sync: Sync) -> Outcome<Store> {
        let options = OpenOptions { sync, ..OpenOptions::default() };
        Ok(Store::open_or_create(&Location::file(path), options)?)
    }

    fn fill(store: &Store, spaces: u32, events: usize) -> Outcome<Vec<SpaceId>> {
        let now = Timestamp(1_769_853_600_000);
        let ids: Result<Vec<SpaceId>, ramax::Error> = (0..spaces)
            .map(|n| Ok(store.events().get_or_create_space(&format!("crm_{n}"), None, now)?.space_id))
            .collect();
        let ids = ids?;
        for first in (0..events).step_by(1000) {
            let space = ids[first / 1000 % ids.len()];
            let new: Vec<NewEvent> = (first..first + 1000)
                .map(|n| {
                    let mut event =
                        NewEvent::new(format!("c{n}"), "contact.added", Json::from_stored(payload(n)));
                    event.correlation_id = Some(store.ids().correlation_id());
                    event
                })
                .collect();
            store.events().append(space, Append { expected: Expected::Any, now, events: &new })?;
        }
        Ok(ids)
    }

    pub fn append(path: &Path) -> Outcome<f64> {
        let store = open(path, Sync::Normal)?;
        timed(|| fill(&store, SPACES, EVENTS))
    }

    fn add(n: usize) -> Command {
        let email = format!("ada.lovelace.{n}@analytical-engine.example");
        let name = format!("Ada Lovelace the {n}th of that name");
        Command::new("add-contact")
            .with("contact_id", format!("x{n}"))
            .with("name", name)
            .with("email", email)
    }

    pub fn execute(path: &Path, sync: Sync) -> Outcome<f64> {
        let store = open(path, sync)?;
        fill(&store, SPACES, EVENTS)?;
        let space = ContentStore::open(&store, "crm_0", Arc::new(Crm))?;
        space.execute(add(COMMITS))?;
        timed(|| {
            for n in 0..COMMITS {
                space.execute(add(n))?;
            }
            Ok(())
        })
    }

    pub fn batch(path: &Path) -> Outcome<f64> {
        let store = open(path, Sync::Normal)?;
        let space = ContentStore::open(&store, "crm_0", Arc::new(Crm))?;
        timed(|| {
            for first in (0..EVENTS / 4).step_by(1000) {
                let requests: Vec<Request> = (first..first + 1000).map(|n| add(n).into()).collect();
                for outcome in space.execute_batch(&requests)? {
                    outcome?;
                }
            }
            Ok(())
        })
    }

    pub fn replay(path: &Path) -> Outcome<f64> {
        let store = open(path, Sync::Normal)?;
        let ids = fill(&store, 1, EVENTS)?;
        timed(|| {
            let mut bytes = 0;
            let mut after = SpaceSequence::START;
            while store.events().replay(ids[0], after, 5000, &mut |event| {
                let payload: Payload<'_> =
                    event.payload.parse().unwrap_or(Payload { contact_id: "", name: "", email: "" });
                bytes += payload.contact_id.len() + payload.name.len() + payload.email.len();
                after = event.space_sequence;
                Ok(())
            })? > 0
            {}
            assert!(bytes > EVENTS);
            Ok(())
        })
    }

    pub fn rebuild_space(path: &Path) -> Outcome<f64> {
        let store = open(path, Sync::Normal)?;
        let space = ContentStore::open(&store, "crm_0", Arc::new(Crm))?;
        super::history(|chunk| {
            let now = Timestamp(1_769_853_600_000);
            let new: Vec<NewEvent> = chunk
                .iter()
                .map(|(kind, n)| NewEvent::new(format!("c{n}"), *kind, Json::from_stored(payload(*n))))
                .collect();
            store.events().append(space.space_id(), Append { expected: Expected::Any, now, events: &new })?;
            Ok(())
        })?;
        timed(|| Ok(rebuild(&space, RebuildOptions::default(), &mut |_| ControlFlow::Continue(()))?))
    }
}

/// 70,000 contacts added and 30,000 of them updated, in pieces of 1000.
fn history(mut append: impl FnMut(&[(&'static str, usize)]) -> Outcome) -> Outcome {
    let all: Vec<(&'static str, usize)> = (0..70_000)
        .map(|n| ("contact.added", n))
        .chain((0..30_000).map(|n| ("contact.updated", n * 7919 % 70_000)))
        .collect();
    all.chunks(1000).try_for_each(&mut append)
}

mod floor {
    use std::collections::BTreeMap;

    use super::*;

    const NOW: i64 = 1_769_853_600_000;

    fn open(path: &Path, sync: &str) -> Outcome<Connection> {
        let connection = Connection::open(path)?;
        connection.execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {sync}; PRAGMA wal_autocheckpoint = 10000;
             PRAGMA cache_size = -16384;
             CREATE TABLE event_log (pos INTEGER PRIMARY KEY, event_id INTEGER NOT NULL UNIQUE, type_id INTEGER NOT NULL,
               timestamp INTEGER NOT NULL, checksum INTEGER NOT NULL, causation_id INTEGER, correlation_id BLOB,
               entity_id TEXT NOT NULL, payload TEXT NOT NULL) STRICT;
             CREATE TABLE space_sequences (space_id INTEGER PRIMARY KEY, last_sequence INTEGER NOT NULL) STRICT;
             CREATE TABLE entities (projection_id INTEGER, key TEXT, value TEXT, updated_at INTEGER,
               PRIMARY KEY (projection_id, key)) STRICT, WITHOUT ROWID;
             CREATE TABLE checkpoints (space_id INTEGER PRIMARY KEY, last_sequence INTEGER NOT NULL) STRICT;"
        ))?;
        Ok(connection)
    }

    const INSERT: &str = "INSERT INTO event_log VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6, ?7, ?8)";

    fn insert(
        connection: &Connection,
        space: usize,
        sequence: usize,
        id: usize,
        entity: &str,
        text: &str,
    ) -> Outcome {
        let correlation = uuid::Uuid::new_v4();
        connection.prepare_cached(INSERT)?.execute((
            ((space as i64) << 40) + sequence as i64,
            id as i64,
            1,
            NOW,
            i64::from(crc32fast::hash(text.as_bytes())),
            correlation.as_bytes().as_slice(),
            entity,
            text,
        ))?;
        Ok(())
    }

    fn fill(connection: &Connection, spaces: usize, events: usize) -> Outcome {
        for first in (0..events).step_by(1000) {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            let space = first / 1000 % spaces + 1;
            let before = first / 1000 / spaces * 1000;
            for n in first..first + 1000 {
                let sequence = before + n % 1000 + 1;
                insert(connection, space, sequence, n + 1, &format!("c{n}"), &payload(n))?;
            }
            connection
                .prepare_cached("INSERT OR REPLACE INTO space_sequences VALUES (?1, ?2)")?
                .execute((space as i64, (before + 1000) as i64))?;
            connection.execute_batch("COMMIT")?;
        }
        Ok(())
    }

    pub fn append(path: &Path) -> Outcome<f64> {
        let connection = open(path, "NORMAL")?;
        timed(|| fill(&connection, SPACES as usize, EVENTS))
    }

    fn command(connection: &Connection, sequence: usize, id: usize, n: usize) -> Outcome {
        insert(connection, 1, sequence, id, &format!("x{n}"), &payload(n))?;
        connection.prepare_cached("INSERT OR REPLACE INTO entities VALUES (1, ?1, ?2, ?3)")?.execute((
            format!("contact:x{n}"),
            payload(n),
            NOW,
        ))?;
        connection
            .prepare_cached("INSERT OR REPLACE INTO entities VALUES (1, 'contacts:count', ?1, ?2)")?
            .execute((n.to_string(), NOW))?;
        for table in ["space_sequences", "checkpoints"] {
            connection
                .prepare_cached(&format!("INSERT OR REPLACE INTO {table} VALUES (1, ?1)"))?
                .execute([sequence as i64])?;
        }
        Ok(())
    }

    pub fn execute(path: &Path, sync: &str) -> Outcome<f64> {
        let connection = open(path, sync)?;
        fill(&connection, SPACES as usize, EVENTS)?;
        // The projection of what was filled, as ours has caught it up.
        timed(|| {
            for n in 0..COMMITS {
                connection.execute_batch("BEGIN IMMEDIATE")?;
                command(&connection, EVENTS + n, EVENTS + n + 1, n)?;
                connection.execute_batch("COMMIT")?;
            }
            Ok(())
        })
    }

    pub fn batch(path: &Path) -> Outcome<f64> {
        let connection = open(path, "NORMAL")?;
        timed(|| {
            for first in (0..EVENTS / 4).step_by(1000) {
                connection.execute_batch("BEGIN IMMEDIATE")?;
                for n in first..first + 1000 {
                    command(&connection, n + 1, n + 1, n)?;
                }
                connection.execute_batch("COMMIT")?;
            }
            Ok(())
        })
    }

    fn each(connection: &Connection, mut visit: impl FnMut(&str, Payload<'_>)) -> Outcome {
        let mut statement =
            connection.prepare("SELECT type_id, payload FROM event_log WHERE pos > ?1 ORDER BY pos")?;
        let mut rows = statement.query([1_i64 << 40])?;
        while let Some(row) = rows.next()? {
            let text = row.get_ref(1)?.as_str()?;
            visit(text, serde_json::from_str(text)?);
        }
        Ok(())
    }

    pub fn replay(path: &Path) -> Outcome<f64> {
        let connection = open(path, "NORMAL")?;
        fill(&connection, 1, EVENTS)?;
        timed(|| {
            let mut bytes = 0;
            each(&connection, |_, payload| {
                bytes += payload.contact_id.len() + payload.name.len() + payload.email.len();
            })?;
            assert!(bytes > EVENTS);
            Ok(())
        })
    }

    pub fn rebuild_space(path: &Path) -> Outcome<f64> {
        let connection = open(path, "NORMAL")?;
        let mut sequence = 0;
        super::history(|chunk| {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            for (_, n) in chunk {
                sequence += 1;
                insert(&connection, 1, sequence, sequence, &format!("c{n}"), &payload(*n))?;
            }
            Ok(connection.execute_batch("COMMIT")?)
        })?;
        timed(|| {
            let mut entities = BTreeMap::new();
            each(&connection, |text, payload| {
                entities.insert(format!("contact:{}", payload.contact_id), text.to_owned());
            })?;
            let entities: Vec<(String, String)> = entities.into_iter().collect();
            for piece in entities.chunks(1000) {
                connection.execute_batch("BEGIN IMMEDIATE")?;
                for (key, value) in piece {
                    connection
                        .prepare_cached("INSERT INTO entities VALUES (1, ?1, ?2, ?3)")?
                        .execute((key, value, NOW))?;
                }
                connection.execute_batch("COMMIT")?;
            }
            Ok(())
        })
    }
}
