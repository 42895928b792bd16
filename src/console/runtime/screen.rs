//! Putting frames on the terminal: only what differs from the last one, as one synchronized update.

use std::io::{self, BufWriter, Stdout, Write};

use crossterm::execute;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::blocking::BlockingWriter;

/// The way to the terminal. It takes a frame in a few writes, and waits for a terminal that is read slowly.
type Out = BufWriter<BlockingWriter<Stdout>>;

/// Opens a way to the terminal.
pub(super) fn out() -> Out {
    BufWriter::with_capacity(16 << 10, BlockingWriter(io::stdout()))
}

/// What the terminal shows. It never asks the terminal for anything, and so never waits for it.
pub(super) struct Screen {
    backend: CrosstermBackend<Out>,
    shown: Option<Buffer>,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { backend: CrosstermBackend::new(out()), shown: None }
    }

    /// What is on the terminal is not known any more: the next frame is drawn whole.
    pub(super) fn forget(&mut self) {
        self.shown = None;
    }

    /// Draws a frame of this size.
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
            // Hidden, as it is drawn already, but where input methods look for it.
            self.backend.set_cursor_position(cursor)?;
        }
        Backend::flush(&mut self.backend)
    }

    /// Where text for the terminal itself goes.
    pub(super) fn out(&mut self) -> &mut impl Write {
        &mut self.backend
    }
}
