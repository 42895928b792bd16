//! `ramax import`: a space from JSON lines, or a file of the Elixir original.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::import_original::{self, OriginalArguments};
use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{in_seconds, time_taken};
use crate::cli::meter::ProgressMeter;
use crate::cli::session::Session;
use crate::masking::MaskedPath;
use crate::operations::{Import, ImportFile, Imported, Operation, Spool, Target};

use super::run::warn_of_time;

#[derive(Debug, Args)]
pub struct ImportArguments {
    /// An exported file; - is standard input
    #[arg(required_unless_present = "ramax")]
    file: Option<PathBuf>,
    /// The name of the imported space, instead of its own
    #[arg(long, value_name = "NAME")]
    into: Option<String>,
    #[command(flatten)]
    original: OriginalArguments,
}

/// The result of an import, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    imported: &'a Imported,
    seconds: f64,
}

pub fn run(session: &mut Session, arguments: &ImportArguments) -> Result<Exit, Failure> {
    if let Some(import) = arguments.original.operation() {
        return import_original::run(session, &arguments.original, import);
    }
    let file = arguments.file.clone().unwrap_or_default();
    // Nothing has started yet that a signal would have to wait for.
    let import = Import { file, into: arguments.into.clone() };
    let source = open(session, &import.file)
        .map_err(|failure| session.refused(import.attempt(import.target()), failure))?;
    let interrupt = session.signals.listen();
    let title = format!("import {}", import.file.shown());
    let mut meter = ProgressMeter::start(session.messages, &interrupt, title, import.phases());
    let mut opened = import.opened(source);
    let is_usable = opened.check(&mut |progress| meter.watch(progress));
    if !is_usable && session.is_missing()? {
        // A refused file leaves no database behind.
        opened.checked()?;
        return Ok(Exit::Refused);
    }
    let store = session.open_or_create()?;
    let context = session.context(&store);
    let imported = opened.run(Target::File, context, &mut |progress| meter.watch(progress));
    let taken = meter.end();
    let imported = imported?;
    session.done = Some(format!("{} was imported", imported.space.space_name));
    if let Some(time) = imported.ahead_of_clock {
        warn_of_time(session, time);
    }
    if session.out.is_json() {
        session.out.json_line(&Line { imported: &imported, seconds: in_seconds(taken) })?;
        return Ok(Exit::Done);
    }
    let Imported { space, .. } = &imported;
    session.out.line(&format!(
        "imported {} ({}): {} in {}",
        space.space_name,
        space.space_id,
        import.summary(&imported).detail,
        time_taken(taken)
    ))?;
    Ok(Exit::Done)
}

fn open(session: &Session, path: &Path) -> Result<ImportFile<Spool>, Failure> {
    let file =
        if path == Path::new("-") { ImportFile::spool(session.input()) } else { ImportFile::open(path) };
    Ok(file?)
}
