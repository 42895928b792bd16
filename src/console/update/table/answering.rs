//! Opening rows, prompts, forms and dialogs.

use super::super::context::ROWS;
use super::super::motion::Motion;
use super::super::spec::Section::{Actions, Move, View};
use super::super::spec::{Spec, row};
use super::super::{
    Action, Context, able, able_space, asking, filtering, form_sending, forms, looking, moving,
};

use Context::{Chooser, Dialog, Form, Prompt};

pub(super) const SPECS: &[Spec] = &[
    row(View, Action::Open, "open", "Open the selected row", &["enter"], ROWS, |state, _| {
        looking::open(state)
    })
    .hint(12)
    .able(able::open),
    row(Actions, Action::Accept, "accept", "Accept the text", &["enter"], &[Prompt], filtering::accept)
        .hint(10),
    row(Actions, Action::Accept, "accept", "Accept the choice", &["enter"], &[Chooser], |state, _| {
        forms::take_choice(state)
    })
    .hint(10),
    row(
        Actions,
        Action::Accept,
        "next",
        "Go to the next field; on the button, send the form",
        &["enter"],
        &[Form],
        forms::accept,
    )
    .applies(able::not_in_text),
    row(Actions, Action::Submit, "execute", "Send the form", &["ctrl-s"], &[Form], form_sending::submit)
        .hint(10)
        .applies(able::is_command_form)
        .able(able::submit),
    row(Actions, Action::Submit, "export", "Send the form", &["ctrl-s"], &[Form], form_sending::submit)
        .hint(10)
        .applies(able::is_export_form)
        .able(able::submit),
    row(Actions, Action::Submit, "back up", "Send the form", &["ctrl-s"], &[Form], form_sending::submit)
        .hint(10)
        .applies(able::is_backup_form)
        .able(able::submit),
    row(Actions, Action::Submit, "import", "Send the form", &["ctrl-s"], &[Form], form_sending::submit)
        .hint(10)
        .applies(able::is_import_form)
        .able(able::submit),
    row(Actions, Action::Submit, "create", "Send the form", &["ctrl-s"], &[Form], form_sending::submit)
        .hint(10)
        .applies(able::is_creation_form)
        .able(able::submit),
    row(Actions, Action::Confirm, "yes", "Answer yes", &["enter", "y"], &[Dialog], asking::confirm).hint(10),
    row(
        Actions,
        Action::SkipErrors,
        "skip bad events",
        "Skip events that cannot be applied, and list them",
        &["s"],
        &[Dialog],
        |state, _| asking::toggle_skip_errors(state),
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
        |state, _| asking::toggle_deep(state),
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
        |state, _| asking::toggle_repair(state),
    )
    .hint(13)
    .applies(able::is_check_dialog)
    .able(able_space::writable),
    row(
        Move,
        Action::PageDown,
        "preview down",
        "Scroll down in the preview",
        &["pgdn"],
        &[Form],
        |state, _| moving::go(state, Motion::Pages(1)),
    )
    .hint(11)
    .applies(able::preview_overflows),
    row(Move, Action::PageUp, "preview up", "Scroll up in the preview", &["pgup"], &[Form], |state, _| {
        moving::go(state, Motion::Pages(-1))
    })
    .applies(able::preview_overflows),
    row(
        Move,
        Action::HalfPageDown,
        "half a page down",
        "Scroll down in the preview",
        &["ctrl-d"],
        &[Form],
        |state, _| moving::go(state, Motion::HalfPages(1)),
    )
    .applies(able::scrolls_from_button),
    row(
        Move,
        Action::HalfPageUp,
        "half a page up",
        "Scroll up in the preview",
        &["ctrl-u"],
        &[Form],
        |state, _| moving::go(state, Motion::HalfPages(-1)),
    )
    .applies(able::scrolls_from_button),
    row(Move, Action::NextField, "next field", "Go to the next field", &["tab"], &[Form], |state, _| {
        forms::go(state, 1)
    })
    .hint(12),
    row(
        Move,
        Action::PreviousField,
        "previous field",
        "Go to the previous field",
        &["shift-tab"],
        &[Form],
        |state, _| forms::go(state, -1),
    )
    .hint(13),
    row(
        Move,
        Action::NextChoice,
        "next choice",
        "Choose the next option",
        &["right"],
        &[Form],
        |state, effects| forms::choose(state, 1, effects),
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
        |state, effects| forms::choose(state, -1, effects),
    )
    .applies(able::in_choice),
];
