//! `ramax import`: a space from JSON lines.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::operations::{self, Action, ImportFile, ImportOptions, Imported, Spool, Told};

use super::exit::{Exit, Failure};
use super::meter::Meter;
use super::narration::{in_seconds, time_taken};
use super::session::Session;

#[derive(Debug, Args)]
pub struct Arguments {
    /// An exported file; - is standard input
    file: PathBuf,
    /// The name of the imported space, instead of its own
    #[arg(long, value_name = "NAME")]
    into: Option<String>,
}

impl Arguments {
    fn parameters(&self) -> Map<String, Value> {
        Map::from_iter([("file".to_owned(), self.file.to_string_lossy().into())])
    }
}

const ACTION: &str = "import";

/// The result of an import, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    imported: &'a Imported,
    seconds: f64,
}

pub fn run(session: &mut Session, arguments: &Arguments) -> Result<Exit, Failure> {
    // Nothing has started yet that a signal would have to wait for.
    let mut file = open(session, &arguments.file).map_err(|failure| {
        let action =
            arguments.into.as_ref().map_or(Action::on_file(ACTION), |name| Action::on_name(ACTION, name));
        session.turned_down(action, arguments.parameters(), failure)
    })?;
    let interrupt = session.signals.listen();
    let title = format!("import {}", arguments.file.display());
    let mut meter = Meter::start(session.narration, &interrupt, title, operations::Phases::IMPORT);
    let checked = file.check(&mut |progress| meter.watch(progress));
    if checked.is_err() && session.is_missing()? {
        // A refused file leaves no database behind.
        checked?;
        return Ok(Exit::Refused);
    }
    let store = session.open_or_create()?;
    let options = ImportOptions { into: arguments.into.clone() };
    // A file that is refused later still names its space in the first line.
    let own_name = file.announced().ok().map(|header| header.space_name);
    let action = match options.into.as_ref().or(own_name.as_ref()) {
        Some(name) => Action::on_name(ACTION, name),
        None => Action::on_file(ACTION),
    };
    let work = || {
        checked?;
        operations::import(&store, &mut file, &options, &mut |progress| meter.watch(progress))
    };
    let imported = operations::logged(&store, action, arguments.parameters(), work, |done| Told::from(done));
    let taken = meter.end();
    let imported = imported?;
    session.done = Some(format!("{} was imported", imported.space.space_name));
    if session.out.is_json() {
        session.out.json_line(&Line { imported: &imported, seconds: in_seconds(taken) })?;
        return Ok(Exit::Done);
    }
    let Imported { space, .. } = &imported;
    session.out.line(&format!(
        "imported {} ({}): {} in {}",
        space.space_name,
        space.space_id,
        Told::from(&imported).detail,
        time_taken(taken)
    ))?;
    Ok(Exit::Done)
}

fn open(session: &Session, path: &Path) -> Result<ImportFile<Spool>, Failure> {
    let file = if path == Path::new("-") {
        ImportFile::put_aside(session.signals.stdin())
    } else {
        ImportFile::open(path)
    };
    Ok(file?)
}
