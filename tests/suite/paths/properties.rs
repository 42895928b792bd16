//! Properties of any path and any value.

use proptest::prelude::*;
use ramax::engines::memory::MemoryPState;
use ramax::pstate::Path;
use ramax::{Projection, Reference, SpaceId};
use serde_json::{Map, Value, json};

use super::path;
use crate::support::START;

const A: SpaceId = SpaceId(1);

/// Generates a value whose lists are in fields named `l`, so that no path maps over one by accident.
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

/// Returns true if `outer` equals `inner`, or is a map that `inner` was merged into.
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
    fn a_get_after_an_insert_returns_the_inserted_value(
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
    fn a_get_across_entities_returns_the_inserted_value(
        hops in prop::collection::vec(0..4_u8, 0..6),
        new in 1..100_u32,
    ) {
        let pstate = MemoryPState::default();
        let projection = Projection::new(&pstate, A);
        for n in 0..4_u8 {
            let links: Map<String, Value> =
                (0..4_u8).map(|to| (format!("l{to}"), Reference::new(format!("e:{}", (n + to) % 5)).to_value())).collect();
            projection.put(&format!("e:{n}"), &links, START).unwrap();
        }
        let text = hops.iter().fold("e:0".to_owned(), |text, hop| format!("{text}.l{hop}"));
        let path = path(&format!("{text}.value"));
        projection.insert_at(&path, json!(new), START).unwrap();
        prop_assert_eq!(projection.value_at(&path).unwrap(), Some(json!(new)));
    }

    #[test]
    fn parsing_a_path_never_panics(text in ".{0,12}", odd in "[a\\[\\]0-9.|^*@_]{0,10}", value in document()) {
        for text in [text, odd] {
            if let Ok(path) = Path::parse(&text) {
                let _ = path.get(&value);
                let _ = path.insert(&mut value.clone(), json!([1]));
            }
        }
    }
}
