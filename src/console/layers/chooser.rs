//! The choice of a command as a layer.

use ratatui::layout::{Position, Rect};

use super::{Extent, Layer};
use crate::console::state::{Chooser, State};
use crate::console::update::{Context, Motion};
use crate::console::view::{Layout, Pen, layer};

impl Layer for Chooser {
    fn context(&self) -> Context {
        Context::Chooser
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &State, body: Rect, _: bool) -> Option<Position> {
        layer::chooser::draw(pen, state, self, body);
        None
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.selected = motion.from(self.selected, self.commands.len(), extent.height);
    }

    fn rows(&self, _: &State, layout: &Layout) -> u16 {
        layout.body.height
    }
}
