//! A position in the past of a space, with the state of its projections there.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::content_store::{Change, Overwritten, State, Value};
use crate::error::Result;
use crate::event::SpaceSequence;
use crate::json::Json;
use crate::pstate::Entry;

use super::changes::{EventChanges, EventOutcome, EventSummary};

/// The state of one projection at a playhead.
pub(super) struct TrackState {
    /// The index of the projection's track.
    pub track: usize,
    /// The name of the projection.
    pub name: &'static str,
    pub state: State<'static>,
    /// The keyframe below the state.
    pub frame: Rc<Cell<u32>>,
}

/// A position, with the state of projections after exactly the events up to it.
pub(super) struct Playhead {
    pub tracks: Vec<TrackState>,
    pub at: SpaceSequence,
    /// The number of the keyframe below the states.
    pub base: usize,
    pub undo: UndoWindow,
}

/// An applied event, and the values that it overwrote, by track.
pub(super) struct AppliedEvent {
    pub event: EventSummary,
    pub outcome: EventOutcome,
    pub overwritten: Vec<Vec<Overwritten>>,
}

/// The last events before a playhead, which it can undo. Bounded: the oldest are dropped first.
#[derive(Default)]
pub(super) struct UndoWindow {
    applied: VecDeque<(AppliedEvent, usize)>,
    bytes: usize,
}

impl UndoWindow {
    pub fn push(&mut self, applied: AppliedEvent, (most_events, most_bytes): (u64, usize)) {
        let bytes = applied.bytes();
        self.bytes += bytes;
        self.applied.push_back((applied, bytes));
        while self.applied.len() as u64 > most_events || (self.bytes > most_bytes && self.applied.len() > 1) {
            let Some((_, bytes)) = self.applied.pop_front() else { break };
            self.bytes -= bytes;
        }
    }

    pub fn pop(&mut self) -> Option<AppliedEvent> {
        let (applied, bytes) = self.applied.pop_back()?;
        self.bytes -= bytes;
        Some(applied)
    }

    pub fn len(&self) -> u64 {
        self.applied.len() as u64
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

impl AppliedEvent {
    /// Estimates the size in memory.
    fn bytes(&self) -> usize {
        const EVENT: usize = 256;
        const KEY: usize = 96;
        let value = |value: &Value| value.json.as_str().len();
        let key = |one: &Overwritten| KEY + one.key.len() + one.before.as_ref().map_or(0, value);
        EVENT + self.event.entity_id.len() + self.overwritten.iter().flatten().map(key).sum::<usize>()
    }
}

impl Playhead {
    /// Returns the state of a projection, if the playhead has it.
    pub fn state(&self, name: &str) -> Option<&State<'static>> {
        self.tracks.iter().find(|track| track.name == name).map(|track| &track.state)
    }

    /// Estimates the size of the states in memory.
    pub fn bytes(&self) -> usize {
        self.tracks.iter().map(|track| track.state.bytes()).sum()
    }

    /// Returns the size of the values that the states have parsed and serialised since it was last called.
    pub fn take_work(&self) -> usize {
        self.tracks.iter().map(|track| track.state.take_work()).sum()
    }

    /// Moves to a keyframe, at this sequence.
    pub fn rewind(&mut self, frame: usize, at: SpaceSequence) {
        self.rest_on(frame);
        self.undo.clear();
        self.at = at;
    }

    /// Puts the states on a keyframe that is equal to them.
    pub fn rest_on(&mut self, frame: usize) {
        for track in &mut self.tracks {
            drop(track.state.drain_changes());
            track.frame.set(u32::try_from(frame).unwrap_or(u32::MAX));
        }
        self.base = frame;
    }

    /// Undoes the last event, if it is in the window. Returns its changes.
    pub fn undo(&mut self) -> Result<Option<EventChanges>> {
        let Some(applied) = self.undo.pop() else { return Ok(None) };
        let changes = self.changes_of(&applied)?;
        let AppliedEvent { event, outcome, overwritten } = applied;
        for (track, overwritten) in self.tracks.iter_mut().zip(overwritten) {
            track.state.restore(overwritten);
        }
        self.at = SpaceSequence(event.space_sequence.0 - 1);
        Ok(Some(EventChanges { event, outcome, changes }))
    }

    /// Returns the changes of the last applied event. A key that it set and deleted again is not among them.
    pub fn changes_of(&self, applied: &AppliedEvent) -> Result<Vec<Change>> {
        let json = |value: &Value| value.json.clone();
        let mut changes = Vec::new();
        for (track, overwritten) in self.tracks.iter().zip(&applied.overwritten) {
            for Overwritten { key, before } in overwritten {
                let after: Option<Json> = track.state.entry(key)?.map(|entry: Entry| entry.value);
                let before = before.as_ref().map(json);
                if before.is_some() || after.is_some() {
                    changes.push(Change { projection: track.name, key: key.clone(), before, after });
                }
            }
        }
        Ok(changes)
    }
}
