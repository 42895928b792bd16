//! The recorded form of [`import_original`](super::import_original()), with what needs attention as findings.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::operations::operation::{
    FileAccess, Operation, OperationContext, PlanScope, Target, limited, parameters, path_value,
};
use crate::operations::summary::{events, keys};
use crate::operations::{Phase, Phases, Report, Summary, Watch};
use crate::text::counted;

use super::{ImportedOriginal, OriginalFiles, import_original};

/// An import of a file of the Elixir original. It is recorded under the whole file, because it creates several spaces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportOriginal {
    /// The files.
    pub files: OriginalFiles,
}

impl Operation for ImportOriginal {
    type Done = ImportedOriginal;
    type Error = Error;

    fn name(&self) -> &'static str {
        "import-original"
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = parameters([("file", path_value(&self.files.events))]);
        let projections = self.files.projections.as_deref().map(path_value);
        parameters.extend(projections.map(|path| ("projections".to_owned(), path)));
        parameters
    }

    fn phases(&self) -> Phases {
        Phases::of(&[Phase::Read, Phase::Import, Phase::Compare])
    }

    fn plan(&self, _scope: &PlanScope<'_>) -> Vec<String> {
        let lines = [
            "every space of the file is imported, except those that were imported before; the file does not change",
            "sequences with duplicates or gaps are numbered again, and projections are built from the events",
            "each space takes no commands until it is complete; other spaces do not change",
        ];
        lines.map(str::to_owned).into()
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        "complete spaces stay, nothing remains of an incomplete one, and the same import continues with it"
    }

    fn resolve(&mut self, files: &dyn FileAccess) -> Result<()> {
        self.files.events = files.to_read(&self.files.events)?;
        if let Some(projections) = &self.files.projections {
            self.files.projections = Some(files.to_read(projections)?);
        }
        Ok(())
    }

    fn perform(
        &mut self,
        _target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<ImportedOriginal> {
        import_original(context.store, context.apps, &self.files, watch)
    }

    fn summary(&self, done: &ImportedOriginal) -> Summary {
        let spaces = counted(done.spaces.len() as u64, "space", "spaces");
        let mut detail = format!("{spaces}, {}, {}", events(done.events()), keys(done.keys()));
        let mut add = |count: u64, one: &str, many: &str| {
            if count > 0 {
                detail += &format!(", {}", counted(count, one, many));
            }
        };
        add(done.already.len() as u64, "space imported before", "spaces imported before");
        add(done.refused.len() as u64, "space refused", "spaces refused");
        add(done.unreadable(), "unreadable payload", "unreadable payloads");
        add(done.skipped(), "skipped event", "skipped events");
        add(done.differences(), "difference from the original", "differences from the original");
        Summary::done(detail).found(done.found())
    }

    fn report(&self, done: &ImportedOriginal) -> Report {
        let notes = done.spaces.iter().flat_map(|space| {
            let name = &space.space.space_name;
            space.facts().into_iter().map(move |fact| format!("{name}: {fact}"))
        });
        let report = Report { notes: notes.collect(), ..Report::of(self.summary(done)) };
        limited(done.findings(), false, report)
    }
}
