//! Confirmations as a layer.

pub mod plan;
pub mod state;
pub mod update;
pub mod view;

use ratatui::layout::{Position, Rect};

use crate::console::app::context::Context;
use crate::console::app::layout::Layout;
use crate::console::app::state::State;
use crate::console::layers::Layer;
use crate::console::layers::confirm::state::Dialog;
use crate::console::widgets::pen::Pen;

impl Layer for Dialog {
    fn context(&self) -> Context {
        Context::Dialog
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &State, body: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, body);
        None
    }

    fn rows(&self, _: &State, layout: &Layout) -> u16 {
        layout.body.height
    }
}
