//! The choice of a command as a layer.

use ratatui::layout::{Position, Rect};

use super::{Extent, Layer};
use crate::console::state::State;
use crate::console::update::{Context, Motion};
use crate::console::view::{Layout, Pen, layer};
use crate::content_store::CommandSpec;
use crate::space::SpaceId;

/// The choice of a command.
#[derive(Debug, Clone)]
pub struct Chooser {
    /// The space.
    pub space_id: SpaceId,
    /// The space's name.
    pub space_name: String,
    /// The app.
    pub app: &'static str,
    /// The commands to choose from.
    pub commands: &'static [CommandSpec],
    /// The index of the selected command.
    pub selected: usize,
}

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
