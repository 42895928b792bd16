//! Comparing a space's projection with what its events amount to.
//!
//! The events are replayed into a projection on one side, which is then compared with the stored one key
//! by key, both read in order. Nothing is written to the store, so it works read-only as well.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;
use tracing::{info, info_span};

use crate::content_store::{Applied, ContentStore, State, apply};
use crate::error::{Error, ReplayError, Result};
use crate::event::{Event, SpaceSequence};
use crate::event_store::Page;
use crate::json::Json;
use crate::pstate::{Entry, PState, SqlitePState};
use crate::space::{Checkpoint, SpaceId};

use super::replay::replay;
use super::{Phase, Progress, Skipped, Watch, report};

const COMPARE: usize = 1000;
const MEMORY: usize = 32 << 20;

/// One field that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldDifference {
    /// Where in the value: `.name`, `.tags[2]`; empty for the value as a whole.
    pub path: String,
    /// What the events amount to; nothing where the field should not be there.
    pub expected: Option<Value>,
    /// What is stored; nothing where the field is missing.
    pub stored: Option<Value>,
}

/// One thing in a projection that its events do not account for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "kebab-case")]
pub enum Difference {
    /// The events amount to this key, but it is not stored.
    Missing {
        /// The key.
        key: String,
        /// What should be there.
        expected: Json,
    },
    /// The key is stored, but no event leads to it.
    Impossible {
        /// The key.
        key: String,
        /// What is there.
        stored: Json,
    },
    /// The key's value, or the time it carries, is not what the events amount to.
    Altered {
        /// The key.
        key: String,
        /// The fields that differ.
        fields: Vec<FieldDifference>,
    },
    /// The checkpoint lies behind the last event.
    CheckpointAhead {
        /// The checkpoint.
        checkpoint: SpaceSequence,
        /// The last event's sequence.
        last_sequence: SpaceSequence,
    },
    /// The log's counter is wrong.
    LogCount {
        /// The last sequence in the log.
        expected: SpaceSequence,
        /// What the counter says.
        stored: SpaceSequence,
    },
    /// Events are missing in the log.
    Gap {
        /// The last sequence before the gap.
        after: SpaceSequence,
        /// The first one behind it.
        next: SpaceSequence,
    },
    /// The counter of keys is wrong.
    Count {
        /// How many keys are stored.
        expected: u64,
        /// What the counter says.
        stored: u64,
    },
    /// An event cannot be applied, so that what follows from it is not known.
    BadEvent(Skipped),
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Verified {
    /// Events that were replayed: those up to the checkpoint.
    pub events: u64,
    /// Keys that were compared.
    pub entities: u64,
    /// What is not as it should be.
    pub differences: Vec<Difference>,
}

/// Compares a space's projection with what its events up to the checkpoint amount to. Others may write
/// meanwhile: the comparison sees the projection as it was at one moment.
///
/// # Errors
/// [`ReplayError::Cancelled`] if `watch` breaks; failures of the storage.
pub fn verify(content: &ContentStore, watch: &mut Watch<'_>) -> Result<Verified> {
    let _span = info_span!("verify", space = content.space().space_name).entered();
    let pstate = content.store().pstate();
    let beside = SqlitePState::temporary()?;
    let mut replayed =
        Replayed { content, beside: &beside, at: Checkpoint::default(), bad: Vec::new(), gaps: Vec::new() };
    // Most of the way before the view is fixed, so that it is held for a short time only.
    replayed.replay_to(pstate.checkpoint(content.space_id())?.sequence, Phase::Replay, watch)?;
    let mut verified = Verified::default();
    pstate.snapshot(&mut || {
        let checkpoint = pstate.checkpoint(content.space_id())?;
        replayed.replay_to(checkpoint.sequence, Phase::Compare, watch)?;
        verified.entities = replayed.compare(checkpoint, &mut verified.differences, watch)?;
        check_counters(content, checkpoint, verified.entities, &mut verified.differences)
    })?;
    verified.events = replayed.at.sequence.0;
    verified.differences.extend(replayed.gaps);
    verified.differences.extend(replayed.bad.into_iter().map(Difference::BadEvent));
    info!(
        events = verified.events,
        entities = verified.entities,
        differences = verified.differences.len(),
        "verified"
    );
    Ok(verified)
}

struct Replayed<'a> {
    content: &'a ContentStore,
    beside: &'a SqlitePState,
    at: Checkpoint,
    bad: Vec<Skipped>,
    gaps: Vec<Difference>,
}

