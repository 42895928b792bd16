//! Recording operations in the audit log, on every way out. No other code writes entries.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use serde_json::{Map, Value};
use tracing::warn;

use crate::audit::{AuditEnd, AuditStart, OperationId, Outcome};
use crate::content_store::Store;
use crate::error::{CommandError, Error, ExportError, ImportError, ReplayError, StoreError};
use crate::event_store::nesting;
use crate::masking::masked;
use crate::space::{SpaceId, SpaceState};
use crate::text::without_error_numbers;

use super::super::{Progress, Summary, Watch, name_worker};
use super::late_ends::{self, record_late_ends};
use super::{Operation, OperationContext, Target};

/// An attempt to run an operation, as the audit log names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt<'a> {
    /// The name of the operation.
    pub name: &'static str,
    /// The space or the file.
    pub target: Target<'a>,
    /// The parameters.
    pub parameters: Map<String, Value>,
}

/// An error that ends an operation.
pub trait OperationError: From<Error> + Display {
    /// Returns the outcome to be recorded.
    fn outcome(&self) -> Outcome;

    /// Returns true if the store was busy, so that recording must not wait for it again.
    fn is_busy(&self) -> bool;

    /// Adds what the operation leaves behind, if it was cancelled.
    #[must_use]
    fn with_effect(self, _effect: &'static str) -> Self
    where
        Self: Sized,
    {
        self
    }

    /// Names the running operation that has closed the space, if that is the reason.
    #[must_use]
    fn naming_worker(self, _store: &Store) -> Self
    where
        Self: Sized,
    {
        self
    }
}

/// Runs an operation. Records its start before its work and its outcome after it, or both after it.
pub(in crate::operations) fn record<O: Operation + ?Sized>(
    operation: &mut O,
    target: Target<'_>,
    context: OperationContext<'_>,
    watch: &mut Watch<'_>,
) -> Result<O::Done, O::Error> {
    let store = context.store;
    record_late_ends(store);
    let resolved = operation.resolve(context.files);
    let attempt = Attempt { name: operation.name(), target, parameters: operation.parameters() };
    if let Err(error) = resolved {
        return Err(attempt.refused(store, O::Error::from(error)));
    }
    let entry = Entry { store, target, start: attempt.start_entry(store) };
    let mut perform = |operation: &mut O| {
        let mut phase = None;
        let watch = &mut |progress: Progress| {
            phase = Some(progress.phase);
            watch(progress)
        };
        let done = operation.perform(target, context, watch);
        done.map_err(|error| error.naming_worker(store).with_effect(operation.if_cancelled(phase)))
    };
    if operation.is_recorded_at_end() {
        let result = entry.unless_panicked(None, || perform(operation));
        let is_busy = result.as_ref().is_err_and(OperationError::is_busy);
        return entry.add(operation, result, is_busy);
    }
    match store.audit_log().begin(&entry.start) {
        Ok(operation_id) => {
            let result = entry.unless_panicked(Some(operation_id), || perform(operation));
            entry.end(operation, operation_id, result)
        }
        Err(error) => {
            let is_busy = error.is_busy();
            let result = match operation.runs_unrecorded() {
                true => perform(operation),
                false => Err(error.into()),
            };
            entry.add(operation, result, is_busy)
        }
    }
}

impl Attempt<'_> {
    /// Records that the operation was refused before it started. Returns the error.
    pub fn refused<E: OperationError>(self, store: &Store, error: E) -> E {
        let error = error.naming_worker(store);
        let entry = Entry { store, target: self.target, start: self.start_entry(store) };
        entry.write(&entry.failed(&error), error.is_busy());
        error
    }

    /// Returns the parameters without passwords: an address may have been given in the place of anything.
    fn masked_parameters(&self) -> Map<String, Value> {
        let mut parameters = self.parameters.clone();
        for value in parameters.values_mut() {
            if let Value::String(text) = value {
                *text = masked(text).into_owned();
            }
        }
        parameters
    }

    fn start_entry(&self, store: &Store) -> AuditStart {
        AuditStart {
            operator: store.operator().clone(),
            action: self.name.to_owned(),
            space_id: self.target.space_id(),
            space_name: self.target.space_name().map(|name| masked(name).into_owned()),
            parameters: self.masked_parameters(),
            started_at: store.clock().now(),
        }
    }
}

/// The entry of one operation.
struct Entry<'a> {
    store: &'a Store,
    target: Target<'a>,
    start: AuditStart,
}

