//! Layers on top of the panes: forms, dialogs, choosers and help, each in a box in the middle.

pub(crate) mod chooser;
pub(crate) mod dialog;
pub(crate) mod form;
pub(crate) mod guide;
pub(crate) mod help;
mod history;
mod operations;
mod preview;

pub use history::draw as draw_history;
pub use operations::draw as draw_operations;

use ratatui::layout::Rect;

use super::hints::hint_pieces;
use super::theme::Role;
use super::widget::frame::Frame;
use super::widget::pen::Pen;
use crate::console::state::State;
use crate::console::update::hints;

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