impl Replayed<'_> {
    fn replay_to(&mut self, last: SpaceSequence, phase: Phase, watch: &mut Watch<'_>) -> Result<()> {
        let space_id = self.content.space_id();
        let beside = self.beside;
        let is_empty = Cell::new(self.at.sequence == SpaceSequence::START);
        let source = |key: &str| if is_empty.get() { Ok(None) } else { beside.get(space_id, key) };
        let mut state = State::new(self.content.app().schema(), source);
        replay(self.content, self.at.sequence, last, &mut |events| {
            events.iter().try_for_each(|event| self.take(&mut state, event))?;
            if state.bytes() > MEMORY {
                beside.write(space_id, &state.drain_changes())?;
                is_empty.set(false);
            }
            // The comparison counts keys, and the few events that are still to come are none of them.
            let (done, total) = if phase == Phase::Compare { (0, 0) } else { (self.at.sequence.0, last.0) };
            report(watch, self.progress(phase, done, total))
        })?;
        beside.write(space_id, &state.drain_changes())
    }

    fn progress(&self, phase: Phase, done: u64, total: u64) -> Progress {
        Progress { phase, done, total, last_event: Some(self.at.event_id), skipped: self.bad.len() as u64 }
    }

    fn take(&mut self, state: &mut State<'_>, event: &Event) -> Result<()> {
        if event.space_sequence != self.at.sequence.next() {
            self.gaps.push(Difference::Gap { after: self.at.sequence, next: event.space_sequence });
        }
        match apply(self.content.app(), state, event) {
            Ok(Applied::Yes | Applied::UnknownType) => {}
            Err(Error::Replay(ReplayError::BadEvent { event_id, sequence, reason, .. })) => {
                self.bad.push(Skipped { event_id, space_sequence: sequence, reason });
            }
            Err(error) => return Err(error),
        }
        self.at.sequence = event.space_sequence;
        self.at.event_id = event.event_id;
        Ok(())
    }

    /// Walks through both projections in the order of their keys. Returns how many keys are stored.
    fn compare(
        &self,
        checkpoint: Checkpoint,
        differences: &mut Vec<Difference>,
        watch: &mut Watch<'_>,
    ) -> Result<u64> {
        let space_id = self.content.space_id();
        let mut expected = Walk::new(self.beside, space_id);
        let mut stored = Walk::new(self.content.store().pstate(), space_id);
        let mut count = 0;
        loop {
            let order = match (expected.peek()?, stored.peek()?) {
                (None, None) => return Ok(count),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(expected), Some(stored)) => expected.key.cmp(&stored.key),
            };
            let expected = if order.is_le() { expected.next()? } else { None };
            // What is stored in an older form is as good as what its reader makes of it.
            let stored = if order.is_ge() { stored.next()? } else { None };
            let stored = stored.map(|entry| self.content.app().schema().migrated_entry(entry));
            count += u64::from(stored.is_some());
            differences.extend(difference(expected, stored));
            if count % COMPARE as u64 == 0 {
                let total = checkpoint.entities.max(count);
                report(watch, self.progress(Phase::Compare, count, total))?;
            }
        }
    }
}

