//! The actions of the forms.

use crate::console::app::action::Section::{Actions, Move};
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, available_if};
use crate::console::app::context::{Contexts, KeyContext};
use crate::console::app::motion::{self, Motion};
use crate::console::app::shown_list::can_export;
use crate::console::app::state::{ConsoleState, Viewports};
use crate::console::layers::form::state::{FieldInput, Form, FormFocus, FormPurpose};
use crate::console::layers::form::{completion, list, sending, stepping, update};
use crate::console::panes::spaces;

/// The actions of the forms.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::Accept,
        section: Actions,
        title: "next",
        description: "Go to the next field; on the button, send the form",
        keys: &["enter"],
        contexts: FORM,
        applies: not_in_text,
        run: update::accept,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ExportList,
        section: Actions,
        title: "export list",
        description: "Write the whole filtered list as JSON lines or CSV, to a file or the clipboard",
        keys: &["ctrl-s"],
        contexts: LISTS,
        hint: Some(Rank::AfterBack),
        enabled: can_export,
        run: list::open_export_list,
        ..Spec::ALWAYS
    },
    submit("execute", is_command),
    submit("export", is_export),
    submit("back up", is_backup),
    submit("import", is_import),
    submit("create", is_creation),
    submit("change", is_change),
    submit("redact", is_redaction),
    submit("fork", is_fork),
    Spec {
        action: Action::PageDown,
        section: Move,
        title: "preview down",
        description: "Scroll down in the preview",
        keys: &["pgdn"],
        contexts: FORM,
        hint: Some(Rank::Second),
        applies: preview_overflows,
        run: |state, _| motion::go(state, Motion::Pages(1)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::PageUp,
        section: Move,
        title: "preview up",
        description: "Scroll up in the preview",
        keys: &["pgup"],
        contexts: FORM,
        applies: preview_overflows,
        run: |state, _| motion::go(state, Motion::Pages(-1)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::HalfPageDown,
        section: Move,
        title: "half a page down",
        description: "Scroll down in the preview",
        keys: &["ctrl-d"],
        contexts: FORM,
        applies: scrolls_from_button,
        run: |state, _| motion::go(state, Motion::HalfPages(1)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::HalfPageUp,
        section: Move,
        title: "half a page up",
        description: "Scroll up in the preview",
        keys: &["ctrl-u"],
        contexts: FORM,
        applies: scrolls_from_button,
        run: |state, _| motion::go(state, Motion::HalfPages(-1)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::NextField,
        section: Move,
        title: "next field",
        description: "Go to the next field",
        keys: &["tab"],
        contexts: FORM,
        hint: Some(Rank::Third),
        run: |state, _| update::go(state, 1),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::PreviousField,
        section: Move,
        title: "previous field",
        description: "Go to the previous field",
        keys: &["shift-tab"],
        contexts: FORM,
        hint: Some(Rank::Last),
        run: |state, _| update::go(state, -1),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::NextChoice,
        section: Move,
        title: "next choice",
        description: "Choose the next option",
        keys: &["right", "space"],
        contexts: FORM,
        hint: Some(Rank::Third),
        applies: in_choice,
        run: |state, effects| update::choose(state, 1, effects),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::PreviousChoice,
        section: Move,
        title: "previous choice",
        description: "Choose the previous option",
        keys: &["left"],
        contexts: FORM,
        applies: in_choice,
        run: |state, effects| update::choose(state, -1, effects),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::Complete,
        section: Move,
        title: "complete",
        description: "Complete the value with the first one that fits",
        keys: &["right"],
        contexts: FORM,
        hint: Some(Rank::Third),
        applies: can_complete,
        run: completion::complete,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::StepUp,
        section: Move,
        title: "next value",
        description: "Change the number, day or time at the cursor to the next one",
        keys: &["up"],
        contexts: FORM,
        hint: Some(Rank::Third),
        applies: can_step,
        run: |state, effects| stepping::step(state, 1, effects),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::StepDown,
        section: Move,
        title: "previous value",
        description: "Change the number, day or time at the cursor to the previous one",
        keys: &["down"],
        contexts: FORM,
        applies: can_step,
        run: |state, effects| stepping::step(state, -1, effects),
        ..Spec::ALWAYS
    },
];

const FORM: Contexts = |here| here == KeyContext::Form;

/// The contexts that show something, of which the lists can be exported.
const LISTS: Contexts =
    |here| here.is_screen() || matches!(here, KeyContext::Statistics | KeyContext::Subscriptions);

/// Returns the action that sends a form, named after the purpose of the form.
const fn submit(title: &'static str, applies: fn(&ConsoleState) -> bool) -> Spec {
    Spec {
        action: Action::Submit,
        section: Actions,
        title,
        description: "Send the form",
        keys: &["ctrl-s"],
        contexts: FORM,
        hint: Some(Rank::Main),
        applies,
        enabled: can_submit,
        run: sending::submit,
        ..Spec::ALWAYS
    }
}

fn can_submit(state: &ConsoleState) -> Availability {
    if is_fork(state) {
        // Allowed as of a point of the past, of which it makes a space.
        spaces::file_is_writable(state)?;
    } else if is_import(state) {
        spaces::can_import(state)?;
    } else if !is_export(state) && !is_backup(state) {
        spaces::writable(state)?;
    }
    available_if(form(state).is_some_and(|form| form.sending.is_none()), "already in progress")
}

fn is_form(state: &ConsoleState, wanted: fn(&FormPurpose) -> bool) -> bool {
    form(state).is_some_and(|form| wanted(&form.purpose))
}

fn is_command(state: &ConsoleState) -> bool {
    is_form(state, |purpose| matches!(purpose, FormPurpose::Command { .. }))
}

fn is_export(state: &ConsoleState) -> bool {
    is_form(state, |purpose| {
        matches!(
            purpose,
            FormPurpose::Export { .. } | FormPurpose::ExportList { .. } | FormPurpose::BugReport(_)
        )
    })
}

fn is_backup(state: &ConsoleState) -> bool {
    is_form(state, |purpose| matches!(purpose, FormPurpose::Backup))
}

fn is_import(state: &ConsoleState) -> bool {
    is_form(state, |purpose| matches!(purpose, FormPurpose::Import | FormPurpose::ImportOpen))
}

fn is_creation(state: &ConsoleState) -> bool {
    is_form(state, |purpose| matches!(purpose, FormPurpose::CreateSpace))
}

fn is_change(state: &ConsoleState) -> bool {
    is_form(state, |purpose| matches!(purpose, FormPurpose::ChangeSpace { .. }))
}

fn is_redaction(state: &ConsoleState) -> bool {
    is_form(state, |purpose| matches!(purpose, FormPurpose::Redact { .. }))
}

fn is_fork(state: &ConsoleState) -> bool {
    is_form(state, |purpose| matches!(purpose, FormPurpose::Fork { .. }))
}

/// Returns the form, if it is the topmost layer beneath the help.
fn form(state: &ConsoleState) -> Option<&Form> {
    state.layers.shown()
}

/// Returns true if the preview does not fit beside or below the fields.
fn preview_overflows(state: &ConsoleState) -> bool {
    let Viewports { layer, layer_lines, .. } = state.viewports;
    form(state).is_some() && layer > 0 && layer_lines > layer
}

/// Returns true if the keys of lists scroll the preview: on the button, where no text is edited.
fn scrolls_from_button(state: &ConsoleState) -> bool {
    form(state).is_some_and(|form| form.focus == FormFocus::Submit) && preview_overflows(state)
}

fn in_choice(state: &ConsoleState) -> bool {
    let field = form(state).and_then(Form::focused);
    field.is_some_and(|field| matches!(field.input, FieldInput::Choice { .. }))
}

fn can_complete(state: &ConsoleState) -> bool {
    form(state).is_some_and(|form| form.sending.is_none() && form.rest().is_some())
}

fn can_step(state: &ConsoleState) -> bool {
    form(state).is_some_and(|form| form.sending.is_none() && stepping::can_step(form))
}

/// Returns false in a multi-line field, where Enter inserts a line break.
fn not_in_text(state: &ConsoleState) -> bool {
    let field = form(state).and_then(Form::focused);
    !field.is_some_and(|field| matches!(&field.input, FieldInput::Text(input) if input.is_multiline()))
}
