//! Inserting values by path.

use serde_json::{Value, json};

use super::{blocked, get, inserted};

#[test]
fn an_insert_replaces_values_and_creates_missing_maps() {
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
    assert_eq!(inserted(value.clone(), "d[2].a", json!(3))["d"][2], json!({"a": 3}), "after the last item");
    assert_eq!(inserted(json!({}), "d[0].a", json!(3)), json!({"d": [{"a": 3}]}));
    assert_eq!(inserted(json!([]), "[*].c", json!(3)), json!([]), "an empty list stays empty");
}

#[test]
fn a_list_is_distributed_over_the_items_and_extends_them() {
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
fn a_blocked_insert_reports_position_and_reason() {
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
fn references_in_a_standalone_value_are_replaced_not_merged() {
    let value = json!({"r": {"$ref": "card:c1"}, "m": {"x": 1}});
    assert_eq!(inserted(value.clone(), "r", json!({"a": 1}))["r"], json!({"a": 1}));
    assert_eq!(inserted(value.clone(), "m", json!({"$ref": "m:1"}))["m"], json!({"$ref": "m:1"}));
    assert_eq!(get(&value, "r.front"), None);
}
