//! The prompt as a layer.

pub mod filtering;
pub mod jumping;
pub mod state;

use ratatui::layout::{Position, Rect};

use crate::console::app::bottom::prompt_line;
use crate::console::app::context::Context;
use crate::console::app::state::State;
use crate::console::app::text_input::TextInput;
use crate::console::layers::prompt::state::Prompt;
use crate::console::layers::{Layer, Place, Run};
use crate::console::widgets::pen::Pen;

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
