//! Values as Rust writes them.

use serde_json::Value;

use crate::text::visible;

/// The most values of a document for which `json!` is used: the macro needs a level of recursion for each.
const MOST_VALUES: usize = 24;

/// The longest document, in bytes, for which `json!` is used.
const LONGEST: usize = 64 << 10;

/// Returns a text as a string literal.
pub(super) fn text(text: &str) -> String {
    format!("{text:?}")
}

/// Returns a text as a part of a comment, which ends at the end of its line.
pub(super) fn comment(text: &str) -> String {
    visible(text).into_owned()
}

/// Returns the name of a function.
pub(super) fn identifier(about: &str) -> String {
    let mut name = String::new();
    for character in about.chars() {
        match character {
            'a'..='z' | '0'..='9' => name.push(character),
            'A'..='Z' => name.push(character.to_ascii_lowercase()),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_matches('_');
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("of_{name}")
    } else {
        name.to_owned()
    }
}

/// Returns a JSON document as an expression: with `json!` if that keeps it as it is, otherwise with `exact`.
pub(super) fn document(json: &str) -> String {
    let value: Option<Value> = if json.len() <= LONGEST { serde_json::from_str(json).ok() } else { None };
    let is_kept = |value: &Value| serde_json::to_string(value).is_ok_and(|text| text == json);
    let value = value.filter(|value| is_kept(value) && count(value) <= MOST_VALUES);
    match value {
        Some(value) => format!("json!({})", literal(&value)),
        None => format!("exact({})", text(json)),
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(|value| 1 + count(value)).sum::<usize>(),
        _ => 1,
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(string) => text(string),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| format!("{}: {}", text(name), literal(value));
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        // An integer literal without a suffix is an `i32`.
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(small), _) if i32::try_from(small).is_ok() => small.to_string(),
            (Some(large), _) => format!("{large}_i64"),
            (None, Some(large)) => format!("{large}_u64"),
            (None, None) => number.to_string(),
        },
        Value::Bool(_) | Value::Null => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_keep_every_digit_and_any_text() {
        for (json, expected) in [
            (r#"{"a":"x\"y","n":-1.5}"#, r#"json!({"a": "x\"y", "n": -1.5})"#),
            (
                "[1,2147483648,18446744073709551615,null]",
                "json!([1, 2147483648_i64, 18446744073709551615_u64, null])",
            ),
            (r#"{"n":1.10}"#, r#"exact("{\"n\":1.10}")"#),
            (r#"{"a":1,"a":2}"#, r#"exact("{\"a\":1,\"a\":2}")"#),
            ("\"\u{202e}\"", r#"json!("\u{202e}")"#),
        ] {
            assert_eq!(document(json), expected, "{json}");
        }
        let long = format!("[{}0]", "0,".repeat(40));
        assert!(document(&long).starts_with("exact("));
    }

    #[test]
    fn any_text_gives_a_name_and_a_comment() {
        assert_eq!(identifier("entity C-30 of crm_acme"), "entity_c_30_of_crm_acme");
        assert_eq!(identifier("30 é"), "of_30");
        assert!(!comment("a\nb").contains('\n'));
    }
}
