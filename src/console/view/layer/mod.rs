//! What lies on top of the panes: forms, questions, choices and help, each in a box in the middle.

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

/// Draws a layer that stands in a box of its own over `body`. Returns where typing goes.
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

/// Whether a layer stands in a box of its own, over everything.
#[must_use]
pub fn is_boxed(layer: &Layer) -> bool {
    matches!(layer, Layer::Chooser(_) | Layer::Form(_) | Layer::Dialog(_) | Layer::Help(_) | Layer::Guide(_))
}

/// How many rows of a boxed layer can be scrolled through.
#[must_use]
pub fn rows(state: &State, layer: &Layer, body: Rect) -> u16 {
    match layer {
        Layer::Form(form) => form::preview_rows(form, body),
        Layer::Help(_) => inside(help::area(state, body)).height,
        Layer::Guide(_) => inside(guide::area(state, body)).height,
        Layer::Chooser(_) | Layer::Dialog(_) => body.height,
        Layer::Prompt(_) | Layer::Detail(_) | Layer::History(_) | Layer::Operations(_) => 0,
    }
}

/// How many lines a boxed layer has, of which so many can be scrolled through.
#[must_use]
pub fn line_count(state: &State, layer: &Layer, body: Rect) -> u16 {
    match layer {
        Layer::Form(form) => form::preview_lines(form, body),
        Layer::Help(_) => help::line_count(state, body),
        Layer::Guide(_) => guide::line_count(state, body),
        _ => 0,
    }
}

/// A box in the middle of an area, as large as wanted or as there is room for.
fn middle(body: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(body.width), height.min(body.height));
    Rect { x: body.x + (body.width - width) / 2, y: body.y + (body.height - height) * 2 / 5, width, height }
}

/// Draws a box with its ground and the keys that work in it. Returns what is inside, without the edges.
fn boxed(pen: &mut Pen<'_>, state: &State, area: Rect, frame: Frame<'_>) -> Rect {
    pen.ground(area, Role::Dialog);
    let foot = hint_pieces(pen, &hints(state), area.width.saturating_sub(6));
    let inner = Frame { foot, focused: true, ..frame }.draw(pen, area);
    Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner }
}
