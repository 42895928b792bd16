//! The form of a command, with initial values taken from the selection.

use serde_json::{Map, Value};

use crate::console::app::state::ConsoleState;
use crate::console::layers::form::state::{FormField, FormFocus, FormPreview, FormPurpose};
use crate::console::layers::form::update::{form, open};
use crate::console::panes::detail::{Subject, subject};
use crate::content_store::{CommandSpec, FieldSpec};
use crate::space::SpaceId;

/// Opens the form of a command.
pub(crate) fn open_command(
    state: &mut ConsoleState,
    space_id: SpaceId,
    space_name: String,
    spec: &'static CommandSpec,
) {
    let values = values(state, space_id, spec);
    let first =
        spec.fields.iter().zip(&values).position(|(field, value)| field.entity.is_none() || value.is_empty());
    let fields = spec.fields.iter().zip(values).map(|(field, value)| {
        let input = FormField::input_for(field.kind).with(&value);
        FormField::new(field.name, field.label, field.help, field.required, input)
    });
    let purpose = FormPurpose::Command { space_id, space_name, spec };
    open(state, purpose, spec.title, spec.summary, fields.collect());
    let Some(form) = form(state) else { return };
    if let Some(first) = first {
        form.focus = FormFocus::Field(first);
    }
    if form.missing().is_empty() {
        let words =
            ["filled in from the selection", "only changed fields are sent; the others keep their values"];
        form.preview = FormPreview::Words(words.map(str::to_owned).into());
    }
}

/// The selected entity, with its current fields if they are known.
struct Entity {
    /// Command fields that name an entity of this kind receive the id.
    kind: String,
    id: String,
    fields: Map<String, Value>,
}

/// Returns a value for each field of a command, empty if the selection has none. Only a command on an existing entity is
/// filled in, and only with current values: those of an event are old.
fn values(state: &ConsoleState, space_id: SpaceId, spec: &CommandSpec) -> Vec<String> {
    let selected = subject(state).and_then(|subject| entity(space_id, &subject, spec));
    let value = |field: &FieldSpec| {
        let entity = selected.as_ref()?;
        match field.entity {
            Some(kind) if kind == entity.kind => Some(entity.id.clone()),
            _ => entity.fields.get(field.name).and_then(text),
        }
    };
    spec.fields.iter().map(|field| value(field).unwrap_or_default()).collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Returns the selected entity, if it belongs to the space and the command names one of its kind.
fn entity(space_id: SpaceId, subject: &Subject, spec: &CommandSpec) -> Option<Entity> {
    let named = |kind: &str| spec.fields.iter().find(|field| field.entity == Some(kind));
    match subject {
        Subject::Entry { space_id: of, entry } if *of == space_id => {
            let (kind, id) = entry.key.split_once(':')?;
            let field = named(kind)?;
            // A command that only refers to the entity, such as a new card to its deck, takes none of its fields.
            let is_about_it = spec.fields.first().is_some_and(|first| first.name == field.name);
            let fields = match entry.value.to_value() {
                Value::Object(fields) if is_about_it => fields,
                _ => Map::new(),
            };
            Some(Entity { kind: kind.to_owned(), id: id.to_owned(), fields })
        }
        Subject::Event(event) if event.space_id == space_id => {
            let field = spec.fields.iter().find(|field| field.entity.is_some())?;
            let kind = field.entity?;
            let id = match event.payload.to_value().get(field.name).and_then(text) {
                Some(id) => id,
                None => event.entity_id.strip_prefix(kind)?.strip_prefix(':')?.to_owned(),
            };
            Some(Entity { kind: kind.to_owned(), id, fields: Map::new() })
        }
        _ => None,
    }
}
