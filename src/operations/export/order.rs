//! The order of the lines of an exported space, which the writer keeps and the reader checks.

use std::cmp::Reverse;

use crate::clock::Timestamp;
use crate::event::SpaceSequence;
use crate::event_store::LONGEST_SPACE_NAME;
use crate::pstate::{STATE, is_projection_name};

use super::event_ids::EventIds;
use super::line::{At, End, EntityLine, EventLine, FORMAT, Header, KeyLine, Line, VERSION};

/// The largest event id that a file of any version has held.
const LARGEST: u64 = i64::MAX as u64;

/// The reason for refusing a line that a file of version 1 cannot have.
const NEWER: &str = "it has a field that version 1 does not have";

/// The most events that a space may have.
const MOST_EVENTS: u64 = 1 << 40;

/// Checks the lines one after the other.
#[derive(Default)]
pub(crate) struct Order {
    stage: Stage,
    version: u32,
    events: u64,
    entities: u64,
    /// The names of the projections, `state` first, and the place of the one whose entries are read.
    projections: Vec<String>,
    projection: usize,
    /// Their checkpoints, by falling sequence, as far as their events were not read yet.
    checkpoints: Vec<At>,
    event_ids: EventIds,
    last_timestamp: Option<Timestamp>,
    last_key: Option<String>,
    /// The counts so far.
    pub seen: Counts,
}

/// The numbers of lines by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub events: u64,
    pub entities: u64,
    pub idempotency_keys: u64,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    #[default]
    Begin,
    Events,
    Entities,
    Keys,
    Ended,
}

impl Order {
    /// Checks the next line. The error says why it is refused.
    pub fn take(&mut self, line: &Line<'_>) -> Result<(), String> {
        match line {
            Line::Header(line) => self.header(line),
            Line::Event(line) => self.event(line),
            Line::Entity(line) => self.entity(line),
            Line::Key(line) => self.key(line),
            Line::End(line) => self.end(line),
        }
    }

    /// Returns the number of events and entries according to the header.
    pub fn promised(&self) -> u64 {
        self.events.saturating_add(self.entities)
    }

    /// Returns true after the last line.
    pub fn is_ended(&self) -> bool {
        self.stage == Stage::Ended
    }

    fn header(&mut self, line: &Header<'_>) -> Result<(), String> {
        check(self.stage == Stage::Begin, "a header is allowed only on the first line")?;
        check(line.format == FORMAT, "it is not an export of a space")?;
        if !(1..=VERSION).contains(&line.version) {
            return Err(format!(
                "it has version {}; this program reads versions up to {VERSION}",
                line.version
            ));
        }
        self.version = line.version;
        let characters = line.space_name.chars().count();
        check((1..=LONGEST_SPACE_NAME).contains(&characters), "the space's name is not valid")?;
        line.metadata()?;
        check(line.events < MOST_EVENTS, "a space cannot have that many events")?;
        check(self.version > 1 || !line.is_of_version_2(), NEWER)?;
        (self.events, self.entities) = (line.events, line.entities);
        self.projections(line)?;
        self.stage = Stage::Events;
        Ok(())
    }

    /// Checks the projections of the header.
    fn projections(&mut self, line: &Header<'_>) -> Result<(), String> {
        let others = line.projections.iter().map(|other| &*other.projection);
        check(others.clone().all(is_projection_name), "the name of a projection is not valid")?;
        self.projections = std::iter::once(STATE).chain(others).map(str::to_owned).collect();
        let is_sorted = self.projections[1..].is_sorted_by(|one, next| one < next);
        check(
            is_sorted && !self.projections[1..].contains(&self.projections[0]),
            "its projections do not rise",
        )?;
        let others = line.projections.iter().map(|other| other.checkpoint);
        self.checkpoints = std::iter::once(line.checkpoint).chain(others).collect();
        let is_within = |at: &At| at.space_sequence.0 <= line.events;
        check(self.checkpoints.iter().all(is_within), "the checkpoint is past the last event")?;
        self.checkpoints.retain(|at| at.space_sequence != SpaceSequence::START);
        self.checkpoints.sort_by_key(|at| Reverse(at.space_sequence));
        Ok(())
    }

