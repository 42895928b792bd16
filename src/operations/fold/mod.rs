//! The projections of a space as of any event, and how their values came about.
//!
//! A [`Fold`] replays the events of a space through its app, as a rebuild does, into states in memory. It keeps keyframes on
//! the way, so that any position is reached by replaying a short segment, and undoes the last events one by one. It never
//! writes to the store, and reads short pages of the events up to the last one that there was when it was opened.

mod bisect;
mod blame;
mod changes;
mod compare;
mod history;
mod limits;
mod pace;
mod past;
mod pin;
mod playhead;
mod point;
mod sequences;
mod skipped;
mod spilled;
mod stored;
mod texts;
mod timeline;
mod versions;
mod without;

pub use bisect::Flip;
pub use blame::Blamed;
pub use changes::{EventChanges, EventOutcome, EventSummary, KeyChange};
pub use compare::VisitChange;
pub use limits::FoldLimits;
pub use past::PastProjection;
pub use point::{ParsePointError, PointInTime};
pub use skipped::{FoldSkips, SkipSummary, SkippedEvents};
pub use stored::StoredDifferences;
pub use without::WithoutEvent;

use crate::content_store::ContentStore;
use crate::error::{CommandError, ReplayError, Result};
use crate::event::SpaceSequence;

use super::Watch;
use pace::Pace;
use pin::Pin;
use playhead::Playhead;
use timeline::{Recording, Timeline, Visit};

/// The fold of a space's events into its projections, at a position that can be moved freely.
///
/// Its state at sequence N is that of every projection over exactly N events with today's handlers: neither the lag of a
/// projection at that time nor events that a rebuild skipped are reproduced. An event that cannot be applied is skipped.
///
/// ```
/// use std::sync::Arc;
/// use ramax::operations::{Fold, keep_going};
/// use ramax::{Command, ContentStore, SpaceSequence, Store, apps::Crm};
/// # fn main() -> ramax::Result<()> {
/// let acme = ContentStore::open(&Store::memory(), "crm_acme", Arc::new(Crm))?;
/// let add = Command::new("add-contact").with("contact_id", "c1").with("name", "Ada").with("email", "ada@b.c");
/// acme.execute(add.clone())?;
/// acme.execute(Command::new("update-contact").with("email", "ada@acme.com").with("contact_id", "c1").with("name", "Ada"))?;
///
/// let mut fold = Fold::new(&acme, None)?;
/// fold.seek(SpaceSequence(1), &mut keep_going)?;
/// let contact = fold.projection("state")?.entry("contact:c1")?.map(|entry| entry.value.to_value());
/// assert_eq!(contact.unwrap_or_default()["email"], "ada@b.c");
///
/// let step = fold.step(&mut keep_going)?.into_iter().flat_map(|step| step.changes);
/// let fields: Vec<String> = step.flat_map(|change| change.fields()).map(|field| field.path).collect();
/// assert!(fields.contains(&"email".to_owned()));
/// # Ok(())
/// # }
/// ```
pub struct Fold {
    timeline: Timeline,
    head: Playhead,
}

impl Fold {
    /// Opens the past of a space up to its last event, for one of its projections or for all. No event is read yet.
    ///
    /// # Errors
    /// [`CommandError::UnknownProjection`]; the error of a space that was deleted.
    pub fn new(content: &ContentStore, projection: Option<&str>) -> Result<Self> {
        Self::with_limits(content, projection, FoldLimits::default())
    }

    /// As [`Fold::new`], with other limits.
    ///
    /// # Errors
    /// As [`Fold::new`].
    pub fn with_limits(content: &ContentStore, projection: Option<&str>, limits: FoldLimits) -> Result<Self> {
        let timeline = Timeline::new(content, projection, limits)?;
        let head = timeline.playhead(None);
        Ok(Self { timeline, head })
    }

    /// Returns the space with its app.
    pub fn content(&self) -> &ContentStore {
        &self.timeline.content
    }

    /// Returns the last sequence that it can reach.
    pub fn last(&self) -> SpaceSequence {
        self.timeline.pin.last()
    }

    /// Returns the current position.
    pub fn at(&self) -> SpaceSequence {
        self.head.at
    }

    /// Returns true if keyframes are in a temporary file.
    pub fn is_spilled(&self) -> bool {
        self.timeline.is_spilled()
    }

    /// Includes the events that were appended since the fold was opened. Returns the last sequence.
    ///
    /// # Errors
    /// As [`Fold::seek`].
    pub fn extend(&mut self) -> Result<SpaceSequence> {
        self.timeline.pin.check(&self.timeline.content)?;
        self.timeline.pin = Pin::of(&self.timeline.content)?;
        Ok(self.last())
    }

