//! Previewing and sending forms, and showing why one cannot be sent.

use crate::console::app::action::Action;
use crate::console::app::bindings::Bindings;
use crate::console::app::effect::{Effects, FileQuery, StoreCommand};
use crate::console::app::keymap::key_of;
use crate::console::app::message::{Answer, Refusal};
use crate::console::app::state::{ConsoleState, ErrorText, Level, RequestId};
use crate::console::app::update;
use crate::console::app::update::Changed;
use crate::console::layers::form::space::SpaceChanges;
use crate::console::layers::form::state::{FieldInput, Form, FormField, FormFocus, FormPreview, FormPurpose};
use crate::console::layers::form::update::{close, form, shown};
use crate::console::layers::form::{files, redact, space};
use crate::console::layers::prompt;
use crate::console::panes::{Filter, Pane, spaces};
use crate::content_store::{Command, Executed, Preview};
use crate::error::{Error, StoreError};
use crate::space::Space;
use crate::text::{counted, grouped};

/// Updates the preview of the form.
pub(crate) fn preview(state: &mut ConsoleState, effects: &mut Effects) {
    let request = state.request();
    let taken = taken_name(state);
    let spaces = state.database.totals.spaces;
    let Some(form) = form(state) else { return };
    let faulty = form.show_faults();
    let missing = form.missing();
    if !faulty.is_empty() && missing.is_empty() {
        let is_wrong = form.fields.iter().any(|field| field.error.is_some());
        form.preview = if is_wrong { FormPreview::Refused } else { FormPreview::Incomplete(faulty) };
        return;
    }
    if !missing.is_empty() {
        form.preview = FormPreview::Incomplete(missing);
        return;
    }
    match &form.purpose {
        FormPurpose::Command { space_id, spec, .. } => {
            let (space_id, command) = (*space_id, command(spec.name, &form.fields, &form.initial));
            let before = match std::mem::replace(&mut form.preview, FormPreview::Refused) {
                FormPreview::Ready(preview) => Some(preview),
                FormPreview::Pending(_, before) | FormPreview::Failed(before) => before,
                _ => None,
            };
            form.preview = FormPreview::Pending(request, before);
            effects.push(StoreCommand::Preview { request, space_id, command });
        }
        FormPurpose::CreateSpace => match taken {
            Some(reason) => {
                set_error(form, "name", reason);
                form.preview = FormPreview::Refused;
            }
            None => form.preview = FormPreview::Words(creation(form, spaces)),
        },
        FormPurpose::ChangeSpace { .. } => space::preview(form, taken),
        FormPurpose::Export { .. } => files::preview_export(state),
        FormPurpose::Import => files::preview_import(form, request, effects),
        FormPurpose::Backup => files::preview_backup(state),
        FormPurpose::Redact { .. } => redact::preview_redact(form, request, effects),
    }
}

/// Returns the command of the form. An optional field with its initial value is not sent.
fn command(name: &str, fields: &[FormField], initial: &[String]) -> Command {
    let is_sent = |(field, initial): &(&FormField, &String)| {
        !field.value().is_empty() && (field.required || field.value() != initial.as_str())
    };
    let sent = fields.iter().zip(initial).filter(is_sent);
    sent.fold(Command::new(name), |command, (field, _)| command.with(field.name, field.value()))
}

fn taken_name(state: &ConsoleState) -> Option<String> {
    let form = shown(state)?;
    let name = form.fields.first()?.value();
    state.spaces.named(name).map(|_| format!("the space {name} already exists"))
}

fn creation(form: &Form, spaces: u64) -> Vec<String> {
    let value = |index: usize| form.fields.get(index).map_or("", FormField::value);
    let others = match spaces {
        0 => "it is the first space of this file".to_owned(),
        1 => "the other space does not change".to_owned(),
        spaces => format!("the {} other spaces do not change", grouped(spaces)),
    };
    vec![format!("the empty space {} is created, with the app {}", value(0), value(1)), others]
}

/// Shows the preview of a command, or the reason why it would be rejected.
pub(crate) fn previewed(
    state: &mut ConsoleState,
    answer: Answer<Preview, Error>,
    effects: &mut Effects,
) -> Changed {
    let bound = state.settings.keys.clone();
    let Some(form) = form(state).filter(|form| form.expects(answer.request)) else { return Changed::No };
    let send = std::mem::take(&mut form.send_when_previewed);
    match answer.result {
        Ok(preview) => {
            form.clear_field_errors();
            form.preview = FormPreview::Ready(preview);
            form.preview_top = 0;
            if send {
                submit(state, effects);
            }
        }
        Err(error) if is_refusal(&error) => {
            form.preview = FormPreview::Refused;
            show_error(form, &bound, &error);
        }
        Err(error) => {
            let before = std::mem::replace(&mut form.preview, FormPreview::Refused);
            let FormPreview::Pending(_, before) = before else { return Changed::Yes };
            form.preview = FormPreview::Failed(before);
            form.error = Some(failed(form, &bound, &error, "the preview failed"));
        }
    }
    Changed::Yes
}