    fn event(&mut self, line: &EventLine<'_>) -> Result<(), String> {
        check(self.stage == Stage::Events, "an event is not allowed here")?;
        let sequence = line.space_sequence;
        if sequence.0 != self.seen.events + 1 {
            let before = self.seen.events;
            return Err(format!("sequence {sequence} follows sequence {before}: events are missing"));
        }
        check(sequence.0 <= self.events, "there are more events than the header says")?;
        check(line.event_id > self.event_ids.last(), "the event ids do not rise")?;
        let largest = line.event_id.max(line.causation_id.unwrap_or_default());
        check(largest.0 <= LARGEST, "an event id is beyond 2^63")?;
        check(line.is_whole(), "it has no payload, or two, or metadata twice")?;
        let falls = self.last_timestamp.is_some_and(|last| line.timestamp < last);
        check(!falls, "it has an earlier time than the previous event")?;
        if let Some(cause) = line.causation_sequence {
            let is_earlier = cause != SpaceSequence::START && cause < sequence && line.causation_id.is_some();
            check(is_earlier, "its cause is not an earlier event")?;
        }
        check(self.version > 1 || !line.is_of_version_2(), NEWER)?;
        while let Some(at) = self.checkpoints.pop_if(|at| at.space_sequence == sequence) {
            let is_it = at.event_id == line.event_id && at.updated_at == Some(line.timestamp);
            check(is_it, "the checkpoint names a different event")?;
        }
        self.event_ids.push(line.event_id);
        self.last_timestamp = Some(line.timestamp);
        self.seen.events += 1;
        Ok(())
    }

    fn entity(&mut self, line: &EntityLine<'_>) -> Result<(), String> {
        self.enter(Stage::Entities, "an entry is not allowed here")?;
        check(self.version > 1 || line.projection() == STATE, NEWER)?;
        let left = self.projections.iter().skip(self.projection);
        let next = left.map(String::as_str).position(|name| name == line.projection());
        match next {
            Some(0) => {}
            Some(skipped) => {
                self.projection += skipped;
                self.last_key = None;
            }
            None => return Err("its projection is not one of the header, or out of order".to_owned()),
        }
        self.follow(&line.key)?;
        check(line.is_whole(), "it has no value, or two")?;
        self.seen.entities += 1;
        check(self.seen.entities <= self.entities, "there are more entries than the header says")
    }

    fn key(&mut self, line: &KeyLine<'_>) -> Result<(), String> {
        self.enter(Stage::Keys, "an idempotency key is not allowed here")?;
        self.follow(&line.idempotency_key)?;
        let exists = self.event_ids.end_at(&line.event_ids, line.space_sequence);
        check(exists, "it refers to missing events")?;
        check(line.remembered().is_some(), "it does not identify its command, or does so twice")?;
        check(self.version > 1 || !line.is_of_version_2(), NEWER)?;
        self.seen.idempotency_keys += 1;
        Ok(())
    }

    fn end(&mut self, line: &End) -> Result<(), String> {
        self.enter(Stage::Ended, "the end is not allowed here")?;
        check(self.seen.entities == self.entities, "entries are missing")?;
        let counts =
            Counts { events: line.events, entities: line.entities, idempotency_keys: line.idempotency_keys };
        check(counts == self.seen, "its counts are wrong")
    }

    /// Enters a stage after the events, or stays in it.
    fn enter(&mut self, stage: Stage, otherwise: &str) -> Result<(), String> {
        check((Stage::Events..=stage).contains(&self.stage) && self.stage != Stage::Ended, otherwise)?;
        check(self.seen.events == self.events, "events are missing before it")?;
        if self.stage != stage {
            self.last_key = None;
        }
        self.stage = stage;
        Ok(())
    }

    fn follow(&mut self, key: &str) -> Result<(), String> {
        check(self.last_key.as_deref().is_none_or(|last| last < key), "the keys do not rise")?;
        self.last_key = Some(key.to_owned());
        Ok(())
    }
}

fn check(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}
