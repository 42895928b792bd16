//! The recorded form of [`backup`](super::backup). It is recorded at its end, so that the copy holds no open entry.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::masking::MaskedPath;
use crate::operations::operation::{
    FileAccess, Operation, OperationContext, PlanScope, Target, limited, parameters, path_value,
};
use crate::operations::{Phase, Phases, Report, Summary, Watch, check};
use crate::sqlite::Location;
use crate::text::counted;

use super::{BackedUp, backup};

/// The name of the operation.
pub(in crate::operations) const NAME: &str = "backup";

/// A backup of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The files of the copy.
    pub target: Location,
    /// Replace an earlier backup, unless it was changed since, or the copy lacks data.
    pub replace: bool,
}

impl Operation for Backup {
    type Done = BackedUp;
    type Error = Error;

    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = parameters([("file", path_value(&self.target.database))]);
        let second = self.target.projections.as_deref();
        parameters.extend(second.map(|second| ("projections_file".to_owned(), path_value(second))));
        parameters
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn is_recorded_at_end(&self) -> bool {
        // Otherwise the copy would contain an entry that never ends.
        true
    }

    fn phases(&self) -> Phases {
        Phases::of(&[Phase::Copy, Phase::Check])
    }

    fn plan(&self, _scope: &PlanScope<'_>) -> Vec<String> {
        let replaced = match self.replace {
            true => "an earlier backup is replaced, unless it was changed since, or the copy lacks data",
            false => "an existing file is not replaced",
        };
        vec![
            "the copy shows the database at one moment; others can read and write meanwhile".to_owned(),
            "the copy is checked, reading every event, before it gets its name".to_owned(),
            replaced.to_owned(),
            format!("if cancelled, {}", self.if_cancelled(None)),
        ]
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        "no file is written"
    }

    fn resolve(&mut self, files: &dyn FileAccess) -> Result<()> {
        self.target.database = files.to_write(&self.target.database)?;
        if let Some(second) = &mut self.target.projections {
            *second = files.to_write(second)?;
        }
        Ok(())
    }

    fn perform(
        &mut self,
        _target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<BackedUp> {
        backup(context.store, context.apps, &self.target, self.replace, watch)
    }

    fn summary(&self, done: &BackedUp) -> Summary {
        done.into()
    }

    fn report(&self, done: &BackedUp) -> Report {
        let files = std::iter::once(&self.target.database).chain(&self.target.projections);
        let files: Vec<String> = files.map(|file| file.shown()).collect();
        let notes = vec![format!("written to {}", files.join(" and "))];
        let report = Report { notes, ..Report::of(self.summary(done)) };
        limited(check::words(&done.checked), done.checked.more > 0, report)
    }
}

impl From<&BackedUp> for Summary {
    fn from(done: &BackedUp) -> Self {
        let problems = match done.checked.count() {
            0 => "no problems".to_owned(),
            count => counted(count, "problem", "problems"),
        };
        let bytes = counted(done.bytes, "byte", "bytes");
        let detail = format!("{bytes}; {problems} in {}", check::totals(&done.checked));
        Self::done(detail).found(done.checked.count() > 0)
    }
}
