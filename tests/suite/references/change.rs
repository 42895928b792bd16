//! Changes that lose no other write.

use ramax::pstate::Link;
use ramax::{Changes, Json, Page, Projection, Reference, Timestamp};
use serde_json::{Value, json};

use super::{A, B, kind, projection, put_all, reference, resolved};
use crate::on_every_store;
use crate::support::{Fixture, START};

on_every_store![
    an_update_receives_the_value_and_may_return_anything,
    an_update_that_changes_nothing_writes_nothing,
    popping_removes_the_value,
    an_update_never_loses_a_write_of_another_process,
    changes_of_several_keys_are_written_together_or_not_at_all,
    counters_of_several_threads_add_up,
    a_child_and_its_parent_are_linked_to_each_other,
    a_child_needs_a_parent_and_only_maps_can_be_linked,
    children_created_concurrently_are_all_kept,
    clearing_a_space_keeps_the_others,
];

fn an_update_receives_the_value_and_may_return_anything(fixture: &Fixture) {
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
    let entry = fixture.store.pstate().get(A.into(), "k").unwrap().unwrap();
    assert_eq!((entry.value.as_str(), entry.updated_at), ("[1,2]", Timestamp(START.0 + 7)));
}

fn an_update_that_changes_nothing_writes_nothing(fixture: &Fixture) {
    let projection = projection(fixture);
    projection.put("k", &json!(1), START).unwrap();
    projection.get_and_update("k", Timestamp(0), |value| value.clone()).unwrap();
    projection.get_and_update("none", Timestamp(0), |_| ()).unwrap();
    let entry = fixture.store.pstate().get(A.into(), "k").unwrap().unwrap();
    assert_eq!(entry.updated_at, START);
    assert_eq!(projection.fetch("none").unwrap(), None);
}

fn popping_removes_the_value(fixture: &Fixture) {
    let projection = projection(fixture);
    projection.put("k", &json!(1), START).unwrap();
    assert_eq!(projection.pop("k").unwrap(), Some(json!(1)));
    assert_eq!(projection.pop("k").unwrap(), None);
    assert_eq!(fixture.store.pstate().checkpoint(A.into()).unwrap().entities, 0);
}

fn an_update_never_loses_a_write_of_another_process(fixture: &Fixture) {
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
    assert_eq!(asked, 2, "run again, since another write was faster");
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
                // The other write changes a key that this one only reads, and still conflicts.
                other.pstate().put(A.into(), "from", Json::of(&json!(6)), START)?;
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

fn a_child_and_its_parent_are_linked_to_each_other(fixture: &Fixture) {
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

fn a_child_needs_a_parent_and_only_maps_can_be_linked(fixture: &Fixture) {
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

fn children_created_concurrently_are_all_kept(fixture: &Fixture) {
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

fn clearing_a_space_keeps_the_others(fixture: &Fixture) {
    let projection = projection(fixture);
    let mut changes = Changes::default();
    (0..1500).for_each(|n| changes.put(&format!("k{n}"), Json::of(&json!(n)), START));
    fixture.store.pstate().write(A.into(), &changes).unwrap();
    let elsewhere = Projection::new(fixture.store.pstate(), B);
    elsewhere.put("k1", &json!("b"), START).unwrap();
    projection.clear().unwrap();
    assert_eq!(projection.scan("", Page::forward(None, 9)).unwrap(), []);
    assert_eq!(elsewhere.fetch("k1").unwrap(), Some(json!("b")));
}
