//! The message of a pane that has nothing to show: the reason, and what to do next.

use ratatui::layout::Rect;

use crate::console::theme::Role;
use crate::console::widgets::pen::{Pen, row};
use crate::console::widgets::wrap::wrap;

/// A message in the middle of an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// The reason.
    pub text: &'a str,
    /// The role of the reason.
    pub role: Role,
    /// The next step; a line break starts a new line.
    pub next: Option<&'a str>,
}

impl Message<'_> {
    /// Draws the message.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect) {
        let cells = area.width.saturating_sub(2).min(64);
        if cells == 0 {
            return;
        }
        let mut lines: Vec<(String, Role)> =
            wrap(self.text, cells).into_iter().map(|line| (line, self.role)).collect();
        if let Some(next) = self.next {
            if lines.len() + 2 < usize::from(area.height) {
                lines.push((String::new(), Role::Muted));
            }
            let next = next.lines().flat_map(|line| wrap(line, cells));
            lines.extend(next.map(|line| (line, Role::Muted)));
        }
        let top = area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(u16::MAX)) * 2 / 5;
        for (index, (line, role)) in (top..area.height).zip(&lines) {
            pen.text_centred(row(area, index), line, *role);
        }
    }
}
