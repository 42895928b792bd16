//! Paths into values, and from entity to entity. What concerns entities is run on every kind of store.

mod support;

use proptest::prelude::*;
use ramax::pstate::{Path, path};
use ramax::{Depth, PathError, Projection, Reference, SpaceId};
use serde_json::{Value, json};
use support::counting::Counting;
use support::{Fixture, START};

on_every_store![
    a_path_begins_with_a_key_and_follows_references,
    a_path_follows_entities_that_are_only_references,
    a_path_that_leads_in_a_circle_of_references_is_an_error,
    what_a_path_leads_to_is_resolved,
    a_path_may_pass_an_entity_twice,
    a_path_over_every_item_reads_the_entities_in_one_go,
    alternatives_and_defaults_hold_across_entities,
    several_paths_are_read_at_once_across_entities,
    a_required_path_names_itself_across_entities,
    an_insert_writes_the_entity_that_the_path_leads_to,
    an_insert_creates_a_missing_entity_and_merges_into_one_that_is_there,
    a_map_is_inserted_through_a_reference_and_another_value_replaces_it,
    an_insert_into_every_item_writes_each_entity,
    an_insert_that_is_blocked_writes_nothing_anywhere,
    an_insert_round_a_circle_of_references_is_an_error,
    an_insert_never_loses_another_process_s_write,
];

const A: SpaceId = SpaceId(1);

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

fn get(value: &Value, text: &str) -> Option<Value> {
    path(text).get(value)
}

fn inserted(mut value: Value, text: &str, new: Value) -> Value {
    path(text).insert(&mut value, new).unwrap();
    value
}

fn blocked(mut value: Value, text: &str, new: Value) -> String {
    let before = value.clone();
    let error = path(text).insert(&mut value, new).unwrap_err();
    assert_eq!(value, before, "it stays as it was");
    error.to_string()
}

#[test]
fn a_dotted_path_leads_from_field_to_field() {
    let value = json!({"a": {"b": {"c": 1}}, "x:y z-_": 2, "n": null, "f": false});
    assert_eq!(get(&value, "a.b.c"), Some(json!(1)));
    assert_eq!(get(&value, "a.b"), Some(json!({"c": 1})));
    assert_eq!(get(&value, "x:y z-_"), Some(json!(2)));
    for missing in ["n", "z", "a.z.b", "a.b.c.d", "n.a", "a[0]", "a.b.c[*]"] {
        assert_eq!(get(&value, missing), None, "{missing}");
    }
    assert_eq!(get(&value, "f"), Some(json!(false)));
}

#[test]
fn a_path_may_be_given_as_names_with_any_characters() {
    let value = json!({"a.b": {"c|d": {"e[0]": 1}}});
    assert_eq!(Path::of_names(["a.b", "c|d", "e[0]"]).get(&value), Some(json!(1)));
    assert_eq!(Path::of_names::<String>([]).get(&json!(5)), Some(json!(5)));
}

#[test]
fn an_index_of_any_size_leads_to_an_item() {
    let items: Vec<Value> = (0..200).map(|n| json!({"n": n})).collect();
    let value = json!({"d": items, "m": [[1, 2], [3]]});
    assert_eq!(get(&value, "d[0].n"), Some(json!(0)));
    assert_eq!(get(&value, "d[10].n"), Some(json!(10)));
    assert_eq!(get(&value, "d[199]"), Some(json!({"n": 199})));
    assert_eq!(get(&value, "m[0][1]"), Some(json!(2)));
    for missing in ["d[200]", "d[200].n", "none[0]", "none[0].n", "m[1][1]", "m[9][9].x"] {
        assert_eq!(get(&value, missing), None, "{missing}");
    }
}

#[test]
fn a_field_of_a_list_is_that_of_every_item() {
    let value = json!({"d": [{"a": 4, "s": [{"b": 1}, {"b": 2}]}, {"a": 1, "s": []}, {"c": 9}], "e": []});
    assert_eq!(get(&value, "d.a"), Some(json!([4, 1, null])));
    assert_eq!(get(&value, "d[*].a"), get(&value, "d.a"));
    assert_eq!(get(&value, "d[@].a"), get(&value, "d.a"));
    assert_eq!(get(&value, "d.s.b"), Some(json!([[1, 2], [], null])));
    assert_eq!(get(&value, "d.s[0].b"), Some(json!([1, null, null])));
    assert_eq!(get(&value, "e.a"), Some(json!([])));
}

