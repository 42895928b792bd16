//! Paths from entity to entity.

use ramax::pstate::Path;
use ramax::{Depth, Projection, Reference, SpaceId};
use serde_json::{Value, json};

use super::path;
use crate::on_every_store;
use crate::support::counting::Counting;
use crate::support::{Fixture, START};

on_every_store![
    a_path_starts_with_a_key_and_follows_references,
    a_path_follows_entities_that_are_only_references,
    a_path_through_a_circle_of_references_is_an_error,
    the_target_of_a_path_is_resolved,
    each_item_that_a_path_leads_to_is_resolved_separately,
    a_path_may_visit_an_entity_twice,
    a_path_over_every_item_reads_the_entities_in_one_batch,
    alternatives_and_defaults_work_across_entities,
    several_paths_are_read_at_once_across_entities,
    a_required_path_names_itself_across_entities,
    an_insert_writes_the_entity_that_the_path_leads_to,
    an_insert_creates_a_missing_entity_and_merges_into_an_existing_one,
    a_map_is_inserted_through_a_reference_and_any_other_value_replaces_it,
    an_insert_into_every_item_writes_each_entity,
    a_blocked_insert_writes_nothing,
    an_insert_through_a_circle_of_references_is_an_error,
    an_insert_never_loses_another_process_s_write,
];

const A: SpaceId = SpaceId(1);

fn projection(fixture: &Fixture) -> Projection<'_> {
    let projection = Projection::new(fixture.store.pstate(), A);
    let entities = json!({
        "deck:d1": {"name": "Greetings", "cards": {"c1": reference("card:c1"), "c2": reference("card:c2")},
                    "order": [reference("card:c2"), reference("card:c1")], "gone": reference("card:gone")},
        "card:c1": {"front": "Hello", "deck": reference("deck:d1"), "next": reference("card:c2")},
        "card:c2": {"front": "Bye", "deck": reference("deck:d1"), "next": reference("card:c1")},
        "alias:d": reference("alias:e"),
        "alias:e": reference("deck:d1"),
        "circle:a": reference("circle:b"),
        "circle:b": reference("circle:a"),
        "into:circle": {"x": reference("circle:a")},
    });
    for (key, value) in entities.as_object().unwrap() {
        projection.put(key, value, START).unwrap();
    }
    projection
}

fn reference(key: &str) -> Value {
    Reference::new(key).into()
}

fn at(projection: &Projection<'_>, text: &str) -> Option<Value> {
    projection.value_at(&path(text)).unwrap()
}

fn insert(projection: &Projection<'_>, text: &str, new: Value) {
    projection.insert_at(&path(text), new, START).unwrap();
}

fn fetch(projection: &Projection<'_>, key: &str) -> Value {
    projection.fetch(key).unwrap().unwrap()
}

fn a_path_starts_with_a_key_and_follows_references(fixture: &Fixture) {
    let projection = projection(fixture);
    assert_eq!(at(&projection, "deck:d1.name"), Some(json!("Greetings")));
    assert_eq!(at(&projection, "deck:d1.cards.c1.front"), Some(json!("Hello")));
    assert_eq!(at(&projection, "deck:d1.order[1].front"), Some(json!("Hello")));
    assert_eq!(at(&projection, "deck:d1.order.front"), Some(json!(["Bye", "Hello"])));
    assert_eq!(at(&projection, "deck:d1.cards[*].front"), Some(json!(["Hello", "Bye"])));
    assert_eq!(at(&projection, "card:c1.deck.cards.c2.deck.name"), Some(json!("Greetings")));
    for missing in ["deck:d9", "deck:d9.name", "deck:d9.$ref", "deck:d1.cards.c9.front", "deck:d1.gone.front"]
    {
        assert_eq!(at(&projection, missing), None, "{missing}");
    }
    let error = projection.value_at(&path("[0].a")).unwrap_err();
    assert_eq!(error.kind(), "blocked_path");
    projection.put("odd.key", &json!({"a": 1}), START).unwrap();
    assert_eq!(projection.value_at(&Path::of_names(["odd.key", "a"])).unwrap(), Some(json!(1)));
}

