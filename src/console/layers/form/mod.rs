//! Forms: fields generated from a declaration, with a preview of the result.

mod actions;
mod bug_report;
mod checking;
mod command;
pub mod completion;
mod failure;
mod files;
mod fork;
mod import;
mod list;
mod notes;
mod preview;
mod redact;
mod sending;
mod shell;
mod space;
pub mod state;
mod stepping;
mod update;
mod view;

use ratatui::layout::{Position, Rect};

use crate::console::app::command_line::Commands;
use crate::console::app::context::KeyContext;
use crate::console::app::layout::Layout;
use crate::console::app::motion::Motion;
use crate::console::app::state::{ConsoleState, RequestId};
use crate::console::layers::form::state::{FieldInput, Form, FormFocus, FormPreview};
use crate::console::layers::{Extent, Layer, LayerSize, Run};
use crate::console::widgets::pen::Pen;
use crate::console::widgets::text_input::TextInput;

pub(crate) use crate::console::layers::form::actions::ACTIONS;
pub(crate) use crate::console::layers::form::bug_report::ACTIONS as BUG_REPORT_ACTIONS;
pub use crate::console::layers::form::bug_report::ReportChoice;
pub(crate) use crate::console::layers::form::bug_report::tried as tried_bug_report;
pub(crate) use crate::console::layers::form::command::open_command;
pub(crate) use crate::console::layers::form::completion::{completed, load as load_completions};
pub(crate) use crate::console::layers::form::files::{open_backup, open_export, tried};
pub(crate) use crate::console::layers::form::fork::{fork_planned, open_fork};
pub(crate) use crate::console::layers::form::import::{import_inspected, open_import};
pub(crate) use crate::console::layers::form::preview::previewed;
pub(crate) use crate::console::layers::form::redact::{open_redact, redaction_planned};
pub(crate) use crate::console::layers::form::sending::{created, submitted};
pub use crate::console::layers::form::space::SpaceChanges;
pub(crate) use crate::console::layers::form::space::{changed, open_change_space};
#[cfg(test)]
pub(crate) use crate::console::layers::form::update::open;
pub(crate) use crate::console::layers::form::update::{close, open_create_space, shown};

impl Layer for Form {
    fn context(&self) -> KeyContext {
        KeyContext::Form
    }

    fn asked(&self) -> Vec<RequestId> {
        let preview = match &self.preview {
            FormPreview::Pending(request, _) => Some(*request),
            _ => None,
        };
        [preview, self.completion.asked()].into_iter().flatten().collect()
    }

    fn commands(&self, state: &ConsoleState) -> Commands {
        shell::commands(state, self)
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, body: Rect, _: bool) -> Option<Position> {
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

    fn next_field(&self) -> Option<fn(&mut ConsoleState, isize)> {
        Some(update::go)
    }

    fn back(&self) -> Run {
        |state, _| update::leave(state)
    }

    fn go(&mut self, motion: Motion, extent: Extent) {
        self.preview_top = motion.scrolled(self.preview_top, extent.lines, extent.height);
    }

    fn reveal(&mut self, extent: Extent) {
        self.preview_top = self.preview_top.min(extent.last_top());
    }

    fn select(&mut self, row: usize, _: Extent) {
        if row < self.fields.len() {
            self.move_to(FormFocus::Field(row));
        }
    }

    fn choose(&mut self, option: usize) -> bool {
        self.choose_option(option)
    }

    fn length(&self, state: &ConsoleState) -> usize {
        state.viewports.layer_lines.into()
    }

    fn size(&self, state: &ConsoleState, layout: &Layout) -> LayerSize {
        view::preview_size(state, self, layout.body)
    }
}
