//! The members of an object and the items of an array, as source text.

use super::Quoted;
use super::tokens::{Container, Token, Tokens};

/// A member of an object, or an item of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// The key of a member.
    pub key: Option<Quoted<'a>>,
    /// The source text of the value.
    pub value: &'a str,
    /// The byte offset of the value.
    pub start: usize,
}

/// An iterator over the parts of a container.
#[derive(Debug, Clone)]
pub(crate) struct Parts<'a> {
    tokens: Tokens<'a>,
}

impl<'a> Parts<'a> {
    /// Returns the parts of an object or array. Returns `None` for any other JSON text.
    pub(crate) fn of(json: &'a str) -> Option<(Container, Self)> {
        let mut tokens = Tokens::new(json);
        match tokens.next()? {
            Token::Open(container) => Some((container, Self { tokens })),
            _ => None,
        }
    }

    /// Returns the members of an object. Returns `None` for any other JSON text.
    pub(crate) fn of_object(json: &'a str) -> Option<Self> {
        Self::of(json).and_then(|(container, parts)| (container == Container::Object).then_some(parts))
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let mut token = self.tokens.next()?;
        let mut key = None;
        if let Token::Key(quoted) = token {
            key = Some(quoted);
            token = self.tokens.next()?;
        }
        if let Token::Close(_) = token {
            return None;
        }
        let start = self.tokens.start();
        Some(Part { key, value: self.tokens.value(token), start })
    }
}
