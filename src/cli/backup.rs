//! `ramax backup`: a checked copy of the database.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::content_store::{Location, Store};
use crate::operations::{self, Action, BackedUp, Told};

use super::check::write_group;
use super::exit::{Exit, Failure};
use super::meter::Meter;
use super::narration::{in_seconds, time_taken};
use super::session::Session;

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Arguments {
    /// The file to write; it appears once it is complete and checked
    file: PathBuf,
    /// The second file to write, if the store keeps its projections in a second file
    projections_file: Option<PathBuf>,
    /// Replace an earlier backup, unless the copy has lost data
    #[arg(long)]
    force: bool,
}

const AFTER_HELP: &str = "\
To restore a backup, stop every program that has the database open, then copy it with cp.

Example:
  ramax --db tenants.db backup tenants-2026-01-31.db";

impl Arguments {
    fn target(&self) -> Location {
        Location { database: self.file.clone(), projections: self.projections_file.clone() }
    }

    fn parameters(&self) -> Map<String, Value> {
        let files = [("file", Some(&self.file)), ("projections_file", self.projections_file.as_ref())];
        let named = files.into_iter().filter_map(|(name, file)| Some((name.to_owned(), file?)));
        named.map(|(name, file)| (name, Value::from(file.to_string_lossy()))).collect()
    }

    /// Returns the file names as text.
    fn files(&self) -> String {
        match &self.projections_file {
            None => self.file.display().to_string(),
            Some(second) => format!("{} and {}", self.file.display(), second.display()),
        }
    }
}

pub fn run(session: &mut Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let store = session.open()?;
    let interrupt = session.signals.listen();
    let mut meter =
        Meter::start(session.narration, &interrupt, "backup".to_owned(), operations::Phases::BACKUP);
    let mut watch = |progress| meter.watch(progress);
    let target = arguments.target();
    let work = || operations::backup(&store, &session.apps, &target, arguments.force, &mut watch);
    let action = Action { changes: false, ..Action::on_file("backup") };
    // Recorded at the end, so that the copy contains no entry of an operation that never finishes.
    let made = operations::recorded(&store, action, arguments.parameters(), work, |made| Told::from(made));
    let seconds = meter.end();
    let made = made?;
    let is_sound = made.checked.count() == 0;
    if session.out.is_json() {
        session.out.json_line(&line(arguments, &made, in_seconds(seconds)))?;
    } else {
        write_text(session, &store, arguments, &made, &time_taken(seconds))?;
    }
    Ok(if is_sound { Exit::Done } else { Exit::Refused })
}

fn line(arguments: &Arguments, made: &BackedUp, seconds: f64) -> Value {
    let BackedUp { bytes, checked } = made;
    let mut line = arguments.parameters();
    let figures = json!({
        "bytes": bytes, "spaces": checked.spaces, "events": checked.events, "keys": checked.keys,
        "findings": checked.count(), "seconds": seconds,
    });
    line.extend(figures.as_object().cloned().unwrap_or_default());
    Value::Object(line)
}

fn write_text(
    session: &mut Session,
    store: &Store,
    arguments: &Arguments,
    made: &BackedUp,
    taken: &str,
) -> Result<(), Failure> {
    let detail = Told::from(made).detail;
    session.out.line(&format!("backed up to {}: {detail}; took {taken}", arguments.files()))?;
    write_group(&mut session.out, Some(store), "", &made.checked.findings)?;
    Ok(())
}
