//! Confirmations as a layer.

use ratatui::layout::{Position, Rect};

use super::Layer;
use crate::console::state::{Dialog, State};
use crate::console::update::Context;
use crate::console::view::{Layout, Pen, layer};

impl Layer for Dialog {
    fn context(&self) -> Context {
        Context::Dialog
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &State, body: Rect, _: bool) -> Option<Position> {
        layer::dialog::draw(pen, state, self, body);
        None
    }

    fn rows(&self, _: &State, layout: &Layout) -> u16 {
        layout.body.height
    }
}
