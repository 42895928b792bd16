//! References between entities: followed, preloaded, and changed without losing anybody's write. Run on every
//! kind of store.

mod support;

use std::collections::BTreeMap;

use proptest::prelude::*;
use ramax::pstate::{Link, MemoryPState};
use ramax::{Changes, Depth, Json, PState, Page, Projection, Reference, SpaceId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use support::counting::Counting;
use support::{Fixture, START};

on_every_store![
    a_value_is_fetched_with_its_references_as_they_are,
    values_are_typed_and_references_with_them,
    a_value_that_is_not_of_the_type_is_an_error_that_names_the_key,
    null_is_a_value_and_missing_is_none,
    a_chain_of_references_at_the_top_is_followed,
    references_are_resolved_in_maps_and_lists_at_any_nesting,
    depth_counts_the_entities_followed,
    a_circle_of_references_is_an_error_that_names_it,
    a_reference_back_to_where_it_stands_stays_one,
    an_entity_is_resolved_wherever_it_comes_up,
    a_reference_to_nothing_stays_one_and_at_the_top_is_none,
    what_resolves_to_too_much_is_an_error,
    a_long_list_of_references_does_not_exhaust_the_stack,
    a_resolution_reads_once_a_level,
    a_preload_reads_once_a_level,
    a_preload_follows_single_references_collections_lists_and_nested_fields,
    a_preload_of_nothing_changes_nothing,
    a_preloaded_value_stays_until_it_is_written_through_the_handle,
    an_update_sees_the_value_and_returns_what_it_likes,
    an_update_that_changes_nothing_writes_nothing,
    popping_takes_the_value_away,
    an_update_never_loses_another_process_s_write,
    changes_of_several_keys_are_written_together_or_not_at_all,
    counters_of_several_threads_add_up,
    a_child_is_linked_to_its_parent_and_the_parent_to_it,
    a_child_needs_a_parent_and_all_must_be_maps,
    children_created_at_once_are_all_kept,
    clearing_a_space_leaves_the_others,
];

const A: SpaceId = SpaceId(1);
const B: SpaceId = SpaceId(2);

fn projection(fixture: &Fixture) -> Projection<'_> {
    Projection::new(fixture.store.pstate(), A)
}

fn reference(key: &str) -> Value {
    Reference::new(key).into()
}

/// Puts the fields of an object as the values at its keys.
fn put_all(projection: &Projection<'_>, values: Value) {
    for (key, value) in values.as_object().unwrap() {
        projection.put(key, value, START).unwrap();
    }
}

fn kind<T: std::fmt::Debug>(result: ramax::Result<T>) -> &'static str {
    result.unwrap_err().kind()
}

fn resolved(projection: &Projection<'_>, key: &str) -> Value {
    projection.get_resolved(key, Depth::All).unwrap().unwrap()
}

fn a_value_is_fetched_with_its_references_as_they_are(fixture: &Fixture) {
    let projection = projection(fixture);
    put_all(&projection, json!({"card:c1": {"deck": reference("deck:d1")}, "deck:d1": {"name": "D"}}));
    assert_eq!(projection.fetch("card:c1").unwrap(), Some(json!({"deck": {"$ref": "deck:d1"}})));
    assert_eq!(projection.fetch("card:c9").unwrap(), None);
    let elsewhere = Projection::new(fixture.store.pstate(), B);
    assert_eq!(elsewhere.fetch("card:c1").unwrap(), None, "each space has its own");
}

fn values_are_typed_and_references_with_them(fixture: &Fixture) {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Card {
        front: String,
        deck: Reference,
        related: BTreeMap<String, Reference>,
    }
    let card = Card {
        front: "Hello".to_owned(),
        deck: Reference::to("deck", "d1"),
        related: BTreeMap::from([("c2".to_owned(), Reference::new("card:c2"))]),
    };
    let projection = projection(fixture);
    projection.put("card:c1", &card, START).unwrap();
    assert_eq!(projection.get::<Card>("card:c1").unwrap(), Some(card));
    let json = fixture.store.pstate().get(A, "card:c1").unwrap().unwrap().value;
    assert_eq!(
        json.as_str(),
        r#"{"front":"Hello","deck":{"$ref":"deck:d1"},"related":{"c2":{"$ref":"card:c2"}}}"#
    );
}

