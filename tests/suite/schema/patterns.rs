//! Patterns of migration, one test each.

use ramax::pstate::Path;
use ramax::pstate::schema::{Entity, Field, Map, Migrate};
use ramax::{Reference, Schema};
use serde_json::{Value, json};

use super::{id_to_deck, ids_to_cards, text_to_map};
use crate::card;

/// Migrates a card twice, and returns it with the changed fields.
fn migrated(schema: Schema, mut card: Value) -> (Value, Vec<&'static str>) {
    assert_eq!(
        schema.needs_migration("card:c1", &card),
        !schema.migrate("card:c1", &mut card.clone()).is_empty()
    );
    let changed = schema.migrate("card:c1", &mut card);
    let once = card.clone();
    assert_eq!(schema.migrate("card:c1", &mut card), [""; 0], "twice changes nothing");
    assert!(!schema.needs_migration("card:c1", &card));
    assert_eq!(card, once);
    (card, changed)
}

#[test]
fn a_string_becomes_a_map() {
    let schema = card![Field::map("notes").migrate(text_to_map)];
    assert_eq!(
        migrated(schema, json!({"notes": "Hi", "id": 1})),
        (json!({"notes": {"text": "Hi"}, "id": 1}), vec!["notes"])
    );
    let today = json!({"notes": {"text": "Hi", "more": 2}});
    assert_eq!(migrated(schema, today.clone()), (today, vec![]));
}

#[test]
fn an_id_becomes_a_reference() {
    let schema = card![Field::belongs_to("deck", "deck").migrate(id_to_deck)];
    assert_eq!(migrated(schema, json!({"deck": "d1"})).0, json!({"deck": {"$ref": "deck:d1"}}));
    let today = json!({"deck": {"$ref": "deck:d1"}});
    assert_eq!(migrated(schema, today.clone()), (today, vec![]));
}

#[test]
fn a_list_of_ids_becomes_references_by_id() {
    for schema in [
        card![Field::has_many("related", "card").migrate(ids_to_cards)],
        card![Field::map("related").migrate(ids_to_cards)],
    ] {
        let (card, changed) = migrated(schema, json!({"related": ["c1", "c2"]}));
        assert_eq!(card, json!({"related": {"c1": {"$ref": "card:c1"}, "c2": {"$ref": "card:c2"}}}));
        assert_eq!(changed, ["related"]);
        assert_eq!(migrated(schema, json!({"related": []})).0, json!({"related": {}}), "an empty list");
        let today = json!({"related": {"c1": {"$ref": "card:c1"}}});
        assert_eq!(migrated(schema, today.clone()), (today, vec![]));
    }
}

#[test]
fn a_collection_that_holds_more_than_references_is_migrated_too() {
    fn references(value: Option<&Value>, _: &Map<String, Value>) -> Value {
        let Some(Value::Object(items)) = value else { return Value::Null };
        items
            .keys()
            .map(|id| (id.clone(), Reference::to("card", id).to_value()))
            .collect::<Map<_, _>>()
            .into()
    }
    let schema = card![Field::has_many("related", "card").migrate(references)];
    let (card, _) =
        migrated(schema, json!({"related": {"c1": {"front": "whole"}, "c2": {"$ref": "card:c2"}}}));
    assert_eq!(card, json!({"related": {"c1": {"$ref": "card:c1"}, "c2": {"$ref": "card:c2"}}}));
}

#[test]
fn nested_fields_become_flat_over_three_levels_even_if_some_are_missing() {
    fn at(card: &Map<String, Value>, path: &str) -> Value {
        Path::parse(path).unwrap().get(&Value::Object(card.clone())).unwrap_or_default()
    }
    let schema = card![
        Field::string("front").migrate(|_, card| at(card, "content.front")),
        Field::string("back_text").migrate(|_, card| at(card, "content.back.text")),
        Field::string("hint_en").migrate(|_, card| at(card, "content.hints.by_language.en")),
    ];
    let nested =
        json!({"content": {"front": "F", "back": {"text": "B"}, "hints": {"by_language": {"en": "H"}}}});
    let (card, changed) = migrated(schema, nested.clone());
    assert_eq!(changed, ["front", "back_text", "hint_en"]);
    assert_eq!(
        (&card["front"], &card["back_text"], &card["hint_en"]),
        (&json!("F"), &json!("B"), &json!("H"))
    );
    assert_eq!(card["content"], nested["content"], "the old field stays");
    let (card, changed) = migrated(schema, json!({"content": {"back": {"text": "B"}}, "front": "F"}));
    assert_eq!(changed, ["back_text"]);
    assert_eq!(card["front"], "F");
}

#[test]
fn a_nested_value_becomes_flat_in_the_same_field() {
    fn flat(value: Option<&Value>, _: &Map<String, Value>) -> Value {
        fn collect(prefix: &str, value: &Value, flat: &mut Map<String, Value>) {
            match value {
                Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                    let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                    collect(&name, value, flat);
                }),
                plain => drop(flat.insert(prefix.to_owned(), plain.clone())),
            }
        }
        let mut fields = Map::new();
        collect("", value.unwrap_or(&Value::Null), &mut fields);
        Value::Object(fields)
    }
    fn is_flat(value: &Value) -> bool {
        value.as_object().is_none_or(|fields| fields.values().all(|value| !value.is_object()))
    }
    let schema = card![Field::map("texts").migrate(flat).validate(is_flat)];
    assert_eq!(
        migrated(schema, json!({"texts": {"front": {"en": {"long": "A", "short": "B"}}, "back": "C"}})).0,
        json!({"texts": {"front.en.long": "A", "front.en.short": "B", "back": "C"}})
    );
    let today = json!({"texts": {"back": "C"}});
    assert_eq!(migrated(schema, today.clone()), (today, vec![]));
    assert_eq!(migrated(schema, json!({})), (json!({}), vec![]), "null fits, so no migration runs");
}

