//! The conditions of each action, with the reason if it cannot be done now.

use std::any::Any;

use crate::console::app::spec::{Able, Reason, no, some};
use crate::console::app::state::{Loadable, State, Viewports};
use crate::console::layers::cast;
use crate::console::layers::confirm::state::Dialog;
use crate::console::layers::form::state::{FieldInput, Form, FormFocus, FormPurpose};
use crate::console::layers::guide::state::Walk;
use crate::console::panes::Pane;
use crate::console::panes::jobs::job_kind::JobKind;
use crate::console::panes::spaces::{some_space, writable};

pub(crate) fn filter(state: &State) -> Able {
    some(state.focus != Pane::Jobs, "jobs cannot be filtered")?;
    some_space(state)
}

pub(crate) fn submit(state: &State) -> Able {
    if !is_export_form(state) && !is_backup_form(state) {
        writable(state)?;
    }
    some(form(state).is_some_and(|form| form.sending.is_none()), "already in progress")
}

fn is_form(state: &State, wanted: fn(&FormPurpose) -> bool) -> bool {
    form(state).is_some_and(|form| wanted(&form.purpose))
}

pub(crate) fn is_command_form(state: &State) -> bool {
    is_form(state, |purpose| matches!(purpose, FormPurpose::Command { .. }))
}

pub(crate) fn is_export_form(state: &State) -> bool {
    is_form(state, |purpose| matches!(purpose, FormPurpose::Export { .. }))
}

pub(crate) fn is_backup_form(state: &State) -> bool {
    is_form(state, |purpose| matches!(purpose, FormPurpose::Backup))
}

pub(crate) fn is_import_form(state: &State) -> bool {
    is_form(state, |purpose| matches!(purpose, FormPurpose::Import))
}

pub(crate) fn is_creation_form(state: &State) -> bool {
    is_form(state, |purpose| matches!(purpose, FormPurpose::CreateSpace))
}

fn form(state: &State) -> Option<&Form> {
    layer(state)
}

/// Returns true if the preview does not fit beside or below the fields.
pub(crate) fn preview_overflows(state: &State) -> bool {
    let Viewports { layer, layer_lines, .. } = state.viewports;
    form(state).is_some() && layer > 0 && layer_lines > layer
}

/// Returns true if the keys of lists scroll the preview: on the button, where no text is edited.
pub(crate) fn scrolls_from_button(state: &State) -> bool {
    form(state).is_some_and(|form| form.focus == FormFocus::Submit) && preview_overflows(state)
}

pub(crate) fn in_choice(state: &State) -> bool {
    let field = form(state).and_then(Form::focused);
    field.is_some_and(|field| matches!(field.input, FieldInput::Choice { .. }))
}

/// Returns false in a multi-line field, where Enter inserts a line break.
pub(crate) fn not_in_text(state: &State) -> bool {
    let field = form(state).and_then(Form::focused);
    !field.is_some_and(|field| matches!(&field.input, FieldInput::Text(input) if input.is_multiline()))
}

pub(crate) fn is_rebuild_dialog(state: &State) -> bool {
    matches!(layer(state), Some(Dialog::Operation { kind: JobKind::Rebuild { .. }, .. }))
}

pub(crate) fn is_check_dialog(state: &State) -> bool {
    matches!(layer(state), Some(Dialog::Operation { kind: JobKind::Check { .. }, .. }))
}

/// Returns true if the console has a guide, even while it is hidden.
pub(crate) fn is_guided(state: &State) -> bool {
    state.walk.is_some()
}

pub(crate) fn is_unguided(state: &State) -> bool {
    !is_guided(state)
}

pub(crate) fn guided(state: &State) -> Able {
    shown_walk(state).map(|_| ())
}

fn shown_walk(state: &State) -> Result<&Walk, Reason> {
    let walk = state.walk.as_ref().ok_or(Reason("there is no guide".into()))?;
    if walk.shown { Ok(walk) } else { Err(Reason("the guide is hidden; `W` shows it".into())) }
}

pub(crate) fn take_step(state: &State) -> Able {
    let walk = shown_walk(state)?;
    if let Some((number, title)) = walk.comes_first() {
        return no(format!("run step {number} first: {title}; `b` goes back"));
    }
    match walk.outcome() {
        None | Some(Loadable::Failed(_)) => Ok(()),
        Some(Loadable::Pending(_)) => no("the step is running"),
        Some(Loadable::Ready(_)) if walk.at_end() => no("already done; this was the last step"),
        Some(Loadable::Ready(_)) => no("already done; `w` goes to the next step"),
    }
}

pub(crate) fn next_step(state: &State) -> Able {
    some(!shown_walk(state)?.at_end(), "this is the last step")
}

pub(crate) fn previous_step(state: &State) -> Able {
    some(shown_walk(state)?.at > 0, "this is the first step")
}

/// Returns true if there is a layer, a zoom or a filter to go back from.
pub(crate) fn has_back(state: &State) -> bool {
    !state.layers.is_empty() || state.zoomed || !state.filter(state.focus).is_empty()
}

/// Returns the topmost layer beneath the help, if it has this type.
fn layer<T: Any>(state: &State) -> Option<&T> {
    state.layers.below_help().and_then(cast)
}
