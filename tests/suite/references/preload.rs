//! Reading related entities in a few batches.

use std::collections::BTreeMap;

use ramax::{Depth, Json, Projection};
use serde_json::json;

use crate::support::counting::Counting;

use super::{A, B, projection, put_all, reference, resolved};
use crate::on_every_store;
use crate::support::{Fixture, START};

on_every_store![
    a_resolution_reads_once_per_level,
    a_preload_reads_once_per_level,
    a_preload_follows_single_references_collections_lists_and_nested_fields,
    a_preload_of_nothing_changes_nothing,
    a_preloaded_value_stays_until_it_is_written_through_the_handle,
    preloaded_values_belong_to_their_own_space,
];

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

fn a_resolution_reads_once_per_level(fixture: &Fixture) {
    a_deck(&projection(fixture));
    let counting = Counting::over(&fixture.store);
    let projection = Projection::new(&counting, A);
    let deck = resolved(&projection, "deck:d");
    assert_eq!(deck["cards"]["7"]["notes"][0]["card"], reference("card:7"));
    assert_eq!(counting.reads(), 3, "the deck; cards and users; notes");
}

fn a_preload_reads_once_per_level(fixture: &Fixture) {
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
    assert_eq!(counting.reads(), 1, "other entities are read on demand");
}

fn a_preload_follows_single_references_collections_lists_and_nested_fields(fixture: &Fixture) {
    let projection = projection(fixture);
    a_deck(&projection);
    let count = |key, paths: &[&str]| projection.preload(key, paths).unwrap().preloaded();
    assert_eq!(count("deck:d", &["owner"]), 2);
    assert_eq!(count("deck:d", &["owner", "meta.editor"]), 3);
    assert_eq!(count("deck:d", &["cards"]), 51);
    assert_eq!(count("card:1", &["notes", "deck"]), 3);
    assert_eq!(count("card:1", &["deck.cards.deck", "deck.owner"]), 52, "each once, despite the circle");
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
    fixture.other_process().pstate().put(A.into(), "user:u", Json::of(&json!(1)), START).unwrap();
    assert_eq!(preloaded.fetch("user:u").unwrap(), Some(json!({"name": "U"})), "as preloaded");
    let seen = preloaded.get_and_update("user:u", START, |user| user.replace(json!(2))).unwrap();
    assert_eq!(seen, Some(json!(1)), "an update reads the current value");
    assert_eq!(preloaded.fetch("user:u").unwrap(), Some(json!(2)));
    assert!(preloaded.preloaded() > 0, "the others stay");
    preloaded.delete("deck:d").unwrap();
    assert_eq!(preloaded.fetch("deck:d").unwrap(), None);
}

fn preloaded_values_belong_to_their_own_space(fixture: &Fixture) {
    let projection = |space| Projection::new(fixture.store.pstate(), space);
    for (space, name) in [(A, "of A"), (B, "of B")] {
        projection(space).put("k", &json!({ "name": name }), START).unwrap();
    }
    let (a, b) = (projection(A).preload("k", &["x"]).unwrap(), projection(B).preload("k", &["x"]).unwrap());
    let both = || (a.fetch("k").unwrap().unwrap(), b.fetch("k").unwrap().unwrap());
    assert_eq!(both(), (json!({"name": "of A"}), json!({"name": "of B"})));
    b.put("k", &json!(2), START).unwrap();
    assert_eq!(
        both(),
        (json!({"name": "of A"}), json!(2)),
        "a write in one space leaves the other preloaded"
    );
    a.clear().unwrap();
    assert_eq!((a.fetch("k").unwrap(), b.fetch("k").unwrap()), (None, Some(json!(2))));
}
