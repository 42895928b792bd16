//! Forms as a layer.

use ratatui::layout::{Position, Rect};

use super::{Extent, Layer, Run};
use crate::console::state::{FieldInput, Form, FormFocus, State, TextInput};
use crate::console::update::{Context, Motion, asking, forms};
use crate::console::view::{Layout, Pen, layer};

impl Layer for Form {
    fn context(&self) -> Context {
        Context::Form
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &State, body: Rect, _: bool) -> Option<Position> {
        layer::form::draw(pen, state, self, body)
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
        forms::edited
    }

    fn next_field(&self) -> Option<fn(&mut State, isize)> {
        Some(forms::go)
    }

    fn back(&self) -> Run {
        |state, _| asking::close_form(state)
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
        layer::form::preview_rows(self, layout.body)
    }

    fn line_count(&self, _: &State, layout: &Layout) -> u16 {
        layer::form::preview_lines(self, layout.body)
    }
}
