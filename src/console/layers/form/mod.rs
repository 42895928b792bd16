//! Forms as a layer.

pub mod backup;
pub mod errors;
pub mod filling_in;
pub mod preview;
pub mod sending;
pub mod state;
pub mod transfer;
pub mod update;
pub mod view;

use ratatui::layout::{Position, Rect};

use crate::console::app::context::Context;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::State;
use crate::console::app::text_input::TextInput;
use crate::console::layers::form::state::{FieldInput, Form, FormFocus};
use crate::console::layers::{Extent, Layer, Run, confirm};
use crate::console::widgets::pen::Pen;

impl Layer for Form {
    fn context(&self) -> Context {
        Context::Form
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &State, body: Rect, _: bool) -> Option<Position> {
        view::draw(pen, state, self, body)
    }

    fn trail(&self) -> Option<String> {
        Some(self.title.to_lowercase())
    }

    fn input(&mut self) -> Option<&mut TextInput> {
        let FormFocus::Field(index) = self.focus else { return None };
        if self.sending.is_some() {
            return None;
        }
        match &mut self.fields.get_mut(index)?.input {
            FieldInput::Text(input) => Some(input),
            FieldInput::Choice { .. } => None,
        }
    }

    fn edited(&self) -> Run {
        update::edited
    }

    fn next_field(&self) -> Option<fn(&mut State, isize)> {
        Some(update::go)
    }

    fn back(&self) -> Run {
        |state, _| confirm::update::close_form(state)
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.preview_top = motion.scrolled(self.preview_top, extent.lines, extent.height);
    }

    fn reveal(&mut self, extent: Extent) {
        self.preview_top = self.preview_top.min(extent.last_top());
    }

    fn length(&self, state: &State) -> usize {
        state.viewports.layer_lines.into()
    }

    fn rows(&self, _: &State, layout: &Layout) -> u16 {
        view::preview_rows(self, layout.body)
    }

    fn line_count(&self, _: &State, layout: &Layout) -> u16 {
        view::preview_lines(self, layout.body)
    }
}
