//! Replacing the values that a path leads to in a JSON text. Everything else stays byte for byte.

use std::ops::Range;

use crate::text::without_pause;

use super::parts::Parts;
use super::tokens::Container;

/// Returns the ranges of the values that a path leads to, from first to last. A step names a field of an object; in a
/// list, it is the index of an item, or else leads on from every item.
pub(crate) fn find_values(json: &str, path: &[String]) -> Vec<Range<usize>> {
    without_pause(|pause| find_values_between(json, path, pause))
}

/// As [`find_values`], but calls `pause` between the pieces of a large text.
///
/// # Errors
/// The error of `pause`.
pub(crate) fn find_values_between<E>(
    json: &str,
    path: &[String],
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<Vec<Range<usize>>, E> {
    let mut found = Vec::new();
    find_in(json, 0, path, &mut found, pause)?;
    Ok(found)
}

/// Valid JSON nests at most 128 levels, so the recursion is bounded.
fn find_in<E>(
    json: &str,
    offset: usize,
    path: &[String],
    found: &mut Vec<Range<usize>>,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<(), E> {
    let (Some((container, mut parts)), Some((step, rest))) = (Parts::of(json), path.split_first()) else {
        return Ok(());
    };
    let index = step.parse::<usize>().ok();
    let mut numbers = 0..;
    while let (Some(part), Some(number)) = (parts.next_between(pause)?, numbers.next()) {
        let start = offset + part.start;
        let remaining = match (container, part.key) {
            (Container::Object, Some(key)) if key.is(step) => rest,
            (Container::Array, _) if index == Some(number) => rest,
            (Container::Array, _) if index.is_none() => path,
            _ => continue,
        };
        match remaining.is_empty() {
            true => found.push(start..start + part.value.len()),
            false => find_in(part.value, start, remaining, found, pause)?,
        }
    }
    Ok(())
}

/// Replaces these ranges, which are ordered and do not overlap.
pub(crate) fn replace_ranges(json: &str, ranges: &[Range<usize>], value: &str) -> String {
    let mut replaced = json.to_owned();
    for range in ranges.iter().rev() {
        replaced.replace_range(range.clone(), value);
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::{find_values, replace_ranges};

    #[test]
    fn a_path_leads_through_objects_and_lists_and_nothing_else_changes() {
        let replaced = |json: &str, path: &str| {
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            replace_ranges(json, &find_values(json, &path), "0")
        };
        assert_eq!(replaced(r#" {"a" : "x", "b":1.10} "#, "a"), r#" {"a" : 0, "b":1.10} "#);
        assert_eq!(replaced(r#"{"a":{"b":{"c":1},"d":2}}"#, "a.b"), r#"{"a":{"b":0,"d":2}}"#);
        assert_eq!(
            replaced(r#"{"a":[{"b":1},{"c":2},[{"b":3}]]}"#, "a.b"),
            r#"{"a":[{"b":0},{"c":2},[{"b":0}]]}"#
        );
        assert_eq!(replaced(r#"{"a":[10,20,30]}"#, "a.1"), r#"{"a":[10,0,30]}"#);
        assert_eq!(replaced(r#"{"\u0061":1,"a":"2"}"#, "a"), r#"{"\u0061":0,"a":0}"#);
        for json in ["1", "[]", r#"{"b":1}"#, r#"{"a":"b"}"#, "", "{"] {
            assert_eq!(replaced(json, "a.b"), json);
        }
    }
}
