//! `ramax export`: a space as JSON lines.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::cli::commands::bug_report::{self, BugReportArguments};
use crate::cli::exit::{Exit, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::messages::{in_seconds, time_taken};
use crate::cli::meter::ProgressMeter;
use crate::cli::remedy;
use crate::cli::session::Session;
use crate::content_store::Store;
use crate::masking::MaskedPath;
use crate::operations::{Export, ExportTo, Exported, Operation, OperationContext, Summary, Target};

#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// Write to FILE, which appears once it is complete; by default, or with -, to standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite the file if it already exists
    #[arg(long, requires = "output")]
    force: bool,
    #[command(flatten)]
    bug_report: BugReportArguments,
}

impl ExportArguments {
    fn file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| *path != Path::new("-"))
    }
}

/// The result of an export to a file, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    exported: &'a Exported,
    file: String,
    seconds: f64,
}

pub fn run(session: &mut Session, arguments: &ExportArguments) -> Result<Exit, Failure> {
    if let Some(report) = arguments.bug_report.bug_report()? {
        return bug_report::run(session, &arguments.space, report, (arguments.file(), arguments.force));
    }
    let store = session.open()?;
    let interrupt = session.signals.listen();
    let title = format!("export {}", arguments.space);
    let (exported, taken) = match arguments.file() {
        Some(file) => {
            let mut export = Export { file: file.to_owned(), replace: arguments.force };
            let space = Session::find(&store, &arguments.space, |target| export.attempt(target))?;
            session.run(&mut export, Target::of(&space), &store, (&interrupt, title))?
        }
        None => to_stdout(session, &store, &arguments.space, (&interrupt, title))?,
    };
    tell(session, arguments, &exported, taken)
}

fn to_stdout(
    session: &mut Session,
    store: &Store,
    space_name: &str,
    (interrupt, title): (&Interrupt, String),
) -> Result<(Exported, Duration), Failure> {
    let mut export = ExportTo(session.out.bytes());
    let space = Session::find(store, space_name, |target| export.attempt(target))?;
    let mut meter = ProgressMeter::start(session.messages, interrupt, title, export.phases());
    let context = OperationContext::new(store, &session.apps);
    let target = Target::of(&space);
    let exported = export.run(target, context, &mut |progress| meter.watch(progress));
    let taken = meter.end();
    Ok((exported.map_err(|error| Session::failed(store, target, error))?, taken))
}

fn tell(
    session: &mut Session,
    arguments: &ExportArguments,
    exported: &Exported,
    taken: Duration,
) -> Result<Exit, Failure> {
    let summary = format!("exported {}: {}", exported.space.space_name, Summary::from(exported).detail);
    if let Some(warning) = exported.warning() {
        session.say(&format!("warning: {}", remedy::worded(&warning, &session.program)))?;
    }
    match arguments.file() {
        None => session.say(&format!("{summary} in {}", time_taken(taken)))?,
        Some(path) if session.out.is_json() => {
            let (file, seconds) = (path.to_string_lossy().into_owned(), in_seconds(taken));
            session.out.json_line(&Line { exported, file, seconds })?;
        }
        Some(path) => {
            session.out.line(&format!("{summary} to {} in {}", path.shown(), time_taken(taken)))?;
        }
    }
    Ok(Exit::Done)
}