#[test]
fn every_value_of_a_map_is_reached_too() {
    let value = json!({"cards": {"c1": {"front": "A"}, "c2": {"front": "B"}}});
    assert_eq!(get(&value, "cards[*].front"), Some(json!(["A", "B"])));
    let changed = inserted(value, "cards[*].seen", json!(true));
    assert_eq!(get(&changed, "cards[*].seen"), Some(json!([true, true])));
}

#[test]
fn a_bare_list_is_reached_by_brackets_alone() {
    let value = json!([{"c": 1}, {"c": 2}]);
    for text in ["[*].c", "_[*].c", "[@].c", "c"] {
        assert_eq!(get(&value, text), Some(json!([1, 2])), "{text}");
    }
    assert_eq!(get(&value, "[1].c"), Some(json!(2)));
    assert_eq!(get(&json!([[1, 2]]), "[0][1]"), Some(json!(2)));
    assert_eq!(get(&json!({"_": 1}), "_"), Some(json!(1)));
    assert_eq!(inserted(value, "_[*].c", json!(0)), json!([{"c": 0}, {"c": 0}]));
}

#[test]
fn the_first_alternative_that_is_not_null_wins() {
    let value = json!({"a": null, "b": false, "c": "", "d": 1});
    assert_eq!(get(&value, "a|x.y|d"), Some(json!(1)));
    assert_eq!(get(&value, "a|b|d"), Some(json!(false)), "false is not null");
    assert_eq!(get(&value, "c|d"), Some(json!("")));
    assert_eq!(path("c|d").or_null("").get(&value), Some(json!(1)));
    assert_eq!(path("b|c|d").or_null("").or_null(false).get(&value), Some(json!(1)));
    assert_eq!(get(&value, "a|x"), None);
}

#[test]
fn a_caret_stands_before_a_literal_text() {
    let value = json!({"a": null, "b": "there"});
    assert_eq!(get(&value, "a|^not.there[0]"), Some(json!("not.there[0]")));
    assert_eq!(get(&value, "b|^none"), Some(json!("there")));
    assert_eq!(get(&value, "^"), Some(json!("")));
}

#[test]
fn a_default_takes_the_place_of_null() {
    let value = json!({"a": null, "s": ""});
    assert_eq!(path("a|b").or("d").get(&value), Some(json!("d")));
    assert_eq!(path("s").or("d").get(&value), Some(json!("")));
    assert_eq!(path("s").or_null("").or("d").get(&value), Some(json!("d")));
}

#[test]
fn several_paths_are_read_at_once() {
    let found = path::get_many(&json!({"a": 1, "d": {"b": [2]}}), "a, d.b,x|^y,z").unwrap();
    assert_eq!(Value::from(found), json!({"a": 1, "d.b": [2], "x|^y": "y", "z": null}));
    assert!(path::get_many(&json!({}), "a,,b").is_err());
}

#[test]
fn a_required_value_that_is_missing_is_named() {
    let value = json!({"a": 1, "n": null});
    assert_eq!(path("a").required(&value), Ok(json!(1)));
    assert_eq!(path("x").or(0).required(&value), Ok(json!(0)));
    for text in ["d", "n"] {
        let error = path(text).required(&value).unwrap_err();
        assert_eq!(error.to_string(), format!("Value of '{text}' is required"));
        assert_eq!(error.kind(), "value_required");
    }
}

