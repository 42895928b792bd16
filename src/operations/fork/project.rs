//! Building the projections of a fork from its events, as they are copied.

use crate::content_store::{App, Applied, DeclaredProjection, Projector, State, Store, apply};
use crate::error::Result;
use crate::event::Event;
use crate::event_store::{ProjectionChange, ProjectionWrite};
use crate::operations::rebuild::{MEMORY, ShadowEntries, WRITE};
use crate::pstate::{BlockingEvent, Changes, Shadow};
use crate::space::Checkpoint;

use super::{Filled, HaltedProjection};

/// The projections of a fork.
pub(super) struct ProjectedFork<'a> {
    store: &'a Store,
    tracks: Vec<Track<'a>>,
}

/// One projection: written to a shadow as far as memory requires.
struct Track<'a> {
    projector: Projector<'a>,
    shadow: &'a dyn Shadow,
    state: State<'a>,
    at: Checkpoint,
    unknown: u64,
    /// The event at which it stops.
    halted: Option<BlockingEvent>,
}

impl<'a> ProjectedFork<'a> {
    pub fn new(
        store: &'a Store,
        app: Option<(&'a dyn App, &'a [DeclaredProjection])>,
        shadows: &'a [Box<dyn Shadow + 'a>],
    ) -> Self {
        let tracks = app.into_iter().flat_map(|(app, declared)| {
            declared.iter().zip(shadows).map(move |(projection, shadow)| Track {
                projector: Projector { app, projection },
                shadow: &**shadow,
                state: projection.state(ShadowEntries(&**shadow)),
                at: Checkpoint::default(),
                unknown: 0,
                halted: None,
            })
        });
        Self { store, tracks: tracks.collect() }
    }

    /// Applies events. A projection stops before one that cannot be applied, as it would in the origin.
    pub fn take(&mut self, events: &[Event]) -> Result<()> {
        let most = MEMORY / self.tracks.len().max(1);
        for track in &mut self.tracks {
            // The shadow is locked once for all reads.
            self.store.pstate().snapshot(&mut || track.take(events))?;
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

    /// Returns the result, for projections with this number of keys.
    pub fn into_filled(self, keys: u64) -> Filled {
        let unknown = self.tracks.iter().map(|track| track.unknown).max().unwrap_or_default();
        let halted = self.tracks.into_iter().filter_map(|track| {
            let projection = track.name();
            track.halted.map(|event| HaltedProjection { projection, event })
        });
        Filled { keys, unknown, halted: halted.collect(), ahead_of_clock: None }
    }
}

impl Track<'_> {
    fn name(&self) -> &'static str {
        self.projector.projection.name()
    }

    fn take(&mut self, events: &[Event]) -> Result<()> {
        for event in events {
            if self.halted.is_some() {
                return Ok(());
            }
            match apply(&self.projector, &mut self.state, event) {
                Ok(applied) => self.unknown += u64::from(applied == Applied::UnknownType),
                Err(error) => {
                    self.halted = Some(BlockingEvent::of(&error).ok_or(error)?);
                    return Ok(());
                }
            }
            let Event { space_sequence: sequence, event_id, timestamp, .. } = event;
            let (sequence, event_id, updated_at) = (*sequence, *event_id, Some(*timestamp));
            self.at = Checkpoint { sequence, event_id, updated_at, ..self.at };
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
