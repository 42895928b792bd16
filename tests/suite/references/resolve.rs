//! Replacing references by entities.

use proptest::prelude::*;
use ramax::engines::memory::MemoryPState;
use ramax::pstate::ReadProjections;
use ramax::{Changes, Depth, Json, Projection, Reference};
use serde_json::{Value, json};

use super::{A, kind, projection, put_all, reference, resolved};
use crate::on_every_store;
use crate::support::{Fixture, START};

on_every_store![
    a_chain_of_references_at_the_top_is_followed,
    references_are_resolved_in_maps_and_lists_at_any_nesting,
    depth_counts_the_entities_followed,
    a_circle_of_references_is_an_error_that_names_it,
    a_reference_back_to_an_enclosing_entity_is_kept,
    an_entity_is_resolved_wherever_it_occurs,
    a_reference_to_nothing_is_kept_and_at_the_top_is_none,
    a_resolved_value_that_is_too_large_is_an_error,
    a_long_list_of_references_does_not_exhaust_the_stack,
];

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

fn a_reference_back_to_an_enclosing_entity_is_kept(fixture: &Fixture) {
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

fn an_entity_is_resolved_wherever_it_occurs(fixture: &Fixture) {
    let projection = projection(fixture);
    put_all(
        &projection,
        json!({"a": {"x": reference("c"), "y": reference("b")}, "b": reference("c"), "c": 3}),
    );
    assert_eq!(resolved(&projection, "a"), json!({"x": 3, "y": 3}));
}

fn a_reference_to_nothing_is_kept_and_at_the_top_is_none(fixture: &Fixture) {
    let projection = projection(fixture);
    put_all(&projection, json!({"a": {"to": reference("gone")}, "top": reference("gone")}));
    assert_eq!(resolved(&projection, "a"), json!({"to": reference("gone")}));
    assert_eq!(projection.get_resolved("top", Depth::All).unwrap(), None);
    assert_eq!(projection.get_resolved("gone", Depth::All).unwrap(), None);
}

fn a_resolved_value_that_is_too_large_is_an_error(fixture: &Fixture) {
    let projection = projection(fixture);
    // Each of thirty entities contains the next one twice: two to the thirtieth in all.
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
        changes.put(&format!("s{n}"), Json::of(&reference(&format!("s{}", (n + 1).min(300)))), START);
    }
    fixture.store.pstate().write(A.into(), &changes).unwrap();
    projection.put("s300", &json!("end"), START).unwrap();
    assert_eq!(kind(projection.get_resolved("n0", Depth::All)), "too_deep");
    assert_eq!(kind(projection.get_resolved("r0", Depth::All)), "too_deep");
    assert_eq!(resolved(&projection, "s0"), json!("end"));
}

/// A strategy for values with references to a few keys, in maps, in lists and on their own.
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

/// Resolves one entity at a time, as a simple reference implementation. Returns `None` for a circle of references.
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
        let Some(entry) = pstate.get(A.into(), &key).unwrap() else { break };
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
    fn resolving_any_graph_ends_with_the_result_of_a_naive_walk(values in prop::collection::vec(graph_value(), 1..6)) {
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
