//! Operations as they are written into the log of operations.

use serde_json::{Map, Value};
use tracing::warn;

use crate::content_store::Store;
use crate::error::{CommandError, Error, ExportError, ImportError, ReplayError, Result, StoreError};
use crate::operator_log::{Begun, Ended, OperationId, Operator, Outcome};
use crate::space::Space;

/// What is done, as the log of operations has it.
#[derive(Debug, Clone, Copy)]
pub struct Action<'a> {
    /// Its name: `rebuild`, `delete`.
    pub name: &'a str,
    /// The space that it is done to; the whole file where there is none.
    pub space: Option<&'a Space>,
    /// Whether it changes anything. What does not is done even where it cannot be written down: in a file
    /// that is open read-only, or is damaged.
    pub changes: bool,
}

/// How an operation ended, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// There is something to look at: a difference, an event that was left out.
    pub found: bool,
    /// What it came to, in one line.
    pub detail: String,
}

/// Does `work` between two entries in the log of operations: that it begins, and what came of it, which `tell`
/// says where it succeeded.
///
/// # Errors
/// What `work` returned; failures of the storage before it began.
pub fn logged<T>(
    store: &Store,
    action: Action<'_>,
    parameters: Map<String, Value>,
    work: impl FnOnce() -> Result<T>,
    tell: impl FnOnce(&T) -> Told,
) -> Result<T> {
    let begun = begun(store, action, parameters);
    let operation_id = match store.operator_log().begin(&begun) {
        Ok(operation_id) => operation_id,
        Err(error) if action.changes => return Err(error),
        Err(_) => return work(),
    };
    let result = work();
    note_end(store, operation_id, &ended(store, &result, tell));
    result
}

/// As [`logged`], for what is over at once: it is written down when it has ended. What cannot be written down
/// then is done all the same.
///
/// # Errors
/// What `work` returned.
pub fn recorded<T>(
    store: &Store,
    action: Action<'_>,
    parameters: Map<String, Value>,
    work: impl FnOnce() -> Result<T>,
    tell: impl FnOnce(&T) -> Told,
) -> Result<T> {
    let begun = begun(store, action, parameters);
    let result = work();
    if !store.is_read_only()
        && let Err(error) = store.operator_log().record(&begun, &ended(store, &result, tell))
    {
        warn!(action = action.name, %error, "not written into the log of operations");
    }
    result
}

/// Marks operations as interrupted that did not end and whose process `is_there` does not find. Returns how
/// many there were.
///
/// # Errors
/// Failures of the storage.
pub fn settle(store: &Store, is_there: impl Fn(&Operator) -> bool) -> Result<usize> {
    let mut settled = 0;
    for operation in store.operator_log().running()? {
        if is_there(&operation.operator) {
            continue;
        }
        let ended = Ended {
            outcome: Outcome::Interrupted,
            detail: "the process that did it is gone".to_owned(),
            ended_at: store.clock().now(),
        };
        store.operator_log().end(operation.operation_id, &ended)?;
        settled += 1;
    }
    Ok(settled)
}

fn begun(store: &Store, action: Action<'_>, parameters: Map<String, Value>) -> Begun {
    Begun {
        operator: store.operator().clone(),
        action: action.name.to_owned(),
        space: action.space.map(|space| (space.space_id, space.space_name.clone())),
        parameters,
        started_at: store.clock().now(),
    }
}

fn ended<T>(store: &Store, result: &Result<T>, tell: impl FnOnce(&T) -> Told) -> Ended {
    let (outcome, detail) = match result {
        Ok(done) => {
            let Told { found, detail } = tell(done);
            (if found { Outcome::Found } else { Outcome::Done }, detail)
        }
        Err(error) => (outcome_of(error), error.to_string()),
    };
    Ended { outcome, detail, ended_at: store.clock().now() }
}

/// The end is not worth failing for: the work is done. The entry is then found to be interrupted.
fn note_end(store: &Store, operation_id: OperationId, ended: &Ended) {
    if let Err(error) = store.operator_log().end(operation_id, ended) {
        warn!(operation = operation_id.0, %error, "its end is not written into the log of operations");
    }
}

fn outcome_of(error: &Error) -> Outcome {
    match error {
        Error::Replay(ReplayError::Cancelled | ReplayError::DeleteInterrupted) => Outcome::Cancelled,
        Error::Command(CommandError::UnreadableState { .. }) => Outcome::Failed,
        Error::Export(ExportError::Write(_)) | Error::Import(ImportError::Read(_)) => Outcome::Failed,
        Error::Command(_) | Error::Open(_) | Error::Export(_) | Error::Import(_) => Outcome::Refused,
        Error::Store(
            StoreError::Conflict { .. }
            | StoreError::UnknownSpace { .. }
            | StoreError::SpaceDeleting { .. }
            | StoreError::SpaceImporting { .. }
            | StoreError::SpaceExists { .. }
            | StoreError::InvalidSpaceName { .. }
            | StoreError::ReadOnly,
        ) => Outcome::Refused,
        Error::Store(_) | Error::Replay(_) | Error::Projection(_) | Error::Path(_) => Outcome::Failed,
    }
}
