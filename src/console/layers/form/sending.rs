//! Sending forms, and showing the results.

use crate::console::app::action::Action;
use crate::console::app::effect::{Effects, FileQuery, StoreCommand};
use crate::console::app::keymap::key_of;
use crate::console::app::message::{Answer, Refusal};
use crate::console::app::state::{ConsoleState, Level, RequestId};
use crate::console::app::trail;
use crate::console::app::update;
use crate::console::app::update::Changed;
use crate::console::layers::form::failure::{conflict_with, failed, is_refusal, show_error, show_failure};
use crate::console::layers::form::preview::{command, preview};
use crate::console::layers::form::space::SpaceChanges;
use crate::console::layers::form::state::{FieldInput, Form, FormField, FormPreview, FormPurpose};
use crate::console::layers::form::update::{close, form};
use crate::console::layers::form::{bug_report, files, fork, import, list, redact, space};
use crate::console::layers::prompt;
use crate::console::panes::{Filter, Pane, spaces};
use crate::content_store::Executed;
use crate::error::{Error, StoreError};
use crate::operations::ahead_of_clock;
use crate::space::Space;
use crate::text::{counted, grouped};

/// Sends the form if its preview is on screen. Otherwise requests the preview first. Shows a fault that is known at once.
pub(crate) fn submit(state: &mut ConsoleState, effects: &mut Effects) {
    send(state, effects);
    if let Some(form) = form(state).filter(|form| form.preview == FormPreview::Refused) {
        form.show_refusal();
    }
}

fn send(state: &mut ConsoleState, effects: &mut Effects) {
    let request = state.request();
    let Some(form) = form(state) else { return };
    if form.sending.is_some() || !complete(form) {
        return;
    }
    match (&form.purpose, &form.preview) {
        (FormPurpose::Command { space_id, spec, .. }, FormPreview::Ready(preview)) => {
            let (space_id, expected) = (*space_id, preview.at);
            let command = command(spec.name, &form.fields, &form.initial);
            form.sending = Some(request);
            effects.push(StoreCommand::Submit { request, space_id, command, expected });
        }
        (FormPurpose::Command { .. }, FormPreview::Pending(..)) => form.send_when_previewed = true,
        (FormPurpose::Command { .. }, _) => {
            form.send_when_previewed = true;
            preview(state, effects);
        }
        (FormPurpose::Export { spaces, .. }, _) => {
            let (files, replace) = files::export_places(&form.fields, spaces);
            form.sending = Some(request);
            effects.push(FileQuery::TryPlaces { request, files, replace });
        }
        (FormPurpose::ExportList { .. }, _) => match list::list_place(&form.fields) {
            Some((file, replace)) => {
                form.sending = Some(request);
                effects.push(FileQuery::TryPlaces { request, files: vec![file], replace });
            }
            None => list::queue(state, effects),
        },
        (FormPurpose::BugReport(_), FormPreview::Words(_)) => {
            if let Ok(Some(export)) = bug_report::export_of(form) {
                bug_report::send(form, request, export, effects);
            }
        }
        (FormPurpose::BugReport(_), _) => preview(state, effects),
        (FormPurpose::Backup, _) => {
            let (files, replace) = files::backup_places(&form.fields);
            form.sending = Some(request);
            effects.push(FileQuery::TryPlaces { request, files, replace });
        }
        (FormPurpose::CreateSpace, FormPreview::Words(_)) => {
            let name = form.fields.first().map_or("", FormField::value).to_owned();
            let app = form.fields.get(1).and_then(chosen);
            if let Some(app) = app {
                form.sending = Some(request);
                effects.push(StoreCommand::CreateSpace { request, name, app });
            }
        }
        (FormPurpose::CreateSpace, _) => preview(state, effects),
        (FormPurpose::ChangeSpace { space }, FormPreview::Words(_)) => {
            let (space_id, changes) = (space.space_id, space::changes_of(form).unwrap_or_default());
            if changes == SpaceChanges::default() {
                close(state);
                return;
            }
            form.sending = Some(request);
            effects.push(StoreCommand::ChangeSpace { request, space_id, changes });
        }
        (FormPurpose::ChangeSpace { .. }, _) => preview(state, effects),
        (FormPurpose::Import | FormPurpose::ImportOpen, FormPreview::Words(_)) => {
            import::import(state, effects)
        }
        (FormPurpose::Fork { .. }, FormPreview::Words(_)) => fork::fork(state, effects),
        (FormPurpose::Redact { .. }, FormPreview::Words(_)) => redact::redact(state, effects),
        (
            FormPurpose::Import
            | FormPurpose::ImportOpen
            | FormPurpose::Redact { .. }
            | FormPurpose::Fork { .. },
            FormPreview::Pending(..),
        ) => form.send_when_previewed = true,
        (
            FormPurpose::Import
            | FormPurpose::ImportOpen
            | FormPurpose::Redact { .. }
            | FormPurpose::Fork { .. },
            _,
        ) => {
            form.send_when_previewed = true;
            preview(state, effects);
        }
    }
}

