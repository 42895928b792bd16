//! Projections.

use crate::event_store::{Access, ReadyShadow};
use crate::pstate::{Entry, Seen, Shadow};
use crate::{Changes, Checkpoint, EventId, Json, PState, Page, SpaceId, SpaceSequence, Timestamp};
use serde_json::json;

use crate::testing::conformance::Fixture;
use crate::testing::conformance::samples::{START, advance};

const A: SpaceId = SpaceId(1);
const B: SpaceId = SpaceId(2);

fn put(pstate: &dyn PState, space: SpaceId, keys: &[&str]) {
    for key in keys {
        pstate.put(space.into(), key, Json::of(&json!({ "key": key })), START).unwrap();
    }
}

fn keys(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.key.as_str()).collect()
}

fn value(pstate: &dyn PState, space: SpaceId, key: &str) -> Option<String> {
    pstate.get(space.into(), key).unwrap().map(|entry| entry.value.as_str().to_owned())
}

fn at(sequence: u64) -> Checkpoint {
    Checkpoint {
        sequence: SpaceSequence(sequence),
        event_id: EventId(sequence * 10),
        updated_at: Some(Timestamp(START.0 + 5)),
        entities: 0,
    }
}

fn changes(keys: &[&str]) -> Changes {
    let mut changes = Changes::default();
    for key in keys {
        changes.put(key, Json::of(&json!(1)), START);
    }
    changes
}

