//! The history of a key.

use std::ops::ControlFlow;

use crate::error::{CommandError, Result};
use crate::event::SpaceSequence;
use crate::event_store::Direction;
use crate::operations::{Pause, Watch};

use super::Fold;
use super::changes::{EventChanges, KeyChange};
use super::pace::Pace;
use super::playhead::Playhead;
use super::timeline::Recording;

/// Called with a change of a key, and the pause within large values of it.
pub type VisitKeyChange<'a> = dyn FnMut(KeyChange, &mut Pause<'_>) -> Result<ControlFlow<()>> + 'a;

impl Fold {
    /// Passes every change of a key to `visit`, oldest or newest first, until it breaks: the changes after a sequence up to
    /// another one. Only the segments between keyframes in which the key was written are replayed. The position of the fold
    /// stays.
    ///
    /// # Errors
    /// As [`Fold::seek`] and [`Fold::projection`]; the error of `visit`.
    pub fn history(
        &mut self,
        (projection, key): (&str, &str),
        (after, until): (SpaceSequence, SpaceSequence),
        direction: Direction,
        visit: &mut VisitKeyChange<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        self.projection(projection)?;
        self.check(until)?;
        let pace = &mut Pace::new(watch);
        let mut segments = self.segments_of((projection, key), until, pace)?;
        if direction == Direction::Backward {
            segments.reverse();
        }
        for (from, to) in segments.into_iter().filter(|(_, to)| *to > after) {
            let mut changes = self.changes_between((projection, key), (from, to), pace)?;
            changes.retain(|change| change.event.space_sequence > after);
            if direction == Direction::Backward {
                changes.reverse();
            }
            for change in changes {
                if visit(change, &mut || pace.ask())?.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Returns the name of the projection that has ever held a key.
    ///
    /// # Errors
    /// [`CommandError::AmbiguousKey`] if several have; as [`Fold::seek`].
    pub fn projection_of(&mut self, key: &str, watch: &mut Watch<'_>) -> Result<Option<&'static str>> {
        self.check(self.last())?;
        let end = self.fold_to(self.last(), &mut Pace::new(watch))?;
        let mut found = Vec::new();
        for name in self.timeline.names() {
            let is_written = end.state(name).is_some_and(|state| state.is_written(key));
            if is_written || !self.timeline.frames_of(name, key)?.is_empty() {
                found.push(name);
            }
        }
        if found.len() > 1 {
            let projections = found.into_iter().map(str::to_owned).collect();
            return Err(CommandError::AmbiguousKey { key: key.to_owned(), projections }.into());
        }
        Ok(found.pop())
    }

    /// Folds up to a sequence, and creates the keyframes on the way. Returns a playhead there.
    pub(super) fn fold_to(&mut self, until: SpaceSequence, pace: &mut Pace<'_, '_>) -> Result<Playhead> {
        let mut head = self.timeline.playhead(None);
        self.timeline.rewind(&mut head, until);
        self.timeline.advance(&mut head, until, &mut Recording::default(), pace)?;
        Ok(head)
    }

    /// Returns the ranges of events up to a sequence, the first excluded, in which a key was written.
    fn segments_of(
        &mut self,
        (projection, key): (&str, &str),
        until: SpaceSequence,
        pace: &mut Pace<'_, '_>,
    ) -> Result<Vec<(SpaceSequence, SpaceSequence)>> {
        let end = self.fold_to(until, pace)?;
        let mut segments = Vec::new();
        for frame in self.timeline.frames_of(projection, key)? {
            let frame = frame as usize;
            let from = self.timeline.sequence_of(frame.saturating_sub(1)).unwrap_or_default();
            let to = self.timeline.sequence_of(frame).unwrap_or(until);
            if from < until {
                segments.push((from, to.min(until)));
            }
        }
        let last = self.timeline.sequence_of(self.timeline.frame_at(until)).unwrap_or_default();
        let is_covered = segments.last().is_some_and(|(_, to)| *to == until);
        if !is_covered && end.state(projection).is_some_and(|state| state.is_written(key)) {
            segments.push((last, until));
        }
        Ok(segments)
    }

    fn changes_between(
        &mut self,
        (projection, key): (&str, &str),
        (from, to): (SpaceSequence, SpaceSequence),
        pace: &mut Pace<'_, '_>,
    ) -> Result<Vec<KeyChange>> {
        let mut head = self.timeline.playhead(Some(projection));
        self.timeline.rewind(&mut head, from);
        let mut found = Vec::new();
        let mut visit = |EventChanges { event, changes, .. }: EventChanges| {
            let change = changes.into_iter().find(|change| change.key == key);
            found.extend(change.map(|change| KeyChange { event, change }));
            Ok(())
        };
        let recording = &mut Recording { undo_after: None, visit: Some((from, &mut visit)) };
        self.timeline.advance(&mut head, to, recording, pace)?;
        Ok(found)
    }
}
