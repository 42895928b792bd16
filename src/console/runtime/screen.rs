//! Draws frames on the terminal: only the differences from the last frame, as one synchronized update.

use std::io::{self, BufWriter, Stdout, Write};

use crossterm::execute;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::blocking::BlockingWriter;

/// The output to the terminal. Writes a frame in few calls, and waits for a slow terminal.
type Out = BufWriter<BlockingWriter<Stdout>>;

/// Opens the output to the terminal.
pub(super) fn out() -> Out {
    BufWriter::with_capacity(16 << 10, BlockingWriter(io::stdout()))
}

/// The contents of the terminal. Never queries the terminal, and so never waits for a reply.
pub(super) struct Screen {
    backend: CrosstermBackend<Out>,
    shown: Option<Buffer>,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { backend: CrosstermBackend::new(out()), shown: None }
    }

    /// Forgets the contents, so that the next frame is drawn in full.
    pub(super) fn forget(&mut self) {
        self.shown = None;
    }

    /// Draws a frame.
    pub(super) fn draw(
        &mut self,
        area: Rect,
        render: impl FnOnce(Rect, &mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        let mut frame = Buffer::empty(area);
        let cursor = render(area, &mut frame);
        execute!(self.backend, BeginSynchronizedUpdate)?;
        let drawn = self.put(&frame, cursor);
        execute!(self.backend, EndSynchronizedUpdate)?;
        drawn?;
        self.shown = Some(frame);
        Ok(())
    }

    fn put(&mut self, frame: &Buffer, cursor: Option<Position>) -> io::Result<()> {
        let before = match self.shown.take() {
            Some(shown) if shown.area == frame.area => shown,
            _ => {
                self.backend.clear()?;
                Buffer::empty(frame.area)
            }
        };
        self.backend.draw(before.diff(frame).into_iter())?;
        if let Some(cursor) = cursor {
            // The cursor is hidden because the view draws it, but input methods need its position.
            self.backend.set_cursor_position(cursor)?;
        }
        Backend::flush(&mut self.backend)
    }

    /// Returns the output for control sequences.
    pub(super) fn out(&mut self) -> &mut impl Write {
        &mut self.backend
    }
}
