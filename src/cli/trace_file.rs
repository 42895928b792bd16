//! `--log FILE`: what the program does, with durations, a JSON object a line.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;

use tracing::Level;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::content_store::Location;

use super::exit::{Exit, Failure};

/// Writes to the file, behind what it holds, from now on. Where the database is, that would damage it.
pub(super) fn begin(path: &Path, database: Option<&Location>) -> Result<(), Failure> {
    if database.is_some_and(|location| location.owns(path)) {
        return Err(failure(path, &"it is a file of the database"));
    }
    let file =
        OpenOptions::new().create(true).append(true).open(path).map_err(|error| failure(path, &error))?;
    fmt()
        .json()
        .with_max_level(Level::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(Mutex::new(file))
        .try_init()
        .map_err(|error| failure(path, &error))
}

fn failure(path: &Path, reason: &dyn std::fmt::Display) -> Failure {
    Failure {
        exit: Exit::Usage,
        kind: "log_unusable",
        message: format!("the log {} cannot be written: {reason}", path.display()),
        hint: Some("name a file in a directory that can be written with --log FILE".to_owned()),
    }
}
