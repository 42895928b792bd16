//! A space as JSON lines with a checksum each, by hand.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::Outcome;
use super::floor::{self, each, each_entry};

/// Rows written in one commit.
const COMMIT: usize = 1000;
/// How a line ends: `,"crc":"0a1b2c3d"}` and a line feed.
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

#[derive(Serialize, Deserialize)]
struct EntityLine<'a> {
    kind: &'a str,
    key: &'a str,
    #[serde(borrow)]
    value: &'a RawValue,
    #[serde(with = "millis")]
    updated_at: i64,
}

/// UTC milliseconds as RFC 3339.
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

/// Each line's checksum covers all lines before it.
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
    let mut filling =
        Filling { connection, rows: 0, types: Vec::new(), said: Vec::new(), indexed: 0, last: 0 };
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let (body, tail) = line.split_at(line.len() - TAIL);
        assert_eq!(chain.tail(body).as_bytes(), tail);
        line.truncate(line.len() - TAIL);
        line.push(b'}');
        filling.take(std::str::from_utf8(&line)?)?;
        line.clear();
    }
    filling.commit()
}

struct Filling<'a> {
    connection: &'a Connection,
    rows: usize,
    types: Vec<String>,
    said: Vec<u8>,
    /// How far the index of entities has come, of the events there are.
    indexed: i64,
    last: i64,
}

impl Filling<'_> {
    fn take(&mut self, line: &str) -> Outcome {
        if line.starts_with(r#"{"kind":"event""#) {
            self.event(&serde_json::from_str(line)?)?;
        } else if line.starts_with(r#"{"kind":"entity""#) {
            let EntityLine { key, value, updated_at, .. } = serde_json::from_str(line)?;
            self.connection
                .prepare_cached("INSERT INTO projection_entities VALUES (1, ?1, ?2, ?3)")?
                .execute((key, value.get(), updated_at))?;
        }
        self.rows += 1;
        if self.rows.is_multiple_of(COMMIT) {
            self.commit()?;
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
        }
        Ok(())
    }

    fn event(&mut self, line: &EventLine<'_>) -> Outcome {
        let known = self.types.iter().position(|name| name == line.event_type);
        let type_id = known.unwrap_or_else(|| {
            self.types.push(line.event_type.to_owned());
            self.types.len() - 1
        });
        let event = floor::Event {
            sequence: line.space_sequence,
            event_id: line.event_id,
            event_type: line.event_type,
            timestamp: line.timestamp,
            checksum: 0,
            correlation_id: line.correlation_id.as_ref().map(|id| id.as_bytes().as_slice()),
            entity_id: line.entity_id,
            payload: line.payload.get(),
        };
        let checksum = event.sum(&mut self.said);
        self.last = event.sequence;
        self.connection
            .prepare_cached("INSERT INTO event_log VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6, ?7, ?8)")?
            .execute((
                (1_i64 << 40) + event.sequence,
                event.event_id,
                type_id + 1,
                event.timestamp,
                checksum,
                event.correlation_id,
                event.entity_id,
                event.payload,
            ))?;
        Ok(())
    }

    /// Ends the commit, with the index of entities brought up where it lags by a block.
    fn commit(&mut self) -> Outcome {
        if self.last - self.indexed >= 1024 {
            self.connection
                .prepare_cached(
                    "INSERT INTO entity_events SELECT 1, entity_id, pos & 0xffffffffff FROM event_log
                     WHERE pos BETWEEN ?1 AND ?2 ORDER BY entity_id, pos",
                )?
                .execute(((1_i64 << 40) + self.indexed + 1, (1_i64 << 40) + self.last))?;
            self.indexed = self.last;
        }
        Ok(self.connection.execute_batch("COMMIT")?)
    }
}
