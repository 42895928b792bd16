//! Double clicks: presses in the same cell in quick succession.

use std::time::{Duration, Instant};

use ratatui::layout::Position;

use crate::console::app::pointer::mouse::{Mouse, MouseKind};

/// The longest time between the presses of a double click.
const QUICK: Duration = Duration::from_millis(400);

/// The last press, with the number of presses in succession.
#[derive(Debug, Default)]
pub(super) struct Clicks(Option<(Position, Instant, u8)>);

impl Clicks {
    /// Returns the report with the number of presses up to it. After a double click, counting starts again.
    pub(super) fn count(&mut self, mouse: Mouse, now: Instant) -> Mouse {
        let MouseKind::Press { .. } = mouse.kind else { return mouse };
        let is_second = self.0.is_some_and(|(at, then, clicks)| {
            at == mouse.at && clicks == 1 && now.saturating_duration_since(then) <= QUICK
        });
        let clicks = if is_second { 2 } else { 1 };
        self.0 = Some((mouse.at, now, clicks));
        Mouse { kind: MouseKind::Press { clicks }, ..mouse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_quick_presses_in_one_cell_are_a_double_click() {
        let start = Instant::now();
        let mut clicks = Clicks::default();
        let mut press = |x, millis| {
            let at = Position { x, y: 0 };
            let mouse = Mouse { kind: MouseKind::Press { clicks: 1 }, at };
            match clicks.count(mouse, start + Duration::from_millis(millis)).kind {
                MouseKind::Press { clicks } => clicks,
                _ => 0,
            }
        };
        assert_eq!([press(3, 0), press(3, 200), press(3, 400)], [1, 2, 1], "three clicks are no two doubles");
        assert_eq!([press(3, 500), press(4, 600), press(4, 1100)], [2, 1, 1]);
    }
}
