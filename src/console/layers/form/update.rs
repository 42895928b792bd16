//! Forms: opened from declarations, navigated and filled in.

use crate::console::app::effect::Effects;
use crate::console::app::state::ConsoleState;
use crate::console::layers::confirm::{self, Dialog, Question};
use crate::console::layers::form::completion::Completion;
use crate::console::layers::form::state::{FieldInput, Form, FormField, FormFocus, FormPreview, FormPurpose};
use crate::console::layers::form::{bug_report, list, preview, sending};
use crate::console::layers::{Layer, cast};
use crate::console::widgets::text_input::TextInput;

/// Opens the form that creates a space.
pub(crate) fn open_create_space(state: &mut ConsoleState) {
    let line = FieldInput::Text(TextInput::line());
    let name = FormField::new("name", "Name", "unique in this database, such as crm_acme", true, line);
    let apps = FieldInput::Choice { options: state.apps.names(), chosen: None };
    let help = "the app of the space; {key:previous-choice} {key:next-choice} choose";
    let app = FormField::new("app", "App", help, true, apps);
    let summary = "Creates an empty space for a tenant or an environment";
    open(state, FormPurpose::CreateSpace, "Create space", summary, vec![name, app]);
}

/// Opens a form.
pub(crate) fn open(
    state: &mut ConsoleState,
    purpose: FormPurpose,
    title: &str,
    summary: &str,
    fields: Vec<FormField>,
) {
    let mut form = Form {
        purpose,
        title: title.to_owned(),
        summary: summary.to_owned(),
        focus: if fields.is_empty() { FormFocus::Submit } else { FormFocus::Field(0) },
        initial: fields.iter().map(|field| field.value().to_owned()).collect(),
        fields,
        preview: FormPreview::Incomplete(Vec::new()),
        error: None,
        sending: None,
        send_when_previewed: false,
        preview_top: 0,
        completion: Completion::default(),
    };
    form.preview = FormPreview::Incomplete(form.missing());
    state.layers.push(form);
}

/// Returns the form on top for changes. The dialog that asks before it is discarded may lie above it.
pub(crate) fn form(state: &mut ConsoleState) -> Option<&mut Form> {
    shown(state)?;
    state.layers.each_mut().next_back()
}

/// Returns the form on top.
pub(crate) fn shown(state: &ConsoleState) -> Option<&Form> {
    state.layers.iter().rfind(|layer| !is_discard(*layer)).and_then(cast)
}

/// Closes the form on top. If it has changes, asks before they are discarded.
pub(super) fn leave(state: &mut ConsoleState) {
    let Some(form) = state.layers.top_as::<Form>() else { return };
    if form.is_changed() {
        let title = form.title.clone();
        confirm::ask_discard(state, title);
    } else {
        state.layers.pop();
    }
}

/// Closes the form on top, and the dialog that asks before it is discarded.
pub(crate) fn close(state: &mut ConsoleState) {
    if state.layers.top().is_some_and(is_discard) {
        state.layers.pop();
    }
    state.layers.pop_as::<Form>();
}

fn is_discard(layer: &dyn Layer) -> bool {
    matches!(cast(layer), Some(Dialog { question: Question::Discard { .. }, .. }))
}

/// Moves to the next or the previous field. The button follows the last field.
pub(crate) fn go(state: &mut ConsoleState, by: isize) {
    let Some(form) = form(state) else { return };
    let count = form.fields.len();
    let index = match form.focus {
        FormFocus::Field(index) => index,
        FormFocus::Submit => count,
    };
    let next = (index + count + 1).saturating_add_signed(by) % (count + 1);
    form.move_to(if next == count { FormFocus::Submit } else { FormFocus::Field(next) });
}

/// Moves to the next field, or sends the form from its button.
pub(crate) fn accept(state: &mut ConsoleState, effects: &mut Effects) {
    match form(state).map(|form| form.focus) {
        Some(FormFocus::Submit) => sending::submit(state, effects),
        Some(FormFocus::Field(_)) => go(state, 1),
        None => {}
    }
}

/// Chooses the next or the previous option.
pub(crate) fn choose(state: &mut ConsoleState, by: isize, effects: &mut Effects) {
    let Some(form) = form(state) else { return };
    let FormFocus::Field(index) = form.focus else { return };
    let Some(field) = form.fields.get_mut(index) else { return };
    let can_be_empty = field.is_optional();
    if let FieldInput::Choice { options, chosen } = &mut field.input
        && !options.is_empty()
    {
        // It can be left empty again, beyond the last option.
        let count = options.len() + usize::from(can_be_empty);
        let next = match *chosen {
            Some(at) => (at + count).saturating_add_signed(by) % count,
            None if by > 0 => 0,
            None => options.len() - 1,
        };
        *chosen = (next < options.len()).then_some(next);
        field.visited = true;
        edited(state, effects);
    }
}

/// Clears the errors after an edit, and updates the preview.
pub(crate) fn edited(state: &mut ConsoleState, effects: &mut Effects) {
    let prefixes: Vec<&'static str> = state.apps.iter().map(|app| app.space_prefix()).collect();
    let Some(form) = form(state) else { return };
    form.error = None;
    form.send_when_previewed = false;
    if let FormFocus::Field(index) = form.focus
        && let Some(field) = form.fields.get_mut(index)
    {
        field.error = None;
    }
    if matches!(form.purpose, FormPurpose::CreateSpace) {
        guess_app(form, &prefixes);
    }
    list::arrange(form);
    bug_report::arrange(form);
    preview::preview(state, effects);
}

/// Chooses the app by the prefix of the space's name, unless one was chosen by hand.
fn guess_app(form: &mut Form, prefixes: &[&'static str]) {
    let [name, app] = form.fields.as_mut_slice() else { return };
    if let FieldInput::Choice { chosen, .. } = &mut app.input
        && !app.visited
    {
        *chosen = prefixes.iter().position(|prefix| name.value().starts_with(prefix));
    }
}
