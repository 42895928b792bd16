//! `ramax export` of some events of a space: a bug report.

use std::path::Path;

use clap::Args;
use serde::Serialize;
use uuid::Uuid;

use crate::cli::entity_json::entity_json;
use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{in_seconds, time_taken};
use crate::cli::meter::ProgressMeter;
use crate::cli::session::Session;
use crate::event::EventId;
use crate::masking::MaskedPath;
use crate::operations::{
    BugReport, BugReported, ExportBugReport, ExportBugReportTo, FieldPath, Operation, OperationContext,
    Summary, Target,
};
use crate::space::ReportSubject;

#[derive(Debug, Args)]
pub struct BugReportArguments {
    /// Export only the events of this entity, as a bug report
    #[arg(long, value_name = "ENTITY", group = "subject")]
    entity: Option<String>,
    /// The entity as a JSON string, for an id with a NUL
    #[arg(long, value_name = "JSON", value_parser = entity_json, group = "subject", hide_short_help = true)]
    entity_json: Option<String>,
    /// Export only the events of the space with this correlation
    #[arg(long, value_name = "UUID", group = "subject")]
    correlation: Option<Uuid>,
    /// Export only the events that led to this one: those of its entity up to it, and its causes
    #[arg(long, value_name = "ID", group = "subject")]
    event: Option<u64>,
    /// Replace the values of this field by stand-ins, wherever they occur: a name at any depth, such as email, a path such
    /// as address.street, or meta.actor for metadata; repeat it for more
    #[arg(long = "mask", value_name = "FIELD", requires = "subject")]
    masks: Vec<String>,
    /// Write the events as a test in Rust: given, when, then
    #[arg(long, requires = "subject")]
    as_test: bool,
}

impl BugReportArguments {
    /// Returns the bug report, if the export is one.
    pub fn bug_report(&self) -> Result<Option<BugReport>, Failure> {
        let Self { entity, entity_json, correlation, event, masks, as_test } = self;
        let subject = match (entity.as_ref().or(entity_json.as_ref()), correlation, event) {
            (Some(entity_id), ..) => ReportSubject::Entity(entity_id.clone()),
            (_, Some(id), _) => ReportSubject::Correlation(*id),
            (_, _, Some(event_id)) => ReportSubject::Event(EventId(*event_id)),
            (None, None, None) => return Ok(None),
        };
        let masks = masks.iter().map(|mask| mask.parse::<FieldPath>());
        let masks =
            masks.collect::<Result<Vec<_>, _>>().map_err(|error| Failure::from(crate::Error::from(error)))?;
        Ok(Some(BugReport { subject, masks, as_test: *as_test }))
    }
}

/// The result of a bug report in a file, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    reported: &'a BugReported,
    file: String,
    seconds: f64,
}

pub fn run(
    session: &mut Session,
    space_name: &str,
    report: BugReport,
    (file, replace): (Option<&Path>, bool),
) -> Result<Exit, Failure> {
    let store = session.open()?;
    let interrupt = session.signals.listen();
    let title = format!("export {space_name}");
    let (reported, taken) = match file {
        Some(file) => {
            let mut export = ExportBugReport { report, file: file.to_owned(), replace };
            let space = Session::find(&store, space_name, |target| export.attempt(target))?;
            session
                .run(&mut export, Target::of(&space), &store, (&interrupt, title))
                .map_err(|failure| failure.about_space(&space.space_name))?
        }
        None => {
            let mut export = ExportBugReportTo { report, out: session.out.bytes() };
            let space = Session::find(&store, space_name, |target| export.attempt(target))?;
            let mut meter = ProgressMeter::start(session.messages, &interrupt, title, export.phases());
            let context = OperationContext::new(&store, &session.apps);
            let reported = export.run(Target::of(&space), context, &mut |progress| meter.watch(progress));
            let taken = meter.end();
            (reported.map_err(|error| Failure::from(error).about_space(&space.space_name))?, taken)
        }
    };
    let summary = format!("exported {}: {}", reported.space.space_name, Summary::from(&reported).detail);
    match file {
        None => session.say(&format!("{summary} in {}", time_taken(taken)))?,
        Some(path) if session.out.is_json() => {
            let (file, seconds) = (path.to_string_lossy().into_owned(), in_seconds(taken));
            session.out.json_line(&Line { reported: &reported, file, seconds })?;
        }
        Some(path) => {
            session.out.line(&format!("{summary} to {} in {}", path.shown(), time_taken(taken)))?;
        }
    }
    if let Some(kept) = reported.kept_text() {
        session.say(&kept)?;
    }
    Ok(Exit::Done)
}
