//! Checking values against the kinds of their fields while they are typed.

use crate::console::layers::form::state::{Form, FormField, FormFocus};
use crate::content_store::{FieldKind, FieldSpec, check_field};
use crate::date::{Date, ParseDateError};
use crate::error::CommandError;
use crate::json::Json;

impl FormField {
    /// Returns the reason why the value is not of the declared kind.
    pub(super) fn fault(&self) -> Option<String> {
        let Self { name, label, required, .. } = *self;
        // No rule depends on the help.
        let spec = FieldSpec { name, label, help: "", required, kind: self.kind? };
        let value = self.value();
        match check_field(&spec, value).err().filter(|_| !value.is_empty())? {
            CommandError::InvalidField { reason, .. } => Some(reason),
            other => Some(other.to_string()),
        }
    }

    /// Returns true if more text can make the value valid.
    fn is_unfinished(&self) -> bool {
        let value = self.value();
        match self.kind {
            Some(FieldKind::Integer | FieldKind::IntegerIn { .. }) => value == "-",
            Some(FieldKind::Decimal) => value == "-" || value.ends_with('.'),
            Some(FieldKind::Date) => matches!(value.parse::<Date>(), Err(ParseDateError::TooShort(_))),
            Some(FieldKind::Time) => match value.split_once('T') {
                None => matches!(value.parse::<Date>(), Ok(_) | Err(ParseDateError::TooShort(_))),
                Some((date, time)) => {
                    let is_plain = time.bytes().all(|byte| byte.is_ascii_digit() || b":.+-".contains(&byte));
                    date.parse::<Date>().is_ok() && is_plain
                }
            },
            Some(FieldKind::Json) => Json::checked(value.to_owned()).is_err_and(|error| error.is_eof()),
            _ => false,
        }
    }
}

impl Form {
    /// Shows the fault of every value that is not of its kind, except the one being typed. Returns the labels of the
    /// fields that prevent a preview.
    pub(super) fn show_faults(&mut self) -> Vec<&'static str> {
        let focus = self.focus;
        let mut labels = Vec::new();
        for (index, field) in self.fields.iter_mut().enumerate() {
            let Some(fault) = field.fault() else { continue };
            labels.push(field.label);
            let is_being_typed = focus == FormFocus::Field(index) && field.is_unfinished();
            field.error = (!is_being_typed).then_some(fault);
        }
        labels
    }
}
