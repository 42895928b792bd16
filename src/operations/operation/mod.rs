//! An operation as a value: its name, its parameters, its plan, its work and its summary, in one place.
//!
//! Each operation implements [`Operation`] in its own folder. Clients call [`Operation::run`], which records it in
//! the audit log however it ends; [`AnyOperation`] holds one that is chosen at run time.

mod any;
mod context;
mod late_ends;
mod plan;
mod record;
mod report;
mod target;

pub use any::AnyOperation;
pub use context::{FileAccess, NamedFiles, OperationContext};
pub use late_ends::record_late_ends;
pub use plan::{FileTotals, PlanScope};
pub use record::{Attempt, OperationError};
pub use report::{Report, ReportFinding, THE_DATABASE};
pub use target::Target;

pub(super) use plan::contents;
pub(super) use record::record;
pub(super) use report::{findings_of, limited};

use std::path::Path;

use serde_json::{Map, Value};

use crate::error::Result;
use crate::masking::MaskedPath;

use super::{Phase, Phases, Summary, Watch};

/// The effect of cancelling an operation that changes data only at its end.
const UNCHANGED: &str = "existing data is unchanged";

/// An operation on a space or on a whole store, with everything that clients need to describe, run and record it.
pub trait Operation {
    /// The result.
    type Done;
    /// The error.
    type Error: OperationError;

    /// Returns the name, for people and for the audit log: `rebuild`.
    fn name(&self) -> &'static str;

    /// Returns the parameters, as the audit log stores them.
    fn parameters(&self) -> Map<String, Value>;

    /// Returns the name of the projection that it is limited to.
    fn projection(&self) -> Option<&str> {
        None
    }

    /// Returns true if it changes no data.
    fn is_read_only(&self) -> bool {
        false
    }

    /// Returns true if it runs the handlers of the space's app, so that this app must be known.
    fn needs_app(&self) -> bool {
        false
    }

    /// Returns true if it runs even if its start cannot be recorded: because the file is open read-only, or because the
    /// audit log is damaged.
    fn runs_unrecorded(&self) -> bool {
        self.is_read_only()
    }

    /// Returns true if it is recorded only at its end, because it takes no time, or because no reader may see it
    /// unfinished. If it cannot be recorded, its work is still done.
    fn is_recorded_at_end(&self) -> bool {
        false
    }

    /// Returns the phases of which it reports the progress.
    fn phases(&self) -> Phases {
        Phases::ONE
    }

    /// Says what it will do, with numbers, one sentence to a line.
    fn plan(&self, _scope: &PlanScope<'_>) -> Vec<String> {
        Vec::new()
    }

    /// Says what it leaves behind if it is cancelled in this phase, or before its first.
    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        UNCHANGED
    }

    /// Replaces the names of files by their paths.
    ///
    /// # Errors
    /// The operation's own error for a name under which no file can exist. Names resolved before that one stay replaced by
    /// their paths.
    fn resolve(&mut self, _files: &dyn FileAccess) -> Result<()> {
        Ok(())
    }

    /// Does the work without recording it. Clients call [`run`](Self::run).
    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Self::Done, Self::Error>;

    /// Returns the summary of a result, for people and for the audit log.
    fn summary(&self, done: &Self::Done) -> Summary;

    /// Returns a result in words, finding by finding.
    fn report(&self, done: &Self::Done) -> Report {
        Report::of(self.summary(done))
    }

    /// Returns the attempt to run it, which can be recorded without running it.
    fn attempt<'a>(&self, target: Target<'a>) -> Attempt<'a> {
        Attempt { name: self.name(), target, parameters: self.parameters() }
    }

    /// Runs the operation, and records it in the audit log on every way out.
    ///
    /// # Errors
    /// Those of the operation; failures of the store before it starts.
    fn run(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Self::Done, Self::Error> {
        record(self, target, context, watch)
    }
}

/// Returns parameters as the audit log stores them.
pub(super) fn parameters<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Adds the name of a projection to the parameters, if one was selected.
pub(super) fn add_projection(parameters: &mut Map<String, Value>, name: Option<&str>) {
    parameters.extend(name.map(|name| ("projection".to_owned(), name.into())));
}

/// Returns a path as the audit log stores it.
pub(super) fn path_value(path: &Path) -> Value {
    path.shown().into()
}
