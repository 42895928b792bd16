//! Parses the text of a path.

use crate::error::PathError;

use super::{Alternative, Step};

/// The name of the value itself, before an index.
const ITSELF: &str = "_";

/// The maximum number of steps in a path. No readable value is nested much deeper.
pub(crate) const MOST_STEPS: usize = 100;

pub(super) fn alternatives(text: &str) -> Result<Vec<Alternative>, PathError> {
    let mut before = 0;
    let mut alternatives = Vec::new();
    for alternative in text.split('|') {
        alternatives.push(match alternative.strip_prefix('^') {
            Some(literal) => Alternative::Literal(literal.to_owned()),
            None => Alternative::Steps(Reader { text, rest: alternative, before }.steps()?),
        });
        before += alternative.len() + 1;
    }
    Ok(alternatives)
}

/// The parser of one alternative.
struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
    /// The number of bytes before `rest`.
    before: usize,
}

impl<'a> Reader<'a> {
    fn steps(mut self) -> Result<Vec<Step>, PathError> {
        let mut steps = Vec::new();
        loop {
            let name = self.take_until(['.', '[', ']']);
            let indexed = self.rest.starts_with('[');
            let itself = steps.is_empty() && indexed && (name.is_empty() || name == ITSELF);
            if !itself {
                if name.is_empty() {
                    return Err(self.malformed("a name is missing"));
                }
                steps.push(Step::Field(name.to_owned()));
            }
            while self.rest.starts_with('[') {
                steps.push(self.index()?);
            }
            if steps.len() > MOST_STEPS {
                return Err(self.malformed("it has more than 100 steps"));
            }
            if self.rest.is_empty() {
                return Ok(steps);
            }
            if !self.rest.starts_with('.') {
                return Err(self.malformed("a dot or an index is expected"));
            }
            self.advance(1);
        }
    }

    fn index(&mut self) -> Result<Step, PathError> {
        self.advance(1);
        let inside = self.rest.split(']').next().unwrap_or_default();
        let step = match inside {
            "*" | "@" => Step::Every,
            digits => match digits.parse() {
                Ok(index) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Step::Index(index),
                _ => return Err(self.malformed("an index is a number, * or @")),
            },
        };
        if inside.len() == self.rest.len() {
            return Err(self.malformed("the index is not closed"));
        }
        self.advance(inside.len() + 1);
        Ok(step)
    }

    fn take_until(&mut self, ends: [char; 3]) -> &'a str {
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let taken = &self.rest[..end];
        self.advance(end);
        taken
    }

    fn advance(&mut self, bytes: usize) {
        self.before += bytes;
        self.rest = &self.rest[bytes..];
    }

    fn malformed(&self, reason: &'static str) -> PathError {
        let at = self.text[..self.before].chars().count() + 1;
        PathError::Malformed { path: self.text.to_owned(), at, reason }
    }
}
