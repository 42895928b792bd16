//! Projections that contain entities in an old form.

use ramax::pstate::WriteBack;
use ramax::pstate::schema::Map;
use ramax::{Changes, Depth, Json, Page, Projection, SpaceId, Store, Timestamp};
use serde_json::{Value, json};

use super::{CARDS, new_card, old_card, stored};
use crate::on_every_store;
use crate::support::{Fixture, START};

on_every_store![
    every_read_sees_the_current_form,
    stored_entities_stay_unchanged_until_a_flush,
    a_flush_keeps_the_time_at_which_an_entity_was_written,
    a_full_batch_is_written_back_automatically,
    a_migrated_entity_is_written_back_to_its_own_space,
    a_flush_never_overwrites_a_later_write_of_another_process,
    a_flush_does_not_restore_deleted_entities,
    an_update_sees_and_stores_the_current_form,
    untyped_keys_and_values_are_read_unchanged,
];

const A: SpaceId = SpaceId(1);
const B: SpaceId = SpaceId(2);

/// Stores a deck and some cards in the old form.
fn put_old(store: &Store, space_id: SpaceId, cards: usize) {
    let mut changes = Changes::default();
    let ids: Vec<String> = (0..cards).map(|n| format!("c{n}")).collect();
    for (n, id) in ids.iter().enumerate() {
        changes.put(&format!("card:{id}"), Json::of(&old_card(n)), START);
    }
    changes.put("deck:d1", Json::of(&json!({ "cards": ids })), START);
    store.pstate().write(space_id.into(), &changes).unwrap();
}

fn projection(store: &Store) -> Projection<'_> {
    Projection::new(store.pstate(), A).with_schema(CARDS)
}

fn every_read_sees_the_current_form(fixture: &Fixture) {
    put_old(&fixture.store, A, 3);
    let projection = projection(&fixture.store);
    assert_eq!(projection.fetch("card:c1").unwrap(), Some(new_card(1)));
    let deck: Map<String, Value> = projection.get("deck:d1").unwrap().unwrap();
    assert_eq!(deck["cards"]["c2"], json!({"$ref": "card:c2"}));
    let scanned = projection.scan("card:", Page::forward(None, 9)).unwrap();
    assert_eq!(scanned[2].value.to_value(), new_card(2));
    let resolved = projection.get_resolved("deck:d1", Depth::All).unwrap().unwrap();
    assert_eq!(resolved["cards"]["c0"], new_card(0), "its deck leads back, so it stays a reference");
    let at = |path: &str| projection.value_at(&path.parse().unwrap()).unwrap();
    assert_eq!(at("deck:d1.cards.c1.notes.text"), Some(json!("N")));
    assert_eq!(at("card:c1.deck.cards.c2.tags"), Some(json!({})));
    let preloaded = projection.preload("deck:d1", &["cards.deck"]).unwrap();
    assert_eq!(preloaded.preloaded(), 4, "migrated references are followed");
    assert_eq!(preloaded.fetch("card:c1").unwrap(), Some(new_card(1)));
    projection.insert_at(&"deck:d1.cards.c1.notes.more".parse().unwrap(), json!(1), START).unwrap();
    assert_eq!(stored(&fixture.store, A, "card:c1")["notes"], json!({"text": "N", "more": 1}));
}

fn stored_entities_stay_unchanged_until_a_flush(fixture: &Fixture) {
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
    assert_eq!(stored(&fixture.store, A, "card:c0"), old_card(0), "an unread entity stays unchanged");
    projection.fetch("card:c1").unwrap();
    assert_eq!(projection.flush().unwrap(), 0, "once is enough");
}

fn a_flush_keeps_the_time_at_which_an_entity_was_written(fixture: &Fixture) {
    put_old(&fixture.store, A, 1);
    let checkpoint = fixture.store.pstate().checkpoint(A.into()).unwrap();
    let projection = projection(&fixture.store);
    projection.fetch("card:c0").unwrap();
    projection.flush().unwrap();
    let entry = fixture.store.pstate().get(A.into(), "card:c0").unwrap().unwrap();
    assert_eq!((entry.value.to_value(), entry.updated_at), (new_card(0), START));
    assert_eq!(fixture.store.pstate().checkpoint(A.into()).unwrap(), checkpoint);
}

fn a_full_batch_is_written_back_automatically(fixture: &Fixture) {
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

fn a_migrated_entity_is_written_back_to_its_own_space(fixture: &Fixture) {
    put_old(&fixture.store, A, 1);
    put_old(&fixture.store, B, 1);
    let other = Projection::new(fixture.store.pstate(), B).with_schema(CARDS);
    projection(&fixture.store).fetch("card:c0").unwrap();
    other.fetch("card:c0").unwrap();
    other.flush().unwrap();
    assert_eq!(stored(&fixture.store, A, "card:c0"), old_card(0));
    assert_eq!(stored(&fixture.store, B, "card:c0"), new_card(0));
}

fn a_flush_never_overwrites_a_later_write_of_another_process(fixture: &Fixture) {
    put_old(&fixture.store, A, 3);
    let projection = projection(&fixture.store);
    projection.scan("card:", Page::forward(None, 9)).unwrap();
    let other = fixture.other_process();
    let newer = json!({"front": "newer", "deck": "d1"});
    other.pstate().put(A.into(), "card:c1", Json::of(&newer), Timestamp(START.0 + 9)).unwrap();
    // The same value with a later time is a write as well.
    other.pstate().put(A.into(), "card:c2", Json::of(&old_card(2)), Timestamp(START.0 + 9)).unwrap();
    assert_eq!(projection.flush().unwrap(), 1, "only the entity without another write");
    assert_eq!(stored(&fixture.store, A, "card:c0"), new_card(0));
    assert_eq!(stored(&fixture.store, A, "card:c1"), newer);
    assert_eq!(stored(&fixture.store, A, "card:c2"), old_card(2));
}

fn a_flush_does_not_restore_deleted_entities(fixture: &Fixture) {
    put_old(&fixture.store, A, 2);
    let projection = projection(&fixture.store);
    projection.scan("card:", Page::forward(None, 9)).unwrap();
    let other = fixture.other_process();
    other.pstate().delete(A.into(), "card:c1").unwrap();
    assert_eq!(projection.flush().unwrap(), 1);
    assert_eq!(projection.fetch("card:c1").unwrap(), None);
    projection.fetch("deck:d1").unwrap();
    while other.pstate().delete_some(A, 9).unwrap() {}
    assert_eq!(projection.flush().unwrap(), 0);
    assert_eq!(fixture.store.pstate().residue(A).unwrap(), [], "nothing of a deleted space comes back");
}

fn an_update_sees_and_stores_the_current_form(fixture: &Fixture) {
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

fn untyped_keys_and_values_are_read_unchanged(fixture: &Fixture) {
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
    fixture
        .store
        .pstate()
        .put(A.into(), "card:broken", Json::from_stored("{no json".to_owned()), START)
        .unwrap();
    assert_eq!(projection.fetch("card:broken").unwrap_err().kind(), "unreadable_state");
}
