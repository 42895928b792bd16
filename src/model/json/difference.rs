//! Differences between two JSON documents.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::parts::Parts;
use super::tokens::{Container, Token, Tokens};

/// The depth to which documents are compared part by part; deeper values are compared as a whole.
const DEEPEST: usize = 64;

/// A step to a part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JsonStep<'a> {
    Key(Cow<'a, str>),
    Index(usize),
}

/// Formats the path to a part: `name`, `address.city`, `tags[2]`.
pub(crate) fn path_text(path: &[JsonStep<'_>]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            JsonStep::Index(index) => text.push_str(&format!("[{index}]")),
            JsonStep::Key(key) => text.extend([if text.is_empty() { "" } else { "." }, key]),
        }
    }
    text
}

/// A part in which two documents differ: its path, and its text in each.
pub(crate) type Differing<'a> = (Vec<JsonStep<'a>>, Option<&'a str>, Option<&'a str>);

/// Returns the parts in which two JSON texts differ, in the order of the first. Objects are compared field by field, even if
/// one of them is missing, and lists item by item. Numbers are compared by their text.
pub(crate) fn differences<'a>(first: Option<&'a str>, second: Option<&'a str>) -> Vec<Differing<'a>> {
    let mut comparison = Comparison { path: Vec::new(), found: Vec::new() };
    comparison.compare(first, second);
    comparison.found
}

/// Returns true if two JSON texts differ at most in whitespace and in the escapes of their strings.
pub(crate) fn is_same_document(a: &str, b: &str) -> bool {
    let is_same = |tokens: (Token<'_>, Token<'_>)| match tokens {
        (Token::Key(a), Token::Key(b)) | (Token::String(a), Token::String(b)) => {
            a == b || a.decoded() == b.decoded()
        }
        (a, b) => a == b,
    };
    let mut others = Tokens::new(b);
    a == b
        || (Tokens::new(a).all(|a| others.next().is_some_and(|b| is_same((a, b)))) && others.next().is_none())
}

struct Comparison<'a> {
    path: Vec<JsonStep<'a>>,
    found: Vec<Differing<'a>>,
}

impl<'a> Comparison<'a> {
    fn compare(&mut self, first: Option<&'a str>, second: Option<&'a str>) {
        if is_as_written(first, second) {
            return;
        }
        if self.path.len() < DEEPEST {
            if let (Some(first), Some(second)) = (fields(first), fields(second))
                && !(first.is_empty() && second.is_empty())
            {
                return self.compare_fields(&first, &second);
            }
            if let (Some(first), Some(second)) = (items(first), items(second)) {
                for index in 0..first.len().max(second.len()) {
                    let pair = (first.get(index).copied(), second.get(index).copied());
                    self.within(JsonStep::Index(index), pair);
                }
                return;
            }
        }
        self.found.push((self.path.clone(), first, second));
    }

    fn compare_fields(&mut self, first: &Fields<'a>, second: &Fields<'a>) {
        let others = second.keys().filter(|key| !first.contains_key(*key));
        for key in first.keys().chain(others) {
            self.within(JsonStep::Key(key.clone()), (first.get(key).copied(), second.get(key).copied()));
        }
    }

    fn within(&mut self, step: JsonStep<'a>, (first, second): (Option<&'a str>, Option<&'a str>)) {
        self.path.push(step);
        self.compare(first, second);
        self.path.pop();
    }
}

type Fields<'a> = IndexMap<Cow<'a, str>, &'a str>;

/// Returns the fields of an object without repeated keys. A missing one has none.
fn fields(json: Option<&str>) -> Option<Fields<'_>> {
    let Some(json) = json else { return Some(Fields::new()) };
    let mut fields = Fields::new();
    for part in Parts::of_object(json)? {
        if fields.insert(part.key?.decoded(), part.value).is_some() {
            return None;
        }
    }
    Some(fields)
}

fn items(json: Option<&str>) -> Option<Vec<&str>> {
    let (container, parts) = Parts::of(json?)?;
    (container == Container::Array).then(|| parts.map(|part| part.value).collect())
}

fn is_as_written(first: Option<&str>, second: Option<&str>) -> bool {
    match (first, second) {
        (Some(first), Some(second)) => first == second || Tokens::new(first).eq(Tokens::new(second)),
        (first, second) => first.is_none() && second.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Differing, JsonStep, differences, is_same_document};

    #[test]
    fn differing_digits_and_repeated_keys_are_found() {
        let found = |first, second| differences(Some(first), Some(second));
        let at = |key: &'static str| vec![JsonStep::Key(key.into())];
        assert_eq!(found(r#"{"n":1.10, "a":[1]}"#, r#"{"a":[ 1 ],"n":1.10}"#), Vec::<Differing<'_>>::new());
        assert_eq!(found(r#"{"n":1.10}"#, r#"{"n":1.1}"#), [(at("n"), Some("1.10"), Some("1.1"))]);
        let twice = r#"{"n":1,"n":2}"#;
        assert_eq!(found(twice, r#"{"n":2}"#), [(vec![], Some(twice), Some(r#"{"n":2}"#))]);
    }

    #[test]
    fn documents_of_any_depth_are_compared() {
        let deep = |middle: &str| format!("{}{middle}{}", "[".repeat(10_000), "]".repeat(10_000));
        let (a, b) = (deep("1"), deep("2"));
        assert_eq!(differences(Some(&a), Some(&b)).len(), 1);
        assert!(is_same_document(&a, &a.replace('1', " 1 ")) && !is_same_document(&a, &b));
    }

    #[test]
    fn the_same_document_may_be_escaped_differently() {
        assert!(is_same_document(r#"{"a":"\u0041"}"#, r#"{ "a" : "A" }"#));
        assert!(
            !is_same_document("[1]", "[1.0]")
                && !is_same_document("[1]", "[1")
                && !is_same_document("1", "1 1")
        );
    }
}
