//! Values that a damaged column may have had: a checksum decides which of them it was.

use rusqlite::types::{Value, ValueRef};

use super::Result;

/// The longest text of which every alteration is tried.
const LONGEST: usize = 4096;

/// The longest text of which every alteration is tried together with those of another column.
const LONGEST_OF_TWO: usize = 256;

/// The bytes over which checksums of two changed columns are tried: a fraction of a second for all damaged rows of a table.
pub(crate) const TRIED_BYTES: usize = 64 << 20;

/// A column, by its place, with the value that it had.
pub(crate) type Restored = (usize, Value);

/// Returns the column that another program changed in a row, or the two columns, with the values for which it is sealed: one of
/// the likely values of the column, or one of which a small alteration makes the stored one. Nothing is returned if there is none,
/// or if it is not `possible`. Of two columns, `left` bytes are tried.
pub(crate) fn restore(
    values: &[ValueRef<'_>],
    is_sealed: &mut dyn FnMut(&[ValueRef<'_>]) -> bool,
    likely: &[Vec<Value>],
    possible: &mut dyn FnMut(&Restored) -> Result<bool>,
    left: &mut usize,
) -> Result<Vec<Restored>> {
    let mut tried = values.to_vec();
    for (place, likely) in likely.iter().enumerate() {
        for expected in likely.iter().cloned().chain(altered(values[place])) {
            let mut tried = tried.clone();
            tried[place] = ValueRef::from(&expected);
            if is_sealed(&tried) {
                let restored = (place, expected);
                if possible(&restored)? {
                    return Ok(vec![restored]);
                }
                break;
            }
        }
    }
    let few = |(place, likely): (usize, &Vec<Value>)| {
        let is_short = !matches!(values[place], ValueRef::Text(text) if text.len() > LONGEST_OF_TWO);
        let altered = is_short.then(|| altered(values[place])).into_iter().flatten();
        likely.iter().cloned().chain(altered).collect::<Vec<_>>()
    };
    let candidates: Vec<Vec<Value>> = likely.iter().enumerate().map(few).collect();
    let size: usize = values.iter().map(|value| value.as_bytes().map_or(8, <[u8]>::len) + 9).sum();
    let second = |first| (first + 1..candidates.len()).map(move |second| (first, second));
    let mut pairs: Vec<(usize, usize)> = (0..candidates.len()).flat_map(second).collect();
    pairs.sort_by_key(|(first, second)| candidates[*first].len() * candidates[*second].len());
    for (first, second) in pairs {
        for one in &candidates[first] {
            tried[first] = ValueRef::from(one);
            for other in &candidates[second] {
                let Some(rest) = left.checked_sub(size) else { return Ok(Vec::new()) };
                *left = rest;
                tried[second] = ValueRef::from(other);
                if is_sealed(&tried) {
                    let restored = [(first, one.clone()), (second, other.clone())];
                    let is_possible = possible(&restored[0])? && possible(&restored[1])?;
                    return Ok(if is_possible { restored.into() } else { Vec::new() });
                }
            }
        }
        (tried[first], tried[second]) = (values[first], values[second]);
    }
    Ok(Vec::new())
}

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
    use crate::engines::sqlite::file::checksum;

    fn alters(stored: ValueRef<'_>, to: &Value) -> bool {
        altered(stored).any(|value| value == *to)
    }

    #[test]
    fn one_or_two_changed_columns_are_restored_within_the_bound() {
        let written = [ValueRef::Integer(7), ValueRef::Text(b"emails"), ValueRef::Null];
        let seal = checksum::over(&written);
        let likely = [Vec::new(), Vec::new(), vec![Value::Null]];
        let restored = |stored: [ValueRef<'_>; 3], mut left: usize| {
            restore(
                &stored,
                &mut |tried| seal == checksum::over(tried),
                &likely,
                &mut |_| Ok(true),
                &mut left,
            )
            .unwrap()
        };
        let (number, name) = ((0, Value::Integer(7)), (1, Value::from("emails".to_owned())));
        let one = [ValueRef::Integer(3), written[1], written[2]];
        assert_eq!(restored(one, 0), std::slice::from_ref(&number));
        let two = [ValueRef::Integer(3), ValueRef::Text(b"emailsx"), written[2]];
        assert_eq!(restored(two, TRIED_BYTES), [number.clone(), name]);
        assert_eq!(restored(two, 100), []);
        let with_likely = [ValueRef::Integer(3), written[1], ValueRef::Integer(1 << 40)];
        assert_eq!(restored(with_likely, TRIED_BYTES), [number, (2, Value::Null)]);
        let three = [ValueRef::Integer(3), ValueRef::Text(b"emailsx"), ValueRef::Integer(9)];
        assert_eq!(restored(three, TRIED_BYTES), []);
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
