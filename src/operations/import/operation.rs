//! The recorded form of [`import`](super::import). Its target is known only once the file is open.

use std::io::{Read, Seek};
use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::operations::operation::{
    FileAccess, Operation, OperationContext, PlanScope, Target, parameters, path_value, record,
};
use crate::operations::summary::{ahead_of_clock, dated_ahead, events, keys};
use crate::operations::{Phase, Phases, Report, Summary, Watch, catch_up, open_space};
use crate::space::Space;
use crate::text::counted;

use super::{ImportFile, ImportOptions, Imported, Spool, import};

/// The effect of an import that is cancelled.
const NOTHING: &str = "nothing is imported";

/// An import of a space from a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Import {
    /// The file.
    pub file: PathBuf,
    /// The name of the new space, if it differs from the exported one.
    pub into: Option<String>,
}

impl Import {
    /// Returns the space that it creates, or the file as long as the file alone names the space.
    pub fn target(&self) -> Target<'_> {
        self.into.as_deref().map_or(Target::File, Target::Name)
    }

    /// Returns the import from the file, now that it is open.
    pub fn opened<R: Read + Seek>(&self, source: ImportFile<R>) -> OpenedImport<R> {
        OpenedImport { import: self.clone(), source, own_name: None, checked: Ok(()) }
    }
}

impl Operation for Import {
    type Done = Imported;
    type Error = Error;

    fn name(&self) -> &'static str {
        "import"
    }

    fn parameters(&self) -> Map<String, Value> {
        parameters([("file", path_value(&self.file))])
    }

    fn phases(&self) -> Phases {
        Phases::of(&[Phase::Read, Phase::Import])
    }

    fn plan(&self, _scope: &PlanScope<'_>) -> Vec<String> {
        let lines = [
            "the whole file is read first; a damaged file is refused, with the line",
            "the space takes no commands until it is complete; if cancelled or failed, nothing of it remains",
            "other spaces do not change",
        ];
        lines.map(str::to_owned).into()
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        NOTHING
    }

    fn resolve(&mut self, files: &dyn FileAccess) -> Result<()> {
        self.file = files.to_read(&self.file)?;
        Ok(())
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Imported> {
        let source = context.files.open(&self.file)?;
        self.opened(source).perform(target, context, watch)
    }

    fn summary(&self, done: &Imported) -> Summary {
        done.into()
    }

    fn report(&self, done: &Imported) -> Report {
        let Space { space_name, space_id, .. } = &done.space;
        let mut notes = vec![format!("created the space {space_name} ({space_id})")];
        notes.extend(done.ahead_of_clock.map(ahead_of_clock));
        Report { notes, ..Report::of(self.summary(done)) }
    }

    /// Opens and checks the file before it records the start, because the file names the space.
    fn run(
        &mut self,
        _target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Imported> {
        let opened: Result<ImportFile<Spool>> =
            self.resolve(context.files).and_then(|()| context.files.open(&self.file));
        match opened {
            Ok(source) => {
                let mut opened = self.opened(source);
                opened.check(watch);
                opened.run(Target::File, context, watch)
            }
            Err(error) => Err(self.attempt(self.target()).refused(context.store, error)),
        }
    }
}

/// An import from an open file. An unusable file fails it only when it runs, and is then recorded.
pub struct OpenedImport<R> {
    import: Import,
    source: ImportFile<R>,
    /// The name in the first line of the file.
    own_name: Option<String>,
    checked: Result<()>,
}

impl<R: Read + Seek> OpenedImport<R> {
    /// Checks the whole file, which also reads the name of the space. Returns true if the file is usable.
    pub fn check(&mut self, watch: &mut Watch<'_>) -> bool {
        self.checked = self.source.check(watch).map(drop);
        // A file that is refused later still names its space in the first line.
        self.own_name = self.source.announced().ok().map(|header| header.space_name);
        self.checked.is_ok()
    }

    /// Returns the result of the check.
    ///
    /// # Errors
    /// Those of [`ImportFile::check`].
    pub fn checked(self) -> Result<()> {
        self.checked
    }
}

impl<R: Read + Seek> Operation for OpenedImport<R> {
    type Done = Imported;
    type Error = Error;

    fn name(&self) -> &'static str {
        self.import.name()
    }

    fn parameters(&self) -> Map<String, Value> {
        self.import.parameters()
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        NOTHING
    }

    fn perform(
        &mut self,
        _target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Imported> {
        std::mem::replace(&mut self.checked, Ok(()))?;
        let options = ImportOptions { into: self.import.into.clone() };
        let imported = import(context.store, &mut self.source, &options, watch)?;
        Ok(if imported.space.bug_report().is_some() { derived(imported, context, watch) } else { imported })
    }

    fn summary(&self, done: &Imported) -> Summary {
        done.into()
    }

    /// Records the import under the name of the space that it creates.
    fn run(
        &mut self,
        _target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Imported> {
        let name = self.import.into.as_ref().or(self.own_name.as_ref()).cloned();
        let target = name.as_deref().map_or(Target::File, Target::Name);
        record(self, target, context, watch)
    }
}

/// Derives the projections of a bug report, which has none of its own. Without its app it stays without.
fn derived(imported: Imported, context: OperationContext<'_>, watch: &mut Watch<'_>) -> Imported {
    let Ok(content) = open_space(context.store, context.apps, imported.space.clone()) else {
        return imported;
    };
    // A report is often about an event that cannot be applied.
    let not_derived = catch_up(&content, watch).err().map(|error| error.to_string());
    let stored = context.store.pstate().stored(&[imported.space.space_id]).unwrap_or_default();
    let entities = stored.iter().flatten().map(|projection| projection.checkpoint.entities).sum();
    Imported { entities, not_derived, ..imported }
}

impl From<&Imported> for Summary {
    fn from(done: &Imported) -> Self {
        let ids = if done.ids_kept { "" } else { ", with new event ids" };
        let dropped = match done.causes_dropped {
            0 => String::new(),
            count => format!("; {} from other spaces dropped", counted(count, "cause", "causes")),
        };
        let stopped = match &done.not_derived {
            None => String::new(),
            Some(reason) => format!("; the projections are not up to date: {reason}"),
        };
        let (events, keys, ahead) =
            (events(done.events), keys(done.entities), dated_ahead(done.ahead_of_clock));
        let detail = format!("{events}, {keys}{ids}{dropped}{ahead}{stopped}");
        Self::done(detail).made(done.space.space_id)
    }
}
