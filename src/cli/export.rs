//! `ramax export`: a space as JSON lines.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::operations::{self, Action, Exported, Told};

use super::exit::{Exit, Failure};
use super::meter::Meter;
use super::narration::{in_seconds, time_taken};
use super::remedy;
use super::session::Session;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// Write to FILE, which appears once it is complete; by default, or with -, to standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite the file if it already exists
    #[arg(long, requires = "output")]
    force: bool,
}

impl Arguments {
    fn parameters(&self) -> Map<String, Value> {
        let output = self.file().map(|path| Value::from(path.to_string_lossy()));
        output.map(|output| ("output".to_owned(), output)).into_iter().collect()
    }

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

pub fn run(session: &mut Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let store = session.open()?;
    let interrupt = session.signals.listen();
    let mut meter = Meter::start(
        session.narration,
        &interrupt,
        format!("export {}", arguments.space),
        operations::Phases::ONE,
    );
    let mut watch = |progress| meter.watch(progress);
    let space = &arguments.space;
    let work = || match arguments.file() {
        Some(path) => operations::export_to_file(&store, space, path, arguments.force, &mut watch),
        None => operations::export(&store, space, session.out.bytes(), &mut watch),
    };
    let found = operations::find_record(&store, space);
    let action = match &found {
        Ok(record) => Action::looking_at("export", &record.space),
        Err(_) => Action { changes: false, ..Action::on_name("export", space) },
    };
    let exported = operations::logged(&store, action, arguments.parameters(), work, |done| Told::from(done));
    let taken = meter.end();
    tell(session, arguments, &exported?, taken)
}

fn tell(
    session: &mut Session,
    arguments: &Arguments,
    exported: &Exported,
    taken: Duration,
) -> Result<Exit, Failure> {
    let told = format!("exported {}: {}", exported.space.space_name, Told::from(exported).detail);
    if let Some(warning) = exported.warning() {
        session.say(&format!("warning: {}", remedy::worded(&warning)))?;
    }
    match arguments.file() {
        None => session.say(&format!("{told} in {}", time_taken(taken)))?,
        Some(path) if session.out.is_json() => {
            let (file, seconds) = (path.to_string_lossy().into_owned(), in_seconds(taken));
            session.out.json_line(&Line { exported, file, seconds })?;
        }
        Some(path) => {
            session.out.line(&format!("{told} to {} in {}", path.display(), time_taken(taken)))?;
        }
    }
    Ok(Exit::Done)
}
