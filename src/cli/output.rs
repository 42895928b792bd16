//! Standard output: text tables for people, JSON lines for programs. Control characters in the data are
//! always made visible.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Write};

use rustix::termios::tcgetwinsize;
use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::json::{Json, json_text_between};
use crate::text::{PIECE, pieces, visible};

use super::interrupt::Signals;

/// A wider cell shifts only its own row.
const WIDEST: usize = 60;

/// Rows buffered before the column widths are set.
const LOOK_AHEAD: usize = 200;

/// Bytes of cells from which rows are no longer buffered.
const LOOK_AHEAD_BYTES: usize = 1 << 20;

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// Text in columns.
    Tables,
    /// Text with an item on each line, which names its columns.
    Lines,
    /// A JSON object on each line.
    Json,
}

/// Standard output.
pub struct Output {
    stdout: BufWriter<Box<dyn Write>>,
    format: OutputFormat,
    /// Columns of the terminal, if it is one.
    width: Option<usize>,
    /// Fails once the run must end.
    check_ending: Box<dyn Fn() -> io::Result<()>>,
}

impl Output {
    /// Returns standard output in this form.
    pub fn new(format: OutputFormat, signals: &Signals) -> Self {
        let width = if io::stdout().is_terminal() { terminal_width() } else { None };
        let stdout = Box::new(signals.stdout());
        let check_ending = Box::new(signals.check_ending());
        Self { stdout: BufWriter::with_capacity(64 << 10, stdout), format, width, check_ending }
    }

    /// Returns output that is captured instead of written.
    #[cfg(feature = "demo")]
    pub fn captured(format: OutputFormat, kept: impl Write + 'static) -> Self {
        let stdout = BufWriter::new(Box::new(kept) as Box<dyn Write>);
        Self { stdout, format, width: None, check_ending: Box::new(|| Ok(())) }
    }

    /// Returns true if the output is JSON.
    pub fn is_json(&self) -> bool {
        self.format == OutputFormat::Json
    }

    /// Writes a line of text, made safe to show.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        let Self { stdout, check_ending, .. } = self;
        check_ending()?;
        for piece in pieces(text, &mut || check_ending()) {
            stdout.write_all(visible(piece?).as_bytes())?;
        }
        stdout.write_all(b"\n")
    }

    /// Writes text that the program generated for other programs, unchanged.
    pub fn verbatim(&mut self, text: &[u8]) -> io::Result<()> {
        self.stdout.write_all(text)
    }

    /// Returns a writer for text that is already safe.
    pub fn bytes(&mut self) -> &mut dyn Write {
        &mut self.stdout
    }

    /// Writes one JSON object on its own line.
    pub fn json_line(&mut self, item: &impl Serialize) -> io::Result<()> {
        self.check_ending()?;
        let text = json_text_between(item, &mut || self.check_ending())?;
        writeln!(self.stdout, "{text}")
    }

    /// Fails once the run must end: asked before each line, and between the pieces of a long one.
    pub fn check_ending(&self) -> io::Result<()> {
        (self.check_ending)()
    }

    /// Writes names with values, aligned in a table.
    pub fn fields(&mut self, fields: &[(&str, String)]) -> io::Result<()> {
        if self.format == OutputFormat::Lines {
            return fields
                .iter()
                .try_for_each(|(name, value)| self.line(&format!("{}: {value}", name.trim())));
        }
        let widest = fields.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
        for (name, value) in fields {
            let line = format!("{}  {value}", padded(name, widest, false));
            self.line(line.trim_end())?;
        }
        Ok(())
    }

    /// Writes a JSON document over several lines, indented, with its values unchanged. A signal ends a large one.
    pub fn document(&mut self, json: &Json, indent: &str) -> io::Result<()> {
        let Self { stdout, check_ending, .. } = self;
        json.each_line_between(&mut || check_ending(), |line| writeln!(stdout, "{indent}{}", visible(line)))
    }

    /// Returns text made safe to show.
    fn visible(&self, text: &str) -> io::Result<String> {
        let mut shown = String::with_capacity(text.len());
        for piece in pieces(text, &mut || self.check_ending()) {
            shown.push_str(&visible(piece?));
        }
        Ok(shown)
    }

    /// Starts a list: a table, or one JSON object per row.
    pub fn rows(&mut self, columns: &'static [OutputColumn]) -> Rows<'_> {
        let widths = columns.iter().map(|column| column.title.width()).collect();
        Rows { out: self, columns, widths, waiting: Vec::new(), waiting_bytes: 0, headed: false }
    }

    /// Flushes all output.
    pub fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct OutputColumn {
    title: &'static str,
    right: bool,
}

/// Returns a column of text.
pub const fn left(title: &'static str) -> OutputColumn {
    OutputColumn { title, right: false }
}

/// Returns a column of numbers.
pub const fn right(title: &'static str) -> OutputColumn {
    OutputColumn { title, right: true }
}

/// A list being written. The first rows set the column widths, and memory use does not grow with the list.
pub struct Rows<'a> {
    out: &'a mut Output,
    columns: &'static [OutputColumn],
    widths: Vec<usize>,
    waiting: Vec<Vec<String>>,
    waiting_bytes: usize,
    headed: bool,
}