fn a_value_that_is_not_of_the_type_is_an_error_that_names_the_key(fixture: &Fixture) {
    let projection = projection(fixture);
    projection.put("k", &json!({"a": 1}), START).unwrap();
    let error = projection.get::<Vec<u8>>("k").unwrap_err();
    assert_eq!(error.kind(), "unreadable_state");
    assert!(error.to_string().contains('k'), "{error}");
}

fn null_is_a_value_and_missing_is_none(fixture: &Fixture) {
    let projection = projection(fixture);
    projection.put("k", &Value::Null, START).unwrap();
    assert_eq!(projection.fetch("k").unwrap(), Some(Value::Null));
    projection.delete("k").unwrap();
    projection.delete("k").unwrap();
    assert_eq!(projection.fetch("k").unwrap(), None);
}

fn a_chain_of_references_at_the_top_is_followed(fixture: &Fixture) {
    let projection = projection(fixture);
    put_all(&projection, json!({"a": reference("b"), "b": reference("c"), "c": {"name": "C"}}));
    assert_eq!(resolved(&projection, "a"), json!({"name": "C"}));
    assert_eq!(projection.fetch("a").unwrap(), Some(reference("b")));
}

fn references_are_resolved_in_maps_and_lists_at_any_nesting(fixture: &Fixture) {
    let projection = projection(fixture);
    put_all(
        &projection,
        json!({
            "deck": {"by": {"id": {"c1": reference("c1")}}, "order": [reference("c1"), [reference("c2")], 7]},
            "c1": {"front": 1, "next": reference("c2")},
            "c2": {"front": 2},
        }),
    );
    let c1 = json!({"front": 1, "next": {"front": 2}});
    let expected = json!({"by": {"id": {"c1": c1}}, "order": [c1, [{"front": 2}], 7]});
    assert_eq!(resolved(&projection, "deck"), expected);
}

fn depth_counts_the_entities_followed(fixture: &Fixture) {
    let projection = projection(fixture);
    put_all(
        &projection,
        json!({"a": {"b": reference("b")}, "b": {"c": reference("c")}, "c": {"d": reference("d")}, "d": 4,
               "top": reference("a")}),
    );
    let at = |key, levels| projection.get_resolved(key, Depth::Levels(levels)).unwrap().unwrap();
    assert_eq!(at("a", 0), json!({"b": reference("b")}));
    assert_eq!(at("a", 1), json!({"b": {"c": reference("c")}}));
    assert_eq!(at("a", 2), json!({"b": {"c": {"d": reference("d")}}}));
    assert_eq!(at("a", 3), json!({"b": {"c": {"d": 4}}}));
    assert_eq!(at("a", usize::MAX), resolved(&projection, "a"));
    assert_eq!(at("top", 0), reference("a"));
    assert_eq!(at("top", 1), json!({"b": reference("b")}));
    assert_eq!(projection.get_resolved("none", Depth::Levels(0)).unwrap(), None);
}

fn a_circle_of_references_is_an_error_that_names_it(fixture: &Fixture) {
    let projection = projection(fixture);
    put_all(
        &projection,
        json!({"self": reference("self"), "a": reference("b"), "b": reference("c"), "c": reference("a"),
               "into": reference("a"), "inside": {"field": reference("a")}}),
    );
    for (key, circle) in [
        ("self", "self → self"),
        ("a", "a → b → c → a"),
        ("into", "a → b → c → a"),
        ("inside", "a → b → c → a"),
    ] {
        let error = projection.get_resolved(key, Depth::All).unwrap_err();
        assert_eq!(error.kind(), "circular_reference");
        assert!(error.to_string().ends_with(&format!(": {circle}")), "{error}");
    }
    assert_eq!(projection.get_resolved("a", Depth::Levels(2)).unwrap(), Some(reference("a")));
}

fn a_reference_back_to_where_it_stands_stays_one(fixture: &Fixture) {
    let projection = projection(fixture);
    put_all(
        &projection,
        json!({"a": {"next": reference("b"), "me": reference("a")}, "b": {"next": reference("a"), "via": reference("v")},
               "v": reference("a")}),
    );
    assert_eq!(
        resolved(&projection, "a"),
        json!({"next": {"next": reference("a"), "via": reference("a")}, "me": reference("a")})
    );
}

