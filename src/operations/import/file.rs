//! A file to be imported.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use crate::error::{ImportError, Result};

use super::super::export::Line;
use super::super::{Phase, Watch, report};
use super::reader::Reader;
use super::spool::Spool;

/// Lines between two reports.
const STEP: u64 = 1000;

/// An exported space in a file, or wherever else it can be read twice.
pub struct ImportFile<R> {
    source: R,
    summary: Option<Summary>,
}

/// What a file that was found to be whole says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The space's name.
    pub space_name: String,
    /// How many events it has.
    pub events: u64,
    /// How many entries its projection has.
    pub entities: u64,
    /// How many idempotency keys it has.
    pub idempotency_keys: u64,
}

/// What the first line of a file says that the others hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The space's name.
    pub space_name: String,
    /// How many events it has.
    pub events: u64,
    /// How many entries its projection has.
    pub entities: u64,
}

impl ImportFile<Spool> {
    /// Opens a file. What can be read only once is put aside while it is checked, in a temporary file.
    ///
    /// # Errors
    /// [`ImportError::Read`].
    pub fn open(path: &Path) -> Result<Self> {
        let named = |error: std::io::Error| {
            ImportError::Read(std::io::Error::new(error.kind(), format!("{}: {error}", path.display())))
        };
        let file = File::open(path).map_err(named)?;
        if file.metadata().map_err(named)?.is_file() {
            return Ok(Self::new(Spool::of_file(file)));
        }
        Self::put_aside(file)
    }

    /// Takes what can be read only once. It is put aside while it is checked, up to the first line that is refused.
    ///
    /// # Errors
    /// [`ImportError::Read`].
    pub fn put_aside(source: impl Read + 'static) -> Result<Self> {
        Ok(Self::new(Spool::of_stream(source).map_err(ImportError::from)?))
    }
}

impl<R: Read + Seek> ImportFile<R> {
    /// A file that is open.
    pub fn new(source: R) -> Self {
        Self { source, summary: None }
    }

    /// Reads the whole file and checks each line of it, unless that was done before.
    ///
    /// # Errors
    /// [`ImportError`], naming the line; [`ReplayError::Cancelled`](crate::ReplayError::Cancelled) if `watch`
    /// breaks.
    pub fn check(&mut self, watch: &mut Watch<'_>) -> Result<Summary> {
        if let Some(summary) = &self.summary {
            return Ok(summary.clone());
        }
        let mut reader = self.lines()?;
        let mut summary = Summary { space_name: String::new(), events: 0, entities: 0, idempotency_keys: 0 };
        while let Some(line) = reader.read()? {
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

    /// Reads the first line alone, which is what may be asked while a file is being named.
    ///
    /// # Errors
    /// [`ImportError`].
    pub fn announced(&mut self) -> Result<Announced> {
        let no_header = || ImportError::Line { line: 1, reason: "it is no header".to_owned() };
        let mut lines = self.lines()?;
        let Some(Line::Header(header)) = lines.read()? else { return Err(no_header().into()) };
        let (events, entities) = (header.events, header.entities);
        Ok(Announced { space_name: header.space_name.into_owned(), events, entities })
    }

    /// The lines from the first one on.
    pub(super) fn lines(&mut self) -> Result<Reader<&mut R>> {
        self.source.rewind().map_err(ImportError::from)?;
        Ok(Reader::of_import(&mut self.source))
    }
}
