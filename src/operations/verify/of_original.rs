//! Comparing a projection that the Elixir original wrote with one that this program derives from the same events.
//!
//! Atoms, decimals, dates, times and kinds of keys have other forms here, and the order of the keys in a map has no meaning. The lists of a whole
//! space, which the original keeps in one value, are compared by [`OriginalLists`](super::original_lists::OriginalLists).

use crate::json::{Container, Json, Part, Parts, differences};
use crate::pstate::Entry;

/// The forms of terms that an app keeps as text.
const TEXTS: [&str; 6] = ["$atom", "$decimal", "$date", "$time", "$naive_datetime", "$datetime"];

/// The member of a map that says which of its keys are text.
const TEXT_KEYS: &str = "$text_keys";

/// Returns two entries of a key in the same form.
pub(super) fn comparable(expected: Option<Entry>, stored: Option<Entry>) -> (Option<Entry>, Option<Entry>) {
    let (Some(expected), Some(stored)) = (&expected, &stored) else { return (expected, stored) };
    let (expected, mut stored) = (plain(expected), plain(stored));
    // The original takes the time from its clock after the event, which may be in the next second.
    stored.updated_at = expected.updated_at;
    if differences(Some(expected.value.as_str()), Some(stored.value.as_str())).is_empty() {
        stored.value = expected.value.clone();
    }
    (Some(expected), Some(stored))
}

/// Returns an entry with atoms, decimals, dates and times as text, and without the kinds of keys. Digits stay as they are.
fn plain(entry: &Entry) -> Entry {
    let document = entry.value.as_document();
    let mut text = String::with_capacity(document.len());
    write_plain(&mut text, &document);
    Entry { key: entry.key.clone(), value: Json::from_stored(text), updated_at: entry.updated_at }
}

/// Writes a value. Terms are nested only as deeply as their limit permits.
fn write_plain(out: &mut String, value: &str) {
    let Some((container, parts)) = Parts::of(value) else { return out.push_str(value) };
    let parts: Vec<Part<'_>> = parts.collect();
    if let [Part { key: Some(key), value: text, .. }] = parts.as_slice()
        && TEXTS.iter().any(|form| key.is(form))
        && text.starts_with('"')
    {
        return out.push_str(text);
    }
    let (open, close) = if container == Container::Array { ('[', ']') } else { ('{', '}') };
    out.push(open);
    let written = parts.iter().filter(|part| !part.key.is_some_and(|key| key.is(TEXT_KEYS)));
    for (index, part) in written.enumerate() {
        if index > 0 {
            out.push(',');
        }
        if let Some(key) = part.key {
            out.extend(["\"", key.written(), "\":"]);
        }
        write_plain(out, part.value);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::Timestamp;

    fn entry(value: &str) -> Option<Entry> {
        Some(Entry {
            key: "k".to_owned(),
            value: Json::from_stored(value.to_owned()),
            updated_at: Timestamp(1),
        })
    }

    fn is_same(expected: &str, stored: &str) -> bool {
        let (expected, stored) = comparable(entry(expected), entry(stored));
        expected == stored
    }

    #[test]
    fn atoms_kinds_of_keys_and_the_order_of_keys_make_no_difference() {
        let stored = r#"{"b":{"$atom":"published"},"a":{"x":1,"$text_keys":true},"$text_keys":["b"]}"#;
        assert!(is_same(r#"{"a":{"x":1},"b":"published"}"#, stored));
        assert!(!is_same(r#"{"a":{"x":2},"b":"published"}"#, stored));
    }

    #[test]
    fn decimals_dates_and_times_are_compared_as_text() {
        let stored = r#"{"at":{"$datetime":"2025-01-17T12:00:00Z"},"price":{"$decimal":"1.50"}}"#;
        assert!(is_same(r#"{"price":"1.50","at":"2025-01-17T12:00:00Z"}"#, stored));
        assert!(is_same(stored, stored));
        assert!(!is_same(r#"{"price":"1.5","at":"2025-01-17T12:00:00Z"}"#, stored));
    }

    #[test]
    fn the_order_of_a_list_and_every_digit_make_a_difference() {
        assert!(!is_same("[1,2]", "[2,1]"));
        assert!(!is_same("123456789012345678901234567890", "123456789012345678901234567891"));
        assert!(!is_same("[1]", "[1.0]"));
    }
}
