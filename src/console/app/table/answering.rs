//! Opening rows, prompts, forms and dialogs.

use crate::console::app::able;
use crate::console::app::action::Action;
use crate::console::app::context::Context;
use crate::console::app::motion::{self, Motion};
use crate::console::app::spec::Section::{Actions, Move};
use crate::console::app::spec::{Spec, row};
use crate::console::layers::confirm;
use crate::console::layers::form::{self, sending};
use crate::console::layers::prompt::filtering;
use crate::console::panes::spaces;

use Context::{Chooser, Dialog, Form, Prompt};

pub(crate) const SPECS: &[Spec] = &[
    row(Actions, Action::Accept, "accept", "Accept the text", &["enter"], &[Prompt], filtering::accept)
        .hint(10),
    row(Actions, Action::Accept, "accept", "Accept the choice", &["enter"], &[Chooser], |state, _| {
        form::update::take_choice(state)
    })
    .hint(10),
    row(
        Actions,
        Action::Accept,
        "next",
        "Go to the next field; on the button, send the form",
        &["enter"],
        &[Form],
        form::update::accept,
    )
    .applies(able::not_in_text),
    row(Actions, Action::Submit, "execute", "Send the form", &["ctrl-s"], &[Form], sending::submit)
        .hint(10)
        .applies(able::is_command_form)
        .able(able::submit),
    row(Actions, Action::Submit, "export", "Send the form", &["ctrl-s"], &[Form], sending::submit)
        .hint(10)
        .applies(able::is_export_form)
        .able(able::submit),
    row(Actions, Action::Submit, "back up", "Send the form", &["ctrl-s"], &[Form], sending::submit)
        .hint(10)
        .applies(able::is_backup_form)
        .able(able::submit),
    row(Actions, Action::Submit, "import", "Send the form", &["ctrl-s"], &[Form], sending::submit)
        .hint(10)
        .applies(able::is_import_form)
        .able(able::submit),
    row(Actions, Action::Submit, "create", "Send the form", &["ctrl-s"], &[Form], sending::submit)
        .hint(10)
        .applies(able::is_creation_form)
        .able(able::submit),
    row(Actions, Action::Confirm, "yes", "Answer yes", &["enter", "y"], &[Dialog], confirm::update::confirm)
        .hint(10),
    row(
        Actions,
        Action::SkipErrors,
        "skip bad events",
        "Skip events that cannot be applied, and list them",
        &["s"],
        &[Dialog],
        |state, _| confirm::update::toggle_skip_errors(state),
    )
    .hint(12)
    .applies(able::is_rebuild_dialog),
    row(
        Actions,
        Action::InDepth,
        "deep check",
        "Check the indexes too, and compare every projection with its events",
        &["p"],
        &[Dialog],
        |state, _| confirm::update::toggle_deep(state),
    )
    .hint(12)
    .applies(able::is_check_dialog),
    row(
        Actions,
        Action::RepairFound,
        "repair",
        "Repair what can be derived from intact data; events do not change",
        &["r"],
        &[Dialog],
        |state, _| confirm::update::toggle_repair(state),
    )
    .hint(13)
    .applies(able::is_check_dialog)
    .able(spaces::writable),
    row(
        Move,
        Action::PageDown,
        "preview down",
        "Scroll down in the preview",
        &["pgdn"],
        &[Form],
        |state, _| motion::go(state, Motion::Pages(1)),
    )
    .hint(11)
    .applies(able::preview_overflows),
    row(Move, Action::PageUp, "preview up", "Scroll up in the preview", &["pgup"], &[Form], |state, _| {
        motion::go(state, Motion::Pages(-1))
    })
    .applies(able::preview_overflows),
    row(
        Move,
        Action::HalfPageDown,
        "half a page down",
        "Scroll down in the preview",
        &["ctrl-d"],
        &[Form],
        |state, _| motion::go(state, Motion::HalfPages(1)),
    )
    .applies(able::scrolls_from_button),
    row(
        Move,
        Action::HalfPageUp,
        "half a page up",
        "Scroll up in the preview",
        &["ctrl-u"],
        &[Form],
        |state, _| motion::go(state, Motion::HalfPages(-1)),
    )
    .applies(able::scrolls_from_button),
    row(Move, Action::NextField, "next field", "Go to the next field", &["tab"], &[Form], |state, _| {
        form::update::go(state, 1)
    })
    .hint(12),
    row(
        Move,
        Action::PreviousField,
        "previous field",
        "Go to the previous field",
        &["shift-tab"],
        &[Form],
        |state, _| form::update::go(state, -1),
    )
    .hint(13),
    row(
        Move,
        Action::NextChoice,
        "next choice",
        "Choose the next option",
        &["right"],
        &[Form],
        |state, effects| form::update::choose(state, 1, effects),
    )
    .hint(12)
    .applies(able::in_choice),
    row(
        Move,
        Action::PreviousChoice,
        "previous choice",
        "Choose the previous option",
        &["left"],
        &[Form],
        |state, effects| form::update::choose(state, -1, effects),
    )
    .applies(able::in_choice),
];
