//! Values for a command's form, taken from what is selected.

use serde_json::{Map, Value};

use crate::console::state::{State, Subject};
use crate::content_store::{CommandSpec, FieldSpec};
use crate::space::SpaceId;

use super::looking::subject;

/// An entity that is selected, with its fields as they are now, where they are known.
struct Entity {
    /// A field of a command that has this name, or that names an entity of this kind, takes the id.
    kind: String,
    id: String,
    fields: Map<String, Value>,
}

/// Returns a value for each field of a command, empty where the selection says nothing of it. Only a command that names
/// an existing entity is filled in, and only with what that entity is now: an event says what it once was.
pub(super) fn values(state: &State, space_id: SpaceId, spec: &CommandSpec) -> Vec<String> {
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

/// Returns the selected entity, if it is of this space and the command names one of its kind.
fn entity(space_id: SpaceId, subject: &Subject, spec: &CommandSpec) -> Option<Entity> {
    let named = |kind: &str| spec.fields.iter().find(|field| field.entity == Some(kind));
    match subject {
        Subject::Entry { space_id: of, entry } if *of == space_id => {
            let (kind, id) = entry.key.split_once(':')?;
            let field = named(kind)?;
            // What belongs to another entity, such as the deck of a new card, is not that entity.
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
