//! Reading the lines of an exported space, checking each one.

use std::io::{BufRead, BufReader, Read};

use crate::error::{ImportError, Result};
use crate::limits::LONGEST_LINE;
use crate::text::PIECE;

use super::super::export::{Chain, Counts, LONGEST_EXPORTED_LINE, Line, Order};
use super::super::{Phase, Progress};

/// Reads the lines of a file. The file is valid up to the last line returned.
pub(in crate::operations) struct Reader<R> {
    source: BufReader<R>,
    line: Vec<u8>,
    number: u64,
    chain: Chain,
    order: Order,
    /// True if lines must be within the limits of the store.
    is_limited: bool,
}

/// The start of the first line.
const START: &[u8] = br#"{"kind":"header","format":"ramax-export","#;

impl<R: Read> Reader<R> {
    /// Reads a file to be imported, whose lines must be within the [limits](crate::limits).
    pub fn of_import(source: R) -> Self {
        Self::new(source, true)
    }

    /// Reads a file that was just exported, which may exceed the limits.
    pub fn of_export(source: R) -> Self {
        Self::new(source, false)
    }

    fn new(source: R, is_limited: bool) -> Self {
        Self {
            source: BufReader::with_capacity(1 << 16, source),
            line: Vec::new(),
            number: 0,
            chain: Chain::default(),
            order: Order::default(),
            is_limited,
        }
    }

    /// Returns the next line, or none after the last one. Calls `pause` between the pieces of a long one.
    ///
    /// # Errors
    /// [`ImportError::Line`] or [`ImportError::BeyondLimit`], naming the line; the error of `pause`.
    pub fn read(&mut self, pause: &mut dyn FnMut() -> Result<()>) -> Result<Option<Line<'_>>> {
        self.line.clear();
        self.number += 1;
        self.read_line(pause)?;
        if self.line.is_empty() && self.order.is_ended() {
            return Ok(None);
        }
        let number = self.number;
        let refused = |reason| ImportError::Line { line: number, reason };
        if !self.has_line_end() && self.line.len() as u64 >= self.longest() {
            let longest = self.longest() >> 20;
            let reason = format!("it is longer than {longest} MiB, the limit for a line");
            return Err(ImportError::BeyondLimit { line: number, reason }.into());
        }
        self.check_line(pause)?.map_err(refused)?;
        // The line was found to be UTF-8.
        let text = std::str::from_utf8(&self.line).map_err(|error| refused(error.to_string()))?;
        let line = Line::parse(text).map_err(refused)?;
        let is_long = text.len() > PIECE;
        if is_long {
            pause()?;
        }
        self.order.take(&line).map_err(refused)?;
        line.check_json(pause)?.map_err(refused)?;
        if is_long {
            pause()?;
        }
        if self.is_limited {
            line.check_limits().map_err(|reason| ImportError::BeyondLimit { line: number, reason })?;
        }
        Ok(Some(line))
    }

    /// Reads a line up to the maximum length, or only the start of the first line if it is wrong.
    fn read_line(&mut self, pause: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        if self.number == 1 {
            self.read_piece(START.len() as u64)?;
            if self.line != START {
                return Ok(());
            }
        }
        loop {
            let left = self.longest().saturating_sub(self.line.len() as u64);
            if self.read_piece(left.min(PIECE as u64))? == 0 || self.has_line_end() {
                return Ok(());
            }
            pause()?;
        }
    }

    /// Reads the line on, up to its end or this number of bytes. Returns the number of bytes.
    fn read_piece(&mut self, most: u64) -> Result<usize> {
        Ok((&mut self.source).take(most).read_until(b'\n', &mut self.line).map_err(ImportError::from)?)
    }

    fn has_line_end(&self) -> bool {
        self.line.last() == Some(&b'\n')
    }

    fn longest(&self) -> u64 {
        if self.is_limited { LONGEST_LINE as u64 } else { LONGEST_EXPORTED_LINE }
    }

    /// Checks everything about the line but its contents.
    fn check_line(&mut self, pause: &mut dyn FnMut() -> Result<()>) -> Result<Result<(), String>> {
        let wrong = |reason: &str| Ok(Err(reason.to_owned()));
        if self.line.is_empty() {
            return wrong("the file ends before its last line: it was cut off");
        }
        if self.order.is_ended() {
            return wrong("text follows the last line");
        }
        let is_first = self.number == 1;
        if is_first && !self.line.starts_with(START) {
            return wrong("it does not start like an export of a space");
        }
        if !self.has_line_end() {
            return wrong("the line has no end: the file was cut off");
        }
        if !self.chain.open(&mut self.line, pause)? {
            return wrong(if is_first {
                "its checksum does not match: it was changed"
            } else {
                "its checksum does not match: it was changed, or a line before it is missing, repeated or out of place"
            });
        }
        if std::str::from_utf8(&self.line).is_err() {
            return wrong("it is not UTF-8");
        }
        Ok(Ok(()))
    }

    /// Returns the number of the last line read.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the progress relative to the header's counts.
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

    /// Returns the counts so far.
    pub fn counts(&self) -> Counts {
        self.order.seen
    }
}
