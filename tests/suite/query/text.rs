//! Searching the text of payloads, on random documents.

use proptest::prelude::*;
use ramax::Query;
use serde_json::{Value, json};

use super::{event, matches_text, now};

/// Quotes a text for a query.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Collects every key, string, number and word of a document, decoded.
fn scalars(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            found.push(key.clone());
            scalars(value, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| scalars(item, found)),
        Value::String(text) => found.push(text.clone()),
        other => found.push(other.to_string()),
    }
}

/// Generates short texts, including characters that JSON escapes or puts between values.
fn text() -> impl Strategy<Value = String> {
    let characters: Vec<char> = "aAbn1.,:{}[]\"\\ \n\u{1}é🦀".chars().collect();
    prop::collection::vec(prop::sample::select(characters), 0..5).prop_map(|text| text.into_iter().collect())
}

fn document() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        text().prop_map(Value::from),
        (-20..20_i64).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    scalar.prop_recursive(4, 20, 4, |inner| {
        let object = prop::collection::btree_map(text(), inner.clone(), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            object.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Serialises a document with some characters escaped unnecessarily.
fn escaped(document: &Value, every: usize) -> String {
    let mut units = [0; 2];
    let mut escaped = String::new();
    let text = document.to_string();
    let mut within = false;
    let mut characters = text.chars().enumerate();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => within = !within,
            '\\' => {
                let of_code = text.chars().nth(at + 1) == Some('u');
                escaped.push(character);
                escaped.extend(characters.by_ref().take(if of_code { 5 } else { 1 }).map(|(_, other)| other));
                continue;
            }
            _ if within && at % every == 0 => {
                for unit in character.encode_utf16(&mut units) {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                }
                continue;
            }
            _ => {}
        }
        escaped.push(character);
    }
    escaped
}

proptest! {
    #[test]
    fn a_text_search_finds_what_a_scan_of_all_values_finds(
        document in document(), wanted in text().prop_filter("some text", |text| !text.is_empty()), every in 2..9_usize,
    ) {
        let quoted = format!("\"{}\"", wanted.replace('\\', "\\\\").replace('"', "\\\""));
        let mut values = Vec::new();
        scalars(&document, &mut values);
        let expected = values.iter().any(|value| value.to_ascii_lowercase().contains(&wanted.to_ascii_lowercase()));
        for payload in [document.to_string(), escaped(&document, every)] {
            prop_assert_eq!(serde_json::from_str::<Value>(&payload).unwrap(), document.clone());
            prop_assert_eq!(matches_text(&format!("payload~{quoted}"), &payload), expected, "{} in {}", quoted, payload);
            let within = format!(r#"{{"f":{payload},"g":"zzz"}}"#);
            prop_assert_eq!(matches_text(&format!("payload.f~{quoted}"), &within), expected);
        }
    }

    #[test]
    fn any_value_can_be_queried_in_quotes(value in ".{0,20}", name in "[^\u{0}]{0,10}") {
        let query = format!("payload.{}={} {}", quoted(&name), quoted(&value), quoted(&value));
        let payload = json!({ name.clone(): value.clone() });
        let found = query.parse::<Query>().unwrap().resolve(now()).matches(&event(&payload));
        // The JSON text of the value may contain escapes, and then the second word does not match it.
        let plain = event(&payload).payload.as_str().contains(&value);
        prop_assert!(found || !plain, "{}", query);
    }
}
