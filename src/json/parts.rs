//! The members of an object and the items of an array, each as it is written.

use super::Quoted;
use super::tokens::{Container, Token, Tokens};

/// A member of an object, or an item of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// The key of a member.
    pub key: Option<Quoted<'a>>,
    /// The text of the value.
    pub value: &'a str,
    /// Where the value starts, in bytes.
    pub start: usize,
}

/// The parts of a container, in order.
#[derive(Debug, Clone)]
pub(crate) struct Parts<'a> {
    tokens: Tokens<'a>,
}

impl<'a> Parts<'a> {
    /// The parts of a JSON text; none where that is neither an object nor an array.
    pub(crate) fn of(json: &'a str) -> Option<(Container, Self)> {
        let mut tokens = Tokens::new(json);
        match tokens.next()? {
            Token::Open(container) => Some((container, Self { tokens })),
            _ => None,
        }
    }

    /// The members of a JSON text that is an object.
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
