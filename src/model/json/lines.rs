//! A JSON text as indented lines, with the source text of every value.

use super::Quoted;
use super::tokens::{Container, Token, Tokens};

/// A line of an indented document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// The nesting depth.
    pub depth: usize,
    /// The key of the value.
    pub key: Option<Quoted<'a>>,
    /// The source text of a value, or a bracket. `{}` and `[]` are on one line.
    pub text: &'a str,
    /// The byte offset of the value or the closing bracket.
    pub start: usize,
    pub kind: LineKind,
    /// True if a comma follows.
    pub comma: bool,
}

/// The kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineKind {
    Opening(Container),
    Closing,
    Empty,
    String,
    Number,
    Word,
}

/// An iterator over the lines of a JSON text.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'a> {
    tokens: Tokens<'a>,
    depth: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(json: &'a str) -> Self {
        Self { tokens: Tokens::new(json), depth: 0 }
    }

    /// Skips the container that the last line opened, including its closing bracket. Returns the number of values in it,
    /// and true if a comma follows it.
    #[cfg(feature = "console")]
    pub(crate) fn skip_container(&mut self, container: Container) -> (usize, bool) {
        let (mut count, mut depth) = (0, 1_usize);
        while depth > 0
            && let Some(token) = self.tokens.next()
        {
            let is_child = match token {
                Token::Key(_) => container == Container::Object,
                Token::Close(_) => false,
                _ => container == Container::Array,
            };
            count += usize::from(is_child && depth == 1);
            match token {
                Token::Open(_) => depth += 1,
                Token::Close(_) => depth -= 1,
                _ => {}
            }
        }
        self.depth = self.depth.saturating_sub(1);
        (count, self.is_comma_next())
    }

    fn is_comma_next(&self) -> bool {
        self.tokens.peek() == Some(b',')
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let mut token = self.tokens.next()?;
        let mut key = None;
        if let Token::Key(quoted) = token {
            key = Some(quoted);
            token = self.tokens.next()?;
        }
        let start = self.tokens.start();
        let mut depth = self.depth;
        let (text, kind) = match token {
            Token::Open(container) => {
                let (open, empty, close) = match container {
                    Container::Object => ("{", "{}", b'}'),
                    Container::Array => ("[", "[]", b']'),
                };
                if self.tokens.peek() == Some(close) {
                    self.tokens.next();
                    (empty, LineKind::Empty)
                } else {
                    self.depth += 1;
                    let kind = LineKind::Opening(container);
                    return Some(Line { depth, key, text: open, start, kind, comma: false });
                }
            }
            Token::Close(container) => {
                self.depth = self.depth.saturating_sub(1);
                depth = self.depth;
                (if container == Container::Object { "}" } else { "]" }, LineKind::Closing)
            }
            Token::String(_) | Token::Key(_) => (self.tokens.value(token), LineKind::String),
            Token::Number(text) => (text, LineKind::Number),
            Token::Word(text) => (text, LineKind::Word),
        };
        Some(Line { depth, key, text, start, kind, comma: self.is_comma_next() })
    }
}
