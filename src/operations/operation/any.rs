//! One of the operations that run as jobs, chosen at run time.

use serde_json::{Map, Value};

use crate::error::Result;

use super::super::{
    Backup, CatchUp, Check, DeleteSpace, Export, ExportBugReport, ExportList, Fork, Import, ImportOriginal,
    Phase, Phases, Rebuild, Redact, ReleaseCheck, RemoveProjection, Verify, Watch,
};
use super::{Operation, OperationContext, PlanScope, Report, Target};

/// Lists the operations, and passes each call on to the one that was chosen.
macro_rules! any_operation {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// One of the operations that run as jobs, chosen at run time. Its result is a [`Report`].
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum AnyOperation {
            $($(#[$doc])* $name($name),)*
        }

        $(impl From<$name> for AnyOperation {
            fn from(operation: $name) -> Self {
                Self::$name(operation)
            }
        })*

        impl AnyOperation {
            /// Returns the name: `rebuild`.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(operation) => operation.name(),)* }
            }

            /// Returns the parameters, as the audit log stores them.
            pub fn parameters(&self) -> Map<String, Value> {
                match self { $(Self::$name(operation) => operation.parameters(),)* }
            }

            /// Returns the name of the projection that it is limited to.
            pub fn projection(&self) -> Option<&str> {
                match self { $(Self::$name(operation) => operation.projection(),)* }
            }

            /// Returns true if it changes no data.
            pub fn is_read_only(&self) -> bool {
                match self { $(Self::$name(operation) => operation.is_read_only(),)* }
            }

            /// Returns true if it runs the handlers of the space's app, so that this app must be known.
            pub fn needs_app(&self) -> bool {
                match self { $(Self::$name(operation) => operation.needs_app(),)* }
            }

            /// Returns the phases of which it reports the progress.
            pub fn phases(&self) -> Phases {
                match self { $(Self::$name(operation) => operation.phases(),)* }
            }

            /// Says what it will do, with numbers, one sentence to a line.
            pub fn plan(&self, scope: &PlanScope<'_>) -> Vec<String> {
                match self { $(Self::$name(operation) => operation.plan(scope),)* }
            }

            /// Says what it leaves behind if it is cancelled in this phase, or before its first.
            pub fn if_cancelled(&self, phase: Option<Phase>) -> &'static str {
                match self { $(Self::$name(operation) => operation.if_cancelled(phase),)* }
            }

            /// Runs the operation, and records it in the audit log on every way out.
            ///
            /// # Errors
            /// Those of [`Operation::run`].
            pub fn run(
                &mut self,
                target: Target<'_>,
                context: OperationContext<'_>,
                watch: &mut Watch<'_>,
            ) -> Result<Report> {
                match self {
                    $(Self::$name(operation) => {
                        operation.run(target, context, watch).map(|done| operation.report(&done))
                    })*
                }
            }
        }
    };
}

any_operation! {
    /// Replays the events of a space into a new projection.
    Rebuild,
    /// Applies the events that a projection lags behind.
    CatchUp,
    /// Compares a projection with its events.
    Verify,
    /// Compares stored projections with what the code of this program makes of their events.
    ReleaseCheck,
    /// Removes a projection that its app does not declare.
    RemoveProjection,
    /// Checks the whole file.
    Check,
    /// Exports a space to a file.
    Export,
    /// Exports some events of a space to a file, with masked values.
    ExportBugReport,
    /// Exports a list as it is filtered.
    ExportList,
    /// Copies the database.
    Backup,
    /// Creates a space from an export.
    Import,
    /// Creates the spaces of a file of the Elixir original.
    ImportOriginal,
    /// Creates a space with the events of another one up to a point of its past.
    Fork,
    /// Removes a space.
    DeleteSpace,
    /// Erases fields of one entity's events.
    Redact,
}
