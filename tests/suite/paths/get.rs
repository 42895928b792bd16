//! Reading values by path.

use ramax::PathError;
use ramax::pstate::{Path, path::get_many};
use serde_json::{Value, json};

use super::{get, inserted, path};

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
fn an_index_of_any_size_selects_an_item() {
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
fn a_field_of_a_list_maps_over_its_items() {
    let value = json!({"d": [{"a": 4, "s": [{"b": 1}, {"b": 2}]}, {"a": 1, "s": []}, {"c": 9}], "e": []});
    assert_eq!(get(&value, "d.a"), Some(json!([4, 1, null])));
    assert_eq!(get(&value, "d[*].a"), get(&value, "d.a"));
    assert_eq!(get(&value, "d[@].a"), get(&value, "d.a"));
    assert_eq!(get(&value, "d.s.b"), Some(json!([[1, 2], [], null])));
    assert_eq!(get(&value, "d.s[0].b"), Some(json!([1, null, null])));
    assert_eq!(get(&value, "e.a"), Some(json!([])));
}

#[test]
fn a_wildcard_selects_every_value_of_a_map() {
    let value = json!({"cards": {"c1": {"front": "A"}, "c2": {"front": "B"}}});
    assert_eq!(get(&value, "cards[*].front"), Some(json!(["A", "B"])));
    let changed = inserted(value, "cards[*].seen", json!(true));
    assert_eq!(get(&changed, "cards[*].seen"), Some(json!([true, true])));
}

#[test]
fn brackets_alone_index_a_bare_list() {
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
fn a_caret_introduces_a_literal_text() {
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
    let found = get_many(&json!({"a": 1, "d": {"b": [2]}}), "a, d.b,x|^y,z").unwrap();
    assert_eq!(Value::from(found), json!({"a": 1, "d.b": [2], "x|^y": "y", "z": null}));
    assert!(get_many(&json!({}), "a,,b").is_err());
}

#[test]
fn a_missing_required_value_is_named() {
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
fn an_invalid_path_reports_position_and_reason() {
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
fn a_path_has_at_most_a_hundred_steps() {
    let steps = |count: usize| vec!["a"; count].join(".");
    assert!(Path::parse(&steps(100)).is_ok());
    for text in [steps(101), steps(100_000), format!("a{}", "[0]".repeat(100_000))] {
        let error = Path::parse(&text).unwrap_err();
        assert!(error.to_string().ends_with("more than 100 steps"), "{:.300}", error.to_string());
    }
}