fn chosen(field: &FormField) -> Option<&'static str> {
    match &field.input {
        FieldInput::Choice { options, chosen } => options.get((*chosen)?).copied(),
        FieldInput::Text(_) => None,
    }
}

/// Returns true if all required fields are filled and all values are of their kinds. Otherwise marks the others and moves
/// to the first.
fn complete(form: &mut Form) -> bool {
    let mut is_complete = true;
    for field in &mut form.fields {
        let error = if field.is_missing() { Some("required".to_owned()) } else { field.fault() };
        if error.is_some() {
            field.error = error;
            field.visited = true;
            is_complete = false;
        }
    }
    if !is_complete {
        form.show_refusal();
    }
    is_complete
}

/// Closes the form of an executed command. If it failed, shows the reason and keeps the input.
pub(crate) fn submitted(
    state: &mut ConsoleState,
    answer: Answer<Executed, Refusal>,
    effects: &mut Effects,
) -> Changed {
    let Some(space_name) = sent(state, &answer.request) else { return Changed::No };
    match answer.result {
        Ok(executed) => {
            close(state);
            show_space(state, &space_name);
            let outcome = outcome(&executed, &space_name);
            match executed.ahead_of_clock {
                Some(time) => state.say(Level::Warning, format!("{outcome}; {}", ahead_of_clock(time))),
                None => state.say(Level::Info, outcome),
            }
            update::changed(state);
        }
        Err(refusal) => {
            let bound = state.settings.keys.clone();
            let Some(form) = form(state) else { return Changed::No };
            form.sending = None;
            let conflict = matches!(refusal.error, Error::Store(StoreError::Conflict { .. }));
            if conflict {
                show_error(form, &bound, &refusal.error);
                form.error = Some(conflict_with(&refusal));
                let error = form.error.clone();
                preview(state, effects);
                update::changed(state);
                if let Some(form) = self::form(state) {
                    form.error = error;
                }
            } else if is_refusal(&refusal.error) {
                show_error(form, &bound, &refusal.error);
                form.show_refusal();
                form.preview = FormPreview::Refused;
            } else {
                form.error = Some(failed(form, &bound, &refusal.error, "the command was not sent"));
            }
        }
    }
    Changed::Yes
}

/// Selects the space in which a command was executed, unless something else is being looked at.
fn show_space(state: &mut ConsoleState, name: &str) {
    let space_id = state.spaces.named(name).filter(|space_id| state.spaces.selected != Some(*space_id));
    if let Some(space_id) = space_id.filter(|_| state.layers.is_empty()) {
        trail::keep(state);
        spaces::select_space(state, space_id);
    }
}

/// Returns the name of the form's space, if the form waits for this answer.
pub(super) fn sent(state: &mut ConsoleState, request: &RequestId) -> Option<String> {
    let form = form(state).filter(|form| form.sending.as_ref() == Some(request))?;
    match &form.purpose {
        FormPurpose::Command { space_name, .. } => Some(space_name.clone()),
        FormPurpose::CreateSpace => Some(form.fields.first()?.value().to_owned()),
        FormPurpose::ChangeSpace { space } | FormPurpose::Redact { space } => Some(space.space_name.clone()),
        FormPurpose::Export { .. }
        | FormPurpose::ExportList { .. }
        | FormPurpose::BugReport(_)
        | FormPurpose::Import
        | FormPurpose::ImportOpen
        | FormPurpose::Fork { .. }
        | FormPurpose::Backup => None,
    }
}

fn outcome(executed: &Executed, space_name: &str) -> String {
    let sequence = grouped(executed.space_sequence.0);
    match executed.event_ids.as_slice() {
        [] => format!("nothing to do in {space_name}: no event was appended"),
        [event_id] => {
            format!("event {} appended to {space_name} at sequence {sequence}", grouped(event_id.0))
        }
        events => {
            let events = counted(events.len() as u64, "event", "events");
            format!("{events} appended to {space_name}, up to sequence {sequence}")
        }
    }
}

/// Selects a new space, or shows why it was not created.
pub(crate) fn created(state: &mut ConsoleState, answer: Answer<Space, Error>) -> Changed {
    if sent(state, &answer.request).is_none() {
        return Changed::No;
    }
    match answer.result {
        Ok(space) => {
            close(state);
            if !state.spaces.filter.matches(&space.space_name) {
                prompt::set_filter(state, Pane::Spaces, Filter::default());
            }
            let (space_id, name) = (space.space_id, space.space_name.clone());
            spaces::add_created(state, space);
            // The events of all spaces would select the space of their selected event instead.
            if state.focus == Pane::Events && state.events.all_spaces {
                state.focus(Pane::Spaces);
            }
            spaces::select_space(state, space_id);
            state.say(
                Level::Info,
                format!(
                    "space {name} created; `{}` opens its first command",
                    key_of(state, Action::NewCommand)
                ),
            );
            update::changed(state);
        }
        Err(error) => {
            let bound = state.settings.keys.clone();
            let Some(form) = form(state) else { return Changed::No };
            form.sending = None;
            show_failure(form, &bound, &error, "the space was not created");
        }
    }
    Changed::Yes
}
