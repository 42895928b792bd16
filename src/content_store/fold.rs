//! Applying one event to a state.

use crate::error::{Error, ReplayError, StoreError};
use crate::event::{Event, SpaceSequence};
use crate::nesting;
use crate::space::SpaceId;

use super::app::{App, Applied};
use super::state::{State, StateError};

/// A way to apply one event: [`apply`] or [`try_apply`].
pub type Apply = fn(&dyn App, &mut State<'_>, &Event) -> Result<Applied, Error>;

/// Applies one event atomically.
///
/// # Errors
/// [`ReplayError::BadEvent`] if the event is damaged or the app cannot apply it.
pub fn apply(app: &dyn App, state: &mut State<'_>, event: &Event) -> Result<Applied, Error> {
    if !event.intact {
        return Err(bad_event(event, "its checksum does not match: the file is damaged there".to_owned()));
    }
    state.begin(event.timestamp);
    nesting::application_code(|| app.apply(state, event)).map_err(|error| {
        state.undo();
        match error {
            StateError::Storage(error) => *error,
            reason => bad_event(event, reason.to_string()),
        }
    })
}

/// As [`apply`], but reports a panic of the app as an error too: inspecting a space must not end the program.
pub fn try_apply(app: &dyn App, state: &mut State<'_>, event: &Event) -> Result<Applied, Error> {
    nesting::tried(|| apply(app, state, event)).unwrap_or_else(|panic| {
        state.undo();
        Err(bad_event(event, format!("the app panicked: {panic}")))
    })
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

fn bad_event(event: &Event, reason: String) -> Error {
    Error::Replay(ReplayError::BadEvent {
        event_id: event.event_id,
        sequence: event.space_sequence,
        event_type: event.event_type.to_string(),
        reason,
        damaged: !event.intact,
    })
}
