//! The audit log as a layer.

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use super::{Extent, Layer, Place};
use crate::console::state::{Operations, State, Subject};
use crate::console::update::{Context, Motion, go_in_window};
use crate::console::view::{Layout, Pen, draw_operations, list_rows};

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
