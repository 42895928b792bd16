//! Reading the lines of an exported space, each checked as it is read.

use std::io::{BufRead, BufReader, Read};

use crate::error::{ImportError, Result};

use super::super::export::{Chain, Counts, LONGEST_LINE, Line, Order};
use super::super::{Phase, Progress};

/// The lines of a file. What it hands out is whole up to there.
pub(in crate::operations) struct Reader<R> {
    source: BufReader<R>,
    line: Vec<u8>,
    number: u64,
    chain: Chain,
    order: Order,
}

impl<R: Read> Reader<R> {
    pub fn new(source: R) -> Self {
        Self {
            source: BufReader::with_capacity(1 << 16, source),
            line: Vec::new(),
            number: 0,
            chain: Chain::default(),
            order: Order::default(),
        }
    }

    /// The next line; none behind the last one.
    ///
    /// # Errors
    /// [`ImportError::Line`], naming the line.
    pub fn read(&mut self) -> Result<Option<Line<'_>>> {
        self.line.clear();
        self.number += 1;
        let mut limited = (&mut self.source).take(LONGEST_LINE);
        limited.read_until(b'\n', &mut self.line).map_err(ImportError::from)?;
        if self.line.is_empty() && self.order.is_ended() {
            return Ok(None);
        }
        let number = self.number;
        let refused = |reason| ImportError::Line { line: number, reason };
        self.check_line().map_err(refused)?;
        // The line was found to be UTF-8.
        let text = std::str::from_utf8(&self.line).map_err(|error| refused(error.to_string()))?;
        let line = Line::parse(text).map_err(refused)?;
        self.order.take(&line).map_err(refused)?;
        Ok(Some(line))
    }

    /// Checks the line as such, whatever it says.
    fn check_line(&mut self) -> Result<(), String> {
        let wrong = |reason: &str| Err(reason.to_owned());
        if self.line.is_empty() {
            return wrong("the file ends before its last line: it was cut off");
        }
        if self.order.is_ended() {
            return wrong("something follows the last line");
        }
        let is_first = self.number == 1;
        if is_first && !self.line.starts_with(br#"{"kind":"header","format":"ramax-export","#) {
            return wrong("it does not begin as an export of ramax does");
        }
        if self.line.last() != Some(&b'\n') {
            return wrong("the line has no end: the file was cut off");
        }
        if !self.chain.open(&mut self.line) {
            return wrong(if is_first {
                "its checksum does not match: it was changed"
            } else {
                "its checksum does not match: it was changed, or a line before it is missing, repeated or out of place"
            });
        }
        if std::str::from_utf8(&self.line).is_err() {
            return wrong("it is no UTF-8");
        }
        Ok(())
    }

    /// Which line was read last.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// How far it has come, of what the header promises.
    pub fn progress(&self, phase: Phase) -> Progress {
        let Counts { events, entities, .. } = self.order.seen;
        Progress {
            phase,
            done: events + entities,
            total: self.order.promised(),
            last_event: None,
            skipped: 0,
        }
    }

    /// How much was read.
    pub fn counts(&self) -> Counts {
        self.order.seen
    }
}
