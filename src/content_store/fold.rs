//! Applying events to the state of a projection.

use crate::error::{Error, Remedy, ReplayError, StoreError};
use crate::event::{Event, SpaceSequence};
use crate::event_store::{Advance, ProjectionChange, ProjectionWrite, nesting};
use crate::pstate::{Changes, LiveProjection};
use crate::space::{Checkpoint, SpaceId};

use super::ContentStore;
use super::app::{App, Applied};
use super::catch_up::CaughtUp;
use super::projections::DeclaredProjection;
use super::state::{State, StateError};
use super::upcasting::current;

/// An app's handler of events for one projection.
#[derive(Clone, Copy)]
pub struct Projector<'a> {
    /// The app.
    pub app: &'a dyn App,
    /// The projection.
    pub projection: &'a DeclaredProjection,
}

/// The fold of events into one projection.
pub struct ProjectionFold<'a> {
    projector: Projector<'a>,
    /// The state, with the effect of the events on top of the stored values.
    pub state: State<'a>,
    /// The stored checkpoint.
    pub from: Checkpoint,
    /// The last event in the state.
    pub at: Checkpoint,
    /// The events applied.
    pub done: CaughtUp,
    /// The definition to be stored with the next change, if it differs from the stored one.
    pub(super) definition: Option<String>,
}

impl<'a> ProjectionFold<'a> {
    /// Begins with the stored projection, for use in a unit of work.
    ///
    /// # Errors
    /// [`StoreError::ProjectionOutdated`]; [`StoreError::ProjectionNewer`].
    pub fn begin(content: &'a ContentStore, projection: &'a DeclaredProjection) -> Result<Self, Error> {
        let LiveProjection { checkpoint, definition, entries } = content.open_projection(projection)?;
        let definition = content.check_definition(projection, definition.as_deref())?;
        let state = State::new(projection.schema(), entries);
        Ok(Self { definition, ..Self::over(content, projection, state, checkpoint) })
    }

    /// Begins with a state at a checkpoint.
    pub fn over(
        content: &'a ContentStore,
        projection: &'a DeclaredProjection,
        state: State<'a>,
        from: Checkpoint,
    ) -> Self {
        let projector = content.projector(projection);
        Self { projector, state, from, at: from, done: CaughtUp::default(), definition: None }
    }

    /// Returns the name of the projection.
    pub fn name(&self) -> &'static str {
        self.projector.projection.name()
    }

    /// Returns the handler of events.
    pub fn projector(&self) -> &Projector<'a> {
        &self.projector
    }

    /// Applies the next event.
    pub fn take(&mut self, event: &Event) -> Result<(), Error> {
        let applied = apply(&self.projector, &mut self.state, event)?;
        self.done.events += 1;
        self.done.unknown += u64::from(applied == Applied::UnknownType);
        self.at.sequence = event.space_sequence;
        self.at.event_id = event.event_id;
        self.at.updated_at = Some(event.timestamp);
        Ok(())
    }

    /// Applies an event of a command, which is not stored yet.
    pub fn take_new(&mut self, content: &ContentStore, event: &Event) -> Result<(), Error> {
        self.take(event).map_err(|error| content.of_new_event(self.projector.projection, error))
    }

    /// Returns the write of these changes, drained from the state.
    pub fn write<'c>(&'c self, changes: &'c Changes) -> ProjectionWrite<'c> {
        let (from, definition) = (self.from.sequence, self.definition.as_deref());
        let advance = Advance { from, changes, to: self.at, definition };
        ProjectionWrite { name: self.name(), change: ProjectionChange::Advance(advance) }
    }
}

/// Applies one event atomically. A panic of the app is an error like any other: it concerns one event of one projection,
/// and must end neither the program nor the work on others.
///
/// # Errors
/// [`ReplayError::BadEvent`] if the event is damaged, or the app fails or panics.
pub fn apply(projector: &Projector<'_>, state: &mut State<'_>, event: &Event) -> Result<Applied, Error> {
    // First, so that the writes of the event before never count as those of a damaged one.
    state.begin(event.timestamp);
    let skipping = || Remedy::Rebuild { skip_errors: true };
    if let Some(damage) = event.damage() {
        return Err(bad_event(event, damage.into_owned(), skipping()));
    }
    let Projector { app, projection } = projector;
    let upcasters = app.upcasters();
    let handle = || match upcasters.is_empty() {
        true => projection.apply(*app, state, event),
        false => projection.apply(*app, state, &*current(upcasters, event)?),
    };
    let error = match nesting::tried_application_code(handle) {
        Ok(Ok(applied)) => return Ok(applied),
        Ok(Err(StateError::Storage(error))) => *error,
        Ok(Err(reason)) => {
            // Without the stored value, the event may be applied.
            let is_of_value = matches!(reason, StateError::Unreadable { .. });
            let by = if is_of_value { Remedy::Rebuild { skip_errors: false } } else { skipping() };
            bad_event(event, event.unreadable_term().unwrap_or_else(|| reason.to_string()), by)
        }
        Err(panic) => bad_event(event, format!("the app {} panicked: {panic}", app.name()), skipping()),
    };
    state.undo();
    Err(error)
}

/// Checks that an event directly follows `at`, since a log has no gaps.
pub fn follows(at: SpaceSequence, event: &Event) -> Result<(), Error> {
    if event.space_sequence == at.next() {
        return Ok(());
    }
    let detail = format!(
        "space {}: after sequence {at} comes {}; events are missing",
        event.space_id, event.space_sequence
    );
    Err(StoreError::Corrupt { detail }.into())
}

/// Checks that a log whose last event is at `at` ends there according to its counter.
pub fn ends(space_id: SpaceId, at: SpaceSequence, last_sequence: SpaceSequence) -> Result<(), Error> {
    if at >= last_sequence {
        return Ok(());
    }
    let detail =
        format!("space {space_id}: the log ends at sequence {at}, but its counter says {last_sequence}");
    Err(StoreError::Corrupt { detail }.into())
}

fn bad_event(event: &Event, reason: String, by: Remedy) -> Error {
    Error::Replay(ReplayError::BadEvent {
        event_id: event.event_id,
        sequence: event.space_sequence,
        event_type: event.event_type.to_string(),
        reason,
        damaged: !event.intact,
        by: Box::new(by),
    })
}
