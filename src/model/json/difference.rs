//! Differences between two JSON documents.

use std::borrow::Cow;

use indexmap::IndexMap;

use crate::text::{PIECE, PieceCount, without_pause};

use super::parts::{Ends, Parts};
use super::tokens::{Container, Token, Tokens};

/// The depth to which documents are compared part by part; deeper values are compared as a whole.
const DEEPEST: usize = 64;

/// The number of values after which a comparison may be stopped.
const VALUES: usize = 4096;

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
    without_pause(|pause| differences_between(first, second, pause))
}

/// As [`differences`], but calls `pause` between the pieces of a large text, and every few thousand values.
///
/// # Errors
/// The error of `pause`.
pub(crate) fn differences_between<'a, E>(
    first: Option<&'a str>,
    second: Option<&'a str>,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<Vec<Differing<'a>>, E> {
    let sides = [Side::of(first, pause)?, Side::of(second, pause)?];
    let mut comparison = Comparison { path: Vec::new(), found: Vec::new(), sides, values: 0, pause };
    comparison.compare(first, second)?;
    Ok(comparison.found)
}

/// Returns true if two JSON texts differ at most in whitespace and in the escapes of their strings.
pub(crate) fn is_same_document(a: &str, b: &str) -> bool {
    without_pause(|pause| is_same_document_between(a, b, pause))
}

/// As [`is_same_document`], but calls `pause` between the pieces of a large text.
///
/// # Errors
/// The error of `pause`.
pub(crate) fn is_same_document_between<E>(
    a: &str,
    b: &str,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<bool, E> {
    if a == b {
        return Ok(true);
    }
    let (mut tokens, mut others, mut read) = (Tokens::new(a), Tokens::new(b), PieceCount::default());
    loop {
        let is_same = match (tokens.next(), others.next()) {
            (None, None) => return Ok(true),
            (Some(Token::Key(a)), Some(Token::Key(b))) | (Some(Token::String(a)), Some(Token::String(b))) => {
                a == b || a.decoded_between(pause)? == b.decoded_between(pause)?
            }
            (a, b) => a == b,
        };
        if !is_same {
            return Ok(false);
        }
        if read.is_next(tokens.end()) {
            pause()?;
        }
    }
}

struct Comparison<'a, 'p, E> {
    path: Vec<JsonStep<'a>>,
    found: Vec<Differing<'a>>,
    sides: [Side<'a>; 2],
    /// The number of values compared.
    values: usize,
    pause: &'p mut dyn FnMut() -> Result<(), E>,
}

impl<'a, E> Comparison<'a, '_, E> {
    fn compare(&mut self, first: Option<&'a str>, second: Option<&'a str>) -> Result<(), E> {
        self.values += 1;
        if self.values.is_multiple_of(VALUES) {
            (self.pause)()?;
        }
        if first == second {
            return Ok(());
        }
        if self.path.len() < DEEPEST {
            let [of_first, of_second] = &self.sides;
            match (of_first.contents(first), of_second.contents(second)) {
                (Contents::Fields(first), Contents::Fields(second))
                    if !(first.is_empty() && second.is_empty()) =>
                {
                    return self.compare_fields(&first, &second);
                }
                (Contents::Items(first), Contents::Items(second)) => {
                    return self.compare_items(&first, &second);
                }
                _ => {}
            }
        }
        if !is_as_written(first, second) {
            self.found.push((self.path.clone(), first, second));
        }
        Ok(())
    }

    fn compare_fields(&mut self, first: &Fields<'a>, second: &Fields<'a>) -> Result<(), E> {
        let others = second.keys().filter(|key| !first.contains_key(*key));
        for key in first.keys().chain(others) {
            self.within(JsonStep::Key(key.clone()), (first.get(key).copied(), second.get(key).copied()))?;
        }
        Ok(())
    }

    fn compare_items(&mut self, first: &[&'a str], second: &[&'a str]) -> Result<(), E> {
        for index in 0..first.len().max(second.len()) {
            let pair = (first.get(index).copied(), second.get(index).copied());
            self.within(JsonStep::Index(index), pair)?;
        }
        Ok(())
    }

    fn within(
        &mut self,
        step: JsonStep<'a>,
        (first, second): (Option<&'a str>, Option<&'a str>),
    ) -> Result<(), E> {
        self.path.push(step);
        self.compare(first, second)?;
        self.path.pop();
        Ok(())
    }
}

/// One of two documents that are compared.
struct Side<'a> {
    text: &'a str,
    /// The ends of the containers of a large text.
    ends: Option<Ends>,
}

impl<'a> Side<'a> {
    fn of<E>(text: Option<&'a str>, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<Self, E> {
        let text = text.unwrap_or_default();
        let is_large = text.len() > PIECE;
        let ends = is_large.then(|| Ends::of(text, DEEPEST, pause)).transpose()?;
        Ok(Self { text, ends })
    }

    /// Returns the contents of a value within the document. A missing one has no fields.
    fn contents(&self, json: Option<&'a str>) -> Contents<'a> {
        let Some(json) = json else { return Contents::Fields(Fields::new()) };
        let Some((container, mut parts)) = Parts::of(json) else { return Contents::Other };
        let offset = json.as_ptr().addr() - self.text.as_ptr().addr();
        let known = self.ends.as_ref().map(|ends| (ends, offset));
        let parts = std::iter::from_fn(|| parts.next_within(known));
        if container == Container::Array {
            return Contents::Items(parts.map(|part| part.value).collect());
        }
        let mut fields = Fields::new();
        for part in parts {
            let Some(key) = part.key else { return Contents::Other };
            if fields.insert(key.decoded(), part.value).is_some() {
                return Contents::Other;
            }
        }
        Contents::Fields(fields)
    }
}

/// The contents of a value.
enum Contents<'a> {
    Fields(Fields<'a>),
    Items(Vec<&'a str>),
    /// It is no container, or has repeated keys.
    Other,
}

type Fields<'a> = IndexMap<Cow<'a, str>, &'a str>;

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
    fn large_documents_have_the_same_differences_as_small_ones_and_are_stopped_between() {
        let fields = |middle: &str, count: usize| {
            let fields: Vec<String> =
                (0..count).map(|number| format!(r#""k{number}":{{"a":[1,{{"b":{number}}}]}}"#)).collect();
            format!("{}{{{},\"z\":{middle}}}{}", r#"{"x": "#.repeat(20), fields.join(","), "}".repeat(20))
        };
        let [small, large] = [1, 20_000].map(|count| [fields("[1,2]", count), fields("[1, 3 ]", count)]);
        let paths = |[one, other]: &[String; 2]| -> Vec<String> {
            differences(Some(one), Some(other)).iter().map(|(path, ..)| super::path_text(path)).collect()
        };
        assert_eq!(paths(&large), [format!("{}z[1]", "x.".repeat(20))]);
        assert_eq!(paths(&small), paths(&large));
        let mut pauses = 0;
        let stopped = super::differences_between(None, Some(&large[0]), &mut || {
            pauses += 1;
            if pauses < 5 { Ok(()) } else { Err("stopped") }
        });
        assert_eq!((stopped.err(), pauses), (Some("stopped"), 5));
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
