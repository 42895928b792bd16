//! The form that changes a space's name, app and metadata.

use crate::console::app::effect::Effects;
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, Level};
use crate::console::app::update::{self, Changed};
use crate::console::layers::form::failure::{set_error, show_failure};
use crate::console::layers::form::preview;
use crate::console::layers::form::sending;
use crate::console::layers::form::state::{FieldInput, Form, FormField, FormPreview, FormPurpose};
use crate::console::layers::form::update::{close, form, open};
use crate::console::widgets::text_input::TextInput;
use crate::error::Error;
use crate::operations::SetSpace;
use crate::space::{Space, SpaceMetadata};

/// The changes that a form asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpaceChanges {
    /// The new name.
    pub name: Option<String>,
    /// The new app or metadata.
    pub set: Option<SetSpace>,
}

/// Opens the form for the selected space.
pub(crate) fn open_change_space(state: &mut ConsoleState, effects: &mut Effects) {
    let Some(overview) = state.space() else { return };
    let (space, app) = (overview.space.clone(), overview.app.unwrap_or_default());
    let metadata = space.metadata.as_ref().map_or("", SpaceMetadata::as_str).to_owned();
    let text = |input: TextInput, value: &str| FieldInput::Text(input).with(value);
    let name = text(TextInput::line(), &space.space_name);
    let apps = FieldInput::Choice { options: state.apps.names(), chosen: None }.with(app);
    let help = "the app of the space; {key:previous-choice} {key:next-choice} choose";
    let fields = vec![
        FormField::new("name", "Name", "unique in this database", true, name),
        FormField::new("app", "App", help, false, apps),
        FormField::new("metadata", "Metadata", "a JSON object", false, text(TextInput::lines(), &metadata)),
    ];
    let summary = "Changes the name, the app or the metadata; events and keys stay as they are";
    open(state, FormPurpose::ChangeSpace { space: Box::new(space) }, "Change space", summary, fields);
    preview::preview(state, effects);
}

/// Updates the preview of the form. `taken` is the reason why its name cannot be used, if another space has it.
pub(super) fn preview(form: &mut Form, taken: Option<String>) {
    let FormPurpose::ChangeSpace { space } = &form.purpose else { return };
    let is_new = value(form, 0) != space.space_name;
    let refused = taken.filter(|_| is_new).map(|reason| ("name", reason));
    let outcome = refused.map_or_else(|| changes(form, space), Err);
    form.preview = match outcome {
        Ok(changes) => FormPreview::Words(words(&changes, space)),
        Err((field, reason)) => {
            set_error(form, field, reason);
            FormPreview::Refused
        }
    };
}

/// Returns the changes of a form whose fields are valid.
pub(super) fn changes_of(form: &Form) -> Option<SpaceChanges> {
    let FormPurpose::ChangeSpace { space } = &form.purpose else { return None };
    changes(form, space).ok()
}

fn changes(form: &Form, space: &Space) -> Result<SpaceChanges, (&'static str, String)> {
    let is_changed =
        |index: usize| form.initial.get(index).is_some_and(|initial| value(form, index) != initial);
    let name = (value(form, 0) != space.space_name).then(|| value(form, 0).to_owned());
    let app = is_changed(1).then(|| value(form, 1).to_owned());
    let metadata = is_changed(2).then(|| SpaceMetadata::parse(value(form, 2))).transpose();
    let metadata = metadata.map_err(|error| ("metadata", format!("must be a JSON object: {error}")))?;
    let is_set = app.is_some() || metadata.is_some();
    Ok(SpaceChanges { name, set: is_set.then_some(SetSpace { app, metadata }) })
}

fn value(form: &Form, index: usize) -> &str {
    form.fields.get(index).map_or("", FormField::value)
}

/// Says what the changes do.
fn words(changes: &SpaceChanges, space: &Space) -> Vec<String> {
    let mut words = Vec::new();
    words.extend(changes.name.as_ref().map(|name| format!("{} is renamed to {name}", space.space_name)));
    if let Some(SetSpace { app, metadata }) = &changes.set {
        words.extend(metadata.as_ref().map(|_| "the metadata is replaced".to_owned()));
        words.extend(
            app.as_ref().map(|app| {
                format!("it runs {app} from then on; a rebuild builds its projection with that app")
            }),
        );
    }
    if words.is_empty() {
        words.push("nothing is changed yet".to_owned());
    }
    words
}

/// Closes the form of a changed space, or shows why it was not changed.
pub(crate) fn changed(state: &mut ConsoleState, answer: Answer<Space, Error>) -> Changed {
    let Some(before) = sending::sent(state, &answer.request) else { return Changed::No };
    match answer.result {
        Ok(space) => {
            close(state);
            let name = &space.space_name;
            let done = if *name == before {
                format!("space {name} changed")
            } else {
                format!("space {before} renamed to {name}")
            };
            state.say(Level::Info, done);
            update::changed(state);
        }
        Err(error) => {
            let bound = state.settings.keys.clone();
            let Some(form) = form(state) else { return Changed::No };
            form.sending = None;
            show_failure(form, &bound, &error, "the space was not changed");
        }
    }
    Changed::Yes
}