fn an_entity_is_resolved_wherever_it_comes_up(fixture: &Fixture) {
    let projection = projection(fixture);
    put_all(
        &projection,
        json!({"a": {"x": reference("c"), "y": reference("b")}, "b": reference("c"), "c": 3}),
    );
    assert_eq!(resolved(&projection, "a"), json!({"x": 3, "y": 3}));
}

fn a_reference_to_nothing_stays_one_and_at_the_top_is_none(fixture: &Fixture) {
    let projection = projection(fixture);
    put_all(&projection, json!({"a": {"to": reference("gone")}, "top": reference("gone")}));
    assert_eq!(resolved(&projection, "a"), json!({"to": reference("gone")}));
    assert_eq!(projection.get_resolved("top", Depth::All).unwrap(), None);
    assert_eq!(projection.get_resolved("gone", Depth::All).unwrap(), None);
}

fn what_resolves_to_too_much_is_an_error(fixture: &Fixture) {
    let projection = projection(fixture);
    // Each of thirty entities has the next one twice: two to the thirtieth in all.
    for n in 0..30 {
        let next = reference(&format!("n{}", n + 1));
        projection.put(&format!("n{n}"), &json!([next, next]), START).unwrap();
    }
    projection.put("n30", &json!("end"), START).unwrap();
    let error = projection.get_resolved("n0", Depth::All).unwrap_err();
    assert_eq!((error.kind(), error.hint().is_some()), ("too_large", true));
    assert!(projection.get_resolved("n0", Depth::Levels(3)).is_ok());
}

fn a_long_list_of_references_does_not_exhaust_the_stack(fixture: &Fixture) {
    let projection = projection(fixture);
    let mut changes = Changes::default();
    for n in 0..3000 {
        let nested = json!({"next": reference(&format!("n{}", n + 1))});
        changes.put(&format!("n{n}"), Json::of(&nested), START);
        changes.put(&format!("r{n}"), Json::of(&reference(&format!("r{}", n + 1))), START);
    }
    fixture.store.pstate().write(A, &changes).unwrap();
    projection.put("r3000", &json!("end"), START).unwrap();
    assert_eq!(kind(projection.get_resolved("n0", Depth::All)), "too_deep");
    assert_eq!(resolved(&projection, "r0"), json!("end"), "a mere chain nests nothing");
}

fn a_deck(projection: &Projection<'_>) {
    let mut cards = BTreeMap::new();
    for n in 0..50 {
        let (card, note) = (format!("card:{n}"), format!("note:{n}"));
        projection.put(&note, &json!({"card": reference(&card)}), START).unwrap();
        let value = json!({"deck": reference("deck:d"), "notes": [reference(&note)], "n": n});
        projection.put(&card, &value, START).unwrap();
        cards.insert(n.to_string(), reference(&card));
    }
    let deck = json!({"cards": cards, "owner": reference("user:u"), "meta": {"editor": reference("user:e")}});
    projection.put("deck:d", &deck, START).unwrap();
    projection.put("user:u", &json!({"name": "U"}), START).unwrap();
    projection.put("user:e", &json!({"name": "E"}), START).unwrap();
}

fn a_resolution_reads_once_a_level(fixture: &Fixture) {
    a_deck(&projection(fixture));
    let counting = Counting::over(&fixture.store);
    let projection = Projection::new(&counting, A);
    let deck = resolved(&projection, "deck:d");
    assert_eq!(deck["cards"]["7"]["notes"][0]["card"], reference("card:7"));
    assert_eq!(counting.reads(), 3, "the deck; cards and users; notes");
}

fn a_preload_reads_once_a_level(fixture: &Fixture) {
    a_deck(&projection(fixture));
    let counting = Counting::over(&fixture.store);
    let preloaded = Projection::new(&counting, A).preload("deck:d", &["cards.notes", "owner"]).unwrap();
    assert_eq!(counting.reads(), 3, "the deck; cards and owner; notes");
    assert_eq!(preloaded.preloaded(), 1 + 50 + 1 + 50);
    assert_eq!(preloaded.fetch("note:7").unwrap(), Some(json!({"card": reference("card:7")})));
    assert_eq!(preloaded.fetch("user:u").unwrap(), Some(json!({"name": "U"})));
    preloaded.get_resolved("card:7", Depth::Levels(1)).unwrap();
    assert_eq!(counting.reads(), 0, "all from memory");
    preloaded.fetch("user:e").unwrap();
    assert_eq!(counting.reads(), 1, "what was not asked for is read");
}