#[test]
fn a_text_that_is_no_path_says_where_and_why() {
    for (text, at, reason) in [
        ("", 1, "a name is missing"),
        ("a..b", 3, "a name is missing"),
        ("a.", 3, "a name is missing"),
        (".a", 1, "a name is missing"),
        ("a||b", 3, "a name is missing"),
        ("ä.[0]", 3, "a name is missing"),
        ("a[x]", 3, "an index is a number, * or @"),
        ("a[-1]", 3, "an index is a number, * or @"),
        ("a[+1]", 3, "an index is a number, * or @"),
        ("a[]", 3, "an index is a number, * or @"),
        ("a[99999999999999999999]", 3, "an index is a number, * or @"),
        ("a[0", 3, "the index is not closed"),
        ("a[0]b", 5, "a dot or an index is expected"),
        ("b|a]", 4, "a dot or an index is expected"),
    ] {
        let expected = PathError::Malformed { path: text.to_owned(), at, reason };
        assert_eq!(Path::parse(text), Err(expected), "{text}");
    }
    let error = ramax::Error::from(Path::parse("a[x]").unwrap_err());
    assert_eq!(error.to_string(), "'a[x]' is not a path: at character 3, an index is a number, * or @");
    assert_eq!(error.kind(), "malformed_path");
}

#[test]
fn an_insert_replaces_and_creates_maps_on_the_way() {
    let value = json!({"a": 1, "l": [1, 2], "n": null});
    assert_eq!(inserted(value.clone(), "a", json!("x")), json!({"a": "x", "l": [1, 2], "n": null}));
    assert_eq!(inserted(value.clone(), "a", Value::Null)["a"], Value::Null);
    assert_eq!(inserted(value.clone(), "b.c.d", json!(1))["b"], json!({"c": {"d": 1}}));
    assert_eq!(inserted(value.clone(), "n.c", json!(1))["n"], json!({"c": 1}));
    assert_eq!(inserted(value.clone(), "l", json!([3]))["l"], json!([3]), "lists are replaced");
    assert_eq!(inserted(Value::Null, "a.b", json!(1)), json!({"a": {"b": 1}}));
    assert_eq!(inserted(json!({"a": {"x": 1}}), "a", json!(2)), json!({"a": 2}));
}

#[test]
fn an_insert_merges_maps_into_maps() {
    let value = json!({"d": {"a": {"x": 1, "l": [1]}, "b": 2}});
    let changed = inserted(value, "d", json!({"a": {"y": 2, "l": [2]}, "c": {}}));
    assert_eq!(changed, json!({"d": {"a": {"x": 1, "l": [2], "y": 2}, "b": 2, "c": {}}}));
}

#[test]
fn an_insert_reaches_one_item_or_every_item() {
    let value = json!({"d": [{"a": 1}, {"a": 2}]});
    assert_eq!(inserted(value.clone(), "d[0].a", json!(9)), json!({"d": [{"a": 9}, {"a": 2}]}));
    assert_eq!(inserted(value.clone(), "d[1]", json!(9)), json!({"d": [{"a": 1}, 9]}));
    for text in ["d[*].a", "d[@].a", "d.a"] {
        assert_eq!(inserted(value.clone(), text, json!(9)), json!({"d": [{"a": 9}, {"a": 9}]}), "{text}");
    }
    assert_eq!(inserted(value.clone(), "d[2].a", json!(3))["d"][2], json!({"a": 3}), "behind the last");
    assert_eq!(inserted(json!({}), "d[0].a", json!(3)), json!({"d": [{"a": 3}]}));
    assert_eq!(inserted(json!([]), "[*].c", json!(3)), json!([]), "of no items, none");
}

#[test]
fn a_list_is_spread_over_the_items_and_grows_them() {
    let value = json!({"d": [{"a": 1, "k": 0}]});
    for text in ["d[*].a", "d[@].a", "d.a"] {
        let changed = inserted(value.clone(), text, json!([5, 6]));
        assert_eq!(changed, json!({"d": [{"a": 5, "k": 0}, {"a": 6}]}), "{text}");
    }
    let fewer = inserted(json!([{"c": 1}, {"c": 2}]), "[*].c", json!([7]));
    assert_eq!(fewer, json!([{"c": 7}, {"c": 2}]));
    assert_eq!(inserted(json!({}), "d[*].a", json!([1])), json!({"d": [{"a": 1}]}));
    assert_eq!(inserted(Value::Null, "_[*].c", json!([1, 2])), json!([{"c": 1}, {"c": 2}]));
}