    /// Moves to a sequence. Sequence 0 is before the first event. If `watch` breaks, the fold is at some event on the way.
    ///
    /// # Errors
    /// [`ReplayError::NoSuchSequence`](crate::ReplayError::NoSuchSequence) after the last event;
    /// [`ReplayError::PastChanged`](crate::ReplayError::PastChanged) if events were redacted, or the database was replaced;
    /// the errors of a space that was deleted or that runs another app;
    /// [`ReplayError::Cancelled`](crate::ReplayError::Cancelled).
    pub fn seek(&mut self, to: SpaceSequence, watch: &mut Watch<'_>) -> Result<()> {
        self.check(to)?;
        self.seek_paced(to, &mut Pace::new(watch))
    }

    fn seek_paced(&mut self, to: SpaceSequence, pace: &mut Pace<'_, '_>) -> Result<()> {
        if to < self.head.at && self.head.at.0 - to.0 <= self.head.undo.len() {
            while self.head.at > to && self.head.undo()?.is_some() {
                pace.check()?;
            }
            return Ok(());
        }
        let frame = self.timeline.frame_at(to);
        let is_before = self.timeline.sequence_of(frame).is_some_and(|sequence| sequence > self.head.at);
        if to < self.head.at || is_before {
            self.timeline.rewind(&mut self.head, to);
        }
        self.advance(to, None, pace)
    }

    /// Moves forward and keeps undo data for the last events.
    fn advance<'a>(
        &mut self,
        to: SpaceSequence,
        visit: Option<&'a mut Visit<'a>>,
        pace: &mut Pace<'_, '_>,
    ) -> Result<()> {
        let kept = to.0.saturating_sub(self.timeline.limits.segment_events);
        let visit = visit.map(|visit| (self.head.at, visit));
        let recording = &mut Recording { undo_after: Some(SpaceSequence(kept)), visit };
        self.timeline.advance(&mut self.head, to, recording, pace)
    }

    /// Applies the next event and returns its changes. Returns `None` at the end.
    ///
    /// # Errors
    /// As [`Fold::seek`].
    pub fn step(&mut self, watch: &mut Watch<'_>) -> Result<Option<EventChanges>> {
        if self.at() == self.last() {
            return Ok(None);
        }
        self.check(self.at().next())?;
        let mut stepped = None;
        let mut visit = |changes| {
            stepped = Some(changes);
            Ok(())
        };
        self.advance(self.at().next(), Some(&mut visit), &mut Pace::new(watch))?;
        Ok(stepped)
    }

    /// Undoes the last event and returns its changes. Returns `None` before the first event.
    ///
    /// # Errors
    /// As [`Fold::seek`].
    pub fn step_back(&mut self, watch: &mut Watch<'_>) -> Result<Option<EventChanges>> {
        let at = self.at();
        let Some(before) = at.0.checked_sub(1) else { return Ok(None) };
        self.check(at)?;
        if self.head.undo.len() == 0 {
            // Replays the segment, which can then be undone event by event.
            self.timeline.rewind(&mut self.head, SpaceSequence(before));
            self.advance(at, None, &mut Pace::new(watch))?;
        }
        self.head.undo()
    }

    /// Moves to an event and returns its changes.
    ///
    /// # Errors
    /// As [`Fold::seek`]; [`ReplayError::NoSuchSequence`](crate::ReplayError::NoSuchSequence) for sequence 0 as well.
    pub fn changes_of(&mut self, sequence: SpaceSequence, watch: &mut Watch<'_>) -> Result<EventChanges> {
        self.check_event(sequence)?;
        self.seek(SpaceSequence(sequence.0.saturating_sub(1)), watch)?;
        let stepped = self.step(watch)?;
        // The fold was checked to contain the event.
        stepped.ok_or_else(|| {
            ReplayError::PastChanged { space: self.content().space().space_name.clone() }.into()
        })
    }

    /// Returns a projection as of the current position.
    ///
    /// # Errors
    /// [`CommandError::UnknownProjection`] if the fold does not include it.
    pub fn projection(&self, name: &str) -> Result<PastProjection<'_>> {
        let known = self.head.tracks.iter().find(|track| track.name == name);
        let unknown = || CommandError::UnknownProjection {
            app: self.content().app().name().to_owned(),
            projection: name.to_owned(),
            known: self.timeline.names().collect(),
        };
        let track = known.ok_or_else(unknown)?;
        Ok(PastProjection { name: track.name, state: &track.state })
    }

    /// Returns the names of its projections.
    pub fn projections(&self) -> impl Iterator<Item = &'static str> {
        self.timeline.names()
    }

    /// Checks that a sequence can be reached.
    fn check(&self, sequence: SpaceSequence) -> Result<()> {
        self.timeline.pin.check(&self.timeline.content)?;
        self.timeline.pin.check_point(&self.timeline.content, sequence)
    }

    /// Checks that an event has a sequence.
    fn check_event(&self, sequence: SpaceSequence) -> Result<()> {
        self.timeline.pin.check(&self.timeline.content)?;
        self.timeline.pin.check_event(&self.timeline.content, sequence)
    }
}
