//! Opening rows, prompts, forms and dialogs.

use super::super::places::ROWS;
use super::super::spec::{Spec, row};
use super::super::{Action, Context, able, able_space};

use Context::{Chooser, Dialog, Form, Prompt};

pub(super) const SPECS: &[Spec] = &[
    row(Action::Open, "open", "Open the selected row", &["enter"], ROWS).hint(12).able(able::open),
    row(Action::Accept, "accept", "Accept the text or the choice", &["enter"], &[Prompt, Chooser]).hint(10),
    row(Action::Accept, "next", "Go to the next field; on the button, send the form", &["enter"], &[Form])
        .applies(able::not_in_text),
    row(Action::Submit, "execute", "Send the form", &["ctrl-s"], &[Form])
        .hint(10)
        .applies(able::is_command_form)
        .able(able::submit),
    row(Action::Submit, "export", "Send the form", &["ctrl-s"], &[Form])
        .hint(10)
        .applies(able::is_export_form)
        .able(able::submit),
    row(Action::Submit, "back up", "Send the form", &["ctrl-s"], &[Form])
        .hint(10)
        .applies(able::is_backup_form)
        .able(able::submit),
    row(Action::Submit, "import", "Send the form", &["ctrl-s"], &[Form])
        .hint(10)
        .applies(able::is_import_form)
        .able(able::submit),
    row(Action::Submit, "create", "Send the form", &["ctrl-s"], &[Form])
        .hint(10)
        .applies(able::is_creation_form)
        .able(able::submit),
    row(Action::Confirm, "yes", "Answer yes", &["enter", "y"], &[Dialog]).hint(10),
    row(
        Action::SkipErrors,
        "skip bad events",
        "Skip events that cannot be applied, and list them",
        &["s"],
        &[Dialog],
    )
    .hint(12)
    .applies(able::is_rebuild_dialog),
    row(
        Action::InDepth,
        "deep check",
        "Check the indexes too, and compare every projection with its events",
        &["p"],
        &[Dialog],
    )
    .hint(12)
    .applies(able::is_check_dialog),
    row(
        Action::RepairFound,
        "repair",
        "Repair what can be derived from intact data; events do not change",
        &["r"],
        &[Dialog],
    )
    .hint(13)
    .applies(able::is_check_dialog)
    .able(able_space::writable),
    row(Action::PageDown, "preview down", "Scroll down in the preview", &["pgdn"], &[Form])
        .hint(11)
        .applies(able::preview_overflows),
    row(Action::PageUp, "preview up", "Scroll up in the preview", &["pgup"], &[Form])
        .applies(able::preview_overflows),
    row(Action::HalfPageDown, "half a page down", "Scroll down in the preview", &["ctrl-d"], &[Form])
        .applies(able::scrolls_from_button),
    row(Action::HalfPageUp, "half a page up", "Scroll up in the preview", &["ctrl-u"], &[Form])
        .applies(able::scrolls_from_button),
    row(Action::NextField, "next field", "Go to the next field", &["tab"], &[Form]).hint(12),
    row(Action::PreviousField, "previous field", "Go to the previous field", &["shift-tab"], &[Form])
        .hint(13),
    row(Action::NextChoice, "next choice", "Choose the next option", &["right"], &[Form])
        .hint(12)
        .applies(able::in_choice),
    row(Action::PreviousChoice, "previous choice", "Choose the previous option", &["left"], &[Form])
        .applies(able::in_choice),
];
