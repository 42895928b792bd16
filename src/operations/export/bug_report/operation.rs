//! The recorded forms of a bug report: to a file, and to any writer.

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::masking::MaskedPath;
use crate::operations::operation::{
    FileAccess, Operation, OperationContext, PlanScope, Target, parameters, path_value,
};
use crate::operations::summary::events;
use crate::operations::{Phase, Report, Summary, Watch};
use crate::space::ReportSubject;
use crate::text::{counted, grouped};

use super::super::to_new_file;
use super::code;
use super::selection::MOST_CAUSES;
use super::{BugReport, BugReported, write};

/// The name of the operation. A bug report is an export, and a redaction names its file as out of reach like any other.
const NAME: &str = super::super::NAME;

/// An export of a bug report to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportBugReport {
    /// The bug report.
    pub report: BugReport,
    /// The file.
    pub file: PathBuf,
    /// Replace an existing file.
    pub replace: bool,
}

impl BugReport {
    /// Says how many events the report can have, if there is a limit.
    fn limit(&self) -> Option<String> {
        if self.as_test {
            let most = grouped(code::MOST_EVENTS);
            return Some(format!("a test has at most {most} events; with more, nothing is written"));
        }
        let is_of_event = matches!(self.subject, ReportSubject::Event(_));
        is_of_event
            .then(|| format!("at most the nearest {} causes are followed", grouped(MOST_CAUSES as u64)))
    }

    fn parameters(&self) -> Map<String, Value> {
        let (name, value) = match &self.subject {
            ReportSubject::Event(event_id) => ("event_id", event_id.0.into()),
            ReportSubject::Entity(entity_id) => ("entity_id", entity_id.as_str().into()),
            ReportSubject::Correlation(id) => ("correlation_id", id.to_string().into()),
        };
        let mut parameters = parameters([(name, value)]);
        if !self.masks.is_empty() {
            let masks: Vec<String> = self.masks.iter().map(ToString::to_string).collect();
            parameters.insert("masks".to_owned(), masks.into());
        }
        if self.as_test {
            parameters.insert("as_test".to_owned(), true.into());
        }
        parameters
    }
}

impl Operation for ExportBugReport {
    type Done = BugReported;
    type Error = Error;

    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Map<String, Value> {
        let mut parameters = self.report.parameters();
        parameters.insert("output".to_owned(), path_value(&self.file));
        parameters
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn needs_app(&self) -> bool {
        self.report.as_test
    }

    fn plan(&self, scope: &PlanScope<'_>) -> Vec<String> {
        let events = match &self.report.subject {
            ReportSubject::Event(event_id) => format!(
                "the events of the entity of event {event_id} up to it, and the events of the space that led to it"
            ),
            ReportSubject::Entity(entity_id) => format!("all events of the entity {entity_id}"),
            ReportSubject::Correlation(_) => "all events of this space with the correlation".to_owned(),
        };
        let form = if self.report.as_test { " as a test in Rust" } else { "" };
        let masks: Vec<String> = self.report.masks.iter().map(ToString::to_string).collect();
        let masked = match masks.as_slice() {
            [] => "no value is masked: the file contains them as they are".to_owned(),
            masks => format!(
                "the values of {} are replaced by stand-ins wherever they occur; nothing maps these back",
                masks.join(", ")
            ),
        };
        let appears = match self.replace {
            true => "an existing file is replaced only when the new one is complete and on disk",
            false => {
                "the file appears only when it is complete and on disk; if cancelled or failed, there is none"
            }
        };
        let limit = self.report.limit();
        let written = format!("{events} are written{form} to {}", scope.place(&self.file));
        [written, masked].into_iter().chain(limit).chain([appears.to_owned()]).collect()
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
    ) -> Result<BugReported> {
        let Self { report, file, replace } = self;
        target.with_space(context, |space| {
            to_new_file(context.store, file, *replace, &mut |out| {
                write(context.store, context.apps, space, report, out, watch)
            })
        })
    }

    fn summary(&self, done: &BugReported) -> Summary {
        done.into()
    }

    fn report(&self, done: &BugReported) -> Report {
        let size = counted(done.bytes, "byte", "bytes");
        let mut notes = vec![format!("written to {}: {size}", self.file.shown())];
        if !self.report.as_test {
            notes.push(format!("importing it creates the space {}", done.report));
        }
        notes.extend(done.kept_text());
        if done.has_more_causes {
            let most = grouped(MOST_CAUSES as u64);
            notes.push(format!("only the nearest {most} causes are followed; earlier ones are missing"));
        }
        Report { notes, ..Report::of(self.summary(done)) }
    }
}

/// An export of a bug report to an open stream.
pub struct ExportBugReportTo<'a> {
    /// The bug report.
    pub report: BugReport,
    /// The stream.
    pub out: &'a mut dyn Write,
}

impl Operation for ExportBugReportTo<'_> {
    type Done = BugReported;
    type Error = Error;

    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Map<String, Value> {
        self.report.parameters()
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn needs_app(&self) -> bool {
        self.report.as_test
    }

    fn perform(
        &mut self,
        target: Target<'_>,
        context: OperationContext<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<BugReported> {
        let Self { report, out } = self;
        target
            .with_space(context, |space| write(context.store, context.apps, space, report, &mut **out, watch))
    }

    fn summary(&self, done: &BugReported) -> Summary {
        done.into()
    }
}

impl From<&BugReported> for Summary {
    fn from(done: &BugReported) -> Self {
        let masked = match done.masked_values {
            0 => "nothing masked".to_owned(),
            count => format!("{} masked", counted(count, "value", "values")),
        };
        Self::done(format!("{}, {masked}", events(done.events)))
    }
}
