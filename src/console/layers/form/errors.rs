//! Errors in forms, and where they are shown.

use crate::console::app::state::Failure;
use crate::console::layers::form::state::{Form, FormPurpose};
use crate::error::{Error, StoreError};
use crate::text::grouped;

use crate::console::app::message::Refusal;

/// Returns true if the input was rejected, and false if the store failed.
pub(crate) fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Command(_) | Error::Store(StoreError::InvalidSpaceName { .. }))
}

/// Returns the failure to show, with a hint on what to do.
pub(crate) fn failed(form: &Form, error: &Error, what: &str) -> Failure {
    let gone = matches!(error, Error::Store(StoreError::UnknownSpace { .. }));
    match (&form.purpose, error) {
        (FormPurpose::Command { space_name, .. }, _) if gone => {
            Failure { message: format!("{space_name} was deleted by another process"), hint: None }
        }
        (FormPurpose::Command { space_name, .. }, Error::Store(StoreError::SpaceDeleting { .. })) => {
            Failure { message: format!("{space_name} is being deleted by another process"), hint: None }
        }
        // Sending again is safe: the preview fixes the sequence at which the command applies.
        (_, Error::Store(StoreError::OutcomeUnknown { .. })) => Failure::from(error),
        _ => Failure {
            message: format!("{what}: {error}"),
            hint: Some("`ctrl-s` tries again; your input is kept".to_owned()),
        },
    }
}

/// Returns the failure to show for a conflict, naming the event that came first.
pub(crate) fn conflict_with(refusal: &Refusal) -> Failure {
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
    Failure { message, hint }
}

/// Shows an error beside its field, or above the fields.
pub(crate) fn show_error(form: &mut Form, error: &Error) {
    form.error = None;
    form.fields.iter_mut().for_each(|field| field.error = None);
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
        _ => form.error = Some(Failure::from(error)),
    }
}

/// Shows a reason beside a field.
pub(crate) fn set_error(form: &mut Form, name: &str, reason: String) {
    if let Some(field) = form.fields.iter_mut().find(|field| field.name == name) {
        field.error = Some(reason);
    }
}
