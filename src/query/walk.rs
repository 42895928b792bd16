//! The values of a document that a path leads to.

use super::document::Step;
use crate::json::{Container, Token, Tokens};
use crate::text::PieceCount;

/// Called between the pieces of a large document. Its error ends the walk.
type Pause<'a, E> = dyn FnMut() -> Result<(), E> + 'a;

/// A walk along the tokens of a document that only enters containers on the path.
pub(super) struct Walk<'a> {
    path: &'a [Step],
    tokens: Tokens<'a>,
    within: Vec<Within>,
    read: PieceCount,
}

/// A container that the walk is in; `steps` is the number of path steps that led to it.
enum Within {
    Object {
        steps: usize,
    },
    /// A list of which one item or every item is wanted; `next` is the index of the next item.
    Items {
        steps: usize,
        next: usize,
    },
    /// Nested lists, `depth` of them, any item of which may have the wanted field.
    Lists {
        steps: usize,
        depth: usize,
    },
}

impl<'a> Walk<'a> {
    pub(super) fn new(path: &'a [Step], document: &'a str) -> Self {
        Self { path, tokens: Tokens::new(document), within: Vec::new(), read: PieceCount::default() }
    }

    /// Returns the first token and the text of the next value that the path leads to.
    pub(super) fn next_target<E>(
        &mut self,
        pause: &mut Pause<'_, E>,
    ) -> Result<Option<(Token<'a>, &'a str)>, E> {
        let Some(first) = self.next_first(pause)? else { return Ok(None) };
        let value = self.tokens.value_between(first, pause)?;
        Ok(Some((first, value)))
    }

    fn next_first<E>(&mut self, pause: &mut Pause<'_, E>) -> Result<Option<Token<'a>>, E> {
        loop {
            let Some(token) = self.tokens.next() else { return Ok(None) };
            if self.read.is_next(self.tokens.end()) {
                pause()?;
            }
            let (token, steps) = match token {
                Token::Close(_) => {
                    self.leave();
                    continue;
                }
                Token::Key(key) => {
                    let Some(Within::Object { steps }) = self.within.last() else { return Ok(None) };
                    let steps = *steps;
                    let is_wanted = matches!(&self.path[steps], Step::Field(name) if key.is(name));
                    let Some(token) = self.tokens.next() else { return Ok(None) };
                    (token, is_wanted.then_some(steps + 1))
                }
                _ => match self.within.last_mut() {
                    None => (token, Some(0)),
                    Some(Within::Object { .. }) => return Ok(None),
                    Some(Within::Lists { steps, .. }) => (token, Some(*steps)),
                    Some(Within::Items { steps, next }) => {
                        let is_wanted = match self.path[*steps] {
                            Step::Index(index) => index == *next,
                            _ => true,
                        };
                        *next += 1;
                        (token, is_wanted.then_some(*steps + 1))
                    }
                },
            };
            let target = match steps {
                None => self.skip(token, pause)?,
                Some(steps) => self.arrive(token, steps, pause)?,
            };
            if target.is_some() {
                return Ok(target);
            }
        }
    }

    /// Handles a value that `steps` steps lead to: returns it if the path ends there; otherwise enters or skips it.
    fn arrive<E>(
        &mut self,
        token: Token<'a>,
        steps: usize,
        pause: &mut Pause<'_, E>,
    ) -> Result<Option<Token<'a>>, E> {
        let Some(step) = self.path.get(steps) else { return Ok(Some(token)) };
        match (token, step) {
            (Token::Open(Container::Object), Step::Field(_)) => self.within.push(Within::Object { steps }),
            (Token::Open(Container::Array), Step::Field(_)) => match self.within.last_mut() {
                Some(Within::Lists { steps: of, depth }) if *of == steps => *depth += 1,
                _ => self.within.push(Within::Lists { steps, depth: 1 }),
            },
            (Token::Open(Container::Array), Step::Index(_) | Step::Any) => {
                self.within.push(Within::Items { steps, next: 0 });
            }
            _ => return self.skip(token, pause),
        }
        Ok(None)
    }

    /// Skips a value that the path does not lead to.
    fn skip<E>(&mut self, token: Token<'a>, pause: &mut Pause<'_, E>) -> Result<Option<Token<'a>>, E> {
        self.tokens.value_between(token, pause).map(|_| None)
    }

    fn leave(&mut self) {
        if let Some(Within::Lists { depth, .. }) = self.within.last_mut()
            && *depth > 1
        {
            *depth -= 1;
            return;
        }
        self.within.pop();
    }
}
