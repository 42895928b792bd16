//! A number, word or document that a value is compared with.

use crate::json::{Container, Part, Parts, Token, Tokens, is_same_number};

/// The maximum nesting depth of a document in a query.
const DEEPEST: usize = 100;

/// A JSON text in a query that is not a string. Numbers are compared by their digits, strings by their decoded text, and
/// objects regardless of the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal(String);

impl Literal {
    /// Parses a number, word or document. Returns `None` for any other text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let first = Tokens::new(text).next()?;
        let is_literal = !matches!(first, Token::String(_) | Token::Key(_)) && depth(text) <= DEEPEST;
        let is_json = || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        (is_literal && is_json()).then(|| Self(text.trim().to_owned()))
    }

    /// Returns true if the JSON text of a value means the same. Calls `pause` between the pieces of a large value.
    pub(super) fn is<E>(&self, value: &str, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<bool, E> {
        is_same(&self.0, value, pause)
    }
}

fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for token in Tokens::new(text) {
        match token {
            Token::Open(_) => depth += 1,
            Token::Close(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Compares two JSON texts. The recursion is as deep as `wanted`, whose depth is limited.
fn is_same<E>(wanted: &str, value: &str, pause: &mut dyn FnMut() -> Result<(), E>) -> Result<bool, E> {
    let firsts = (Tokens::new(wanted).next(), Tokens::new(value).next());
    Ok(match firsts {
        (Some(Token::Number(wanted)), Some(Token::Number(number))) => is_same_number(wanted, number),
        (Some(Token::Word(wanted)), Some(Token::Word(word))) => wanted == word,
        (Some(Token::String(wanted)), Some(Token::String(string))) => string.is(&wanted.decoded()),
        (Some(Token::Open(_)), Some(Token::Open(_))) => match (Parts::of(wanted), Parts::of(value)) {
            (Some((Container::Array, wanted)), Some((Container::Array, items))) => {
                return is_same_list(wanted, items, pause);
            }
            (Some((Container::Object, wanted)), Some((Container::Object, fields))) => {
                return is_same_object(wanted, fields, pause);
            }
            _ => false,
        },
        _ => false,
    })
}

/// Returns true if both lists have the same items.
fn is_same_list<E>(
    wanted: Parts<'_>,
    mut items: Parts<'_>,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<bool, E> {
    for wanted in wanted {
        let Some(item) = items.next_between(pause)? else { return Ok(false) };
        if !is_same(wanted.value, item.value, pause)? {
            return Ok(false);
        }
    }
    Ok(items.next_between(pause)?.is_none())
}

/// Returns true if both objects have the same fields with the same values.
fn is_same_object<E>(
    wanted: Parts<'_>,
    mut fields: Parts<'_>,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<bool, E> {
    let name = |part: &Part<'_>| part.key.map(|key| key.decoded().into_owned()).unwrap_or_default();
    let wanted: Vec<(String, &str)> = wanted.map(|part| (name(&part), part.value)).collect();
    let mut is_found = vec![false; wanted.len()];
    while let Some(field) = fields.next_between(pause)? {
        let key = name(&field);
        let Some(at) = wanted.iter().rposition(|(name, _)| *name == key) else { return Ok(false) };
        if !is_same(wanted[at].1, field.value, pause)? {
            return Ok(false);
        }
        is_found[at] = true;
    }
    // If a wanted field is repeated, its last occurrence counts.
    Ok(wanted
        .iter()
        .enumerate()
        .all(|(at, (name, _))| is_found[at] || wanted[at + 1..].iter().any(|(later, _)| later == name)))
}
