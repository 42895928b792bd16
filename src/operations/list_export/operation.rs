//! The recorded form of an export of a list.

use serde_json::{Map, Value};

use crate::error::{Error, ExportError, Result, StoreError};
use crate::masking::MaskedPath;
use crate::operations::operation::{FileAccess, Operation, OperationContext, Target, parameters, path_value};
use crate::operations::{DamagedSpaces, Phase, Progress, Report, Summary, Watch};
use crate::space::Space;
use crate::text::counted;

use super::destination::Destination;
use super::rows::{Counts, Rows};
use super::writer::RowWriter;
use super::{ExportList, ExportedList, ListDestination, StoreList};

/// The name of the operation, also in files that programs without it open.
pub(in crate::operations) const NAME: &str = "export-list";

impl Operation for ExportList {
    type Done = ExportedList;
    type Error = Error;

    fn name(&self) -> &'static str {
        NAME
    }

    /// Does not name the filter, which may quote values that are erased later.
    fn parameters(&self) -> Map<String, Value> {
        let of = [("list", self.list.name().into()), ("format", self.format.extension().into())];
        let mut parameters = parameters(of);
        if let ListDestination::File { path, .. } = &self.destination {
            parameters.insert("output".to_owned(), path_value(path));
        }
        parameters
    }

    fn is_read_only(&self) -> bool {
        true
    }

    /// An export of the audit log does not list itself. Any other is recorded from its start, since a process that is
    /// killed has read the data nevertheless.
    fn is_recorded_at_end(&self) -> bool {
        matches!(self.list, StoreList::AuditLog { .. })
    }

    fn if_cancelled(&self, _phase: Option<Phase>) -> &'static str {
        match self.destination {
            ListDestination::File { .. } => "no file is written",
            ListDestination::Clipboard { .. } => "nothing is sent to the clipboard",
        }
    }

    fn resolve(&mut self, files: &dyn FileAccess) -> Result<()> {
        if let ListDestination::File { path, .. } = &mut self.destination {
            *path = files.to_write(path)?;
        }
        Ok(())
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<ExportedList> {
        match target.space_id() {
            Some(_) => target.with_space(context, |space| self.write(context, Some(space), watch)),
            None => self.write(context, None, watch),
        }
    }

    fn summary(&self, done: &ExportedList) -> Summary {
        let [one, several] = self.list.rows();
        let bytes = counted(done.bytes, "byte", "bytes");
        let to = match self.destination {
            ListDestination::File { .. } => "",
            ListDestination::Clipboard { .. } => ", sent to the clipboard",
        };
        let damaged = match done.damaged {
            0 => String::new(),
            count => format!("; {} damaged", counted(count, "event is", "events are")),
        };
        let detail = format!("{}, {bytes}{to}{damaged}", counted(done.rows, one, several));
        Summary::done(detail).found(done.damaged > 0 || done.damaged_spaces != DamagedSpaces::default())
    }

    fn report(&self, done: &ExportedList) -> Report {
        let mut notes = Vec::new();
        if let ListDestination::File { path, .. } = &self.destination {
            notes.push(format!("written to {}", path.shown()));
        }
        notes.extend(done.deleted.iter().map(|space| {
            format!("the space {space} was deleted meanwhile; not all of its rows are included")
        }));
        notes.extend(done.damaged_spaces.clone().error().map(|error| error.to_string()));
        Report { notes, clipboard: done.text.clone(), ..Report::of(self.summary(done)) }
    }
}

impl ExportList {
    /// Writes the rows of one space, or of several.
    fn write(
        &self,
        context: OperationContext<'_>,
        space: Option<&Space>,
        watch: &mut Watch<'_>,
    ) -> Result<ExportedList> {
        let store = context.store;
        let space_id = space.map(|space| space.space_id);
        let redactions = || store.events().redactions(space_id);
        let before = redactions()?;
        let destination = Destination::begin(store, &self.destination)?;
        let mut writer = RowWriter::begin(&self.list, self.format, destination)?;
        let progress = Progress { phase: Phase::Export, done: 0, total: 0, last_event: None, skipped: 0 };
        let counts = Rows { context, watch, writer: &mut writer, progress }.write(&self.list)?;
        // Rows from before would hold values that are no longer in the store.
        if redactions()? != before {
            return Err(ExportError::ErasedMeanwhile.into());
        }
        if let Some(space) = space {
            let record = store.events().space(space.space_id)?;
            // The caller names the space.
            record.ok_or_else(|| StoreError::unknown_space(""))?.space.check_open()?;
        }
        let rows = writer.rows();
        let (bytes, text) = writer.finish()?.finish()?;
        let Counts { damaged, deleted, spaces: damaged_spaces } = counts;
        Ok(ExportedList { rows, damaged, deleted, damaged_spaces, bytes, text })
    }
}
