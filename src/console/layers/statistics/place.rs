//! The parts of the statistics on screen.

use ratatui::layout::Rect;

use crate::console::app::layout::guide_rows;
use crate::console::app::state::ConsoleState;
use crate::console::widgets::frame::inside;
use crate::console::widgets::pen::{below, right_of, row};

/// The minimum and maximum height of the chart.
const CHART: (u16, u16) = (3, 12);
/// The least columns of the chart.
const LEAST_CHART: u16 = 12;
/// The width of the numbers on a wide screen, an ordinary one and a narrow one, and the least widths of the first two.
const NUMBERS: [u16; 3] = [44, 34, 20];
const WIDE: [u16; 2] = [110, 70];

/// The parts of the statistics: the numbers at the left, and the chart with the same periods in each row at the right.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Places {
    /// The box.
    pub frame: Rect,
    /// The numbers beside the chart.
    pub numbers: Rect,
    /// The chart of all events.
    pub chart: Rect,
    /// The times below the chart.
    pub times: Rect,
    /// The line about the selected period.
    pub period: Rect,
    /// The lines below.
    pub lines: Rect,
}

impl Places {
    /// Returns the parts in the body of the screen.
    pub fn of(state: &ConsoleState, body: Rect) -> Self {
        let frame = Rect { height: body.height.saturating_sub(guide_rows(state, body)), ..body };
        let inner = inside(frame);
        let inner = Rect { width: inner.width.saturating_sub(2), ..right_of(inner, 1.min(inner.width)) };
        let wide = WIDE.iter().position(|least| inner.width >= *least).unwrap_or(WIDE.len());
        let numbers = NUMBERS[wide].min(inner.width.saturating_sub(LEAST_CHART));
        let height = (inner.height / 3).clamp(CHART.0, CHART.1).min(inner.height);
        let chart = Rect { height, ..right_of(inner, numbers) };
        Self {
            frame,
            numbers: Rect { width: numbers.saturating_sub(2), height, ..inner },
            chart,
            times: row(right_of(inner, numbers), height),
            period: row(inner, height + 1),
            lines: below(inner, height + 3),
        }
    }

    /// Returns the part of a line for numbers, and the part for its chart.
    pub fn split(&self, line: Rect) -> [Rect; 2] {
        let beside = Rect { x: self.chart.x, width: self.chart.width, ..line };
        [Rect { width: self.numbers.width, ..line }, beside]
    }

    /// Returns the columns of each of so many periods: as many as fit, up to 6.
    pub fn columns_per_period(&self, periods: usize) -> u16 {
        let periods = u16::try_from(periods.max(1)).unwrap_or(u16::MAX);
        (self.chart.width / periods).clamp(1, 6)
    }
}
