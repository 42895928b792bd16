//! Layers on top of the panes: forms, dialogs, choosers and help, each in a box in the middle.

use ratatui::layout::Rect;

use crate::console::app::hint_line::hint_pieces;
use crate::console::app::hints::hints;
use crate::console::app::state::State;
use crate::console::theme::Role;
use crate::console::widgets::frame::Frame;
use crate::console::widgets::pen::Pen;

/// Returns a centred area of at most this size.
pub(crate) fn middle(body: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(body.width), height.min(body.height));
    Rect { x: body.x + (body.width - width) / 2, y: body.y + (body.height - height) * 2 / 5, width, height }
}

/// Draws a box with its background and key hints. Returns the area inside.
pub(crate) fn boxed(pen: &mut Pen<'_>, state: &State, area: Rect, frame: Frame<'_>) -> Rect {
    pen.ground(area, Role::Dialog);
    let foot = hint_pieces(pen, &hints(state), area.width.saturating_sub(6));
    let inner = Frame { foot, focused: true, ..frame }.draw(pen, area);
    Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner }
}
