//! `ramax backup`: a checked copy of the database.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::masking::MaskedPath;
use crate::operations::{BackedUp, Backup, Operation, Target};
use crate::sqlite::Location;

use super::check::write_group;
use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{in_seconds, time_taken};
use crate::cli::session::Session;

#[derive(Debug, Args)]
#[command(
    after_help = "To look at a backup, open it with --read-only. A check or a look without it changes no data, so --force still \
                  replaces the backup; one with changes of its own is kept.

To restore a backup, stop every program that has the database open, then copy it with cp."
)]
pub struct BackupArguments {
    /// The file to write; it appears once it is complete and checked
    file: PathBuf,
    /// The second file to write, if the store keeps its projections in a second file
    projections_file: Option<PathBuf>,
    /// Replace an earlier backup, unless it was changed since, or the copy lacks data
    #[arg(long)]
    force: bool,
}

impl BackupArguments {
    fn operation(&self) -> Backup {
        let target = Location { database: self.file.clone(), projections: self.projections_file.clone() };
        Backup { target, replace: self.force }
    }

    /// Returns the file names as text.
    fn files(&self) -> String {
        match &self.projections_file {
            None => self.file.shown(),
            Some(second) => format!("{} and {}", self.file.shown(), second.shown()),
        }
    }
}

pub fn run(session: &mut Session, arguments: &BackupArguments) -> Result<Exit, Failure> {
    let store = session.open()?;
    let interrupt = session.signals.listen();
    let mut backup = arguments.operation();
    let (made, taken) = session.run(&mut backup, Target::File, &store, (&interrupt, "backup".to_owned()))?;
    let is_sound = made.checked.count() == 0;
    if session.out.is_json() {
        session.out.json_line(&line(&backup, &made, in_seconds(taken)))?;
    } else {
        let detail = backup.summary(&made).detail;
        let (files, taken) = (arguments.files(), time_taken(taken));
        session.out.line(&format!("backed up to {files}: {detail}; took {taken}"))?;
        write_group(session, Some(&store), "", &made.checked.findings)?;
    }
    Ok(if is_sound { Exit::Done } else { Exit::Refused })
}

fn line(backup: &Backup, made: &BackedUp, seconds: f64) -> Value {
    let BackedUp { bytes, checked } = made;
    let mut line = backup.parameters();
    let figures = json!({
        "bytes": bytes, "spaces": checked.spaces, "events": checked.events, "keys": checked.keys,
        "findings": checked.count(), "seconds": seconds,
    });
    line.extend(figures.as_object().cloned().unwrap_or_default());
    Value::Object(line)
}
