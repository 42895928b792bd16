//! Completing the value of a field: existing keys for a reference, the current day or time for a date or a time.

use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
use crate::console::layers::form::bug_report;
use crate::console::layers::form::state::{FieldInput, Form, FormField, FormFocus, FormPurpose};
use crate::console::layers::form::update::{edited, form, shown};
use crate::content_store::FieldKind;

/// The values with which the focused field can continue.
#[derive(Debug, Clone, Default)]
pub struct Completion {
    /// The field and its text, for which the values were requested.
    of: Option<(usize, String)>,
    pending: Option<RequestId>,
    found: Vec<String>,
}

impl Completion {
    /// Returns the request of the values.
    pub(super) fn asked(&self) -> Option<RequestId> {
        self.pending
    }
}

impl Form {
    /// Returns the field that can be completed, with its text.
    fn completable(&self) -> Option<(usize, &FormField)> {
        let FormFocus::Field(index) = self.focus else { return None };
        let field = self.fields.get(index)?;
        let is_completed = match field.kind {
            Some(kind) => matches!(kind, FieldKind::Reference(_) | FieldKind::Date | FieldKind::Time),
            None => field.name == bug_report::MASKS,
        };
        is_completed.then_some((index, field))
    }

    /// Returns the values found for the text of the focused field as it is now.
    pub(super) fn completions(&self) -> &[String] {
        let current = self.completable().map(|(index, field)| (index, field.value()));
        let of = self.completion.of.as_ref().map(|(index, text)| (*index, text.as_str()));
        if current.is_some() && of == current { &self.completion.found } else { &[] }
    }

    /// Completes the focused field, if it can be completed, with this value.
    #[cfg(test)]
    pub(crate) fn complete_with(&mut self, value: &str) {
        let of = self.completable().map(|(index, field)| (index, field.value().to_owned()));
        self.completion = Completion { of, pending: None, found: vec![value.to_owned()] };
    }

    /// Returns the rest of the first value with which the focused text can continue, if the cursor is at its end.
    pub(super) fn rest(&self) -> Option<&str> {
        let (_, field) = self.completable()?;
        let FieldInput::Text(input) = &field.input else { return None };
        let rest = self.completions().first()?.strip_prefix(input.text())?;
        (!rest.is_empty() && input.cursor() == input.text().len()).then_some(rest)
    }
}

/// Requests the values for the focused field, if they are not known.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(form) = shown(state) else { return };
    let Some((index, field)) = form.completable() else { return };
    let (of, kind) = ((index, field.value().to_owned()), field.kind);
    if let FormPurpose::BugReport(choice) = &form.purpose {
        let found = bug_report::completions(choice, &of.1);
        if let Some(form) = self::form(state) {
            form.completion = Completion { of: Some(of), pending: None, found };
        }
        return;
    }
    let FormPurpose::Command { space_id, .. } = form.purpose else { return };
    let Some(kind) = kind.filter(|_| form.completion.of.as_ref() != Some(&of)) else { return };
    let request = state.request();
    let Some(form) = self::form(state) else { return };
    let text = of.1.clone();
    form.completion = Completion { of: Some(of), pending: Some(request), found: Vec::new() };
    effects.push(StoreQuery::Complete { request, space_id, kind, text });
}

/// Keeps the values. If they cannot be read, the field is typed without them.
pub(crate) fn completed(state: &mut ConsoleState, answer: Answer<Vec<String>, ErrorText>) -> Changed {
    let Some(form) = form(state).filter(|form| form.completion.pending == Some(answer.request)) else {
        return Changed::No;
    };
    form.completion.pending = None;
    form.completion.found = answer.result.unwrap_or_default();
    Changed::Yes
}

/// Completes the focused text with the first value.
pub(super) fn complete(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(form) = form(state) else { return };
    let Some(rest) = form.rest().map(str::to_owned) else { return };
    let FormFocus::Field(index) = form.focus else { return };
    let Some(FieldInput::Text(input)) = form.fields.get_mut(index).map(|field| &mut field.input) else {
        return;
    };
    input.insert(&rest);
    edited(state, effects);
}
