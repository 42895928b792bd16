//! The recorded forms of an export: to a file, and to any writer.

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::masking::MaskedPath;
use crate::operations::operation::{
    FileAccess, Operation, OperationContext, PlanScope, Target, contents, parameters, path_value,
};
use crate::operations::summary::{events, keys};
use crate::operations::{Phase, Report, Summary, Watch};
use crate::text::counted;

use super::{Exported, to_new_file, write};

pub(in crate::operations) const NAME: &str = "export";

/// An export of a space to a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Export {
    /// The file.
    pub file: PathBuf,
    /// Replace an existing file.
    pub replace: bool,
}

impl Operation for Export {
    type Done = Exported;
    type Error = Error;

    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Map<String, Value> {
        parameters([("output", path_value(&self.file))])
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn plan(&self, scope: &PlanScope<'_>) -> Vec<String> {
        let (all, place) = (contents(scope), scope.place(&self.file));
        let written = match scope.single() {
            Some(_) => format!("{all} are written to {place}"),
            None => format!("{all} are written, each space to a file named after it, in {place}"),
        };
        let appears = match self.replace {
            true => "an existing file is replaced only when the new one is complete and on disk",
            false => {
                "a file appears only when it is complete and on disk; if cancelled or failed, there is none"
            }
        };
        let moment = "a file shows its space at one moment; others can read and write meanwhile";
        vec![written, appears.to_owned(), moment.to_owned()]
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        "no file is written"
    }

    fn resolve(&mut self, files: &dyn FileAccess) -> Result<()> {
        self.file = files.to_write(&self.file)?;
        Ok(())
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Exported> {
        let Self { file, replace } = self;
        let OperationContext { store, apps, .. } = context;
        target.with_space(context, |space| {
            to_new_file(store, file, *replace, &mut |out| write(store, apps, space, out, watch))
        })
    }

    fn summary(&self, done: &Exported) -> Summary {
        done.into()
    }

    fn report(&self, done: &Exported) -> Report {
        let written = format!("written to {}: {}", self.file.shown(), size(done));
        Report { notes: vec![written], advice: done.warning(), ..Report::of(self.summary(done)) }
    }
}

/// Says how large an export is.
pub(in crate::operations) fn size(done: &Exported) -> String {
    format!("{}, {}", counted(done.lines(), "line", "lines"), counted(done.bytes, "byte", "bytes"))
}

/// An export of a space to an open stream.
pub struct ExportTo<'a>(pub &'a mut dyn Write);

impl Operation for ExportTo<'_> {
    type Done = Exported;
    type Error = Error;

    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Map<String, Value> {
        Map::new()
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Exported> {
        let OperationContext { store, apps, .. } = context;
        target.with_space(context, |space| write(store, apps, space, &mut *self.0, watch))
    }

    fn summary(&self, done: &Exported) -> Summary {
        done.into()
    }
}

impl From<&Exported> for Summary {
    fn from(done: &Exported) -> Self {
        let bytes = counted(done.bytes, "byte", "bytes");
        let beyond = match done.beyond_limits {
            0 => String::new(),
            count => format!("; {} too large to be imported again", counted(count, "line is", "lines are")),
        };
        Self::done(format!("{}, {}, {bytes}{beyond}", events(done.events), keys(done.entities)))
    }
}
