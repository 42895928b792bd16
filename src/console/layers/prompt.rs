//! The prompt as a layer.

use ratatui::layout::{Position, Rect};

use super::{Layer, Place, Run};
use crate::console::state::{Prompt, State, TextInput};
use crate::console::update::{Context, filtering};
use crate::console::view::{Pen, prompt_line};

impl Layer for Prompt {
    fn context(&self) -> Context {
        Context::Prompt
    }

    fn place(&self) -> Place {
        Place::Line
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &State, line: Rect, _: bool) -> Option<Position> {
        prompt_line(pen, state, self, line)
    }

    fn input(&mut self) -> Option<&mut TextInput> {
        Some(&mut self.input)
    }

    fn edited(&self) -> Run {
        |state, _| filtering::typed(state)
    }

    fn back(&self) -> Run {
        |state, _| filtering::give_up(state)
    }
}