fn a_preload_follows_single_references_collections_lists_and_nested_fields(fixture: &Fixture) {
    let projection = projection(fixture);
    a_deck(&projection);
    let count = |key, paths: &[&str]| projection.preload(key, paths).unwrap().preloaded();
    assert_eq!(count("deck:d", &["owner"]), 2);
    assert_eq!(count("deck:d", &["owner", "meta.editor"]), 3);
    assert_eq!(count("deck:d", &["cards"]), 51);
    assert_eq!(count("card:1", &["notes", "deck"]), 3);
    assert_eq!(count("card:1", &["deck.cards.deck", "deck.owner"]), 52, "round in a circle, each once");
}

fn a_preload_of_nothing_changes_nothing(fixture: &Fixture) {
    let projection = projection(fixture);
    a_deck(&projection);
    put_all(&projection, json!({"list": [reference("deck:d")], "nulls": {"a": null, "b": 1}}));
    assert_eq!(projection.preload("deck:d", &[]).unwrap().preloaded(), 0);
    for (key, path) in [("none", "a"), ("list", "a"), ("nulls", "a"), ("nulls", "b.c"), ("nulls", "missing")]
    {
        let preloaded = projection.preload(key, &[path]).unwrap();
        assert_eq!(preloaded.preloaded(), 1, "{key} {path}");
        assert_eq!(preloaded.fetch(key).unwrap(), projection.fetch(key).unwrap());
    }
}

fn a_preloaded_value_stays_until_it_is_written_through_the_handle(fixture: &Fixture) {
    let projection = projection(fixture);
    a_deck(&projection);
    let preloaded = projection.preload("deck:d", &["owner"]).unwrap();
    fixture.other_process().pstate().put(A, "user:u", Json::of(&json!(1)), START).unwrap();
    assert_eq!(preloaded.fetch("user:u").unwrap(), Some(json!({"name": "U"})), "as it was");
    let seen = preloaded.get_and_update("user:u", START, |user| user.replace(json!(2))).unwrap();
    assert_eq!(seen, Some(json!(1)), "an update works on what is there now");
    assert_eq!(preloaded.fetch("user:u").unwrap(), Some(json!(2)));
    assert!(preloaded.preloaded() > 0, "the others stay");
    preloaded.delete("deck:d").unwrap();
    assert_eq!(preloaded.fetch("deck:d").unwrap(), None);
}

fn an_update_sees_the_value_and_returns_what_it_likes(fixture: &Fixture) {
    let projection = projection(fixture);
    let first = projection.get_and_update("k", START, |value| value.replace(json!([1]))).unwrap();
    assert_eq!(first, None);
    let length = projection
        .get_and_update("k", Timestamp(START.0 + 7), |value| {
            let items = value.as_mut().unwrap().as_array_mut().unwrap();
            items.push(json!(2));
            items.len()
        })
        .unwrap();
    assert_eq!(length, 2);
    let entry = fixture.store.pstate().get(A, "k").unwrap().unwrap();
    assert_eq!((entry.value.as_str(), entry.updated_at), ("[1,2]", Timestamp(START.0 + 7)));
}

fn an_update_that_changes_nothing_writes_nothing(fixture: &Fixture) {
    let projection = projection(fixture);
    projection.put("k", &json!(1), START).unwrap();
    projection.get_and_update("k", Timestamp(0), |value| value.clone()).unwrap();
    projection.get_and_update("none", Timestamp(0), |_| ()).unwrap();
    let entry = fixture.store.pstate().get(A, "k").unwrap().unwrap();
    assert_eq!(entry.updated_at, START);
    assert_eq!(projection.fetch("none").unwrap(), None);
}

fn popping_takes_the_value_away(fixture: &Fixture) {
    let projection = projection(fixture);
    projection.put("k", &json!(1), START).unwrap();
    assert_eq!(projection.pop("k").unwrap(), Some(json!(1)));
    assert_eq!(projection.pop("k").unwrap(), None);
    assert_eq!(fixture.store.pstate().checkpoint(A).unwrap().entities, 0);
}

