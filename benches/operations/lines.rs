//! A space as JSON lines with a checksum each, written by hand.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{index, rows};

use super::Outcome;
use super::bare_sqlite::{self, each, each_entry};

/// The number of rows written in one commit.
const COMMIT: usize = 1000;
/// The length of a line's end: `,"crc":"0a1b2c3d"}` and a line feed.
const TAIL: usize = 19;

#[derive(Serialize, Deserialize)]
struct EventLine<'a> {
    kind: &'a str,
    space_sequence: i64,
    event_id: i64,
    entity_id: &'a str,
    event_type: &'a str,
    #[serde(borrow)]
    payload: &'a RawValue,
    #[serde(with = "millis")]
    timestamp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Uuid>,
}

impl EventLine<'_> {
    fn event(&self) -> bare_sqlite::Event<'_> {
        bare_sqlite::Event {
            sequence: self.space_sequence,
            event_id: self.event_id,
            event_type: self.event_type,
            timestamp: self.timestamp,
            checksum: 0,
            correlation_id: self.correlation_id.as_ref().map(|id| id.as_bytes().as_slice()),
            entity_id: self.entity_id,
            payload: self.payload.get(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct EntityLine<'a> {
    kind: &'a str,
    key: &'a str,
    #[serde(borrow)]
    value: &'a RawValue,
    #[serde(with = "millis")]
    updated_at: i64,
}

/// Conversion between UTC milliseconds and RFC 3339.
mod millis {
    use serde::{Deserialize, Deserializer, Serializer, de, ser};

    pub fn serialize<S: Serializer>(millis: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        let time = jiff::Timestamp::from_millisecond(*millis).map_err(ser::Error::custom)?;
        serializer.collect_str(&format_args!("{time:.3}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let time: jiff::Timestamp = <&str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)?;
        Ok(time.as_millisecond())
    }
}

/// A running checksum: each line's checksum covers all lines before it.
#[derive(Default)]
struct Chain(crc32fast::Hasher);

impl Chain {
    fn tail(&mut self, body: &[u8]) -> String {
        self.0.update(body);
        let tail = format!(",\"crc\":\"{:08x}\"}}\n", self.0.clone().finalize());
        self.0.update(tail.as_bytes());
        tail
    }
}

pub fn export(connection: &Connection, to: &Path) -> Outcome {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(to)?);
    let mut chain = Chain::default();
    let mut put = |mut line: String| {
        line.pop();
        let tail = chain.tail(line.as_bytes());
        out.write_all(line.as_bytes())?;
        out.write_all(tail.as_bytes())
    };
    each(connection, |event| {
        Ok(put(serde_json::to_string(&EventLine {
            kind: "event",
            space_sequence: event.sequence,
            event_id: event.event_id,
            entity_id: event.entity_id,
            event_type: event.event_type,
            payload: serde_json::from_str(event.payload)?,
            timestamp: event.timestamp,
            correlation_id: event.correlation_id.map(Uuid::from_slice).transpose()?,
        })?)?)
    })?;
    each_entry(connection, |key, value, updated_at| {
        let line = EntityLine { kind: "entity", key, value: serde_json::from_str(value)?, updated_at };
        Ok(put(serde_json::to_string(&line)?)?)
    })?;
    Ok(out.into_inner()?.sync_all()?)
}

pub fn import(connection: &Connection, from: &Path) -> Outcome {
    let mut lines = BufReader::with_capacity(1 << 16, File::open(from)?);
    let mut chain = Chain::default();
    let mut filling = Filling { connection, types: Vec::new(), said: Vec::new(), indexed: 0, last: 0 };
    let mut taken = Vec::with_capacity(COMMIT);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let (body, tail) = line.split_at(line.len() - TAIL);
        assert_eq!(chain.tail(body).as_bytes(), tail);
        line.truncate(line.len() - TAIL);
        line.push(b'}');
        taken.push(String::from_utf8(std::mem::take(&mut line))?);
        if taken.len() == COMMIT {
            filling.commit(&taken)?;
            taken.clear();
        }
    }
    filling.commit(&taken)
}

struct Filling<'a> {
    connection: &'a Connection,
    types: Vec<String>,
    said: Vec<u8>,
    /// The number of events in the index of entities.
    indexed: i64,
    last: i64,
}

impl Filling<'_> {
    /// Writes lines in one commit, and updates the index of entities if it lags by a block.
    fn commit(&mut self, lines: &[String]) -> Outcome {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let (mut events, mut entities) = (Vec::new(), Vec::new());
        for line in lines {
            if line.starts_with(r#"{"kind":"event""#) {
                events.push(serde_json::from_str(line)?);
            } else if line.starts_with(r#"{"kind":"entity""#) {
                entities.push(serde_json::from_str(line)?);
            }
        }
        self.events(&events)?;
        rows::insert(self.connection, ("INTO projection_entities", 4), &entities, |columns, line| {
            let EntityLine { key, value, updated_at, .. } = line;
            columns.give(1)?;
            columns.give(key)?;
            columns.give(value.get())?;
            Ok(columns.give(updated_at)?)
        })?;
        self.index()?;
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    fn events(&mut self, lines: &[EventLine<'_>]) -> Outcome {
        for line in lines {
            if !self.types.iter().any(|name| name == line.event_type) {
                self.types.push(line.event_type.to_owned());
            }
            self.last = line.space_sequence;
        }
        let Self { types, said, .. } = self;
        rows::insert(self.connection, ("INTO event_log", 9), lines, |columns, line| {
            let event = line.event();
            let type_id = types.iter().position(|name| name == event.event_type).map(|at| at as i64 + 1);
            columns.give((1_i64 << 40) + event.sequence)?;
            columns.give(event.event_id)?;
            columns.give(type_id)?;
            columns.give(event.timestamp)?;
            columns.give(event.sum(said))?;
            columns.give(None::<i64>)?;
            columns.give(event.correlation_id)?;
            columns.give(event.entity_id)?;
            Ok(columns.give(event.payload)?)
        })
    }

    fn index(&mut self) -> Outcome {
        self.indexed = index::extend(self.connection, 1, self.indexed, self.last)?;
        Ok(())
    }
}
