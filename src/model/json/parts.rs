//! The members of an object and the items of an array, as source text.

use std::collections::HashMap;

use crate::text::{PIECE, PieceCount};

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

/// The ends of the containers of a text, so that walking through all levels of it reads it only once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ends(HashMap<usize, usize>);

impl Ends {
    /// Finds the ends of the containers down to a depth. Calls `pause` between the pieces of the text.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn of<E>(
        text: &str,
        deepest: usize,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Self, E> {
        let (mut open, mut ends, mut read) = (Vec::new(), HashMap::new(), PieceCount::default());
        let mut tokens = Tokens::new(text);
        while let Some(token) = tokens.next() {
            if read.is_next(tokens.end()) {
                pause()?;
            }
            match token {
                Token::Open(_) if open.len() < deepest => open.push(tokens.start()),
                Token::Open(_) => tokens.skip_container_between(pause)?,
                Token::Close(_) => {
                    if let Some(start) = open.pop() {
                        ends.insert(start, tokens.end());
                    }
                }
                _ => {}
            }
        }
        Ok(Self(ends))
    }
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

    /// Returns the next part. The ends of containers may be known: those of a text in which this one begins at an offset.
    pub(crate) fn next_within(&mut self, known: Option<(&Ends, usize)>) -> Option<Part<'a>> {
        let (key, first) = self.next_first()?;
        let start = self.tokens.start();
        let end = known.and_then(|(ends, offset)| Some(ends.0.get(&(offset + start))? - offset));
        let value = match end {
            Some(end) => self.tokens.value_to(end),
            None => self.tokens.value(first),
        };
        Some(Part { key, value, start })
    }

    /// Returns the next part. Calls `pause` between the pieces of the text.
    ///
    /// # Errors
    /// The error of `pause`.
    pub(crate) fn next_between<E>(
        &mut self,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<Option<Part<'a>>, E> {
        let piece = self.tokens.end() / PIECE;
        let Some((key, first)) = self.next_first() else { return Ok(None) };
        if self.tokens.end() / PIECE > piece {
            pause()?;
        }
        let start = self.tokens.start();
        Ok(Some(Part { key, value: self.tokens.value_between(first, pause)?, start }))
    }

    /// Returns the key and the first token of the next part.
    fn next_first(&mut self) -> Option<(Option<Quoted<'a>>, Token<'a>)> {
        let found = match self.tokens.next()? {
            Token::Key(key) => (Some(key), self.tokens.next()?),
            first => (None, first),
        };
        (!matches!(found.1, Token::Close(_))).then_some(found)
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        self.next_within(None)
    }
}
