//! The source of an import.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::error::{Error, ImportError, OpenError, Result};
use crate::masking::MaskedPath;

use super::super::export::Line;
use super::super::import_original::check_original;
use super::super::{Phase, Watch, report};
use super::reader::Reader;
use super::spool::Spool;

/// The first bytes of every SQLite database.
const DATABASE: &[u8] = b"SQLite format 3\0";

/// Lines between two reports.
const STEP: u64 = 1000;

/// An exported space in a file or another source that can be read twice.
pub struct ImportFile<R> {
    source: R,
    summary: Option<ImportSummary>,
}

/// The contents of a valid file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSummary {
    /// The space's name.
    pub space_name: String,
    /// The number of events.
    pub events: u64,
    /// The number of entries of the projection.
    pub entities: u64,
    /// The number of idempotency keys.
    pub idempotency_keys: u64,
}

/// The contents of a file according to its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportHeader {
    /// The space's name.
    pub space_name: String,
    /// The number of events.
    pub events: u64,
    /// The number of entries of the projection.
    pub entities: u64,
}

impl ImportFile<Spool> {
    /// Opens a file. If it can be read only once, it is copied to a temporary file while it is checked.
    pub fn open(path: &Path) -> Result<Self> {
        let named = |error: std::io::Error| {
            ImportError::Read(std::io::Error::new(error.kind(), format!("{}: {error}", path.shown())))
        };
        let file = File::open(path).map_err(named)?;
        if file.metadata().map_err(named)?.is_file() {
            if is_of_a_database(&file).map_err(named)? {
                let (path, is_original) = (path.to_owned(), may_be_of_original(path));
                return Err(ImportError::Database { path, is_original }.into());
            }
            return Ok(Self::new(Spool::of_file(file)));
        }
        Self::spool(file)
    }

    /// Takes a stream that can be read only once. It is copied to a temporary file while it is checked, up
    /// to the first line that is refused.
    pub fn spool(source: impl Read + 'static) -> Result<Self> {
        Ok(Self::new(Spool::of_stream(source).map_err(ImportError::from)?))
    }
}

/// Returns true if a file starts like a database.
fn is_of_a_database(file: &File) -> std::io::Result<bool> {
    let mut start = [0; DATABASE.len()];
    let read = file.read_at(&mut start, 0)?;
    Ok(start.get(..read) == Some(DATABASE))
}

/// Returns true if the Elixir original wrote a database, as far as it can be told.
fn may_be_of_original(path: &Path) -> bool {
    match check_original(&path.into()) {
        Ok(()) => true,
        Err(error) => matches!(
            error,
            Error::Import(ImportError::OnlyProjections { .. })
                | Error::Open(OpenError::DamagedOriginal { .. })
        ),
    }
}

impl<R: Read + Seek> ImportFile<R> {
    /// Takes an open file.
    pub fn new(source: R) -> Self {
        Self { source, summary: None }
    }

    /// Reads the whole file and checks each line, unless that was done before.
    ///
    /// # Errors
    /// [`ImportError`], naming the line; [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch`
    /// breaks.
    pub fn check(&mut self, watch: &mut Watch<'_>) -> Result<ImportSummary> {
        if let Some(summary) = &self.summary {
            return Ok(summary.clone());
        }
        let mut reader = self.lines()?;
        let mut summary =
            ImportSummary { space_name: String::new(), events: 0, entities: 0, idempotency_keys: 0 };
        loop {
            let progress = reader.progress(Phase::Read);
            let Some(line) = reader.read(&mut || report(watch, progress))? else { break };
            if let Line::Header(header) = line {
                summary.space_name = header.space_name.into_owned();
            }
            if reader.number() % STEP == 1 {
                report(watch, reader.progress(Phase::Read))?;
            }
        }
        report(watch, reader.progress(Phase::Read))?;
        let counts = reader.counts();
        (summary.events, summary.entities) = (counts.events, counts.entities);
        summary.idempotency_keys = counts.idempotency_keys;
        self.summary = Some(summary.clone());
        Ok(summary)
    }

    /// Reads only the first line, which is cheap enough to do while a user enters the file's name.
    pub fn announced(&mut self) -> Result<ImportHeader> {
        let no_header = || ImportError::Line { line: 1, reason: "it is not a header".to_owned() };
        let mut lines = self.lines()?;
        let Some(Line::Header(header)) = lines.read(&mut || Ok(()))? else { return Err(no_header().into()) };
        let (events, entities) = (header.events, header.entities);
        Ok(ImportHeader { space_name: header.space_name.into_owned(), events, entities })
    }

    /// Returns all lines from the start.
    pub(super) fn lines(&mut self) -> Result<Reader<&mut R>> {
        self.source.rewind().map_err(ImportError::from)?;
        Ok(Reader::of_import(&mut self.source))
    }
}
