//! The choice of a command as a layer.

pub mod view;

use ratatui::layout::{Position, Rect};

use crate::console::app::context::Context;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::State;
use crate::console::layers::{Extent, Layer};
use crate::console::widgets::pen::Pen;
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
        view::draw(pen, state, self, body);
        None
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.selected = motion.from(self.selected, self.commands.len(), extent.height);
    }

    fn rows(&self, _: &State, layout: &Layout) -> u16 {
        layout.body.height
    }
}