fn a_path_follows_entities_that_are_only_references(fixture: &Fixture) {
    let projection = projection(fixture);
    assert_eq!(at(&projection, "alias:d.name"), Some(json!("Greetings")));
    assert_eq!(at(&projection, "alias:d.cards.c2.front"), Some(json!("Bye")));
    insert(&projection, "alias:d.name", json!("New"));
    assert_eq!(fetch(&projection, "deck:d1")["name"], "New");
    assert_eq!(fetch(&projection, "alias:d"), reference("alias:e"));
}

fn a_path_through_a_circle_of_references_is_an_error(fixture: &Fixture) {
    let projection = projection(fixture);
    for text in ["circle:a.name", "into:circle.x.name", "into:circle.x", "into:circle", "circle:b"] {
        let error = projection.value_at(&path(text)).unwrap_err();
        assert_eq!(error.kind(), "circular_reference", "{text}");
    }
}

fn the_target_of_a_path_is_resolved(fixture: &Fixture) {
    let projection = projection(fixture);
    let resolved = projection.get_resolved("card:c1", Depth::All).unwrap();
    assert_eq!(at(&projection, "card:c1"), resolved);
    assert_eq!(at(&projection, "deck:d1.cards.c1"), resolved, "a reference at the end of a path is followed");
    assert_eq!(
        at(&projection, "deck:d1.cards"),
        Some(json!({
            "c1": {"front": "Hello", "deck": reference("deck:d1"),
                   "next": {"front": "Bye", "deck": reference("deck:d1"), "next": reference("card:c1")}},
            "c2": {"front": "Bye", "deck": reference("deck:d1"),
                   "next": {"front": "Hello", "deck": reference("deck:d1"), "next": reference("card:c2")}},
        })),
        "a reference back to the deck stays a reference"
    );
    assert_eq!(at(&projection, "deck:d1.gone"), Some(reference("card:gone")));
}

fn each_item_that_a_path_leads_to_is_resolved_separately(fixture: &Fixture) {
    let projection = projection(fixture);
    insert(&projection, "card:c1.see", json!({"also": reference("card:c2")}));
    insert(&projection, "card:c2.see", json!({"also": reference("card:c1")}));
    let seen = at(&projection, "deck:d1.order[*].see").unwrap();
    assert_eq!((&seen[0]["also"]["front"], &seen[1]["also"]["front"]), (&json!("Hello"), &json!("Bye")));
}

fn a_path_may_visit_an_entity_twice(fixture: &Fixture) {
    let projection = projection(fixture);
    assert_eq!(at(&projection, "card:c1.next.next.next.next.front"), Some(json!("Hello")));
}

fn a_path_over_every_item_reads_the_entities_in_one_batch(fixture: &Fixture) {
    projection(fixture);
    let counting = Counting::over(&fixture.store);
    let projection = Projection::new(&counting, A);
    assert_eq!(at(&projection, "deck:d1.cards[*].front"), Some(json!(["Hello", "Bye"])));
    assert_eq!(counting.reads(), 2, "the deck; its cards");
}

fn alternatives_and_defaults_work_across_entities(fixture: &Fixture) {
    let projection = projection(fixture);
    assert_eq!(at(&projection, "deck:d9.name|deck:d1.name"), Some(json!("Greetings")));
    assert_eq!(at(&projection, "deck:d9.name|^none"), Some(json!("none")));
    let found = projection.value_at(&path("deck:d9.name").or("default")).unwrap();
    assert_eq!(found, Some(json!("default")));
}

fn several_paths_are_read_at_once_across_entities(fixture: &Fixture) {
    let found = projection(fixture).values_at("deck:d1.name,card:c1.next.front,x:y").unwrap();
    assert_eq!(
        Value::from(found),
        json!({"deck:d1.name": "Greetings", "card:c1.next.front": "Bye", "x:y": null})
    );
}

fn a_required_path_names_itself_across_entities(fixture: &Fixture) {
    let projection = projection(fixture);
    assert_eq!(projection.required_at(&path("deck:d1.name")).unwrap(), json!("Greetings"));
    let error = projection.required_at(&path("deck:d1.nothing")).unwrap_err();
    assert_eq!(error.to_string(), "Value of 'deck:d1.nothing' is required");
}

