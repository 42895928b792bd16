//! Values that a damaged column may have had: a checksum decides which of them it was.

use rusqlite::types::{Value, ValueRef};

/// The longest text of which every alteration is tried.
const LONGEST: usize = 4096;

/// Returns the values of which a flipped bit, an inserted byte or appended text makes this one.
pub(crate) fn altered(stored: ValueRef<'_>) -> impl Iterator<Item = Value> {
    let (number, bytes) = match stored {
        ValueRef::Integer(number) => (Some(number), &[][..]),
        ValueRef::Text(bytes) if bytes.len() <= LONGEST => (None, bytes),
        _ => (None, &[][..]),
    };
    let numbers =
        number.into_iter().flat_map(|number| (0..64).map(move |bit| Value::from(number ^ (1 << bit))));
    let flipped = (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    });
    let without_one = (0..bytes.len()).map(|place| [&bytes[..place], &bytes[place + 1..]].concat());
    let beginnings = (0..bytes.len()).map(|end| bytes[..end].to_vec());
    let texts = flipped.chain(without_one).chain(beginnings);
    numbers.chain(texts.filter_map(|text| String::from_utf8(text).ok()).map(Value::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alters(stored: ValueRef<'_>, to: &Value) -> bool {
        altered(stored).any(|value| value == *to)
    }

    #[test]
    fn one_step_of_damage_is_undone() {
        assert!(alters(ValueRef::Integer(5), &Value::Integer(4)));
        assert!(alters(ValueRef::Integer(i64::MIN + 7), &Value::Integer(7)));
        let emails = Value::from("emails".to_owned());
        for stored in [&b"dmails"[..], b"e\0mails", b"emails x", b"email\xf3"] {
            assert!(alters(ValueRef::Text(stored), &emails), "{stored:?}");
        }
        assert!(!alters(ValueRef::Text(b"emai"), &emails));
        assert_eq!(altered(ValueRef::Null).count(), 0);
    }
}
