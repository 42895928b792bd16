//! Layers on top of the panes: forms, dialogs, choosers and help, each in a box in the middle.

mod chooser;
mod delete;
mod dialog;
mod form;
mod guide;
mod help;
mod history;
mod operations;
mod preview;

pub use history::draw as draw_history;
pub use operations::draw as draw_operations;

use ratatui::layout::{Position, Rect};

use super::hints::hint_pieces;
use super::theme::Role;
use super::widget::frame::{Frame, inside};
use super::widget::pen::Pen;
use crate::console::state::{Layer, State};
use crate::console::update::hints;

/// Draws a layer in its own box over `body`. Returns the position of the text cursor.
pub fn draw(pen: &mut Pen<'_>, state: &State, layer: &Layer, body: Rect) -> Option<Position> {
    match layer {
        Layer::Chooser(chooser) => chooser::draw(pen, state, chooser, body),
        Layer::Form(form) => return form::draw(pen, state, form, body),
        Layer::Dialog(dialog) => return dialog::draw(pen, state, dialog, body),
        Layer::Help(help) => help::draw(pen, state, help, body),
        Layer::Guide(reading) => guide::draw(pen, state, reading, body),
        Layer::Prompt(_) | Layer::Detail(_) | Layer::History(_) | Layer::Operations(_) => {}
    }
    None
}

/// Returns true if a layer has its own box over everything else.
pub fn is_boxed(layer: &Layer) -> bool {
    matches!(layer, Layer::Chooser(_) | Layer::Form(_) | Layer::Dialog(_) | Layer::Help(_) | Layer::Guide(_))
}

/// Returns the number of visible rows of a boxed layer.
pub fn rows(state: &State, layer: &Layer, body: Rect) -> u16 {
    match layer {
        Layer::Form(form) => form::preview_rows(form, body),
        Layer::Help(_) => inside(help::area(state, body)).height,
        Layer::Guide(_) => inside(guide::area(state, body)).height,
        Layer::Chooser(_) | Layer::Dialog(_) => body.height,
        Layer::Prompt(_) | Layer::Detail(_) | Layer::History(_) | Layer::Operations(_) => 0,
    }
}

/// Returns the number of lines of a boxed layer.
pub fn line_count(state: &State, layer: &Layer, body: Rect) -> u16 {
    match layer {
        Layer::Form(form) => form::preview_lines(form, body),
        Layer::Help(_) => help::line_count(state, body),
        Layer::Guide(_) => guide::line_count(state, body),
        _ => 0,
    }
}

/// A centred area of the wanted size, or as large as fits.
fn middle(body: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(body.width), height.min(body.height));
    Rect { x: body.x + (body.width - width) / 2, y: body.y + (body.height - height) * 2 / 5, width, height }
}

/// Draws a box with its background and key hints. Returns its inside, without the padding.
fn boxed(pen: &mut Pen<'_>, state: &State, area: Rect, frame: Frame<'_>) -> Rect {
    pen.ground(area, Role::Dialog);
    let foot = hint_pieces(pen, &hints(state), area.width.saturating_sub(6));
    let inner = Frame { foot, focused: true, ..frame }.draw(pen, area);
    Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner }
}