#[test]
fn each_field_is_migrated_independently() {
    let schema = card![
        Field::map("notes").migrate(text_to_map),
        Field::belongs_to("deck", "deck").migrate(id_to_deck),
        Field::has_many("related", "card").migrate(ids_to_cards),
        Field::string("front"),
    ];
    let (card, changed) =
        migrated(schema, json!({"notes": {"text": "new"}, "deck": "d1", "related": null, "front": 7}));
    assert_eq!(changed, ["deck"]);
    assert_eq!(
        card,
        json!({"notes": {"text": "new"}, "deck": {"$ref": "deck:d1"}, "related": null, "front": 7})
    );
}

#[test]
fn a_renamed_field_keeps_its_value() {
    let schema = card![
        Field::string("front").migrate(|_, card| card.get("question").cloned().unwrap_or_else(|| "?".into()))
    ];
    let (card, changed) = migrated(schema, json!({"question": "Hello"}));
    assert_eq!((card, changed), (json!({"question": "Hello", "front": "Hello"}), vec!["front"]));
    assert_eq!(migrated(schema, json!({})).0, json!({"front": "?"}), "the default");
    let both = json!({"question": "old", "front": "new"});
    assert_eq!(migrated(schema, both.clone()), (both, vec![]));
}

#[test]
fn null_and_missing_become_a_default() {
    let schema = card![
        Field::integer("times").migrate(|value, _| value.cloned().unwrap_or_else(|| 0.into())),
        Field::map("notes").migrate(text_to_map),
        Field::list("tags"),
    ];
    assert_eq!(migrated(schema, json!({"times": null})), (json!({"times": 0}), vec!["times"]));
    assert_eq!(migrated(schema, json!({"notes": null, "tags": null})).1, ["times"], "others are left alone");
    let with_validation =
        card![Field::string("state").validate(Value::is_string).migrate(|_, _| "new".into())];
    assert_eq!(migrated(with_validation, json!({"state": null})).0, json!({"state": "new"}));
    assert_eq!(migrated(with_validation, json!({})).0, json!({"state": "new"}));
}

#[test]
fn a_validation_distinguishes_old_from_new_if_the_shape_does_not() {
    fn lower(value: Option<&Value>, _: &Map<String, Value>) -> Value {
        value.and_then(Value::as_str).map_or(Value::Null, |text| text.to_lowercase().into())
    }
    fn is_lower(value: &Value) -> bool {
        value.as_str().is_none_or(|text| !text.contains(char::is_uppercase))
    }
    let schema = card![Field::string("language").migrate(lower).validate(is_lower)];
    assert_eq!(migrated(schema, json!({"language": "DE"})).0, json!({"language": "de"}));
    let today = json!({"language": "de"});
    assert_eq!(migrated(schema, today.clone()), (today, vec![]));
}

#[test]
fn a_value_that_a_migration_cannot_convert_stays_unchanged() {
    let schema = card![
        Field::belongs_to("deck", "deck").migrate(|value, _| value.cloned().unwrap_or_default()),
        Field::integer("times").migrate(|_, _| "seven".into()),
        Field::string("front").migrate(|_, _| 1.into()),
    ];
    let odd = json!({"deck": 5, "times": "7"});
    assert_eq!(migrated(schema, odd.clone()), (odd, vec![]));
}

#[test]
fn a_value_that_a_migration_drops_becomes_null_or_the_default() {
    let schema = card![Field::integer("times").migrate(|value, _| {
        value
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<i64>().ok())
            .map_or(Value::Null, Value::from)
    })];
    assert_eq!(migrated(schema, json!({"times": "12"})).0, json!({"times": 12}));
    assert_eq!(migrated(schema, json!({"times": "many"})).0, json!({"times": null}));
    let with_default = card![Field::integer("times").migrate(|value, _| match value {
        Some(_) => Value::Null,
        None => 0.into(),
    })];
    assert_eq!(migrated(with_default, json!({"times": "many"})).0, json!({"times": 0}));
}

#[test]
fn every_migration_sees_the_stored_entity() {
    let schema = card![
        Field::integer("a").migrate(|_, card| card.get("b").cloned().unwrap_or_default()),
        Field::string("b").migrate(|value, _| value.map_or(Value::Null, |value| value.to_string().into())),
    ];
    assert_eq!(schema_once(schema, json!({"b": 5})), json!({"b": "5", "a": 5}));
}

fn schema_once(schema: Schema, mut card: Value) -> Value {
    schema.migrate("card:c1", &mut card);
    card
}

#[test]
fn a_new_field_is_added_in_schema_order() {
    const DEFAULT: Migrate = |_, _| json!({});
    let schema = card![
        Field::string("front"),
        Field::map("first").migrate(DEFAULT),
        Field::map("second").migrate(DEFAULT),
        Field::string("back"),
    ];
    let (card, _) = migrated(schema, json!({"id": 1, "front": "F", "back": "B", "created_at": 2}));
    assert_eq!(card.to_string(), r#"{"id":1,"front":"F","first":{},"second":{},"back":"B","created_at":2}"#);
}
