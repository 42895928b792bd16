//! Building the projections of a new space from its events, as they are written.

use std::rc::Rc;

use uuid::Uuid;

use crate::content_store::{App, Applied, DeclaredProjection, Projector, State, Store, apply};
use crate::error::Result;
use crate::event::Event;
use crate::event_store::{Access, PageRow, ProjectionChange, ProjectionWrite};
use crate::operations::rebuild::{ShadowEntries, WRITE};
use crate::operations::{Handled, Skipped};
use crate::pstate::{BlockingEvent, Changes, Shadow};
use crate::space::{Checkpoint, SpaceId};

/// Bytes of state of all projections kept in memory before they are written to their shadows.
pub(in crate::operations) const MEMORY: usize = 16 << 20;

/// The reaction to an event that cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::operations) enum BadEvents {
    /// The projection stops before it.
    Halt,
    /// It is skipped.
    Skip,
}

/// The projections of a new space.
pub(in crate::operations) struct NewProjections<'a> {
    store: &'a Store,
    tracks: Vec<Track<'a>>,
}

/// The result of building the projections.
pub(in crate::operations) struct Projected {
    /// The number of events of types unknown to the app.
    pub unknown: u64,
    /// The projections that stop at an event.
    pub halted: Vec<HaltedProjection>,
    /// The skipped events, by sequence. An event that several projections skip is listed once.
    pub skipped: Vec<Skipped>,
}

/// A projection of a new space that stops at an event.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HaltedProjection {
    /// Its name.
    pub projection: &'static str,
    /// The event that cannot be applied.
    pub event: BlockingEvent,
}

/// One projection: written to a shadow as far as memory requires.
struct Track<'a> {
    projector: Projector<'a>,
    shadow: Rc<dyn Shadow + 'a>,
    state: State<'a>,
    at: Checkpoint,
    unknown: u64,
    bad_events: BadEvents,
    /// The event at which it stops.
    halted: Option<BlockingEvent>,
    skipped: Vec<Skipped>,
    handled: Handled,
}

impl<'a> NewProjections<'a> {
    /// Starts the projections that the app declares for a space.
    pub fn begin(
        store: &'a Store,
        of_app: Option<(&'a dyn App, &'a [DeclaredProjection])>,
        (space_id, token): (SpaceId, Uuid),
        bad_events: BadEvents,
    ) -> Result<Self> {
        let begin = |app, projection: &'a DeclaredProjection| {
            let (id, definition) = (projection.id(space_id), Some(projection.definition()));
            let shadow: Rc<dyn Shadow + 'a> =
                store.begin_shadow(id, definition, Access::Importing(token))?.into();
            Ok(Track {
                projector: Projector { app, projection },
                state: projection.state(ShadowEntries(Rc::clone(&shadow))),
                shadow,
                at: Checkpoint::default(),
                unknown: 0,
                bad_events,
                halted: None,
                skipped: Vec::new(),
                handled: Handled::default(),
            })
        };
        let declared =
            of_app.into_iter().flat_map(|(app, declared)| declared.iter().map(move |one| (app, one)));
        let tracks = declared.map(|(app, projection)| begin(app, projection)).collect::<Result<_>>()?;
        Ok(Self { store, tracks })
    }

    /// Returns the bytes of state that are not yet written.
    pub fn bytes(&self) -> usize {
        self.tracks.iter().map(|track| track.state.bytes()).sum()
    }

    /// Applies events. Calls `pause` after each large value.
    pub fn take(&mut self, events: &[Event], pause: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let most = MEMORY / self.tracks.len().max(1);
        for track in &mut self.tracks {
            // The shadow is locked once for all reads.
            self.store.pstate().snapshot(&mut || track.take(events, pause))?;
            if track.state.bytes() > most {
                track.write(&mut || Ok(()))?;
            }
        }
        Ok(())
    }

    /// Writes the rest of the changes in short transactions, each of which is reported.
    pub fn write(&mut self, written: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.tracks.iter_mut().try_for_each(|track| track.write(written))
    }

    /// Returns the writes that put the shadows in place.
    pub fn activate<'c>(&'c self, changes: &'c Changes) -> Vec<ProjectionWrite<'c>> {
        let of = |track: &'c Track<'a>| {
            let change = ProjectionChange::Activate { shadow: track.shadow.ready(), changes, at: track.at };
            ProjectionWrite { name: track.name(), change }
        };
        self.tracks.iter().map(of).collect()
    }

    /// Returns the result.
    pub fn into_projected(self) -> Projected {
        let unknown = self.tracks.iter().map(|track| track.unknown).max().unwrap_or_default();
        let (mut halted, mut skipped) = (Vec::new(), Vec::new());
        for track in self.tracks {
            let projection = track.name();
            halted.extend(track.halted.map(|event| HaltedProjection { projection, event }));
            skipped.extend(track.skipped);
        }
        skipped.sort_by_key(|skipped: &Skipped| skipped.space_sequence);
        skipped.dedup_by_key(|skipped| skipped.space_sequence);
        Projected { unknown, halted, skipped }
    }
}

impl Track<'_> {
    fn name(&self) -> &'static str {
        self.projector.projection.name()
    }

    fn take(&mut self, events: &[Event], pause: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        for event in events {
            if self.halted.is_some() {
                return Ok(());
            }
            match apply(&self.projector, &mut self.state, event) {
                Ok(applied) => self.unknown += u64::from(applied == Applied::UnknownType),
                Err(error) => {
                    let event = BlockingEvent::of(&error).ok_or(error)?;
                    if self.bad_events == BadEvents::Halt {
                        self.halted = Some(event);
                        return Ok(());
                    }
                    let BlockingEvent { event_id, space_sequence, reason, .. } = event;
                    self.skipped.push(Skipped { event_id, space_sequence, reason, projections: Vec::new() });
                }
            }
            let Event { space_sequence: sequence, event_id, timestamp, .. } = event;
            let (sequence, event_id, updated_at) = (*sequence, *event_id, Some(*timestamp));
            self.at = Checkpoint { sequence, event_id, updated_at, ..self.at };
            if self.handled.add(event.bytes() + self.state.take_work()) {
                pause()?;
            }
        }
        Ok(())
    }

    fn write(&mut self, written: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        for piece in self.state.drain_changes().split(WRITE) {
            self.shadow.write(&piece)?;
            written()?;
        }
        Ok(())
    }
}
