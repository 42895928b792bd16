//! The keyframes of a space's projections, and the replay between them.

use std::cell::Cell;
use std::rc::Rc;

use serde::de::IgnoredAny;

use crate::content_store::{Applied, ContentStore, DeclaredProjection, apply, ends, follows};
use crate::error::{Error, ReplayError, Result};
use crate::event::{Event, SpaceSequence};
use crate::operations::replay::replay;

use super::changes::{EventChanges, EventOutcome};
use super::limits::FoldLimits;
use super::pace::Pace;
use super::pin::Pin;
use super::playhead::{AppliedEvent, Playhead, TrackState, UndoWindow};
use super::skipped::FoldSkips;
use super::versions::{FrameEntries, Versions};

/// One projection of the space.
struct Track {
    /// Its index among the app's projections.
    index: usize,
    name: &'static str,
    versions: Rc<Versions>,
}

/// Receives the changes of an event.
pub(super) type Visit<'a> = dyn FnMut(EventChanges) -> Result<()> + 'a;

/// The parts of a replay that are kept. The default is nothing.
#[derive(Default)]
pub(super) struct Recording<'a> {
    /// The events after this sequence can be undone.
    pub undo_after: Option<SpaceSequence>,
    /// Receives the changes of each event after this sequence.
    pub visit: Option<(SpaceSequence, &'a mut Visit<'a>)>,
}

/// The keyframes of a space's projections. Keyframe 0 is before the first event.
pub(super) struct Timeline {
    pub content: Rc<ContentStore>,
    pub pin: Pin,
    pub limits: FoldLimits,
    tracks: Vec<Track>,
    /// The sequence of each keyframe.
    frames: Vec<SpaceSequence>,
    /// The last event that was looked at for skipped events.
    seen: SpaceSequence,
    /// The events that a projection cannot apply.
    pub skips: FoldSkips,
    /// The event that is passed over, as if it had not been appended.
    pub without: Option<SpaceSequence>,
    /// The events that cannot be applied anyway, which are not noted.
    pub known: FoldSkips,
}

impl Timeline {
    pub fn new(content: &ContentStore, projection: Option<&str>, limits: FoldLimits) -> Result<Self> {
        let selected = content.selected_projections(projection)?;
        let all = content.projections().iter().enumerate();
        let tracks = all.filter(|(_, one)| selected.iter().any(|selected| selected.name() == one.name()));
        let track = |(index, one): (usize, &DeclaredProjection)| Track {
            index,
            name: one.name(),
            versions: Rc::default(),
        };
        Ok(Self {
            pin: Pin::of(content)?,
            tracks: tracks.map(track).collect(),
            content: Rc::new(content.clone()),
            limits,
            frames: vec![SpaceSequence::START],
            seen: SpaceSequence::START,
            skips: FoldSkips::default(),
            without: None,
            known: FoldSkips::default(),
        })
    }

