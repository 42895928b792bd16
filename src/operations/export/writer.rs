//! Writing the lines of a space, each with its checksum.

use std::io::Write;

use crate::error::{ExportError, Result};

use crate::limits::LONGEST_LINE;

use super::chain::Chain;
use super::line::Line;
use super::order::{Counts, Order};

/// The length of the longest line written: a little more than the largest value in SQLite. It may hold a value
/// stored before there were limits.
pub(crate) const LONGEST_EXPORTED_LINE: u64 = (1 << 30) + (1 << 20);

/// Writes lines. They are gathered first, so that a slow output never holds up a read of the store.
pub(super) struct Writer<'a> {
    out: &'a mut dyn Write,
    gathered: Vec<u8>,
    chain: Chain,
    order: Order,
    written: u64,
    beyond_limits: u64,
}

impl<'a> Writer<'a> {
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            gathered: Vec::new(),
            chain: Chain::default(),
            order: Order::default(),
            written: 0,
            beyond_limits: 0,
        }
    }

    /// Gathers a line. Calls `pause` between the pieces of a long one.
    pub fn put(&mut self, line: &Line<'_>, pause: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let damaged = |reason| ExportError::Damaged { what: line.subject(), reason };
        self.order.take(line).map_err(damaged)?;
        line.check_json(pause)?.map_err(damaged)?;
        let mut text = line.text(pause)?;
        self.chain.close(&mut text, pause)?;
        if text.len() as u64 > LONGEST_EXPORTED_LINE {
            return Err(damaged("it is too large to be read back".to_owned()).into());
        }
        let is_within = text.len() <= LONGEST_LINE && line.check_limits().is_ok();
        self.beyond_limits += u64::from(!is_within);
        self.gathered.extend_from_slice(text.as_bytes());
        Ok(())
    }

    /// Returns the number of gathered bytes.
    pub fn gathered(&self) -> usize {
        self.gathered.len()
    }

    /// Writes the gathered lines.
    pub fn write(&mut self) -> Result<()> {
        self.out.write_all(&self.gathered).map_err(ExportError::from)?;
        self.written += self.gathered.len() as u64;
        self.gathered.clear();
        Ok(())
    }

    /// Writes the rest. Returns the total number of bytes.
    pub fn finish(mut self) -> Result<u64> {
        self.write()?;
        self.out.flush().map_err(ExportError::from)?;
        Ok(self.written)
    }

    /// Returns the number of lines that an import would refuse.
    pub fn beyond_limits(&self) -> u64 {
        self.beyond_limits
    }

    /// Returns the counts so far.
    pub fn counts(&self) -> Counts {
        self.order.seen
    }
}
