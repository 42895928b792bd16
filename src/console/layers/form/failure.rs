//! The reasons why a form cannot be sent, beside its fields or above them.

use crate::console::app::bindings::Bindings;
use crate::console::app::message::Refusal;
use crate::console::app::state::ErrorText;
use crate::console::layers::form::state::{Form, FormPurpose};
use crate::error::{CommandError, Error, ReplayError, StoreError};
use crate::text::grouped;

/// Shows why the input was rejected, or that `what` failed.
pub(super) fn show_failure(form: &mut Form, bound: &Bindings, error: &Error, what: &str) {
    if is_refusal(error) {
        show_error(form, bound, error);
        form.show_refusal();
    } else {
        form.error = Some(failed(form, bound, error, what));
    }
}

/// Returns true if the input was rejected, and false if the store failed or the app panicked.
pub(super) fn is_refusal(error: &Error) -> bool {
    match error {
        Error::Command(CommandError::Panicked { .. }) => false,
        Error::Command(_) | Error::Store(StoreError::InvalidSpaceName { .. }) => true,
        _ => false,
    }
}

/// Returns the failure to show, with a hint on what to do.
pub(super) fn failed(form: &Form, bound: &Bindings, error: &Error, what: &str) -> ErrorText {
    let gone = matches!(error, Error::Store(StoreError::UnknownSpace { .. }));
    match (&form.purpose, error) {
        (FormPurpose::Command { space_name, .. }, _) if gone => {
            ErrorText { message: format!("{space_name} was deleted by another process"), hint: None }
        }
        (_, Error::Store(StoreError::SpaceDeleting { .. } | StoreError::WorkedOn { .. })) => {
            ErrorText::of(error, bound)
        }
        // Sending again is safe: the preview fixes the sequence at which the command applies.
        (_, Error::Store(StoreError::OutcomeUnknown { .. })) => ErrorText::of(error, bound),
        _ => {
            let again = bound.with_keys("`{key:submit}` tries again; your input is kept");
            let advice = ErrorText::of(error, bound).hint.filter(|_| lasts(error));
            ErrorText { message: format!("{what}: {error}"), hint: Some(advice.unwrap_or(again)) }
        }
    }
}

/// Returns true if the reason of a failure remains until something else is done, so that trying again cannot help.
fn lasts(error: &Error) -> bool {
    match error {
        Error::Store(error) => matches!(
            error,
            StoreError::ReadOnly
                | StoreError::ReadOnlyServer
                | StoreError::WrittenByOriginal { .. }
                | StoreError::ProjectionAhead { .. }
                | StoreError::ProjectionOutdated { .. }
                | StoreError::ProjectionNewer { .. }
                | StoreError::Corrupt { .. }
                | StoreError::ProjectionsCorrupt { .. }
                | StoreError::SpaceDamaged { .. }
                | StoreError::ForeignTrigger { .. }
                | StoreError::FellBack { .. }
                | StoreError::InvalidEvent(_)
                | StoreError::MetadataTooLarge { .. }
                | StoreError::Exhausted { .. }
                | StoreError::HardLinked { .. }
                | StoreError::UnderOtherName { .. }
                | StoreError::FileReplaced { .. }
                | StoreError::WalReplaced { .. }
                | StoreError::WalTooShort
        ),
        Error::Replay(ReplayError::BadEvent { .. }) => true,
        _ => false,
    }
}

/// Returns the failure to show for a conflict, naming the event that came first.
pub(super) fn conflict_with(refusal: &Refusal) -> ErrorText {
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
pub(super) fn show_error(form: &mut Form, bound: &Bindings, error: &Error) {
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
