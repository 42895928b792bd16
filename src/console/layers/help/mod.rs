//! The help as a layer.

pub mod view;

use ratatui::layout::{Position, Rect};

use crate::console::app::context::Context;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::State;
use crate::console::layers::{Extent, Layer};
use crate::console::widgets::frame::inside;
use crate::console::widgets::pen::Pen;

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
        view::draw(pen, state, self, body);
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
        inside(view::area(state, layout.body)).height
    }

    fn line_count(&self, state: &State, layout: &Layout) -> u16 {
        view::line_count(state, layout.body)
    }
}
