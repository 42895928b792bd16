//! Creating a space that is filled in several transactions: by an import or by a fork.
//!
//! Until it is complete, the space is closed by a mark of the operation that fills it. The remains of a killed operation
//! are removed by the next one that needs the name, or by a delete.

mod projections;

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::content_store::Store;
use crate::error::{Error, Result, StoreError};
use crate::event::{Event, EventId, SpaceSequence};
use crate::event_store::Page;
use crate::space::{Space, SpaceId, SpaceState};

pub use projections::HaltedProjection;
pub(super) use projections::{BadEvents, MEMORY, NewProjections, Projected};

use super::operation_mark::{OperationMark, to_take_over};
use super::remove_rows::remove_rows;
use super::{Phase, Progress, Watch};

/// Checks that no complete space has the name, and removes the remains of an operation that was to create one.
///
/// # Errors
/// [`StoreError::SpaceExists`]; [`StoreError::SpaceDeleting`]; [`StoreError::WorkedOn`].
pub(super) fn free_name(
    store: &Store,
    name: &str,
    mark: &OperationMark,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let Some((space, over)) = remains_of(store, name)? else { return Ok(()) };
    remove(store, &space, mark, over, watch).map_err(|error| incomplete(error, &space))
}

/// Returns the remains of an operation that was to create a space of this name, with the owner from whom they are taken over.
///
/// # Errors
/// As [`free_name`].
pub(super) fn remains_of(store: &Store, name: &str) -> Result<Option<(Space, Option<Uuid>)>> {
    let Some(record) = store.events().find_space(name)? else { return Ok(None) };
    match record.space.state {
        SpaceState::Open => Err(StoreError::SpaceExists { space: name.to_owned() }.into()),
        SpaceState::Deleting => Ok(record.space.check_open().map(|()| None)?),
        SpaceState::Importing => {
            let over = to_take_over(store, &record.space)?;
            Ok(Some((record.space, over)))
        }
    }
}

/// Returns the result of filling a space. If that failed, removes the space.
pub(super) fn complete_or_removed<T>(
    store: &Store,
    space: &Space,
    mark: &OperationMark,
    filled: Result<T>,
    watch: &mut Watch<'_>,
) -> Result<T> {
    filled.map_err(|error| removed(store, space, mark, error, watch))
}

/// Removes a space that could not be filled. Returns the error.
pub(super) fn removed(
    store: &Store,
    space: &Space,
    mark: &OperationMark,
    error: Error,
    watch: &mut Watch<'_>,
) -> Error {
    // The same failure may stop this as well. Then the space stays closed, and the next operation that needs the
    // name removes it. A space taken over by another operation is left alone.
    if matches!(error, Error::Store(StoreError::SpaceInDoubt { .. })) {
        // It may be complete, and in use.
        return error;
    }
    let removed = remove(store, space, mark, Some(mark.token()), watch);
    let error = overtaken(error, space);
    match (removed, error) {
        // Whatever it was, nothing is left of it.
        (Ok(()), Error::Store(StoreError::OutcomeUnknown { detail })) => StoreError::Engine { detail }.into(),
        (Ok(()), error) => error,
        (Err(_), error) => incomplete(error, space),
    }
}

/// Converts the error of a commit that creates a space to be filled, or that opens it, if its outcome is unknown.
pub(super) fn in_doubt(error: Error, space_name: &str) -> Error {
    match error {
        Error::Store(StoreError::OutcomeUnknown { detail }) => {
            StoreError::SpaceInDoubt { space: space_name.to_owned(), detail }.into()
        }
        error => error,
    }
}

/// Converts an error that would otherwise claim that nothing was done, although an incomplete space remains.
fn incomplete(error: Error, space: &Space) -> Error {
    match error.is_of_engine() || matches!(error, Error::Store(StoreError::OutcomeUnknown { .. })) {
        true => {
            let (space, reason) = (space.space_name.clone(), error.to_string());
            StoreError::SpaceIncomplete { space, reason }.into()
        }
        false => error,
    }
}

/// Replaces the error of a lost shadow, which speaks of a rebuild, by one that says that another operation took the space
/// over.
fn overtaken(error: Error, space: &Space) -> Error {
    match error {
        Error::Store(StoreError::ShadowGone) => {
            StoreError::MarkLost { space: space.space_name.clone() }.into()
        }
        other => other,
    }
}

/// Removes an incomplete space, unless another operation took it over. This cannot be cancelled.
fn remove(
    store: &Store,
    space: &Space,
    mark: &OperationMark,
    over: Option<Uuid>,
    watch: &mut Watch<'_>,
) -> Result<()> {
    let token = mark.token();
    store.events().begin_delete(space.space_id, &mark.owner, over)?;
    remove_rows(store, space.space_id, token, &mut |_| {
        let _ = watch(Progress { phase: Phase::Sweep, done: 0, total: 0, last_event: None, skipped: 0 });
        Ok(())
    })?;
    // The entries about the name are about this space, too.
    store.audit_log().forget(space.space_id, &BTreeSet::new())?;
    store.events().end_delete(space.space_id, token, false).map(|_| ())
}

/// Returns the id of the event at a sequence of a space being filled: it is among those that are being placed, or in the
/// log.
pub(super) fn id_at(
    store: &Store,
    space_id: SpaceId,
    sequence: SpaceSequence,
    placing: &[Event],
) -> Result<EventId> {
    let at = |first: &Event| sequence.0.checked_sub(first.space_sequence.0);
    if let Some(index) = placing.first().and_then(at) {
        let event = usize::try_from(index).ok().and_then(|index| placing.get(index));
        return event.map(|event| event.event_id).ok_or_else(|| other_ids().into());
    }
    id_in(store, space_id, sequence)
}

/// Returns the id of the event at a sequence in the log.
pub(super) fn id_in(store: &Store, space_id: SpaceId, sequence: SpaceSequence) -> Result<EventId> {
    let before = SpaceSequence(sequence.0.saturating_sub(1));
    let found = store.events().read_space(space_id, Page::forward(Some(before), 1))?;
    let found = found.first().filter(|event| event.space_sequence == sequence);
    found.map(|event| event.event_id).ok_or_else(|| other_ids().into())
}

fn other_ids() -> StoreError {
    StoreError::Corrupt { detail: "the log assigned unexpected ids".to_owned() }
}