fn an_update_never_loses_another_process_s_write(fixture: &Fixture) {
    let projection = projection(fixture);
    projection.put("k", &json!([]), START).unwrap();
    let other = fixture.other_process();
    let mut asked = 0;
    projection
        .get_and_update("k", START, |value| {
            asked += 1;
            if asked == 1 {
                let other = Projection::new(other.pstate(), A);
                other.get_and_update("k", START, |value| *value = Some(json!(["theirs"]))).unwrap();
            }
            value.as_mut().unwrap().as_array_mut().unwrap().push(json!("ours"));
        })
        .unwrap();
    assert_eq!(asked, 2, "asked again, as somebody else was faster");
    assert_eq!(projection.fetch("k").unwrap(), Some(json!(["theirs", "ours"])));
}

fn changes_of_several_keys_are_written_together_or_not_at_all(fixture: &Fixture) {
    let projection = projection(fixture);
    put_all(&projection, json!({"from": 5, "to": 1}));
    let other = fixture.other_process();
    let mut asked = 0;
    projection
        .change(START, |draft| {
            asked += 1;
            let from = draft.entity("from")?.take();
            if asked == 1 {
                // The other takes what this one only looks at: still a change to what it is based on.
                other.pstate().put(A, "from", Json::of(&json!(6)), START)?;
            }
            *draft.entity("to")? = from;
            Ok(())
        })
        .unwrap();
    assert_eq!((projection.fetch("from").unwrap(), projection.fetch("to").unwrap()), (None, Some(json!(6))));
    let failed = projection.change(START, |draft| {
        *draft.entity("to")? = None;
        draft.entity("from")?;
        Err::<(), _>(ramax::ProjectionError::MissingParent { key: "p".to_owned() }.into())
    });
    assert_eq!(kind(failed), "missing_parent");
    assert_eq!(projection.fetch("to").unwrap(), Some(json!(6)));
}

fn counters_of_several_threads_add_up(fixture: &Fixture) {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let store = fixture.other_process();
            scope.spawn(move || {
                for _ in 0..25 {
                    let count = |value: &mut Option<Value>| {
                        *value = Some(json!(value.as_ref().and_then(Value::as_u64).unwrap_or(0) + 1));
                    };
                    Projection::new(store.pstate(), A).get_and_update("count", START, count).unwrap();
                }
            });
        }
    });
    assert_eq!(projection(fixture).fetch("count").unwrap(), Some(json!(100)));
}

fn a_child_is_linked_to_its_parent_and_the_parent_to_it(fixture: &Fixture) {
    let projection = projection(fixture);
    projection.put("deck:d1", &json!({"name": "D", "cards": {"c0": reference("card:c0")}}), START).unwrap();
    let link = Link::new(("card", "c1"), ("deck", "d1"));
    let child = projection.create_linked(&link.in_collection("cards"), json!({"front": "F"}), START).unwrap();
    assert_eq!(child, Reference::new("card:c1"));
    assert_eq!(
        projection.fetch("card:c1").unwrap(),
        Some(json!({"front": "F", "deck": reference("deck:d1")}))
    );
    projection.create_linked(&Link::new(("note", "n1"), ("deck", "d1")), json!({}), START).unwrap();
    assert_eq!(
        projection.fetch("deck:d1").unwrap(),
        Some(json!({
            "name": "D",
            "cards": {"c0": reference("card:c0"), "c1": reference("card:c1")},
            "children": {"n1": reference("note:n1")},
        }))
    );
}

fn a_child_needs_a_parent_and_all_must_be_maps(fixture: &Fixture) {
    let projection = projection(fixture);
    put_all(
        &projection,
        json!({"deck:list": [], "deck:ref": reference("deck:d"), "deck:odd": {"children": 1}}),
    );
    let create =
        |parent, data| projection.create_linked(&Link::new(("card", "c"), ("deck", parent)), data, START);
    assert_eq!(kind(create("none", json!({}))), "missing_parent");
    assert_eq!(create("list", json!({})).unwrap_err().to_string(), "deck:list is a list, not a map");
    assert_eq!(create("ref", json!({})).unwrap_err().to_string(), "deck:ref is a reference, not a map");
    assert_eq!(create("odd", json!({})).unwrap_err().to_string(), "deck:odd.children is a number, not a map");
    assert_eq!(kind(create("odd", json!("text"))), "not_a_map");
    assert_eq!(projection.fetch("card:c").unwrap(), None, "nothing was written");
}

