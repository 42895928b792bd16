//! A box in the middle of the screen that is as high as its text. The text scrolls if it does not fit.

use ratatui::layout::Rect;

use crate::console::app::state::ConsoleState;
use crate::console::layers::{LayerSize, boxed, draw_lines, middle};
use crate::console::widgets::frame::{Frame, inside};
use crate::console::widgets::pen::{Pen, Piece};

/// A line of the text.
pub(crate) type Line = Vec<Piece<'static>>;

/// A box with its lines.
pub(crate) struct TextBox {
    area: Rect,
    lines: Vec<Line>,
}

impl TextBox {
    /// Returns a box of at most this width, for lines that are wrapped to its inner width.
    pub(crate) fn of(body: Rect, width: u16, lines: impl FnOnce(u16) -> Vec<Line>) -> Self {
        let cells = inside(Rect { width: width.min(body.width), height: 2, ..body }).width.saturating_sub(2);
        let lines = lines(cells);
        let area = middle(body, width, count(&lines).saturating_add(2));
        Self { area, lines }
    }

    /// Returns the number of lines that fit, and of all lines.
    pub(crate) fn size(&self) -> LayerSize {
        LayerSize { rows: inside(self.area).height, lines: count(&self.lines) }
    }

    /// Draws the box with the lines from `top` on.
    pub(crate) fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, frame: Frame<'_>, top: usize) {
        let inner = boxed(pen, state, self.area, frame);
        draw_lines(pen, inner, &self.lines, top);
    }
}

fn count(lines: &[Line]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}
