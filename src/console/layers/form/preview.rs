//! The preview of a form: what sending it would do.

use crate::console::app::effect::{Effects, StoreCommand};
use crate::console::app::message::Answer;
use crate::console::app::state::ConsoleState;
use crate::console::app::update::Changed;
use crate::console::layers::form::failure::{failed, is_refusal, set_error, show_error};
use crate::console::layers::form::sending::submit;
use crate::console::layers::form::state::{Form, FormField, FormPreview, FormPurpose, ShownPreview};
use crate::console::layers::form::update::{form, shown};
use crate::console::layers::form::{bug_report, files, fork, import, list, redact, space};
use crate::content_store::Command;
use crate::error::Error;
use crate::operations::THE_DATABASE;
use crate::text::grouped;

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
        FormPurpose::BugReport(_) => bug_report::preview_bug_report(state),
        FormPurpose::ExportList { .. } => list::preview_list(state),
        FormPurpose::Import | FormPurpose::ImportOpen => import::preview_import(form, request, effects),
        FormPurpose::Backup => files::preview_backup(state),
        FormPurpose::Fork { .. } => fork::preview_fork(form, request, effects),
        FormPurpose::Redact { .. } => redact::preview_redact(form, request, effects),
    }
}

/// Returns the command of the form. An optional field with its initial value is not sent.
pub(super) fn command(name: &str, fields: &[FormField], initial: &[String]) -> Command {
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
        0 => format!("it is the first space of {THE_DATABASE}"),
        1 => "the other space does not change".to_owned(),
        spaces => format!("the {} other spaces do not change", grouped(spaces)),
    };
    vec![format!("the empty space {} is created, with the app {}", value(0), value(1)), others]
}

/// Shows the preview of a command, or the reason why it would be rejected.
pub(crate) fn previewed(
    state: &mut ConsoleState,
    answer: Answer<ShownPreview, Error>,
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
            if send {
                form.show_refusal();
            }
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