fn children_created_at_once_are_all_kept(fixture: &Fixture) {
    projection(fixture).put("deck:d", &json!({}), START).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = fixture.other_process();
            scope.spawn(move || {
                for n in 0..10 {
                    let id = format!("{thread}-{n}");
                    let link = Link::new(("card", &id), ("deck", "d"));
                    Projection::new(store.pstate(), A).create_linked(&link, json!({}), START).unwrap();
                }
            });
        }
    });
    let deck = resolved(&projection(fixture), "deck:d");
    let children = deck["children"].as_object().unwrap();
    assert_eq!(children.len(), 40);
    assert!(children.values().all(|child| child["deck"] == reference("deck:d")));
}

fn clearing_a_space_leaves_the_others(fixture: &Fixture) {
    let projection = projection(fixture);
    let mut changes = Changes::default();
    (0..1500).for_each(|n| changes.put(&format!("k{n}"), Json::of(&json!(n)), START));
    fixture.store.pstate().write(A, &changes).unwrap();
    let elsewhere = Projection::new(fixture.store.pstate(), B);
    elsewhere.put("k1", &json!("b"), START).unwrap();
    projection.clear().unwrap();
    assert_eq!(projection.scan("", Page::forward(None, 9)).unwrap(), []);
    assert_eq!(elsewhere.fetch("k1").unwrap(), Some(json!("b")));
}

/// A value made of references to a few keys, in maps, lists and by themselves.
fn graph_value() -> impl Strategy<Value = Value> {
    let leaf =
        prop_oneof![(0..6_u8).prop_map(|n| reference(&format!("e{n}"))), (0..9).prop_map(|n| json!(n))];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[ab]", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

/// What resolving comes to, entity by entity and without any cleverness; none where references lead in a
/// circle.
fn naive(pstate: &MemoryPState, value: &Value, outer: &[String], levels: usize) -> Option<Value> {
    let Some(key) = Reference::key_in(value) else {
        return match value {
            Value::Array(items) => items
                .iter()
                .map(|item| naive(pstate, item, outer, levels))
                .collect::<Option<_>>()
                .map(Value::Array),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| Some((name.clone(), naive(pstate, value, outer, levels)?)))
                .collect::<Option<_>>()
                .map(Value::Object),
            plain => Some(plain.clone()),
        };
    };
    let (mut key, mut chain) = (key.to_owned(), Vec::new());
    while levels > chain.len() && !outer.contains(&key) {
        if chain.contains(&key) {
            return None;
        }
        let Some(entry) = pstate.get(A, &key).unwrap() else { break };
        chain.push(key);
        let value = entry.value.to_value();
        match Reference::key_in(&value) {
            Some(next) => key = next.to_owned(),
            None => {
                let levels = levels - chain.len();
                return naive(pstate, &value, &[outer, &chain].concat(), levels);
            }
        }
    }
    Some(reference(&key))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn resolving_any_graph_ends_and_comes_to_what_a_naive_walk_does(values in prop::collection::vec(graph_value(), 1..6)) {
        let pstate = MemoryPState::default();
        let projection = Projection::new(&pstate, A);
        for (n, value) in values.iter().enumerate() {
            projection.put(&format!("e{n}"), value, START).unwrap();
        }
        for (n, levels) in (0..values.len()).zip([usize::MAX - 1, 0, 1, 2, 3].into_iter().cycle()) {
            let key = format!("e{n}");
            let expected = naive(&pstate, &reference(&key), &[], levels + 1);
            match projection.get_resolved(&key, Depth::Levels(levels)) {
                Ok(Some(value)) => prop_assert_eq!(Some(value), expected),
                Ok(None) => prop_assert!(expected.as_ref().is_some_and(Reference::is)),
                Err(error) => prop_assert_eq!((error.kind(), expected), ("circular_reference", None)),
            }
        }
    }
}
