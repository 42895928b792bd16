//! The key of a projection under the cursor: that of a row, of a detail, or of a change in a detail.

use crate::console::app::availability::{Availability, unavailable};
use crate::console::app::past::can_fold;
use crate::console::app::state::ConsoleState;
use crate::console::panes::Pane;
use crate::console::panes::detail::{Detail, Subject, view};
use crate::event::SpaceSequence;
use crate::json::path_to;
use crate::space::SpaceId;

/// A key of a projection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPlace {
    /// The space.
    pub space_id: SpaceId,
    /// The name of the projection.
    pub projection: String,
    /// The key.
    pub key: String,
    /// The event at which it is looked at, if it is not the last one that its value contains.
    pub at: Option<SpaceSequence>,
}

impl KeyPlace {
    /// Returns the place of a key as it is now.
    pub(crate) fn now(space_id: SpaceId, projection: &str, key: &str) -> Self {
        Self { space_id, projection: projection.to_owned(), key: key.to_owned(), at: None }
    }

    /// Returns the key of a detail: that of an entry, or of the change under the cursor.
    pub(super) fn of_detail(state: &ConsoleState, detail: &Detail) -> Option<Self> {
        match &detail.subject {
            Subject::Entry { .. } => Self::of_subject(state, &detail.subject),
            Subject::Event(event) => {
                let diff = view::change_at_cursor(state, detail)?;
                let (projection, key) = (diff.projection.to_owned(), diff.key);
                Some(Self { space_id: event.space_id, projection, key, at: Some(event.space_sequence) })
            }
            _ => None,
        }
    }

    fn of_subject(state: &ConsoleState, subject: &Subject) -> Option<Self> {
        let Subject::Entry { space_id, projection, entry } = subject else { return None };
        let (projection, key) = (projection.clone(), entry.key.clone());
        let travel = state.travel.as_ref().filter(|travel| travel.space_id == *space_id);
        Some(Self { space_id: *space_id, projection, key, at: travel.map(|travel| travel.at) })
    }
}

/// Returns the key under the cursor.
pub(crate) fn key_here(state: &ConsoleState) -> Option<KeyPlace> {
    match state.layers.below_help() {
        Some(layer) => layer.key_place(state),
        None => KeyPlace::of_subject(state, &state.focus.list().selection(state)?),
    }
}

/// Returns true where keys are shown: in a list of keys, in the detail of one, and on a change.
pub(crate) fn has_key(state: &ConsoleState) -> bool {
    match state.layers.below_help() {
        Some(layer) => layer.key_place(state).is_some(),
        None => state.focus == Pane::Projections,
    }
}

/// Returns the reason if no key is selected, or its past is not known.
pub(crate) fn can_fold_key(state: &ConsoleState) -> Availability {
    match key_here(state) {
        Some(place) => can_fold(state, place.space_id),
        None => unavailable("no key is selected"),
    }
}

/// Returns true where the values of keys are shown.
pub(crate) fn has_value(state: &ConsoleState) -> bool {
    match state.layers.shown::<Detail>() {
        Some(detail) => matches!(detail.subject, Subject::Entry { .. }),
        None => state.layers.below_help().is_none() && state.focus == Pane::Projections,
    }
}

/// Returns the key that a detail shows, and the path to the value under the cursor; empty for the whole value.
pub(crate) fn path_at_cursor(state: &ConsoleState, detail: &Detail) -> Option<(KeyPlace, String)> {
    let place = KeyPlace::of_subject(state, &detail.subject)?;
    let line = state.lines(detail).get(detail.cursor).map(|line| line.start);
    let path = line.zip(detail.json()).map(|(start, json)| path_to(json.as_str(), start));
    Some((place, path.unwrap_or_default()))
}
