//! The destination of the rows: a file or the clipboard.

use std::io::{self, BufWriter, Write};

use crate::content_store::Store;
use crate::error::{ExportError, Result};

use super::super::export::{NewFile, begin_file};
use super::ListDestination;

/// A destination that is being written.
pub(super) enum Destination {
    File { out: BufWriter<NewFile>, bytes: u64 },
    Clipboard { text: Vec<u8>, most: usize },
}

impl Destination {
    pub(super) fn begin(store: &Store, destination: &ListDestination) -> Result<Self> {
        Ok(match destination {
            ListDestination::File { path, replace } => Self::File {
                out: BufWriter::with_capacity(1 << 16, begin_file(store, path, *replace)?),
                bytes: 0,
            },
            ListDestination::Clipboard { most } => Self::Clipboard { text: Vec::new(), most: *most },
        })
    }

    /// Checks that everything so far fits.
    pub(super) fn check(&self) -> Result<(), ExportError> {
        match self {
            Self::Clipboard { text, most } if text.len() > *most => {
                Err(ExportError::BeyondClipboard { most: *most as u64 })
            }
            _ => Ok(()),
        }
    }

    /// Gives a file its name. Returns the number of bytes, and the text for the clipboard.
    pub(super) fn finish(self) -> Result<(u64, Option<String>)> {
        self.check()?;
        match self {
            Self::File { out, bytes } => {
                let file =
                    out.into_inner().map_err(io::IntoInnerError::into_error).map_err(ExportError::from)?;
                file.finish()?;
                Ok((bytes, None))
            }
            Self::Clipboard { text, .. } => {
                let text = String::from_utf8(text).map_err(io::Error::other).map_err(ExportError::from)?;
                Ok((text.len() as u64, Some(text)))
            }
        }
    }
}

impl Write for Destination {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::File { out, bytes } => {
                let written = out.write(buffer)?;
                *bytes += written as u64;
                Ok(written)
            }
            Self::Clipboard { text, .. } => text.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File { out, .. } => out.flush(),
            Self::Clipboard { .. } => Ok(()),
        }
    }
}
