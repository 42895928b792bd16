//! The audit log as a layer.

pub mod outcome;
pub mod state;
pub mod update;
pub mod view;

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use crate::console::app::context::Context;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::moving::go_in_window;
use crate::console::app::state::State;
use crate::console::app::view::list_rows;
use crate::console::layers::audit::state::Operations;
use crate::console::layers::audit::view::draw as draw_operations;
use crate::console::layers::{Extent, Layer, Place};
use crate::console::panes::detail::Subject;
use crate::console::widgets::pen::Pen;

impl Layer for Operations {
    fn context(&self) -> Context {
        Context::Operations
    }

    fn place(&self) -> Place {
        Place::List
    }

    fn draw(&self, pen: &mut Pen<'_>, _: &State, area: Rect, focused: bool) -> Option<Position> {
        draw_operations(pen, self, area, focused);
        None
    }

    fn selection(&self) -> Option<Subject> {
        self.selected().map(|operation| Subject::Operation(Arc::clone(operation)))
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        go_in_window(&mut self.window, motion, extent.height);
    }

    fn reveal(&mut self, extent: Extent) {
        self.window.reveal(extent.height);
    }

    fn rows(&self, state: &State, layout: &Layout) -> u16 {
        list_rows(state, layout)
    }
}
