//! Recording operations in the audit log.

use std::fmt::Display;

use serde_json::{Map, Value};
use tracing::warn;

use crate::content_store::Store;
use crate::error::{CommandError, Error, ExportError, ImportError, ReplayError, Result, StoreError};
use crate::operator_log::{Begun, Ended, OperationId, Outcome};
use crate::space::{Space, SpaceId, SpaceState};

use super::Told;

/// An operation, as the audit log names it.
#[derive(Debug, Clone, Copy)]
pub struct Action<'a> {
    /// Its name: `rebuild`, `delete`.
    pub name: &'a str,
    /// The id of the space concerned, if there is one.
    pub space_id: Option<SpaceId>,
    /// The name of the existing or future space; none if the operation concerns the whole file.
    pub space_name: Option<&'a str>,
    /// True if it changes anything. An operation that does not is run even if it cannot be recorded,
    /// because the file is open read-only or damaged.
    pub changes: bool,
}

impl<'a> Action<'a> {
    /// Names an operation that changes a space.
    pub fn on(name: &'a str, space: &'a Space) -> Self {
        Self { name, space_id: Some(space.space_id), space_name: Some(&space.space_name), changes: true }
    }

    /// Names an operation that only reads a space.
    pub fn looking_at(name: &'a str, space: &'a Space) -> Self {
        Self { changes: false, ..Self::on(name, space) }
    }

    /// Names an operation on a space that does not exist yet, or not by this name.
    pub fn on_name(name: &'a str, space_name: &'a str) -> Self {
        Self { name, space_id: None, space_name: Some(space_name), changes: true }
    }

    /// Names an operation that changes the whole file.
    pub fn on_file(name: &'a str) -> Self {
        Self { name, space_id: None, space_name: None, changes: true }
    }
}

/// An error that ends an operation.
pub trait Ending: From<Error> + Display {
    /// Returns the outcome to be recorded.
    fn outcome(&self) -> Outcome;

    /// Returns true if the store was busy, so that recording must not wait for it again.
    fn is_busy(&self) -> bool;
}

/// Runs `work`, recording its start before and its outcome after it. `tell` summarises a success.
///
/// # Errors
/// The error of `work`; failures of the store before `work` starts.
pub fn logged<T, E: Ending>(
    store: &Store,
    action: Action<'_>,
    parameters: Map<String, Value>,
    work: impl FnOnce() -> Result<T, E>,
    tell: impl FnOnce(&T) -> Told,
) -> Result<T, E> {
    let begun = begun(store, action, parameters);
    let operation_id = match store.operator_log().begin(&begun) {
        Ok(operation_id) => operation_id,
        Err(error) => {
            let is_busy = error.is_busy();
            let result = if action.changes { Err(error.into()) } else { work() };
            note(store, &begun, &ended(store, action, result.as_ref(), tell), is_busy);
            return result;
        }
    };
    let result = work();
    note_end(store, operation_id, &ended(store, action, result.as_ref(), tell));
    result
}

/// Runs `work` and records it afterwards, for operations that take no time. If it cannot be recorded, the work
/// is still done.
pub fn recorded<T, E: Ending>(
    store: &Store,
    action: Action<'_>,
    parameters: Map<String, Value>,
    work: impl FnOnce() -> Result<T, E>,
    tell: impl FnOnce(&T) -> Told,
) -> Result<T, E> {
    let begun = begun(store, action, parameters);
    let result = work();
    let is_busy = result.as_ref().is_err_and(Ending::is_busy);
    note(store, &begun, &ended(store, action, result.as_ref(), tell), is_busy);
    result
}

/// Records that an operation was refused before it started. Returns the error.
pub fn turned_down<E: Ending>(
    store: &Store,
    action: Action<'_>,
    parameters: Map<String, Value>,
    error: E,
) -> E {
    let begun = begun(store, action, parameters);
    let ended = ended(store, action, Err::<&(), _>(&error), |()| Told::done(""));
    note(store, &begun, &ended, error.is_busy());
    error
}

/// Records a finished operation, and reports a failure to do so.
fn note(store: &Store, begun: &Begun, ended: &Ended, is_busy: bool) {
    if store.is_read_only() {
        return;
    }
    let log = store.operator_log();
    let noted = if is_busy { log.attempt(begun, ended) } else { log.record(begun, ended) };
    if let Err(error) = noted {
        warn!(action = begun.action, %error, "not recorded in the audit log");
        store.tell_unwritten(&error);
    }
}

fn begun(store: &Store, action: Action<'_>, parameters: Map<String, Value>) -> Begun {
    Begun {
        operator: store.operator().clone(),
        action: action.name.to_owned(),
        space_id: action.space_id,
        space_name: action.space_name.map(str::to_owned),
        parameters,
        started_at: store.clock().now(),
    }
}

/// Returns the space that has the name by now, so that the entry is forgotten with it. A space that is being
/// imported does not count: it may be removed before this entry is complete.
fn named(store: &Store, action: Action<'_>) -> Option<SpaceId> {
    let name = action.space_name.filter(|_| action.space_id.is_none())?;
    let space = store.events().find_space(name).ok()??.space;
    (space.state != SpaceState::Importing).then_some(space.space_id)
}

fn ended<T, E: Ending>(
    store: &Store,
    action: Action<'_>,
    result: Result<&T, &E>,
    tell: impl FnOnce(&T) -> Told,
) -> Ended {
    let (outcome, detail, space_id) = match result {
        Ok(done) => {
            let Told { found, detail, made } = tell(done);
            (if found { Outcome::Found } else { Outcome::Done }, detail, made)
        }
        Err(error) => (error.outcome(), error.to_string(), named(store, action)),
    };
    Ended { space_id, outcome, detail, ended_at: store.clock().now() }
}

/// Records the end. A failure is reported only, because the work is done; the entry will be marked as
/// interrupted.
fn note_end(store: &Store, operation_id: OperationId, ended: &Ended) {
    if let Err(error) = store.operator_log().end(operation_id, ended) {
        warn!(operation = operation_id.0, %error, "its end is not recorded in the audit log");
        store.tell_unwritten(&error);
    }
}

impl Ending for Error {
    fn is_busy(&self) -> bool {
        matches!(self, Self::Store(StoreError::Busy { .. } | StoreError::HandleBusy { .. }))
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Replay(ReplayError::Cancelled | ReplayError::DeleteInterrupted) => Outcome::Cancelled,
            Self::Command(CommandError::UnreadableState { .. }) => Outcome::Failed,
            Self::Export(ExportError::Write(_)) | Self::Import(ImportError::Read(_)) => Outcome::Failed,
            Self::Command(_)
            | Self::Open(_)
            | Self::Query(_)
            | Self::Export(_)
            | Self::Import(_)
            | Self::Backup(_) => Outcome::Refused,
            Self::Store(
                StoreError::Conflict { .. }
                | StoreError::NestedCommand
                | StoreError::UnknownSpace { .. }
                | StoreError::AmbiguousSpace { .. }
                | StoreError::SpaceDeleting { .. }
                | StoreError::SpaceImporting { .. }
                | StoreError::WorkedOn { .. }
                | StoreError::SpaceExists { .. }
                | StoreError::InvalidSpaceName { .. }
                | StoreError::ReadOnly,
            ) => Outcome::Refused,
            Self::Store(_) | Self::Replay(_) | Self::Projection(_) | Self::Path(_) => Outcome::Failed,
        }
    }
}