    /// Returns the names of the projections.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.tracks.iter().map(|track| track.name)
    }

    /// Returns true if keyframes are in a temporary file.
    pub fn is_spilled(&self) -> bool {
        self.tracks.iter().any(|track| track.versions.is_spilled())
    }

    /// Returns the keyframes before which a key of a projection was written.
    pub fn frames_of(&self, name: &str, key: &str) -> Result<Vec<u32>> {
        let track = self.tracks.iter().find(|track| track.name == name);
        track.map_or_else(|| Ok(Vec::new()), |track| track.versions.frames_of(key))
    }

    /// Returns the sequence of a keyframe, if there is one.
    pub fn sequence_of(&self, frame: usize) -> Option<SpaceSequence> {
        self.frames.get(frame).copied()
    }

    /// Returns the last keyframe up to a sequence.
    pub fn frame_at(&self, sequence: SpaceSequence) -> usize {
        self.frames.partition_point(|frame| *frame <= sequence).saturating_sub(1)
    }

    /// Returns a playhead before the first event, with one of the projections or all.
    pub fn playhead(&self, name: Option<&str>) -> Playhead {
        let wanted = self.tracks.iter().enumerate();
        let wanted = wanted.filter(|(_, track)| name.is_none_or(|name| track.name == name));
        let state = |(number, track): (usize, &Track)| {
            let frame = Rc::<Cell<u32>>::default();
            let entries = FrameEntries { versions: Rc::clone(&track.versions), frame: Rc::clone(&frame) };
            let state = self.content.projections()[track.index].state(entries);
            TrackState { track: number, name: track.name, state, frame }
        };
        let tracks = wanted.map(state).collect();
        Playhead { tracks, at: SpaceSequence::START, base: 0, undo: UndoWindow::default() }
    }

    /// Moves a playhead to the last keyframe up to a sequence.
    pub fn rewind(&self, head: &mut Playhead, sequence: SpaceSequence) {
        let frame = self.frame_at(sequence);
        head.rewind(frame, self.frames[frame]);
    }

    /// Applies the events between a playhead and a later sequence, through the same handlers as a rebuild. If it is stopped, the
    /// playhead is at the last event that was applied.
    ///
    /// # Errors
    /// [`ReplayError::Cancelled`]; [`StoreError::Corrupt`](crate::StoreError::Corrupt) if events are missing; the errors of
    /// [`Pin::check`].
    pub fn advance(
        &mut self,
        head: &mut Playhead,
        to: SpaceSequence,
        recording: &mut Recording<'_>,
        pace: &mut Pace<'_, '_>,
    ) -> Result<()> {
        if head.at >= to {
            return Ok(());
        }
        let content = Rc::clone(&self.content);
        let from = head.at;
        pace.start(from, to)?;
        let replayed = replay(&content, from, to, &mut |events| {
            for event in events {
                self.take(&content, head, event, recording)?;
                // First, so that a stop leaves no playhead beside a keyframe.
                self.keep_frame(head, pace)?;
                pace.step(event, self.skips.count(), head.take_work())?;
            }
            Ok(())
        });
        let ended = replayed.and_then(|()| ends(content.space_id(), head.at, to));
        ended.map_err(|error| match self.pin.check(&content) {
            Err(changed) if !error.is_cancelled() => changed,
            _ => error,
        })
    }

    /// Applies one event to every projection of a playhead.
    fn take(
        &mut self,
        content: &ContentStore,
        head: &mut Playhead,
        event: &Event,
        recording: &mut Recording<'_>,
    ) -> Result<()> {
        let at = event.space_sequence;
        follows(head.at, event)?;
        if self.without == Some(at) {
            head.at = at;
            return Ok(());
        }
        let mut visit = recording.visit.as_mut().filter(|(after, _)| at > *after);
        let is_kept = recording.undo_after.is_some_and(|after| at > after);
        let (mut outcome, mut overwritten, mut failed) = (EventOutcome::UnknownType, Vec::new(), Vec::new());
        for track in &mut head.tracks {
            let projection = &content.projections()[self.tracks[track.track].index];
            let applied = match apply(&content.projector(projection), &mut track.state, event) {
                Ok(Applied::Yes) => EventOutcome::Applied,
                Ok(Applied::UnknownType) => EventOutcome::UnknownType,
                Err(error) => skipped(track.name, event, error)?,
            };
            if let EventOutcome::Skipped { projection, reason, .. } = &applied {
                failed.push((*projection, reason.clone()));
            }
            outcome = worse(outcome, applied);
            if is_kept || visit.is_some() {
                overwritten.push(track.state.take_overwritten()?);
            }
        }
        head.at = at;
        self.note_skipped(event, &failed);
        if !is_kept && visit.is_none() {
            return Ok(());
        }
        let applied = AppliedEvent { event: event.into(), outcome, overwritten };
        if let Some((_, visit)) = &mut visit {
            let changes = head.changes_of(&applied)?;
            visit(EventChanges { event: applied.event.clone(), outcome: applied.outcome.clone(), changes })?;
        }
        if is_kept {
            head.undo.push(applied, (self.limits.segment_events, self.limits.undo_bytes));
        }
        Ok(())
    }

    fn note_skipped(&mut self, event: &Event, failed: &[(&'static str, String)]) {
        if event.space_sequence <= self.seen {
            return;
        }
        self.seen = event.space_sequence;
        let is_new = |(name, _): &&(&'static str, String)| !self.known.has(name, event.space_sequence);
        let failed: Vec<_> = failed.iter().filter(is_new).cloned().collect();
        self.skips.note(event, &failed);
    }

    /// At a keyframe, puts the states on it. Creates one if the last one is far away.
    fn keep_frame(&mut self, head: &mut Playhead, pace: &mut Pace<'_, '_>) -> Result<()> {
        let frame = self.frame_at(head.at);
        let events = head.at.0.saturating_sub(self.frames[frame].0);
        if events == 0 && frame != head.base {
            head.rest_on(frame);
        }
        let is_new = frame + 1 == self.frames.len() && head.tracks.len() == self.tracks.len() && events > 0;
        let is_far = events >= self.limits.segment_events || head.bytes() > self.limits.segment_bytes;
        if !(is_new && is_far) {
            return Ok(());
        }
        let next = frame + 1;
        let kept = self.add_frame(head, next);
        let kept = kept.and_then(|()| self.spill(pace));
        if kept.as_ref().is_err_and(|error| !error.is_cancelled()) {
            // A part of the keyframe may have been written.
            self.clear(head);
        }
        kept
    }

    fn add_frame(&mut self, head: &mut Playhead, frame: usize) -> Result<()> {
        let number = u32::try_from(frame).unwrap_or(u32::MAX);
        for track in &mut head.tracks {
            self.tracks[track.track].versions.add(number, track.state.drain_changes())?;
        }
        self.frames.push(head.at);
        head.rest_on(frame);
        Ok(())
    }

    /// Moves the keyframes to a temporary file if they take too much memory.
    fn spill(&self, pace: &mut Pace<'_, '_>) -> Result<()> {
        let bytes: usize = self.tracks.iter().map(|track| track.versions.bytes()).sum();
        if bytes <= self.limits.memory {
            return Ok(());
        }
        self.tracks.iter().try_for_each(|track| track.versions.spill(&mut || pace.check()))
    }

    /// Forgets all keyframes.
    fn clear(&mut self, head: &mut Playhead) {
        self.frames.truncate(1);
        for track in &mut self.tracks {
            track.versions = Rc::default();
        }
        let names: Vec<&'static str> = head.tracks.iter().map(|track| track.name).collect();
        let mut blank = self.playhead(None);
        blank.tracks.retain(|track| names.contains(&track.name));
        *head = blank;
    }
}

/// Returns the outcome of an event that cannot be applied. Any other error remains.
fn skipped(projection: &'static str, event: &Event, error: Error) -> Result<EventOutcome> {
    let Error::Replay(ReplayError::BadEvent { reason, .. }) = error else { return Err(error) };
    let damaged = !event.intact || event.payload.parse::<IgnoredAny>().is_err();
    Ok(EventOutcome::Skipped { projection, reason, damaged })
}

/// Returns the outcome that says more.
fn worse(one: EventOutcome, other: EventOutcome) -> EventOutcome {
    match (&one, &other) {
        (EventOutcome::Skipped { .. }, _) | (EventOutcome::Applied, EventOutcome::UnknownType) => one,
        _ => other,
    }
}
