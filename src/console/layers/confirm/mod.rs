//! Confirmations: questions with their consequences, asked before an action that Esc cannot undo.

mod plan;
pub mod state;
mod update;
mod view;

use ratatui::layout::{Position, Rect};

use crate::console::app::action::Action;
use crate::console::app::context::Context;
use crate::console::app::layout::Layout;
use crate::console::app::spec::Section::{Actions, Move};
use crate::console::app::spec::{Spec, row};
use crate::console::app::state::State;
use crate::console::layers::confirm::state::Dialog;
use crate::console::layers::{Layer, close};
use crate::console::panes::spaces;
use crate::console::widgets::pen::Pen;
use crate::operations::AnyOperation;

pub(crate) use crate::console::layers::confirm::plan::{place, plan};
pub(crate) use crate::console::layers::confirm::update::{ask, ask_check, close_form, quit};
pub(crate) use crate::console::layers::confirm::view::WIDTH;

/// The actions of the dialogs.
pub(crate) const ACTIONS: &[Spec] = &[
    row(Actions, Action::Confirm, "yes", "Answer yes", &["enter", "y"], DIALOG, update::confirm).hint(10),
    row(
        Actions,
        Action::SkipErrors,
        "skip bad events",
        "Skip events that cannot be applied, and list them",
        &["s"],
        DIALOG,
        |state, _| update::toggle_skip_errors(state),
    )
    .hint(12)
    .applies(is_rebuild_dialog),
    row(
        Actions,
        Action::InDepth,
        "deep check",
        "Check the indexes too, and compare every projection with its events",
        &["p"],
        DIALOG,
        |state, _| update::toggle_deep(state),
    )
    .hint(12)
    .applies(is_check_dialog),
    row(
        Actions,
        Action::RepairFound,
        "repair",
        "Repair what can be derived from intact data; events do not change",
        &["r"],
        DIALOG,
        |state, _| update::toggle_repair(state),
    )
    .hint(13)
    .applies(is_check_dialog)
    .able(spaces::writable),
    row(Move, Action::Back, "back", "Close without doing anything", &["esc", "q"], DIALOG, close).hint(60),
];

const DIALOG: &[Context] = &[Context::Dialog];

fn is_rebuild_dialog(state: &State) -> bool {
    matches!(state.layers.shown(), Some(Dialog::Operation { operation: AnyOperation::Rebuild(_), .. }))
}

fn is_check_dialog(state: &State) -> bool {
    matches!(state.layers.shown(), Some(Dialog::Operation { operation: AnyOperation::Check(_), .. }))
}

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