fn check_counters(
    content: &ContentStore,
    checkpoint: Checkpoint,
    entities: u64,
    differences: &mut Vec<Difference>,
) -> Result<()> {
    let before = SpaceSequence(content.event_count()?);
    let last = content.store().events().read_space(content.space_id(), Page::backward(None, 1))?;
    let expected = last.first().map_or(SpaceSequence::START, |event| event.space_sequence);
    let last_sequence = SpaceSequence(content.event_count()?);
    // Others may append between these looks, which moves the log and its counter forward.
    if before > expected || expected > last_sequence {
        differences.push(Difference::LogCount { expected, stored: last_sequence });
    }
    if checkpoint.sequence > last_sequence {
        differences.push(Difference::CheckpointAhead { checkpoint: checkpoint.sequence, last_sequence });
    }
    if checkpoint.entities != entities {
        differences.push(Difference::Count { expected: entities, stored: checkpoint.entities });
    }
    Ok(())
}

/// A projection's entries in the order of their keys, a page at a time.
struct Walk<'a> {
    pstate: &'a dyn PState,
    space_id: SpaceId,
    page: VecDeque<Entry>,
    after: Option<String>,
    ended: bool,
}

impl<'a> Walk<'a> {
    fn new(pstate: &'a dyn PState, space_id: SpaceId) -> Self {
        Self { pstate, space_id, page: VecDeque::new(), after: None, ended: false }
    }

    fn peek(&mut self) -> Result<Option<&Entry>> {
        if self.page.is_empty() && !self.ended {
            let entries = self.pstate.scan(self.space_id, "", Page::forward(self.after.take(), COMPARE))?;
            self.ended = entries.len() < COMPARE;
            self.after = entries.last().map(|entry| entry.key.clone());
            self.page = entries.into();
        }
        Ok(self.page.front())
    }

    fn next(&mut self) -> Result<Option<Entry>> {
        self.peek()?;
        Ok(self.page.pop_front())
    }
}

fn difference(expected: Option<Entry>, stored: Option<Entry>) -> Option<Difference> {
    match (expected, stored) {
        (Some(expected), None) => Some(Difference::Missing { key: expected.key, expected: expected.value }),
        (None, Some(stored)) => Some(Difference::Impossible { key: stored.key, stored: stored.value }),
        (Some(expected), Some(stored)) if expected != stored => {
            Some(Difference::Altered { fields: field_differences(&expected, &stored), key: stored.key })
        }
        _ => None,
    }
}

fn field_differences(expected: &Entry, stored: &Entry) -> Vec<FieldDifference> {
    let mut fields = Vec::new();
    collect("", Some(&expected.value.to_value()), Some(&stored.value.to_value()), &mut fields);
    if expected.updated_at != stored.updated_at {
        fields.push(FieldDifference {
            path: "(updated_at)".to_owned(),
            expected: Some(Value::String(expected.updated_at.to_string())),
            stored: Some(Value::String(stored.updated_at.to_string())),
        });
    }
    // The same document in other bytes: other spaces or another order of keys.
    if fields.is_empty() {
        fields.push(FieldDifference {
            path: "(text)".to_owned(),
            expected: Some(Value::String(expected.value.as_str().to_owned())),
            stored: Some(Value::String(stored.value.as_str().to_owned())),
        });
    }
    fields
}

fn collect(path: &str, expected: Option<&Value>, stored: Option<&Value>, fields: &mut Vec<FieldDifference>) {
    match (expected, stored) {
        (Some(Value::Object(expected)), Some(Value::Object(stored))) => {
            let added = stored.keys().filter(|key| !expected.contains_key(*key));
            for key in expected.keys().chain(added) {
                collect(&format!("{path}.{key}"), expected.get(key), stored.get(key), fields);
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(stored))) => {
            for index in 0..expected.len().max(stored.len()) {
                collect(&format!("{path}[{index}]"), expected.get(index), stored.get(index), fields);
            }
        }
        (expected, stored) if expected != stored => fields.push(FieldDifference {
            path: path.to_owned(),
            expected: expected.cloned(),
            stored: stored.cloned(),
        }),
        _ => {}
    }
}
