//! Expected and actual JSON documents, compared for people.

use std::fmt::Write;

use crate::json::{differences, path_text};

/// Compares two lists of documents and returns the lines of both, with a mark at the first difference: a line of both
/// begins with a blank, an expected one with `-`, an actual one with `+`. Returns `None` if they are equal. The order of
/// keys does not matter, but the digits of numbers do.
pub(super) fn compare(expected: &[String], actual: &[String]) -> Option<String> {
    let is_same = |(a, b): (&String, &String)| differ(a, b).is_none();
    let equal = expected.iter().zip(actual).take_while(|pair| is_same(*pair)).count();
    if equal == expected.len() && equal == actual.len() {
        return None;
    }
    let mut text = String::new();
    for line in &actual[..equal] {
        let _ = writeln!(text, "  {line}");
    }
    for line in &expected[equal..] {
        let _ = writeln!(text, "- {line}");
    }
    for (place, line) in actual[equal..].iter().enumerate() {
        let _ = writeln!(text, "+ {line}");
        if let Some(other) = expected.get(equal).filter(|_| place == 0) {
            let _ = writeln!(text, "{}", mark(other, line));
        }
    }
    Some(text)
}

/// Returns a line with a mark below the first difference of two lines, and the path to the first part that differs.
fn mark(expected: &str, actual: &str) -> String {
    let column = expected.chars().zip(actual.chars()).take_while(|(a, b)| a == b).count();
    let path = differ(expected, actual).unwrap_or_default();
    format!("  {}^ {path}", " ".repeat(column))
}

/// Returns the path to the first part in which two documents differ.
fn differ(expected: &str, actual: &str) -> Option<String> {
    Some(path_text(&differences(Some(expected), Some(actual)).first()?.0))
}

#[cfg(test)]
mod tests {
    use super::compare;

    fn compared(expected: &[&str], actual: &[&str]) -> Option<String> {
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        compare(&owned(expected), &owned(actual))
    }

    #[test]
    fn documents_with_the_same_values_are_equal() {
        assert_eq!(compared(&[r#"{"a":1,"b":2}"#], &[r#"{"b":2, "a":1}"#]), None);
        assert_eq!(compared(&[], &[]), None);
    }

    #[test]
    fn the_first_difference_is_marked() {
        let text = compared(&["1", r#"{"a":{"b":1.10}}"#, "3"], &["1", r#"{"a":{"b":1.1}}"#]).unwrap();
        let lines =
            ["  1", r#"- {"a":{"b":1.10}}"#, "- 3", r#"+ {"a":{"b":1.1}}"#, "               ^ a.b", ""];
        assert_eq!(text, lines.join("\n"));
    }

    #[test]
    fn missing_and_additional_documents_are_shown() {
        assert_eq!(compared(&["1", "2"], &["1"]).unwrap(), "  1\n- 2\n");
        assert_eq!(compared(&["1"], &["1", "2"]).unwrap(), "  1\n+ 2\n");
    }
}
