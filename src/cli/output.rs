//! Standard output: text tables for people, JSON lines for programs. Nothing in the data reaches the
//! terminal unseen.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::json::{Json, json_text};
use crate::text::visible;

use super::interrupt::Signals;
use super::standard::Standard;

/// A cell wider than this moves its own row only.
const WIDEST: usize = 60;

/// Rows that are looked at before the columns' widths are set.
const LOOK_AHEAD: usize = 200;

/// Bytes of cells behind which rows no longer wait.
const LOOK_AHEAD_BYTES: usize = 1 << 20;

/// Output that is kept instead of written.
pub type Kept = Arc<Mutex<Vec<u8>>>;

/// The destination of the output.
enum Sink {
    Standard(Standard),
    Kept(Kept),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Standard(stdout) => stdout.write(bytes),
            Self::Kept(kept) => kept.lock().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Standard(stdout) => stdout.flush(),
            Self::Kept(_) => Ok(()),
        }
    }
}

/// Standard output.
pub struct Output {
    stdout: BufWriter<Sink>,
    json: bool,
    /// Columns of the terminal, if it is one.
    width: Option<usize>,
}

impl Output {
    /// Standard output in text, or in JSON lines.
    #[must_use]
    pub fn new(json: bool, signals: &Signals) -> Self {
        let width = if io::stdout().is_terminal() { terminal_width() } else { None };
        let stdout = Sink::Standard(signals.stdout());
        Self { stdout: BufWriter::with_capacity(64 << 10, stdout), json, width }
    }

    /// Output in text, or in JSON lines, that is kept instead of written.
    #[must_use]
    pub fn kept(json: bool, kept: &Kept) -> Self {
        Self { stdout: BufWriter::new(Sink::Kept(Arc::clone(kept))), json, width: None }
    }

    /// Whether it is for programs.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// A line of text, made safe.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.stdout, "{}", visible(text))
    }

    /// What the program itself generated for other programs, as it is.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn verbatim(&mut self, text: &[u8]) -> io::Result<()> {
        self.stdout.write_all(text)
    }

    /// Where what is safe as it is goes to.
    pub fn bytes(&mut self) -> &mut dyn Write {
        &mut self.stdout
    }

    /// One JSON object on a line of its own.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn json_line(&mut self, item: &impl Serialize) -> io::Result<()> {
        writeln!(self.stdout, "{}", json_text(item))
    }

    /// Names with values, aligned.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn fields(&mut self, fields: &[(&str, String)]) -> io::Result<()> {
        let widest = fields.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
        for (name, value) in fields {
            let line = format!("{}  {value}", padded(name, widest, false));
            self.line(line.trim_end())?;
        }
        Ok(())
    }

    /// A JSON document over several lines, with an indent: its values as they are written.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn document(&mut self, json: &Json, indent: &str) -> io::Result<()> {
        json.each_line(|line| writeln!(self.stdout, "{indent}{}", visible(line)))
    }

    /// Rows of a list: a table, or a JSON object each.
    pub fn rows(&mut self, columns: &'static [Column]) -> Rows<'_> {
        let widths = columns.iter().map(|column| column.title.width()).collect();
        Rows { out: self, columns, widths, waiting: Vec::new(), waiting_bytes: 0, headed: false }
    }

    /// Hands everything to the reader now.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    title: &'static str,
    right: bool,
}

/// A column of text.
#[must_use]
pub const fn left(title: &'static str) -> Column {
    Column { title, right: false }
}

/// A column of numbers.
#[must_use]
pub const fn right(title: &'static str) -> Column {
    Column { title, right: true }
}

/// A list being written. The first rows set the widths of the columns; memory stays flat however many
/// follow.
pub struct Rows<'a> {
    out: &'a mut Output,
    columns: &'static [Column],
    widths: Vec<usize>,
    waiting: Vec<Vec<String>>,
    waiting_bytes: usize,
    headed: bool,
}

impl Rows<'_> {
    /// Adds a row: `item` as JSON, or `cells` in the table.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn push(&mut self, item: &impl Serialize, cells: impl FnOnce() -> Vec<String>) -> io::Result<()> {
        if self.out.json {
            return self.out.json_line(item);
        }
        let cells: Vec<String> = cells().iter().map(|cell| visible(cell).into_owned()).collect();
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = (*width).max(cell.width().min(WIDEST));
        }
        self.waiting_bytes += cells.iter().map(String::len).sum::<usize>();
        self.waiting.push(cells);
        let is_enough = self.waiting.len() >= LOOK_AHEAD || self.waiting_bytes >= LOOK_AHEAD_BYTES;
        if is_enough { self.write_waiting() } else { Ok(()) }
    }

    /// Hands the rows so far to the reader now.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.write_waiting()?;
        self.out.flush()
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.write_waiting()
    }

    fn write_waiting(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        if !rows.is_empty() && !self.headed {
            self.headed = true;
            let titles: Vec<String> = self.columns.iter().map(|column| column.title.to_owned()).collect();
            self.write_row(&titles)?;
        }
        rows.iter().try_for_each(|row| self.write_row(row))
    }

    fn write_row(&mut self, cells: &[String]) -> io::Result<()> {
        let mut line = String::new();
        for ((cell, column), width) in cells.iter().zip(self.columns).zip(&self.widths) {
            if !line.is_empty() {
                line.push_str("  ");
            }
            line.push_str(&padded(cell, *width, column.right));
        }
        let line = line.trim_end();
        match self.out.width {
            Some(width) => writeln!(self.out.stdout, "{}", clipped(line, width)),
            None => writeln!(self.out.stdout, "{line}"),
        }
    }
}

/// The text, filled up to a width on screen.
fn padded(text: &str, width: usize, right: bool) -> String {
    let fill = " ".repeat(width.saturating_sub(text.width()));
    if right { fill + text } else { text.to_owned() + &fill }
}

/// Columns of the terminal, where it tells.
#[must_use]
pub fn terminal_width() -> Option<usize> {
    let (columns, _) = crossterm::terminal::size().ok()?;
    (columns > 0).then_some(columns.into())
}

/// The text, cut to a width on screen; a cut shows as `…`.
#[must_use]
pub fn clipped(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used >= width {
            break;
        }
        kept.push_str(grapheme);
    }
    kept.push('…');
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_and_clipping_count_columns_not_characters() {
        assert_eq!(padded("王小明", 8, false), "王小明  ");
        assert_eq!(padded("7", 3, true), "  7");
        assert_eq!(clipped("王小明", 6), "王小明");
        assert_eq!(clipped("王小明", 5), "王小…");
        assert_eq!(clipped("王小明", 4), "王…");
    }
}