#[test]
fn an_insert_that_is_blocked_says_where_and_why() {
    let value = json!({"a": {"b": 1, "s": "text"}, "l": [{}, 2], "r": {"$ref": "card:c1"}});
    for (text, message) in [
        ("a.b.c", "nothing can be inserted at 'a.b.c': 'a.b' is a number, not a map"),
        ("a.s[0]", "nothing can be inserted at 'a.s[0]': 'a.s' is a string, not a list"),
        ("a[0]", "nothing can be inserted at 'a[0]': 'a' is a map, not a list"),
        ("l[5].x", "nothing can be inserted at 'l[5].x': 'l' has 2 items, so there is no [5]"),
        ("l[*].x", "nothing can be inserted at 'l[*].x': 'l[*]' is a number, not a map"),
        ("a.b[*]", "nothing can be inserted at 'a.b[*]': 'a.b' is a number, which has no items"),
        ("none[*].x", "nothing can be inserted at 'none[*].x': 'none' is null, which has no items"),
        ("r.x", "nothing can be inserted at 'r.x': 'r' is a reference, which only a projection can follow"),
        ("[0]", "nothing can be inserted at '[0]': the value is a map, not a list"),
        ("a|b", "nothing can be inserted at 'a|b': it leads to more than one place or is a literal"),
        ("^a", "nothing can be inserted at '^a': it leads to more than one place or is a literal"),
    ] {
        assert_eq!(blocked(value.clone(), text, json!(1)), message);
    }
}

#[test]
fn references_in_a_value_by_itself_are_replaced_and_not_merged_into() {
    let value = json!({"r": {"$ref": "card:c1"}, "m": {"x": 1}});
    assert_eq!(inserted(value.clone(), "r", json!({"a": 1}))["r"], json!({"a": 1}));
    assert_eq!(inserted(value.clone(), "m", json!({"$ref": "m:1"}))["m"], json!({"$ref": "m:1"}));
    assert_eq!(get(&value, "r.front"), None);
}

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