fn an_insert_writes_the_entity_that_the_path_leads_to(fixture: &Fixture) {
    let projection = projection(fixture);
    let deck = fetch(&projection, "deck:d1");
    insert(&projection, "deck:d1.cards.c1.front", json!("Hi"));
    insert(&projection, "card:c1.deck.cards.c2.back.text", json!("Tschüss"));
    assert_eq!(fetch(&projection, "card:c1")["front"], "Hi");
    assert_eq!(fetch(&projection, "card:c2")["back"], json!({"text": "Tschüss"}));
    assert_eq!(fetch(&projection, "deck:d1"), deck, "entities on the way are unchanged");
    assert_eq!(at(&projection, "deck:d1.cards.c2.back.text"), Some(json!("Tschüss")));
}

fn an_insert_creates_a_missing_entity_and_merges_into_an_existing_one(fixture: &Fixture) {
    let projection = projection(fixture);
    insert(&projection, "user:u1", json!({"name": "Ada"}));
    insert(&projection, "user:u1", json!({"mail": "a@b.c"}));
    assert_eq!(fetch(&projection, "user:u1"), json!({"name": "Ada", "mail": "a@b.c"}));
    insert(&projection, "user:u2.address.city", json!("Ulm"));
    assert_eq!(fetch(&projection, "user:u2"), json!({"address": {"city": "Ulm"}}));
    insert(&projection, "deck:d1.gone.front", json!("there now"));
    assert_eq!(fetch(&projection, "card:gone"), json!({"front": "there now"}));
    assert_eq!(fetch(&projection, "deck:d1")["gone"], reference("card:gone"));
}

fn a_map_is_inserted_through_a_reference_and_any_other_value_replaces_it(fixture: &Fixture) {
    let projection = projection(fixture);
    insert(&projection, "card:c1.next", json!({"front": "See you"}));
    assert_eq!(fetch(&projection, "card:c1")["next"], reference("card:c2"));
    assert_eq!(fetch(&projection, "card:c2")["front"], "See you");
    insert(&projection, "deck:d1", json!({"cards": {"c1": {"front": "Hi"}}}));
    assert_eq!(fetch(&projection, "card:c1")["front"], "Hi", "within a map as well");
    insert(&projection, "card:c1.next", reference("card:c1"));
    assert_eq!(fetch(&projection, "card:c1")["next"], reference("card:c1"));
    insert(&projection, "card:c1.next", Value::Null);
    assert_eq!(fetch(&projection, "card:c1")["next"], Value::Null);
}

fn an_insert_into_every_item_writes_each_entity(fixture: &Fixture) {
    let projection = projection(fixture);
    insert(&projection, "deck:d1.order[*].place", json!([1, 2]));
    assert_eq!(at(&projection, "deck:d1.cards[*].place"), Some(json!([2, 1])));
    insert(&projection, "deck:d1.cards[*].seen", json!(true));
    assert_eq!(at(&projection, "deck:d1.order.seen"), Some(json!([true, true])));
}

fn a_blocked_insert_writes_nothing(fixture: &Fixture) {
    let projection = projection(fixture);
    let error = projection.insert_at(&path("deck:d1.order[*].front.x"), json!(1), START).unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing can be inserted at 'deck:d1.order[*].front.x': 'deck:d1.order[*].front' is a string, not a map"
    );
    insert(&projection, "card:c2.front", json!({}));
    assert!(projection.insert_at(&path("deck:d1.order[*].front.x"), json!(1), START).is_err());
    assert_eq!(fetch(&projection, "card:c2")["front"], json!({}), "not even into items that would accept it");
}

fn an_insert_through_a_circle_of_references_is_an_error(fixture: &Fixture) {
    let projection = projection(fixture);
    for text in ["circle:a.x", "into:circle.x.y"] {
        let error = projection.insert_at(&path(text), json!(1), START).unwrap_err();
        assert_eq!(error.kind(), "circular_reference", "{text}");
        assert!(error.to_string().contains("circle:a → circle:b → circle:a"), "{error}");
    }
    insert(&projection, "circle:a", json!("a value ends it"));
    assert_eq!(at(&projection, "circle:b"), Some(json!("a value ends it")));
}

fn an_insert_never_loses_another_process_s_write(fixture: &Fixture) {
    projection(fixture);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = fixture.other_process();
            scope.spawn(move || {
                let projection = Projection::new(store.pstate(), A);
                for n in 0..10 {
                    insert(&projection, &format!("deck:d1.cards.c1.tags.t{thread}-{n}"), json!(n));
                }
            });
        }
    });
    let card = fetch(&Projection::new(fixture.store.pstate(), A), "card:c1");
    assert_eq!(card["tags"].as_object().unwrap().len(), 40);
}