impl Entry<'_> {
    /// Adds the entry of an operation that has ended.
    fn add<O: Operation + ?Sized>(
        &self,
        operation: &O,
        result: Result<O::Done, O::Error>,
        is_busy: bool,
    ) -> Result<O::Done, O::Error> {
        self.write(&self.outcome(operation, &result), is_busy);
        result
    }

    /// Completes the entry of an operation that has ended.
    fn end<O: Operation + ?Sized>(
        &self,
        operation: &O,
        operation_id: OperationId,
        result: Result<O::Done, O::Error>,
    ) -> Result<O::Done, O::Error> {
        self.complete(operation_id, &self.outcome(operation, &result));
        result
    }

    /// Completes an entry. A failure to do so is only reported, because the work is done. It is made up for
    /// when the server is back, or the entry will be marked as interrupted.
    fn complete(&self, operation_id: OperationId, end: &AuditEnd) {
        if let Err(error) = self.store.audit_log().end(operation_id, end) {
            warn!(operation = operation_id.0, %error, "its end is not recorded in the audit log");
            self.store.report_audit_error(&error);
            late_ends::keep(self.store, operation_id, end, &error);
        }
    }

    /// Performs the operation. Records its end if it panics, such as in a handler of the app, and continues the panic.
    fn unless_panicked<T>(&self, operation_id: Option<OperationId>, perform: impl FnOnce() -> T) -> T {
        catch_unwind(AssertUnwindSafe(perform)).unwrap_or_else(|panic| {
            let end = self.failed_with(Outcome::Failed, format!("panicked: {}", nesting::message(&*panic)));
            match operation_id {
                Some(operation_id) => self.complete(operation_id, &end),
                None => self.write(&end, false),
            }
            resume_unwind(panic)
        })
    }

    fn write(&self, end: &AuditEnd, is_busy: bool) {
        if self.store.is_read_only() {
            return;
        }
        let log = self.store.audit_log();
        let written = if is_busy { log.attempt(&self.start, end) } else { log.record(&self.start, end) };
        if let Err(error) = written {
            warn!(action = self.start.action, %error, "not recorded in the audit log");
            self.store.report_audit_error(&error);
        }
    }

    fn outcome<O: Operation + ?Sized>(&self, operation: &O, result: &Result<O::Done, O::Error>) -> AuditEnd {
        let done = match result {
            Ok(done) => done,
            Err(error) => return self.failed(error),
        };
        let Summary { found, detail, made } = operation.summary(done);
        let outcome = if found { Outcome::Found } else { Outcome::Done };
        AuditEnd { space_id: made, outcome, detail, ended_at: self.store.clock().now() }
    }

    fn failed<E: OperationError>(&self, error: &E) -> AuditEnd {
        self.failed_with(error.outcome(), without_error_numbers(&error.to_string()).into_owned())
    }

    fn failed_with(&self, outcome: Outcome, detail: String) -> AuditEnd {
        let detail = masked(&detail).into_owned();
        AuditEnd { space_id: self.space_of_name(), outcome, detail, ended_at: self.store.clock().now() }
    }

    /// Returns the space that has the name by now, so that the entry is forgotten with it. A space that is being
    /// imported does not count: it may be removed before this entry is complete.
    fn space_of_name(&self) -> Option<SpaceId> {
        let Target::Name(name) = self.target else { return None };
        let space = self.store.events().find_space(name).ok()??.space;
        (space.state != SpaceState::Importing).then_some(space.space_id)
    }
}

impl OperationError for Error {
    fn is_busy(&self) -> bool {
        matches!(self, Self::Store(StoreError::Busy { .. } | StoreError::HandleBusy { .. }))
    }

    fn with_effect(self, effect: &'static str) -> Self {
        match self {
            Self::Replay(ReplayError::Cancelled { .. }) => {
                ReplayError::Cancelled { effect: Some(effect) }.into()
            }
            other => other,
        }
    }

    fn naming_worker(self, store: &Store) -> Self {
        name_worker(store, self)
    }

    fn outcome(&self) -> Outcome {
        match self {
            error if error.is_server_away() => Outcome::Failed,
            Self::Replay(
                ReplayError::Cancelled { .. }
                | ReplayError::DeleteInterrupted
                | ReplayError::PurgeInterrupted,
            ) => Outcome::Cancelled,
            Self::Command(CommandError::UnreadableState { .. } | CommandError::Panicked { .. }) => {
                Outcome::Failed
            }
            Self::Export(ExportError::Write(_)) | Self::Import(ImportError::Read(_)) => Outcome::Failed,
            Self::Command(_)
            | Self::Open(_)
            | Self::Query(_)
            | Self::Export(_)
            | Self::Import(_)
            | Self::Fork(_)
            | Self::Backup(_)
            | Self::Redaction(_)
            | Self::Subscription(_) => Outcome::Refused,
            Self::Store(error) if error.is_refusal() => Outcome::Refused,
            Self::Store(_) | Self::Replay(_) | Self::Projection(_) | Self::Path(_) => Outcome::Failed,
        }
    }
}