fn a_path_begins_with_a_key_and_follows_references(fixture: &Fixture) {
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

fn a_path_that_leads_in_a_circle_of_references_is_an_error(fixture: &Fixture) {
    let projection = projection(fixture);
    for text in ["circle:a.name", "into:circle.x.name", "into:circle.x", "into:circle", "circle:b"] {
        let error = projection.value_at(&path(text)).unwrap_err();
        assert_eq!(error.kind(), "circular_reference", "{text}");
    }
}

fn what_a_path_leads_to_is_resolved(fixture: &Fixture) {
    let projection = projection(fixture);
    let resolved = projection.get_resolved("card:c1", Depth::All).unwrap();
    assert_eq!(at(&projection, "card:c1"), resolved);
    assert_eq!(at(&projection, "deck:d1.cards.c1"), resolved, "a reference at the end is followed");
    assert_eq!(
        at(&projection, "deck:d1.cards"),
        Some(json!({
            "c1": {"front": "Hello", "deck": reference("deck:d1"),
                   "next": {"front": "Bye", "deck": reference("deck:d1"), "next": reference("card:c1")}},
            "c2": {"front": "Bye", "deck": reference("deck:d1"),
                   "next": {"front": "Hello", "deck": reference("deck:d1"), "next": reference("card:c2")}},
        })),
        "what leads back to the deck stays a reference"
    );
    assert_eq!(at(&projection, "deck:d1.gone"), Some(reference("card:gone")));
}

fn a_path_may_pass_an_entity_twice(fixture: &Fixture) {
    let projection = projection(fixture);
    assert_eq!(at(&projection, "card:c1.next.next.next.next.front"), Some(json!("Hello")));
}

fn a_path_over_every_item_reads_the_entities_in_one_go(fixture: &Fixture) {
    projection(fixture);
    let counting = Counting::over(&fixture.store);
    let projection = Projection::new(&counting, A);
    assert_eq!(at(&projection, "deck:d1.cards[*].front"), Some(json!(["Hello", "Bye"])));
    assert_eq!(counting.reads(), 2, "the deck; its cards");
}

fn alternatives_and_defaults_hold_across_entities(fixture: &Fixture) {
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
    assert_eq!(fetch(&projection, "deck:d1"), deck, "those on the way stay as they are");
    assert_eq!(at(&projection, "deck:d1.cards.c2.back.text"), Some(json!("Tschüss")));
}

fn an_insert_creates_a_missing_entity_and_merges_into_one_that_is_there(fixture: &Fixture) {
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

fn a_map_is_inserted_through_a_reference_and_another_value_replaces_it(fixture: &Fixture) {
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

fn an_insert_that_is_blocked_writes_nothing_anywhere(fixture: &Fixture) {
    let projection = projection(fixture);
    let error = projection.insert_at(&path("deck:d1.order[*].front.x"), json!(1), START).unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing can be inserted at 'deck:d1.order[*].front.x': 'deck:d1.order[*].front' is a string, not a map"
    );
    insert(&projection, "card:c2.front", json!({}));
    assert!(projection.insert_at(&path("deck:d1.order[*].front.x"), json!(1), START).is_err());
    assert_eq!(fetch(&projection, "card:c2")["front"], json!({}), "not even where it could be");
}

fn an_insert_round_a_circle_of_references_is_an_error(fixture: &Fixture) {
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

/// A value whose lists are in fields named `l`, so that no path maps over one by accident.
fn document() -> impl Strategy<Value = Value> {
    let leaf =
        prop_oneof![Just(Value::Null), (0..9).prop_map(Value::from), "[a-c]{0,2}".prop_map(Value::from)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let fields = prop::collection::btree_map("[a-c]", inner.clone(), 0..3);
        let list = prop::option::of(prop::collection::vec(inner, 0..3));
        (fields, list).prop_map(|(fields, list)| {
            let mut value = json!(fields);
            if let Some(list) = list {
                value["l"] = list.into();
            }
            value
        })
    })
}

fn some_path() -> impl Strategy<Value = String> {
    let segment = prop_oneof!["[a-c]", (0..3_u8).prop_map(|index| format!("l[{index}]"))];
    prop::collection::vec(segment, 1..4).prop_map(|segments| segments.join("."))
}

/// Whether `inner` is in `outer`: as it is, or as part of a map that it was merged into.
fn within(inner: &Value, outer: &Value) -> bool {
    match (inner, outer) {
        (Value::Object(inner), Value::Object(outer)) => {
            inner.iter().all(|(name, value)| outer.get(name).is_some_and(|outer| within(value, outer)))
        }
        (inner, outer) => inner == outer,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_get_after_an_insert_sees_what_was_inserted(
        before in document(),
        text in some_path(),
        new in prop_oneof![document(), prop::collection::vec(document(), 0..3).prop_map(Value::from)],
    ) {
        let path = path(&text);
        let mut after = before.clone();
        match path.insert(&mut after, new.clone()) {
            Err(_) => prop_assert_eq!(after, before),
            Ok(()) => {
                let found = path.get(&after).unwrap_or_default();
                prop_assert!(within(&new, &found), "{} into {}: {}", new, before, after);
            }
        }
    }

    #[test]
    fn a_get_across_entities_after_an_insert_sees_it(
        hops in prop::collection::vec(0..4_u8, 0..6),
        new in 1..100_u32,
    ) {
        let pstate = ramax::pstate::MemoryPState::default();
        let projection = Projection::new(&pstate, A);
        for n in 0..4_u8 {
            let links: serde_json::Map<String, Value> =
                (0..4_u8).map(|to| (format!("l{to}"), reference(&format!("e:{}", (n + to) % 5)))).collect();
            projection.put(&format!("e:{n}"), &links, START).unwrap();
        }
        let text = hops.iter().fold("e:0".to_owned(), |text, hop| format!("{text}.l{hop}"));
        let path = path(&format!("{text}.value"));
        projection.insert_at(&path, json!(new), START).unwrap();
        prop_assert_eq!(projection.value_at(&path).unwrap(), Some(json!(new)));
    }

    #[test]
    fn no_text_makes_reading_a_path_panic(text in ".{0,12}", odd in "[a\\[\\]0-9.|^*@_]{0,10}", value in document()) {
        for text in [text, odd] {
            if let Ok(path) = Path::parse(&text) {
                let _ = path.get(&value);
                let _ = path.insert(&mut value.clone(), json!([1]));
            }
        }
    }
}
