//! The help as a layer.

use ratatui::layout::{Position, Rect};

use super::{Extent, Layer};
use crate::console::state::State;
use crate::console::update::{Context, Motion};
use crate::console::view::{Layout, Pen, inside, layer};

/// Help for the layer or pane underneath, derived from the table of actions.
#[derive(Debug, Clone, Default)]
pub struct Help {
    /// The first line on screen.
    pub top: usize,
}

impl Layer for Help {
    fn context(&self) -> Context {
        Context::Help
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &State, body: Rect, _: bool) -> Option<Position> {
        layer::help::draw(pen, state, self, body);
        None
    }

    fn trail(&self) -> Option<String> {
        Some("help".to_owned())
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.top = motion.scrolled(self.top, extent.lines, extent.height);
    }

    fn length(&self, state: &State) -> usize {
        state.viewports.layer_lines.into()
    }

    fn rows(&self, state: &State, layout: &Layout) -> u16 {
        inside(layer::help::area(state, layout.body)).height
    }

    fn line_count(&self, state: &State, layout: &Layout) -> u16 {
        layer::help::line_count(state, layout.body)
    }
}
