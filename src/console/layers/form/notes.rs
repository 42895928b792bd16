//! The texts below a field and the form: help, the form of a value, existing values, and errors.

use crate::console::app::bindings::Bindings;
use crate::console::app::state::ErrorText;
use crate::console::layers::form::bug_report::MASKS;
use crate::console::layers::form::state::{Form, FormField, FormFocus, FormPurpose};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Piece, piece};
use crate::console::widgets::text::{wrap, wrap_keyed};
use crate::content_store::FieldKind;

/// Explains the value of a field: its help, and its form or existing values.
pub(super) fn explanation(bound: &Bindings, form: &Form, index: usize, field: &FormField) -> String {
    let help = bound.with_keys(&field.help);
    if let FormPurpose::BugReport(choice) = &form.purpose
        && field.name == MASKS
        && !choice.fields.is_empty()
    {
        return format!("{help}; this event has: {}", choice.fields.join(", "));
    }
    let kind = match field.kind {
        Some(FieldKind::Reference(_)) if form.focus == FormFocus::Field(index) => {
            return match form.completions() {
                [] => help,
                [only] if only == field.value() => help,
                found => format!("{help}; existing: {}", found.join(", ")),
            };
        }
        None | Some(FieldKind::Reference(_) | FieldKind::Choice(_) | FieldKind::Boolean) => return help,
        Some(kind) => kind,
    };
    kind.form().map_or_else(|| help.clone(), |form| format!("{help}: {form}"))
}

/// Returns the error of a field.
pub(super) fn note_of(field: &FormField) -> Option<&str> {
    let missing = field.visited && field.is_missing();
    field.error.as_deref().or(missing.then_some("required"))
}

/// Returns the error of the whole form, in lines of `width`.
pub(super) fn error_lines(
    glyphs: &Glyphs,
    error: Option<&ErrorText>,
    width: u16,
) -> Vec<Vec<Piece<'static>>> {
    let Some(error) = error else { return Vec::new() };
    let lines = wrap(&format!("{} {}", glyphs.failed, &error.message), width);
    let mut lines: Vec<_> = lines.into_iter().map(|line| vec![piece(line, Role::Danger)]).collect();
    if let Some(hint) = &error.hint {
        lines.extend(wrap_keyed(hint, Role::Muted, width));
    }
    lines
}
