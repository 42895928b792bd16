//! One event applied to a state.

use crate::error::{Error, ReplayError};
use crate::event::Event;

use super::app::{App, Applied};
use super::state::{State, StateError};

/// Applies one event: wholly, or not at all.
///
/// # Errors
/// [`ReplayError::BadEvent`] if the event is damaged or the app cannot apply it; failures of the
/// storage.
pub fn apply(app: &dyn App, state: &mut State<'_>, event: &Event) -> Result<Applied, Error> {
    if !event.intact {
        return Err(bad_event(event, "its checksum does not match: the file is damaged there".to_owned()));
    }
    state.begin(event.timestamp);
    app.apply(state, event).map_err(|error| {
        state.undo();
        match error {
            StateError::Storage(error) => *error,
            reason => bad_event(event, reason.to_string()),
        }
    })
}

fn bad_event(event: &Event, reason: String) -> Error {
    Error::Replay(ReplayError::BadEvent {
        event_id: event.event_id,
        sequence: event.space_sequence,
        event_type: event.event_type.to_string(),
        reason,
    })
}
