//! The conditions of each action, with the reason if it cannot be done now.

use std::any::Any;

use crate::console::app::state::{Loadable, State, Viewports};
use crate::console::layers::audit::state::Operations;
use crate::console::layers::cast;
use crate::console::layers::confirm::state::Dialog;
use crate::console::layers::form::state::{FieldInput, Form, FormFocus, FormPurpose};
use crate::console::layers::guide::state::Walk;
use crate::console::layers::history::History;
use crate::console::panes::Pane;
use crate::console::panes::detail::{Detail, Subject};
use crate::console::panes::jobs::job_kind::JobKind;

use crate::console::app::reason::{Able, Reason, no, some};
use crate::console::panes::spaces::{space, writable};

pub(crate) fn some_spaces(state: &State) -> Able {
    some(!state.spaces.all.is_empty(), "there is no space yet; `c` creates one")
}

pub(crate) fn filter(state: &State) -> Able {
    some(state.focus != Pane::Jobs, "jobs cannot be filtered")?;
    some_spaces(state)
}

pub(crate) fn open(state: &State) -> Able {
    selected(state)
}

pub(crate) fn inspect(state: &State) -> Able {
    selected(state)
}

pub(crate) fn copy(state: &State) -> Able {
    if layer::<Detail>(state).is_some() { Ok(()) } else { selected(state) }
}

fn selected(state: &State) -> Able {
    if let Some(history) = layer::<History>(state) {
        return some(history.window.selected_row().is_some(), "no event is selected");
    }
    if let Some(operations) = layer::<Operations>(state) {
        return some(operations.selected().is_some(), "the audit log is empty");
    }
    match state.focus {
        Pane::Spaces => space(state).map(|_| ()),
        Pane::Events => some(state.events.selected().is_some(), "no event is selected"),
        Pane::Projections => some(state.projections.window.selected_row().is_some(), "no key is selected"),
        Pane::Checkpoints => space(state).map(|_| ()),
        Pane::Jobs => some(state.jobs.selected_job().is_some(), "there are no jobs"),
    }
}

pub(crate) fn history(state: &State) -> Able {
    match layer::<Detail>(state) {
        Some(detail) => {
            let of_entity = matches!(detail.subject, Subject::Event(_) | Subject::Entry { .. });
            some(of_entity, "only events and keys have a history")
        }
        None => selected(state),
    }
}

pub(crate) fn fold(state: &State) -> Able {
    let has_document = layer::<Detail>(state).is_some_and(|detail| detail.json().is_some());
    some(has_document, "there is no document to fold")
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