impl Rows<'_> {
    /// Adds a row with documents, which `item` prepares to be serialised, as JSON; or `cells` in the table.
    pub fn push_prepared<T: Serialize>(
        &mut self,
        item: impl FnOnce(&mut dyn FnMut() -> io::Result<()>) -> io::Result<T>,
        cells: impl FnOnce() -> Vec<String>,
    ) -> io::Result<()> {
        match self.out.format {
            OutputFormat::Json => {
                let item = item(&mut || self.out.check_ending())?;
                self.out.json_line(&item)
            }
            OutputFormat::Lines | OutputFormat::Tables => self.push(&(), cells),
        }
    }

    /// Adds a row: `item` as JSON, or `cells` in the table.
    pub fn push(&mut self, item: &impl Serialize, cells: impl FnOnce() -> Vec<String>) -> io::Result<()> {
        match self.out.format {
            OutputFormat::Json => return self.out.json_line(item),
            OutputFormat::Lines => return self.write_line(&cells()),
            OutputFormat::Tables => {}
        }
        let cells: Vec<String> =
            cells().iter().map(|cell| self.out.visible(cell)).collect::<Result<_, _>>()?;
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = (*width).max(width_of(cell).min(WIDEST));
        }
        self.waiting_bytes += cells.iter().map(String::len).sum::<usize>();
        self.waiting.push(cells);
        let is_enough = self.waiting.len() >= LOOK_AHEAD || self.waiting_bytes >= LOOK_AHEAD_BYTES;
        if is_enough { self.write_waiting() } else { Ok(()) }
    }

    /// Flushes the rows so far.
    pub fn flush(&mut self) -> io::Result<()> {
        self.write_waiting()?;
        self.out.flush()
    }

    /// Writes the remaining rows.
    pub fn finish(mut self) -> io::Result<()> {
        self.write_waiting()
    }

    /// Writes a row for a screen reader: the columns that have a value, each after its name.
    fn write_line(&mut self, cells: &[String]) -> io::Result<()> {
        let filled = self.columns.iter().zip(cells).filter(|(_, cell)| !matches!(&***cell, "" | "-"));
        let named = filled.map(|(column, cell)| format!("{} {cell}", column.title.to_lowercase()));
        self.out.line(&named.collect::<Vec<_>>().join(", "))
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
        self.out.check_ending()?;
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

/// Returns the width of a text on screen, of which that of a large one is not measured.
fn width_of(text: &str) -> usize {
    if text.len() > PIECE { usize::MAX } else { text.width() }
}

/// Pads text to a width on screen.
fn padded(text: &str, width: usize, right: bool) -> String {
    let fill = " ".repeat(width.saturating_sub(width_of(text)));
    if right { fill + text } else { text.to_owned() + &fill }
}

/// Returns the width of the terminal in columns, if known.
pub fn terminal_width() -> Option<usize> {
    let streams = [rustix::stdio::stdout(), rustix::stdio::stderr(), rustix::stdio::stdin()];
    let terminal = streams.into_iter().find_map(|stream| tcgetwinsize(stream).ok())?;
    (terminal.ws_col > 0).then_some(terminal.ws_col.into())
}

/// Cuts text to a width on screen. A cut shows as `…`.
pub fn clipped(text: &str, width: usize) -> Cow<'_, str> {
    if width_of(text) <= width {
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