/// Sends the form if its preview is on screen. Otherwise requests the preview first.
pub(crate) fn submit(state: &mut ConsoleState, effects: &mut Effects) {
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
        (FormPurpose::Import, FormPreview::Words(_)) => files::import(state, effects),
        (FormPurpose::Redact { .. }, FormPreview::Words(_)) => redact::redact(state, effects),
        (FormPurpose::Import | FormPurpose::Redact { .. }, FormPreview::Pending(..)) => {
            form.send_when_previewed = true;
        }
        (FormPurpose::Import | FormPurpose::Redact { .. }, _) => {
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
    let mut first = None;
    for (index, field) in form.fields.iter_mut().enumerate() {
        let is_missing = field.required && field.value().is_empty();
        let error = if is_missing { Some("required".to_owned()) } else { field.fault() };
        if error.is_some() {
            field.error = error;
            field.visited = true;
            first = first.or(Some(index));
        }
    }
    if let Some(index) = first {
        form.focus = FormFocus::Field(index);
    }
    first.is_none()
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
            let outcome = outcome(&executed, &space_name);
            match executed.ahead_of_clock {
                Some(time) => state.say(
                    Level::Warning,
                    format!(
                        "{outcome}, with the time {time}: the space's time is ahead of this machine's clock"
                    ),
                ),
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
                form.preview = FormPreview::Refused;
            } else {
                form.error = Some(failed(form, &bound, &refusal.error, "the command was not sent"));
            }
        }
    }
    Changed::Yes
}

/// Returns the name of the form's space, if the form waits for this answer.
pub(super) fn sent(state: &mut ConsoleState, request: &RequestId) -> Option<String> {
    let form = form(state).filter(|form| form.sending.as_ref() == Some(request))?;
    match &form.purpose {
        FormPurpose::Command { space_name, .. } => Some(space_name.clone()),
        FormPurpose::CreateSpace => Some(form.fields.first()?.value().to_owned()),
        FormPurpose::ChangeSpace { space } | FormPurpose::Redact { space } => Some(space.space_name.clone()),
        FormPurpose::Export { .. } | FormPurpose::Import | FormPurpose::Backup => None,
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

/// Shows why the input was rejected, or that `what` failed.
pub(super) fn show_failure(form: &mut Form, bound: &Bindings, error: &Error, what: &str) {
    if is_refusal(error) {
        show_error(form, bound, error);
    } else {
        form.error = Some(failed(form, bound, error, what));
    }
}

/// Returns true if the input was rejected, and false if the store failed.
fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Command(_) | Error::Store(StoreError::InvalidSpaceName { .. }))
}

/// Returns the failure to show, with a hint on what to do.
fn failed(form: &Form, bound: &Bindings, error: &Error, what: &str) -> ErrorText {
    let gone = matches!(error, Error::Store(StoreError::UnknownSpace { .. }));
    match (&form.purpose, error) {
        (FormPurpose::Command { space_name, .. }, _) if gone => {
            ErrorText { message: format!("{space_name} was deleted by another process"), hint: None }
        }
        (FormPurpose::Command { space_name, .. }, Error::Store(StoreError::SpaceDeleting { .. })) => {
            ErrorText { message: format!("{space_name} is being deleted by another process"), hint: None }
        }
        // Sending again is safe: the preview fixes the sequence at which the command applies.
        (_, Error::Store(StoreError::OutcomeUnknown { .. })) => ErrorText::of(error, bound),
        _ => ErrorText {
            message: format!("{what}: {error}"),
            hint: Some(bound.with_keys("`{key:submit}` tries again; your input is kept")),
        },
    }
}

/// Returns the failure to show for a conflict, naming the event that came first.
fn conflict_with(refusal: &Refusal) -> ErrorText {
    let message = match &refusal.rival {
        Some(rival) => format!(
            "event {} came first: {} of {} at sequence {}",
            grouped(rival.event_id.0),
            rival.event_type,
            rival.entity_id,
            grouped(rival.space_sequence.0)
        ),
        None => refusal.error.to_string(),
    };
    let hint = Some("nothing was written; check the new preview and send again".to_owned());
    ErrorText { message, hint }
}

/// Shows an error beside its field, or above the fields.
fn show_error(form: &mut Form, bound: &Bindings, error: &Error) {
    form.error = None;
    form.clear_field_errors();
    let field = match error {
        Error::Command(error) => error.field(),
        Error::Store(StoreError::InvalidSpaceName { .. }) => Some("name"),
        _ => None,
    };
    match field {
        Some(name) if form.fields.iter().any(|field| field.name == name) => {
            let name = name.to_owned();
            set_error(form, &name, error.to_string());
        }
        _ => form.error = Some(ErrorText::of(error, bound)),
    }
}

/// Shows a reason beside a field.
pub(super) fn set_error(form: &mut Form, name: &str, reason: String) {
    if let Some(field) = form.fields.iter_mut().find(|field| field.name == name) {
        field.error = Some(reason);
    }
}
