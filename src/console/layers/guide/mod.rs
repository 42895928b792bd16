//! The guide as a layer.

pub mod panel;
pub mod state;
pub mod update;
pub mod view;

use ratatui::layout::{Position, Rect};

use crate::console::app::context::Context;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::State;
use crate::console::layers::{Extent, Layer};
use crate::console::widgets::frame::inside;
use crate::console::widgets::pen::Pen;

/// The current step of the walk, with its output.
#[derive(Debug, Clone, Default)]
pub struct Guide {
    /// The first line on screen; clamped to the last one that fills the box.
    pub top: usize,
}

impl Layer for Guide {
    fn context(&self) -> Context {
        Context::Guide
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &State, body: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, body);
        None
    }

    fn trail(&self) -> Option<String> {
        Some("guide".to_owned())
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
