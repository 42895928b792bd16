//! The recorded form of [`import_original`](super::import_original()), with what needs attention as findings.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::content_store::Store;
use crate::error::{Error, Result};
use crate::masking::MaskedPath;
use crate::operations::operation::{
    FileAccess, NamedFiles, Operation, OperationContext, PlanScope, Target, limited, parameters, path_value,
};
use crate::operations::summary::{events, keys};
use crate::operations::{Phase, Phases, Report, Summary, Watch};
use crate::sqlite::{Location, OpenOptions};
use crate::text::counted;

use super::{ImportedOriginal, OriginalFiles, import_original};

/// An import of a file of the Elixir original. It is recorded under the whole file, because it creates several spaces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportOriginal {
    /// The files.
    pub files: OriginalFiles,
    /// The database into which they are imported, which is created if it does not exist. `None` for the store of the
    /// context.
    pub into: Option<PathBuf>,
}

impl Operation for ImportOriginal {
    type Done = ImportedOriginal;
    type Error = Error;

    fn name(&self) -> &'static str {
        "import"
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = parameters([("file", path_value(&self.files.events))]);
        let projections = self.files.projections.as_deref().map(path_value);
        parameters.extend(projections.map(|path| ("projections".to_owned(), path)));
        parameters.extend(self.into.as_deref().map(|path| ("into".to_owned(), path_value(path))));
        parameters
    }

    fn is_read_only(&self) -> bool {
        // The other database records it.
        self.into.is_some()
    }

    fn phases(&self) -> Phases {
        // Reading the numbers takes a moment only.
        Phases::of(&[Phase::Import, Phase::Compare])
    }

    fn plan(&self, scope: &PlanScope<'_>) -> Vec<String> {
        let into =
            self.into.as_deref().map(|path| format!("the spaces are created in {}", scope.place(path)));
        let lines = [
            "every space of the file is imported, except those that were imported before; the file does not change",
            "sequences with duplicates or gaps are numbered again, and projections are built from the events",
            "each space takes no commands until it is complete; other spaces do not change",
        ];
        into.into_iter().chain(lines.map(str::to_owned)).collect()
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        "complete spaces stay, nothing remains of an incomplete one, and the same import continues with it"
    }

    fn resolve(&mut self, files: &dyn FileAccess) -> Result<()> {
        if let Some(into) = &self.into {
            // The files are those that are open.
            self.into = Some(files.to_write(into)?);
            return Ok(());
        }
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
        let Some(into) = self.into.as_ref() else {
            return import_original(context.store, context.apps, &self.files, watch);
        };
        let store = Store::open_or_create(&Location::file(into), OpenOptions::default())?;
        let mut import = Self { files: self.files.clone(), into: None };
        // The files have their paths already.
        let context = OperationContext { store: &store, files: &NamedFiles, ..context };
        import.run(Target::File, context, watch)
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
        add(done.added(), "event added since", "events added since");
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
        let already = done.already.iter().map(|space| format!("{}: {}", space.space_name, space.words()));
        let leftovers = done.leftovers.words().into_iter().map(|(part, text)| format!("{part}: {text}"));
        let into = self.into.as_ref().map(|path| format!("the spaces are in {}", path.shown()));
        let report = Report {
            notes: into.into_iter().chain(notes).chain(already).chain(leftovers).collect(),
            ..Report::of(self.summary(done))
        };
        limited(done.findings(), false, report)
    }
}