pub fn a_value_is_written_read_overwritten_and_deleted(fixture: &Fixture) {
    let pstate = fixture.store.pstate();
    assert_eq!(pstate.get(A.into(), "k").unwrap(), None);
    pstate.put(A.into(), "k", Json::of(&json!({"z": null, "a": "ü"})), START).unwrap();
    let entry = pstate.get(A.into(), "k").unwrap().unwrap();
    assert_eq!((entry.value.as_str(), entry.updated_at), (r#"{"z":null,"a":"ü"}"#, START));
    pstate.put(A.into(), "k", Json::of(&json!(2)), Timestamp(7)).unwrap();
    let entry = pstate.get(A.into(), "k").unwrap().unwrap();
    assert_eq!((entry.value.as_str(), entry.updated_at), ("2", Timestamp(7)));
    pstate.delete(A.into(), "k").unwrap();
    pstate.delete(A.into(), "k").unwrap();
    assert_eq!(pstate.get(A.into(), "k").unwrap(), None);
}

pub fn spaces_do_not_see_each_others_keys(fixture: &Fixture) {
    let pstate = fixture.store.pstate();
    put(pstate, A, &["k"]);
    assert_eq!(value(pstate, B, "k"), None);
    pstate.put(B.into(), "k", Json::of(&json!("b")), START).unwrap();
    pstate.delete(A.into(), "k").unwrap();
    assert_eq!(value(pstate, B, "k").as_deref(), Some("\"b\""));
    assert_eq!(keys(&pstate.scan(A.into(), "", Page::forward(None, 9)).unwrap()), [""; 0]);
}

pub fn a_scan_takes_its_prefix_literally(fixture: &Fixture) {
    let pstate = fixture.store.pstate();
    put(pstate, A, &["a_c", "abc", "a%c", "A_c", "a_", "b", "a_\u{10ffff}", "a_\u{10ffff}x"]);
    let scan = |prefix| pstate.scan(A.into(), prefix, Page::forward(None, 99)).unwrap();
    assert_eq!(keys(&scan("a_")), ["a_", "a_c", "a_\u{10ffff}", "a_\u{10ffff}x"]);
    assert_eq!(keys(&scan("a%")), ["a%c"]);
    assert_eq!(keys(&scan("a_\u{10ffff}")), ["a_\u{10ffff}", "a_\u{10ffff}x"]);
    assert_eq!(scan("").len(), 8);
    assert_eq!(keys(&scan("nothing")), [""; 0]);
}

pub fn a_scan_is_paged_in_key_order_in_both_directions(fixture: &Fixture) {
    let pstate = fixture.store.pstate();
    put(pstate, A, &["x:1", "x:10", "x:2", "y:1", "w:9"]);
    let scan = |page| pstate.scan(A.into(), "x:", page).unwrap();
    let after = |key: &str| Some(key.to_owned());
    assert_eq!(keys(&scan(Page::forward(None, 2))), ["x:1", "x:10"]);
    assert_eq!(keys(&scan(Page::forward(after("x:10"), 2))), ["x:2"]);
    assert_eq!(keys(&scan(Page::forward(after("a"), 1))), ["x:1"]);
    assert_eq!(keys(&scan(Page::forward(after("z"), 1))), [""; 0]);
    assert_eq!(keys(&scan(Page::backward(None, 2))), ["x:2", "x:10"]);
    assert_eq!(keys(&scan(Page::backward(after("x:10"), 9))), ["x:1"]);
    assert_eq!(keys(&scan(Page::backward(after("z"), 1))), ["x:2"]);
    assert_eq!(keys(&scan(Page::backward(after("a"), 1))), [""; 0]);
}

pub fn several_keys_are_read_in_the_requested_order(fixture: &Fixture) {
    let pstate = fixture.store.pstate();
    put(pstate, A, &["a", "b"]);
    let found = pstate.multi_get(A.into(), &["b", "none", "a", "b"]).unwrap();
    let found: Vec<Option<&str>> =
        found.iter().map(|entry| entry.as_ref().map(|entry| entry.key.as_str())).collect();
    assert_eq!(found, [Some("b"), None, Some("a"), Some("b")]);
    assert_eq!(pstate.multi_get(A.into(), &[]).unwrap(), []);
}

pub fn several_changes_are_written_and_the_last_one_to_a_key_wins(fixture: &Fixture) {
    let pstate = fixture.store.pstate();
    put(pstate, A, &["gone"]);
    let mut changes = Changes::default();
    changes.put("a", Json::of(&json!(1)), START);
    changes.delete("a");
    changes.put("a", Json::of(&json!(2)), START);
    changes.put("b", Json::of(&json!(3)), START);
    changes.delete("gone");
    pstate.write(A.into(), &changes).unwrap();
    pstate.write(A.into(), &Changes::default()).unwrap();
    assert_eq!(keys(&pstate.scan(A.into(), "", Page::forward(None, 9)).unwrap()), ["a", "b"]);
    assert_eq!(value(pstate, A, "a").as_deref(), Some("2"));
}

pub fn a_projection_advances_only_from_its_checkpoint(fixture: &Fixture) {
    let pstate = fixture.store.pstate();
    assert_eq!(pstate.checkpoint(A.into()).unwrap(), Checkpoint::default());
    advance(&fixture.store, A, SpaceSequence(0), &changes(&["a"]), at(2)).unwrap();
    assert_eq!(pstate.checkpoint(A.into()).unwrap(), Checkpoint { entities: 1, ..at(2) });
    let error = advance(&fixture.store, A, SpaceSequence(0), &changes(&["b"]), at(2)).unwrap_err();
    assert_eq!(error.kind(), "checkpoint_moved");
    assert_eq!(value(pstate, A, "b"), None, "never applied twice");
    let stored = pstate.stored(&[B, A]).unwrap();
    assert!(stored[0].is_empty());
    assert_eq!(stored[1][0].checkpoint, Checkpoint { entities: 1, ..at(2) });
}

pub fn keys_are_counted(fixture: &Fixture) {
    let pstate = fixture.store.pstate();
    advance(&fixture.store, A, SpaceSequence(0), &changes(&["a", "b", "c"]), at(1)).unwrap();
    advance(&fixture.store, A, SpaceSequence(1), &changes(&["b", "d"]), at(2)).unwrap();
    assert_eq!(pstate.checkpoint(A.into()).unwrap().entities, 4);
    pstate.delete(A.into(), "a").unwrap();
    pstate.delete(A.into(), "a").unwrap();
    assert_eq!(pstate.checkpoint(A.into()).unwrap().entities, 3);
}

/// Begins a shadow for the space A, which must exist in the log.
fn shadow_of(fixture: &Fixture) -> Box<dyn Shadow + '_> {
    fixture.store.pstate().shadow(A.into(), None, Access::Open, None).unwrap()
}

fn activate(pstate: &dyn PState, space_id: SpaceId, shadow: &dyn Shadow, last: u64) -> crate::Result<u64> {
    let shadow = ReadyShadow { rebuilt_at: Some(Timestamp(7)), ..shadow.ready() };
    pstate.activate(space_id.into(), shadow, &Changes::default(), at(last))
}

pub fn a_shadow_is_invisible_until_it_is_activated(fixture: &Fixture) {
    assert_eq!(fixture.space("a").space_id, A);
    let pstate = fixture.store.pstate();
    put(pstate, A, &["old"]);
    put(pstate, B, &["other"]);
    let shadow = shadow_of(fixture);
    shadow.write(&changes(&["new1", "new2"])).unwrap();
    assert!(shadow.multi_get(&["new1", "old"]).unwrap()[0].is_some());
    assert!(shadow.multi_get(&["new1", "old"]).unwrap()[1].is_none());
    assert_eq!(keys(&pstate.scan(A.into(), "", Page::forward(None, 9)).unwrap()), ["old"]);
    assert_eq!(activate(pstate, A, &*shadow, 4).unwrap(), 2);
    assert_eq!(keys(&pstate.scan(A.into(), "", Page::forward(None, 9)).unwrap()), ["new1", "new2"]);
    assert_eq!(pstate.checkpoint(A.into()).unwrap(), Checkpoint { entities: 2, ..at(4) });
    while pstate.sweep(A, 1).unwrap() {}
    assert_eq!(keys(&pstate.scan(A.into(), "", Page::forward(None, 9)).unwrap()), ["new1", "new2"]);
    let stored = pstate.stored(&[A, B]).unwrap();
    assert_eq!((stored[0][0].rebuilt_at, stored[1][0].rebuilt_at), (Some(Timestamp(7)), None));
    assert_eq!(keys(&pstate.scan(B.into(), "", Page::forward(None, 9)).unwrap()), ["other"]);
}

pub fn an_abandoned_shadow_changes_nothing(fixture: &Fixture) {
    assert_eq!(fixture.space("a").space_id, A);
    let pstate = fixture.store.pstate();
    put(pstate, A, &["old"]);
    let before = pstate.checkpoint(A.into()).unwrap();
    let shadow = shadow_of(fixture);
    shadow.write(&changes(&["new"])).unwrap();
    shadow.abandon().unwrap();
    assert_eq!(activate(pstate, A, &*shadow, 1).unwrap_err().kind(), "shadow_gone");
    while pstate.sweep(A, 1).unwrap() {}
    assert_eq!(keys(&pstate.scan(A.into(), "", Page::forward(None, 9)).unwrap()), ["old"]);
    assert_eq!(pstate.checkpoint(A.into()).unwrap(), before);
}

pub fn a_shadow_of_a_deleted_space_leaves_nothing(fixture: &Fixture) {
    assert_eq!(fixture.space("a").space_id, A);
    let pstate = fixture.store.pstate();
    let shadow = shadow_of(fixture);
    while pstate.delete_some(A, 10).unwrap() {}
    assert_eq!(shadow.write(&changes(&["new"])).unwrap_err().kind(), "shadow_gone");
    assert_eq!(activate(pstate, A, &*shadow, 1).unwrap_err().kind(), "shadow_gone");
    shadow.abandon().unwrap();
    assert_eq!(pstate.residue(A).unwrap(), []);
}

pub fn a_later_shadow_replaces_an_earlier_one(fixture: &Fixture) {
    assert_eq!(fixture.space("a").space_id, A);
    let pstate = fixture.store.pstate();
    let first = shadow_of(fixture);
    first.write(&changes(&["first"])).unwrap();
    let second = shadow_of(fixture);
    second.write(&changes(&["second"])).unwrap();
    assert_eq!(first.write(&changes(&["more"])).unwrap_err().kind(), "shadow_gone");
    assert_eq!(activate(pstate, A, &*first, 1).unwrap_err().kind(), "shadow_gone");
    activate(pstate, A, &*second, 1).unwrap();
    assert_eq!(keys(&pstate.scan(A.into(), "", Page::forward(None, 9)).unwrap()), ["second"]);
}

pub fn deleting_a_space_keeps_the_others(fixture: &Fixture) {
    assert_eq!(fixture.space("a").space_id, A);
    let pstate = fixture.store.pstate();
    put(pstate, A, &["a", "b", "c"]);
    put(pstate, B, &["a"]);
    shadow_of(fixture).write(&changes(&["s"])).unwrap();
    while pstate.delete_some(A, 2).unwrap() {}
    assert_eq!(pstate.residue(A).unwrap(), []);
    assert_eq!(keys(&pstate.scan(A.into(), "", Page::forward(None, 9)).unwrap()), [""; 0]);
    assert_eq!(pstate.checkpoint(A.into()).unwrap(), Checkpoint::default());
    assert_eq!(keys(&pstate.scan(B.into(), "", Page::forward(None, 9)).unwrap()), ["a"]);
    assert_eq!(pstate.checkpoint(B.into()).unwrap().entities, 1);
}

pub fn changes_are_written_only_if_the_values_read_are_unchanged(fixture: &Fixture) {
    let pstate = fixture.store.pstate();
    put(pstate, A, &["k"]);
    let entry = pstate.get(A.into(), "k").unwrap();
    let seen = [Seen { key: "k", entry: entry.as_ref() }, Seen { key: "new", entry: None }];
    assert_eq!(pstate.write_if(A.into(), &seen, &changes(&["k", "new"])).unwrap(), [""; 0]);
    assert_eq!(value(pstate, A, "k").as_deref(), Some("1"));
    assert_eq!(pstate.write_if(A.into(), &seen, &changes(&["k"])).unwrap(), ["k", "new"]);
    assert_eq!(pstate.checkpoint(A.into()).unwrap().entities, 2);

    let entry = pstate.get(A.into(), "k").unwrap();
    pstate.put(A.into(), "k", Json::of(&json!(1)), Timestamp(START.0 + 1)).unwrap();
    let seen = [Seen { key: "k", entry: entry.as_ref() }];
    assert_eq!(
        pstate.write_if(A.into(), &seen, &changes(&["k"])).unwrap(),
        ["k"],
        "the same value written again is another write"
    );
    assert_eq!(pstate.write_if(B.into(), &seen, &changes(&["k"])).unwrap(), ["k"], "of this space only");
    assert_eq!(value(pstate, B, "k"), None);
}

pub fn a_conditional_write_is_all_or_nothing_and_names_the_changed_keys(fixture: &Fixture) {
    let pstate = fixture.store.pstate();
    put(pstate, A, &["a", "b", "gone"]);
    let entries = pstate.multi_get(A.into(), &["a", "b", "gone"]).unwrap();
    let seen: Vec<Seen<'_>> = ["a", "b", "gone"]
        .into_iter()
        .zip(&entries)
        .map(|(key, entry)| Seen { key, entry: entry.as_ref() })
        .collect();
    let other = fixture.other_process();
    other.pstate().put(A.into(), "b", Json::of(&json!("newer")), START).unwrap();
    other.pstate().delete(A.into(), "gone").unwrap();
    assert_eq!(pstate.write_if(A.into(), &seen, &changes(&["a", "b", "gone"])).unwrap(), ["b", "gone"]);
    assert_eq!(value(pstate, A, "a").as_deref(), Some(r#"{"key":"a"}"#));
    assert_eq!(value(pstate, A, "b").as_deref(), Some("\"newer\""));
    assert_eq!(value(pstate, A, "gone"), None);
}

pub fn a_conditional_write_to_a_deleted_space_leaves_nothing(fixture: &Fixture) {
    let pstate = fixture.store.pstate();
    put(pstate, A, &["k"]);
    let entry = pstate.get(A.into(), "k").unwrap();
    while pstate.delete_some(A, 9).unwrap() {}
    let seen = [Seen { key: "k", entry: entry.as_ref() }];
    assert_eq!(pstate.write_if(A.into(), &seen, &changes(&["k"])).unwrap(), ["k"]);
    assert_eq!(pstate.residue(A).unwrap(), []);
}
