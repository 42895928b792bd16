//! `--log FILE`: operations with durations, as JSON lines.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rustix::io::Errno;
use tracing::Level;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::error::reason_of;
use crate::masking::MaskedPath;
use crate::sqlite::{Location, database_beside, is_database};
use crate::text::counted;

use super::exit::{Exit, Failure};
use super::messages::Messages;

/// The log file, and the count of lines that could not be written.
#[derive(Clone)]
pub(super) struct TraceFile(Arc<Inner>);

struct Inner {
    path: PathBuf,
    written: Mutex<Written>,
}

struct Written {
    file: File,
    /// The last line is incomplete.
    is_torn: bool,
    lost: u64,
    /// The error of the first lost line.
    error: Option<io::Error>,
}

/// Starts to append to the file. A file of a database is refused, because that would damage it. A full pipe
/// or device is not waited for: such lines are lost.
pub(super) fn begin(path: &Path, database: Option<&Location>) -> Result<TraceFile, Failure> {
    if database.is_some_and(|location| location.owns(path)) {
        return Err(failure(path, &"it is a file of the database"));
    }
    if is_database(path) || database_beside(path).is_some() {
        return Err(failure(path, &"it is a database, or a file that SQLite keeps beside one"));
    }
    let trace = TraceFile::open(path).map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::NXIO) => failure(path, &"no process reads from this pipe"),
        _ => failure(path, &reason_of(&error)),
    })?;
    fmt()
        .json()
        .with_max_level(Level::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(trace.clone())
        .try_init()
        .map_err(|error| failure(path, &error))?;
    Ok(trace)
}

impl TraceFile {
    fn open(path: &Path) -> io::Result<Self> {
        let without_waiting = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .custom_flags(without_waiting)
            .open(path)?;
        let written = Mutex::new(Written { file, is_torn: false, lost: 0, error: None });
        Ok(Self(Arc::new(Inner { path: path.to_owned(), written })))
    }

    /// Reports how many lines were lost, and why.
    pub(super) fn report(&self, messages: Messages) {
        let written = self.0.written.lock();
        let Some(error) = &written.error else { return };
        let lines = counted(written.lost, "line", "lines");
        let log = self.0.path.shown();
        messages
            .note("log_incomplete", &format!("{lines} not written to the log {log}: {}", reason_of(error)));
    }
}

impl Written {
    /// Appends a line, after ending an incomplete one.
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.file.write_all(b"\n")?;
            self.is_torn = false;
        }
        let mut left = line;
        while !left.is_empty() {
            match self.file.write(left) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    left = &left[count..];
                    self.is_torn = !left.is_empty();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Writes each line in one piece. A lost line is counted and never stops the program.
impl Write for &TraceFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut written = self.0.written.lock();
        if let Err(error) = written.append(line) {
            written.lost += 1;
            written.error.get_or_insert(error);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for TraceFile {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

fn failure(path: &Path, reason: &dyn std::fmt::Display) -> Failure {
    Failure {
        exit: Exit::Usage,
        kind: "log_unusable",
        message: format!("the log {} cannot be written: {reason}", path.shown()),
        hint: Some("name a file in a writable directory with --log FILE".into()),
    }
}
