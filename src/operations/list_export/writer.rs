//! Rows in a format.

use std::io::Write;

use serde::Serialize;

use crate::error::{ExportError, Result};
use crate::json::json_text_between;
use crate::text::pieces;

#[cfg(feature = "console")]
use super::csv_rows::{self, CsvRows};
use super::destination::Destination;
use super::{ListFormat, StoreList};

/// Writes rows to a destination.
pub(super) struct RowWriter {
    encoder: Encoder,
    rows: u64,
}

enum Encoder {
    JsonLines(Destination),
    #[cfg(feature = "console")]
    Csv(Box<CsvRows<Destination>>),
}

impl RowWriter {
    /// Begins the output. In CSV, writes the header.
    #[cfg_attr(not(feature = "console"), expect(unused_variables, reason = "JSON lines have no header"))]
    pub(super) fn begin(list: &StoreList, format: ListFormat, destination: Destination) -> Result<Self> {
        let encoder = match format {
            ListFormat::JsonLines => Encoder::JsonLines(destination),
            #[cfg(feature = "console")]
            ListFormat::Csv => {
                let rows = CsvRows::begin(csv_rows::columns(list), destination)?;
                Encoder::Csv(Box::new(rows))
            }
        };
        Ok(Self { encoder, rows: 0 })
    }

    /// Writes a row. Calls `pause` between the pieces of a large one.
    pub(super) fn put(&mut self, row: &impl Serialize, pause: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let line = json_text_between(row, pause)?;
        match &mut self.encoder {
            Encoder::JsonLines(out) => {
                for piece in pieces(&line, pause) {
                    out.write_all(piece?.as_bytes()).map_err(ExportError::from)?;
                }
                out.write_all(b"\n").map_err(ExportError::from)?;
                out.check()?;
            }
            #[cfg(feature = "console")]
            Encoder::Csv(rows) => {
                rows.put(&line, pause)?;
                rows.out().check()?;
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Returns the number of rows so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the destination, to which everything was written.
    pub(super) fn finish(self) -> Result<Destination> {
        match self.encoder {
            Encoder::JsonLines(out) => Ok(out),
            #[cfg(feature = "console")]
            Encoder::Csv(rows) => Ok(rows.finish().map_err(ExportError::from)?),
        }
    }
}
