//! Entities stored in an older form: migrated whenever they are read, and written back without losing a newer
//! write. What concerns stores is run on every kind.

mod support;

use std::sync::Arc;

use proptest::prelude::*;
use ramax::content_store::{Applied, Arguments, CommandSpec, Decision, FieldSpec, StateError};
use ramax::operations::{RebuildOptions, rebuild, verify};
use ramax::pstate::schema::{Entity, Field, Map, Misfit, Shape, entity_type};
use ramax::pstate::{Path, WriteBack};
use ramax::{
    App, Changes, Command, ContentStore, Depth, Event, Json, NewEvent, OpenOptions, Page, Projection,
    Reference, Schema, SpaceId, State, Store, Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use support::{Fixture, START};

on_every_store![
    every_read_sees_the_form_of_today,
    what_is_stored_stays_as_it_is_until_it_is_flushed,
    a_flush_keeps_the_time_at_which_an_entity_was_written,
    a_full_batch_is_written_back_by_itself,
    what_was_migrated_is_written_in_the_space_it_was_read_from,
    a_flush_never_overwrites_what_another_process_wrote_since,
    a_flush_does_not_bring_back_what_was_deleted,
    an_update_sees_and_stores_the_form_of_today,
    keys_and_values_without_a_type_are_read_as_they_are,
    commands_and_applicators_see_the_form_of_today,
    a_content_store_reads_the_form_of_today_and_writes_it_back,
    a_migrated_projection_is_still_the_fold_of_its_events,
    what_an_old_applicator_writes_is_stored_in_the_form_of_today,
    nothing_is_written_back_where_the_store_is_read_only,
];

const A: SpaceId = SpaceId(1);
const B: SpaceId = SpaceId(2);

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

/// The schema of these fields of a card.
macro_rules! card {
    ($($field:expr),* $(,)?) => {{
        const FIELDS: &[Field] = &[$($field),*];
        const ENTITIES: &[Entity] = &[Entity::new("card", FIELDS)];
        Schema::new(ENTITIES)
    }};
}

/// Migrates a card, twice, and returns it with the fields that changed.
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
        assert_eq!(migrated(schema, json!({"related": []})).0, json!({"related": {}}), "of none, none");
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
fn nested_fields_become_flat_ones_over_three_levels_and_where_only_some_are_there() {
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
fn a_nested_value_becomes_a_flat_one_in_its_own_field() {
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
    assert_eq!(migrated(schema, json!({})), (json!({}), vec![]), "null fits, so nothing is asked");
}

#[test]
fn each_field_is_in_a_state_of_its_own() {
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
fn a_renamed_field_takes_its_old_value_along() {
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
fn a_validation_tells_old_from_new_where_the_shape_does_not() {
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
fn what_a_migration_cannot_make_fit_stays_as_it_is() {
    let schema = card![
        Field::belongs_to("deck", "deck").migrate(|value, _| value.cloned().unwrap_or_default()),
        Field::integer("times").migrate(|_, _| "seven".into()),
        Field::string("front").migrate(|_, _| 1.into()),
    ];
    let odd = json!({"deck": 5, "times": "7"});
    assert_eq!(migrated(schema, odd.clone()), (odd, vec![]));
}

#[test]
fn a_value_that_a_migration_gives_up_becomes_null_or_the_default() {
    let number = |value: Option<&Value>, _: &Map<String, Value>| match value.and_then(Value::as_str) {
        Some(text) => text.parse::<i64>().map_or(Value::Null, Value::from),
        None => Value::Null,
    };
    let _: fn(Option<&Value>, &Map<String, Value>) -> Value = number;
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
fn all_fields_see_the_entity_as_it_is_stored() {
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
fn a_new_field_goes_where_the_schema_has_it() {
    const DEFAULT: ramax::pstate::schema::Migrate = |_, _| json!({});
    let schema = card![
        Field::string("front"),
        Field::map("first").migrate(DEFAULT),
        Field::map("second").migrate(DEFAULT),
        Field::string("back"),
    ];
    let (card, _) = migrated(schema, json!({"id": 1, "front": "F", "back": "B", "created_at": 2}));
    assert_eq!(card.to_string(), r#"{"id":1,"front":"F","first":{},"second":{},"back":"B","created_at":2}"#);
}

#[test]
fn shapes_are_what_they_say() {
    let samples = [
        json!("text"),
        json!(1),
        json!(1.5),
        json!(true),
        json!({"a": 1}),
        json!({"c": {"$ref": "card:c"}}),
        json!({}),
        json!([]),
        json!({"$ref": "card:c"}),
        json!({"key": "card:c"}),
    ];
    for (shape, matching) in [
        (Shape::Any, vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (Shape::String, vec![0]),
        (Shape::Integer, vec![1]),
        (Shape::Map, vec![4, 5, 6, 9]),
        (Shape::List, vec![7]),
        (Shape::Ref, vec![8]),
        (Shape::Collection, vec![5, 6]),
    ] {
        let found: Vec<usize> = (0..samples.len()).filter(|n| shape.matches(&samples[*n])).collect();
        assert_eq!(found, matching, "{shape}");
        assert!(shape.matches(&Value::Null), "null has every shape");
    }
}

#[test]
fn a_schema_tells_what_was_declared_in_order() {
    const SCHEMA: Schema = Schema::new(&[
        Entity::new("card", &[Field::string("front"), Field::belongs_to("deck", "deck")]),
        Entity::new("deck", &[Field::has_many("cards", "card").options(&[("on_delete", "cascade")])]),
        Entity::new("card", &[Field::any("extra")]),
        Entity::new("empty", &[]),
    ]);
    let names = |entity| SCHEMA.fields(entity).map(|field| field.name).collect::<Vec<_>>();
    assert_eq!(SCHEMA.entity_types(), ["card", "deck", "empty"]);
    assert_eq!(names("card"), ["front", "deck", "extra"], "what is declared twice adds up");
    assert_eq!(names("deck"), ["cards"]);
    assert_eq!((names("empty"), names("unknown")), (vec![], vec![]));
    let cards = SCHEMA.fields("deck").next().unwrap();
    assert_eq!((cards.shape, cards.refers_to), (Shape::Collection, Some("card")));
    assert_eq!(cards.options, [("on_delete", "cascade")]);
    assert!(cards.migrate.is_none() && cards.validate.is_none());
    let deck = SCHEMA.fields("card").nth(1).unwrap();
    assert_eq!((deck.shape, deck.refers_to), (Shape::Ref, Some("deck")));
    assert!(Schema::EMPTY.entity_types().is_empty());
}

#[test]
fn the_type_of_an_entity_stands_before_the_first_colon() {
    assert_eq!(entity_type("card:rest:of:id"), Some("card"));
    assert_eq!(entity_type(":id"), Some(""));
    assert_eq!(entity_type("settings"), None);
}

#[test]
fn misfits_are_named_with_what_was_expected() {
    let schema =
        card![Field::string("front"), Field::integer("times"), Field::any("x").validate(|x| *x == 1)];
    let misfits = schema.misfits("card:c1", &json!({"front": 5, "times": null, "other": 1}));
    assert_eq!(
        misfits,
        [Misfit { field: "front", expected: Shape::String }, Misfit { field: "x", expected: Shape::Any }]
    );
    assert_eq!(schema.misfits("card:c1", &json!({"front": "F", "times": 1, "x": 1})), []);
    assert_eq!(schema.misfits("deck:d1", &json!({"front": 5})), []);
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

/// Puts a deck and some cards in the form of old.
fn put_old(store: &Store, space_id: SpaceId, cards: usize) {
    let mut changes = Changes::default();
    let ids: Vec<String> = (0..cards).map(|n| format!("c{n}")).collect();
    for (n, id) in ids.iter().enumerate() {
        changes.put(&format!("card:{id}"), Json::of(&old_card(n)), START);
    }
    changes.put("deck:d1", Json::of(&json!({ "cards": ids })), START);
    store.pstate().write(space_id, &changes).unwrap();
}

fn projection(store: &Store) -> Projection<'_> {
    Projection::new(store.pstate(), A).with_schema(CARDS)
}

fn stored(store: &Store, space_id: SpaceId, key: &str) -> Value {
    store.pstate().get(space_id, key).unwrap().unwrap().value.to_value()
}

fn every_read_sees_the_form_of_today(fixture: &Fixture) {
    put_old(&fixture.store, A, 3);
    let projection = projection(&fixture.store);
    assert_eq!(projection.fetch("card:c1").unwrap(), Some(new_card(1)));
    let deck: Map<String, Value> = projection.get("deck:d1").unwrap().unwrap();
    assert_eq!(deck["cards"]["c2"], json!({"$ref": "card:c2"}));
    let scanned = projection.scan("card:", Page::forward(None, 9)).unwrap();
    assert_eq!(scanned[2].value.to_value(), new_card(2));
    let resolved = projection.get_resolved("deck:d1", Depth::All).unwrap().unwrap();
    assert_eq!(resolved["cards"]["c0"], new_card(0), "its deck leads back, and stays a reference");
    let at = |path: &str| projection.value_at(&path.parse().unwrap()).unwrap();
    assert_eq!(at("deck:d1.cards.c1.notes.text"), Some(json!("N")));
    assert_eq!(at("card:c1.deck.cards.c2.tags"), Some(json!({})));
    let preloaded = projection.preload("deck:d1", &["cards.deck"]).unwrap();
    assert_eq!(preloaded.preloaded(), 4, "references of today are followed");
    assert_eq!(preloaded.fetch("card:c1").unwrap(), Some(new_card(1)));
    projection.insert_at(&"deck:d1.cards.c1.notes.more".parse().unwrap(), json!(1), START).unwrap();
    assert_eq!(stored(&fixture.store, A, "card:c1")["notes"], json!({"text": "N", "more": 1}));
}

fn what_is_stored_stays_as_it_is_until_it_is_flushed(fixture: &Fixture) {
    put_old(&fixture.store, A, 3);
    let projection = projection(&fixture.store);
    assert_eq!(projection.flush().unwrap(), 0);
    projection.fetch("card:c1").unwrap();
    projection.fetch("card:c1").unwrap();
    projection.fetch("card:c2").unwrap();
    assert_eq!(stored(&fixture.store, A, "card:c1"), old_card(1));
    assert_eq!(projection.flush().unwrap(), 2);
    assert_eq!(projection.flush().unwrap(), 0);
    assert_eq!(stored(&fixture.store, A, "card:c1"), new_card(1));
    assert_eq!(stored(&fixture.store, A, "card:c0"), old_card(0), "what was not read stays");
    projection.fetch("card:c1").unwrap();
    assert_eq!(projection.flush().unwrap(), 0, "once is enough");
}

fn a_flush_keeps_the_time_at_which_an_entity_was_written(fixture: &Fixture) {
    put_old(&fixture.store, A, 1);
    let checkpoint = fixture.store.pstate().checkpoint(A).unwrap();
    let projection = projection(&fixture.store);
    projection.fetch("card:c0").unwrap();
    projection.flush().unwrap();
    let entry = fixture.store.pstate().get(A, "card:c0").unwrap().unwrap();
    assert_eq!((entry.value.to_value(), entry.updated_at), (new_card(0), START));
    assert_eq!(fixture.store.pstate().checkpoint(A).unwrap(), checkpoint);
}

fn a_full_batch_is_written_back_by_itself(fixture: &Fixture) {
    put_old(&fixture.store, A, 250);
    let projection = projection(&fixture.store);
    for n in 0..WriteBack::BATCH - 1 {
        projection.fetch(&format!("card:c{n}")).unwrap();
    }
    assert_eq!(stored(&fixture.store, A, "card:c0"), old_card(0));
    projection.fetch(&format!("card:c{}", WriteBack::BATCH)).unwrap();
    assert_eq!(stored(&fixture.store, A, "card:c0"), new_card(0));
    projection.get_resolved("deck:d1", Depth::All).unwrap();
    for n in 0..250 {
        assert_eq!(stored(&fixture.store, A, &format!("card:c{n}")), new_card(n));
    }
    assert_eq!(projection.flush().unwrap(), 0);
}

fn what_was_migrated_is_written_in_the_space_it_was_read_from(fixture: &Fixture) {
    put_old(&fixture.store, A, 1);
    put_old(&fixture.store, B, 1);
    let other = Projection::new(fixture.store.pstate(), B).with_schema(CARDS);
    projection(&fixture.store).fetch("card:c0").unwrap();
    other.fetch("card:c0").unwrap();
    other.flush().unwrap();
    assert_eq!(stored(&fixture.store, A, "card:c0"), old_card(0));
    assert_eq!(stored(&fixture.store, B, "card:c0"), new_card(0));
}

fn a_flush_never_overwrites_what_another_process_wrote_since(fixture: &Fixture) {
    put_old(&fixture.store, A, 3);
    let projection = projection(&fixture.store);
    projection.scan("card:", Page::forward(None, 9)).unwrap();
    let other = fixture.other_process();
    let newer = json!({"front": "newer", "deck": "d1"});
    other.pstate().put(A, "card:c1", Json::of(&newer), Timestamp(START.0 + 9)).unwrap();
    // The same again, but later: a write all the same.
    other.pstate().put(A, "card:c2", Json::of(&old_card(2)), Timestamp(START.0 + 9)).unwrap();
    assert_eq!(projection.flush().unwrap(), 1, "the one that nobody touched");
    assert_eq!(stored(&fixture.store, A, "card:c0"), new_card(0));
    assert_eq!(stored(&fixture.store, A, "card:c1"), newer);
    assert_eq!(stored(&fixture.store, A, "card:c2"), old_card(2));
}

fn a_flush_does_not_bring_back_what_was_deleted(fixture: &Fixture) {
    put_old(&fixture.store, A, 2);
    let projection = projection(&fixture.store);
    projection.scan("card:", Page::forward(None, 9)).unwrap();
    let other = fixture.other_process();
    other.pstate().delete(A, "card:c1").unwrap();
    assert_eq!(projection.flush().unwrap(), 1);
    assert_eq!(projection.fetch("card:c1").unwrap(), None);
    projection.fetch("deck:d1").unwrap();
    while other.pstate().delete_some(A, 9).unwrap() {}
    assert_eq!(projection.flush().unwrap(), 0);
    assert_eq!(fixture.store.pstate().residue(A).unwrap(), [], "of a deleted space nothing comes back");
}

fn an_update_sees_and_stores_the_form_of_today(fixture: &Fixture) {
    put_old(&fixture.store, A, 2);
    let projection = projection(&fixture.store);
    let before = projection
        .get_and_update("card:c0", Timestamp(START.0 + 1), |card| {
            let before = card.clone();
            card.as_mut().unwrap()["front"] = json!("New");
            before
        })
        .unwrap();
    assert_eq!(before, Some(new_card(0)));
    let mut expected = new_card(0);
    expected["front"] = json!("New");
    assert_eq!(stored(&fixture.store, A, "card:c0"), expected);
    assert_eq!(projection.pop("card:c1").unwrap(), Some(new_card(1)));
}

fn keys_and_values_without_a_type_are_read_as_they_are(fixture: &Fixture) {
    let projection = projection(&fixture.store);
    for (key, value) in [
        ("settings", json!({"deck": "d1"})),
        ("unknown:1", json!({"deck": "d1"})),
        ("card:text", json!("text")),
        ("card:list", json!(["d1"])),
        ("card:ref", json!({"$ref": "card:text"})),
        (":", Value::Null),
    ] {
        projection.put(key, &value, START).unwrap();
        if key != "card:ref" {
            assert_eq!(projection.fetch(key).unwrap(), Some(value));
        }
    }
    assert_eq!(projection.fetch("card:ref").unwrap(), Some(json!({"$ref": "card:text"})));
    assert_eq!(projection.flush().unwrap(), 0);
    fixture.store.pstate().put(A, "card:broken", Json::from_stored("{no json".to_owned()), START).unwrap();
    assert_eq!(projection.fetch("card:broken").unwrap_err().kind(), "unreadable_state");
}

/// Cards as the app of today has them.
#[derive(Serialize, Deserialize)]
struct Card {
    front: String,
    deck: Reference,
    notes: Map<String, Value>,
    tags: Map<String, Value>,
}

/// A card app, in one of its versions.
#[derive(Clone, Copy, PartialEq)]
enum Version {
    /// Writes what is old today.
    Old,
    /// Declares the schema of today, but its applicator still writes as of old.
    Declared,
    /// Reads and writes the form of today.
    New,
}

const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "create",
        title: "Create",
        summary: "Creates a card",
        fields: &[FieldSpec::required("n", "Number", "of the card")],
        decide: |_, arguments| Ok(vec![numbered("card.created", arguments)]),
    },
    CommandSpec {
        name: "tag",
        title: "Tag",
        summary: "Tags a card",
        fields: &[FieldSpec::required("n", "Number", "of the card")],
        decide: decide_to_tag,
    },
];

fn numbered(event_type: &str, arguments: &Arguments) -> NewEvent {
    let n: usize = arguments.required("n").parse().unwrap();
    NewEvent::new(format!("c{n}"), event_type, Json::of(&json!({ "n": n })))
}

fn decide_to_tag(state: &State<'_>, arguments: &Arguments) -> Decision {
    let card: Option<Card> = state.get(&format!("card:c{}", arguments.required("n")))?;
    let exists = card.is_some_and(|card| card.deck == Reference::to("deck", "d1"));
    Ok(if exists { vec![numbered("card.tagged", arguments)] } else { Vec::new() })
}

impl App for Version {
    fn name(&self) -> &'static str {
        "cards"
    }

    fn summary(&self) -> &'static str {
        "cards"
    }

    fn space_prefix(&self) -> &'static str {
        "cards_"
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["card.created", "card.tagged"]
    }

    fn commands(&self) -> &'static [CommandSpec] {
        COMMANDS
    }

    fn schema(&self) -> Schema {
        if *self == Self::Old { Schema::EMPTY } else { CARDS }
    }

    fn apply(&self, state: &mut State<'_>, event: &Event) -> Result<Applied, StateError> {
        let key = format!("card:{}", event.entity_id);
        let n = event.payload.to_value()["n"].as_u64().unwrap() as usize;
        match (&*event.event_type, self) {
            ("card.created", Self::Old | Self::Declared) => state.put(&key, &old_card(n))?,
            ("card.created", Self::New) => state.put(&key, &new_card(n))?,
            _ => {
                let mut card: Card = state.get(&key)?.unwrap();
                card.tags.insert(format!("t{}", event.space_sequence), json!(true));
                state.put(&key, &card)?;
            }
        }
        Ok(Applied::Yes)
    }
}

fn cards(store: &Store, version: Version) -> ContentStore {
    ContentStore::open(store, "cards_a", Arc::new(version)).unwrap()
}

fn create(content: &ContentStore, count: usize) {
    for n in 0..count {
        content.execute(Command::new("create").with("n", n.to_string())).unwrap();
    }
}

fn tag(content: &ContentStore, n: usize) -> usize {
    content.execute(Command::new("tag").with("n", n.to_string())).unwrap().event_ids.len()
}

fn differences(content: &ContentStore) -> usize {
    verify(content, &mut |_| ControlFlow::Continue(())).unwrap().differences.len()
}

fn rebuilt(content: &ContentStore) {
    rebuild(content, RebuildOptions::default(), &mut |_| ControlFlow::Continue(())).unwrap();
}

fn commands_and_applicators_see_the_form_of_today(fixture: &Fixture) {
    create(&cards(&fixture.store, Version::Old), 2);
    let content = cards(&fixture.store, Version::New);
    assert_eq!(tag(&content, 1), 1, "the command found the reference");
    let mut expected = new_card(1);
    expected["tags"] = json!({"t3": true});
    assert_eq!(stored(&fixture.store, content.space_id(), "card:c1"), expected);
    let preview = content.preview(Command::new("tag").with("n", "0")).unwrap();
    assert_eq!(preview.changes[0].before.as_ref().unwrap().to_value(), new_card(0));
    assert_eq!(
        stored(&fixture.store, content.space_id(), "card:c0"),
        old_card(0),
        "reading for it wrote nothing"
    );
}

fn a_content_store_reads_the_form_of_today_and_writes_it_back(fixture: &Fixture) {
    create(&cards(&fixture.store, Version::Old), 2);
    let content = cards(&fixture.store, Version::New);
    assert_eq!(content.get::<Card>("card:c1").unwrap().unwrap().deck, Reference::to("deck", "d1"));
    let scanned = content.scan("card:", Page::forward(None, 9)).unwrap();
    assert_eq!(scanned[0].value.to_value(), new_card(0));
    assert_eq!(stored(&fixture.store, content.space_id(), "card:c0"), old_card(0));
    assert_eq!(content.projection().unwrap().flush().unwrap(), 2, "what all its reads migrated");
    assert_eq!(stored(&fixture.store, content.space_id(), "card:c0"), new_card(0));
    assert_eq!(cards(&fixture.store, Version::Old).get::<Value>("card:c0").unwrap(), Some(new_card(0)));
}

fn a_migrated_projection_is_still_the_fold_of_its_events(fixture: &Fixture) {
    create(&cards(&fixture.store, Version::Old), 5);
    let content = cards(&fixture.store, Version::New);
    assert_eq!(differences(&cards(&fixture.store, Version::Old)), 0);
    assert_eq!(differences(&content), 0, "what is stored in an old form counts as what it is migrated to");
    content.get::<Value>("card:c1").unwrap();
    content.projection().unwrap().flush().unwrap();
    tag(&content, 2);
    assert_eq!(differences(&content), 0, "half of it written back");
    content.scan("", Page::forward(None, 9)).unwrap();
    content.projection().unwrap().flush().unwrap();
    let migrated = content.store().pstate().scan(content.space_id(), "", Page::forward(None, 9)).unwrap();
    rebuilt(&content);
    let rebuilt = content.store().pstate().scan(content.space_id(), "", Page::forward(None, 9)).unwrap();
    assert_eq!(migrated, rebuilt, "to the byte, times included");
}

fn what_an_old_applicator_writes_is_stored_in_the_form_of_today(fixture: &Fixture) {
    let content = cards(&fixture.store, Version::Declared);
    create(&content, 2);
    assert_eq!(stored(&fixture.store, content.space_id(), "card:c1"), new_card(1));
    tag(&content, 1);
    assert_eq!(differences(&content), 0);
    let before = stored(&fixture.store, content.space_id(), "card:c1");
    rebuilt(&content);
    assert_eq!(stored(&fixture.store, content.space_id(), "card:c1"), before);
}

fn nothing_is_written_back_where_the_store_is_read_only(fixture: &Fixture) {
    let Some(location) = fixture.store.location() else { return };
    create(&cards(&fixture.store, Version::Old), 150);
    let space_id = cards(&fixture.store, Version::Old).space_id();
    let options = OpenOptions { read_only: true, ..OpenOptions::default() };
    let read_only = Store::open(location, options).unwrap();
    let space = read_only.events().space(space_id).unwrap().unwrap().space;
    let content = ContentStore::of(&read_only, space, Arc::new(Version::New));
    let scanned = content.scan("card:", Page::forward(None, 999)).unwrap();
    assert_eq!(scanned.len(), 150);
    assert_eq!(content.get::<Value>("card:c7").unwrap(), Some(new_card(7)));
    assert_eq!(content.projection().unwrap().flush().unwrap(), 0);
    let direct = Projection::new(read_only.pstate(), space_id).with_schema(CARDS);
    direct.scan("card:", Page::forward(None, 999)).unwrap();
    direct.fetch("card:c7").unwrap();
    assert_eq!(direct.flush().unwrap_err().kind(), "read_only", "asked for, it says so");
    assert_eq!(stored(&fixture.store, space_id, "card:c7"), old_card(7));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..3).prop_map(Value::from),
        "[a-c1-3]{0,3}".prop_map(Value::from),
        "[a-c]".prop_map(|id| Reference::to("card", &id).into()),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[ab]", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

/// Migrations that are well-behaved and some that are not.
const ANY: &[Entity] = &[Entity::new(
    "card",
    &[
        Field::string("a").migrate(|value, _| value.map_or(Value::Null, |value| value.to_string().into())),
        Field::map("b").migrate(text_to_map),
        Field::has_many("c", "card").migrate(ids_to_cards),
        Field::belongs_to("d", "deck").migrate(id_to_deck),
        Field::integer("e").migrate(|value, _| match value {
            Some(_) => Value::Null,
            None => 7.into(),
        }),
        Field::list("f").migrate(|value, _| json!([value])),
        Field::any("g").validate(Value::is_boolean).migrate(|value, _| value.is_some().into()),
        Field::string("h").validate(|_| false).migrate(|value, _| json!([value])),
        Field::integer("i").migrate(|_, _| "never fits".into()),
        Field::string("j").migrate(|_, card| card.get("k").cloned().unwrap_or_default()),
    ],
)];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn migrating_twice_changes_nothing_whatever_is_stored(
        card in prop::collection::btree_map("[a-k]", any_value(), 0..11),
    ) {
        let schema = Schema::new(ANY);
        let before = json!(card);
        let mut once = before.clone();
        let changed = schema.migrate("card:c1", &mut once);
        let mut twice = once.clone();
        prop_assert_eq!(schema.migrate("card:c1", &mut twice), Vec::<&str>::new());
        prop_assert_eq!(&twice, &once);
        for (name, value) in once.as_object().unwrap() {
            let as_before = before.get(name) == Some(value);
            prop_assert_eq!(!as_before, changed.contains(&name.as_str()), "{}", name);
        }
        prop_assert!(before.as_object().unwrap().keys().all(|name| once.get(name).is_some()), "no field is lost");
    }
}
