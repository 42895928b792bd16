//! Entities stored in an older form: migrated whenever they are read, and written back without losing a newer
//! write. Tests that involve a store run on every kind.

mod app;
mod declaration;
mod patterns;
mod properties;
mod reading;
mod tracing;

use ramax::pstate::schema::{Entity, Field, Map};
use ramax::{Reference, Schema, SpaceId, Store};
use serde_json::{Value, json};

fn text_to_map(value: Option<&Value>, _: &Map<String, Value>) -> Value {
    match value {
        Some(Value::String(text)) => json!({ "text": text }),
        other => other.cloned().unwrap_or_default(),
    }
}

fn id_to_deck(value: Option<&Value>, _: &Map<String, Value>) -> Value {
    value.and_then(Value::as_str).map_or(Value::Null, |id| Reference::to("deck", id).into())
}

fn ids_to_cards(value: Option<&Value>, _: &Map<String, Value>) -> Value {
    let Some(Value::Array(ids)) = value else { return value.cloned().unwrap_or_default() };
    let cards =
        ids.iter().filter_map(Value::as_str).map(|id| (id.to_owned(), Reference::to("card", id).into()));
    Value::Object(cards.collect())
}

/// Defines a schema with these fields of a card.
#[macro_export]
macro_rules! card {
    ($($field:expr),* $(,)?) => {{
        const FIELDS: &[Field] = &[$($field),*];
        const ENTITIES: &[Entity] = &[Entity::new("card", FIELDS)];
        Schema::new(ENTITIES)
    }};
}

const CARDS: Schema = Schema::new(&[
    Entity::new(
        "card",
        &[
            Field::string("front"),
            Field::belongs_to("deck", "deck").migrate(id_to_deck),
            Field::map("notes").migrate(text_to_map),
            Field::map("tags").migrate(|tags, _| tags.cloned().unwrap_or_else(|| json!({}))),
        ],
    ),
    Entity::new("deck", &[Field::has_many("cards", "card").migrate(ids_to_cards)]),
]);

fn old_card(n: usize) -> Value {
    json!({"front": format!("F{n}"), "deck": "d1", "notes": "N"})
}

fn new_card(n: usize) -> Value {
    json!({"front": format!("F{n}"), "deck": {"$ref": "deck:d1"}, "notes": {"text": "N"}, "tags": {}})
}

fn stored(store: &Store, space_id: SpaceId, key: &str) -> Value {
    store.pstate().get(space_id.into(), key).unwrap().unwrap().value.to_value()
}
