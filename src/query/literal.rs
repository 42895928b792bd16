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

    /// Returns true if the JSON text of a value means the same.
    pub(super) fn is(&self, value: &str) -> bool {
        is_same(&self.0, value)
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
fn is_same(wanted: &str, value: &str) -> bool {
    let firsts = (Tokens::new(wanted).next(), Tokens::new(value).next());
    match firsts {
        (Some(Token::Number(wanted)), Some(Token::Number(number))) => is_same_number(wanted, number),
        (Some(Token::Word(wanted)), Some(Token::Word(word))) => wanted == word,
        (Some(Token::String(wanted)), Some(Token::String(string))) => string.is(&wanted.decoded()),
        (Some(Token::Open(_)), Some(Token::Open(_))) => match (Parts::of(wanted), Parts::of(value)) {
            (Some((Container::Array, mut wanted)), Some((Container::Array, mut items))) => {
                let pairs = wanted.by_ref().map(|wanted| (wanted.value, items.next()));
                let mut pairs =
                    pairs.map(|(wanted, item)| item.is_some_and(|item| is_same(wanted, item.value)));
                pairs.all(|is_same| is_same) && items.next().is_none()
            }
            (Some((Container::Object, wanted)), Some((Container::Object, fields))) => {
                is_same_object(wanted, fields)
            }
            _ => false,
        },
        _ => false,
    }
}

/// Returns true if both objects have the same fields with the same values.
fn is_same_object(wanted: Parts<'_>, fields: Parts<'_>) -> bool {
    let name = |part: &Part<'_>| part.key.map(|key| key.decoded().into_owned()).unwrap_or_default();
    let wanted: Vec<(String, &str)> = wanted.map(|part| (name(&part), part.value)).collect();
    let mut is_found = vec![false; wanted.len()];
    for field in fields {
        let key = name(&field);
        let Some(at) = wanted.iter().rposition(|(name, _)| *name == key) else { return false };
        if !is_same(wanted[at].1, field.value) {
            return false;
        }
        is_found[at] = true;
    }
    // If a wanted field is repeated, its last occurrence counts.
    wanted
        .iter()
        .enumerate()
        .all(|(at, (name, _))| is_found[at] || wanted[at + 1..].iter().any(|(later, _)| later == name))
}
