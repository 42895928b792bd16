//! Conditions on the documents of an event: a path, and a test of the values that it leads to.
//!
//! A document is read token by token from its text. No number is rounded and no part is copied, and neither deep nesting
//! nor a value that other programs cannot read hides the rest.

use std::fmt::{self, Write};

use super::excerpt;
use super::literal::Literal;
use super::quoting::{quoted, value};
use crate::event::Event;
use crate::json::{Container, Json, Quoted, Token, Tokens, contains};
use crate::text::find;

/// A document of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Document {
    /// The payload in its current form.
    Payload,
    /// The payload as it is stored.
    Raw,
    Metadata,
}

impl Document {
    pub(super) const ALL: [Self; 3] = [Self::Payload, Self::Raw, Self::Metadata];

    /// Returns the word that introduces a condition on it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::Raw => "raw",
            Self::Metadata => "meta",
        }
    }

    /// Returns an example of a test for equality.
    pub(super) fn equals(self) -> &'static str {
        match self {
            Self::Payload => "payload.name=Ada",
            Self::Raw => "raw.name=Ada",
            Self::Metadata => "meta.actor=ada",
        }
    }

    /// Returns an example of a search for text.
    pub(super) fn contains(self) -> &'static str {
        match self {
            Self::Payload => "payload.email~acme",
            Self::Raw => "raw.email~acme",
            Self::Metadata => "meta.client~cli",
        }
    }

    /// Returns the document of an event, if the event has it.
    pub(super) fn of<'e>(self, stored: &'e Event, current: &'e Event) -> Option<&'e Json> {
        match self {
            Self::Payload => Some(&current.payload),
            Self::Raw => Some(&stored.payload),
            Self::Metadata => stored.metadata.as_ref(),
        }
    }
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The field of this name. In a list, that field of any item.
    Field(String),
    /// The item at this index, from 0.
    Index(usize),
    /// Any item of a list.
    Any,
}

/// A test of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// The value is a string or a term with this text, or this number, `true`, `false`, `null` or document.
    Is(String, Option<Literal>),
    /// The text of the value contains this text, ignoring ASCII case.
    Contains(String),
}

/// Returns true if a value that the path leads to passes the test. An empty path leads to the whole document.
pub(super) fn holds(path: &[Step], test: &Test, document: &str) -> bool {
    if path.is_empty()
        && let Test::Contains(wanted) = test
    {
        return contains(document, wanted);
    }
    let mut walk = Walk { path, tokens: Tokens::new(document), within: Vec::new() };
    while let Some(first) = walk.next_target() {
        let value = walk.tokens.value(first);
        if test.passes(first, value) {
            return true;
        }
    }
    false
}

/// The most values and the most nested containers of a document that are listed.
const MOST: usize = 500;
const DEEPEST: usize = 16;

/// Returns the first tokens of the values that a path leads to; of a term of the Elixir original, its text.
pub(super) fn values<'a>(path: &'a [Step], document: &'a str) -> Vec<Token<'a>> {
    let mut walk = Walk { path, tokens: Tokens::new(document), within: Vec::new() };
    let mut found = Vec::new();
    while let Some(first) = walk.next_target().filter(|_| found.len() < MOST) {
        let value = walk.tokens.value(first);
        found.push(text_of_term(value).map_or(first, Token::String));
    }
    found
}

/// Returns the paths to the strings, numbers and words of a document, each with an excerpt of its value. Items of a list
/// share a path. A term of the Elixir original with a text counts as that text.
pub(super) fn leaves(document: &str) -> Vec<(Vec<Step>, String)> {
    let mut tokens = Tokens::new(document);
    // The step within each open container.
    let mut path = Vec::new();
    let mut found = Vec::new();
    while let Some(token) = tokens.next().filter(|_| found.len() < MOST) {
        match token {
            Token::Open(Container::Object) if let Some(text) = text_of_term(&document[tokens.start()..]) => {
                tokens.skip_container();
                found.push((path.clone(), excerpt(&text.decoded())));
            }
            Token::Open(_) if path.len() == DEEPEST => tokens.skip_container(),
            Token::Open(Container::Object) => path.push(Step::Field(String::new())),
            Token::Open(Container::Array) => path.push(Step::Any),
            Token::Close(_) => drop(path.pop()),
            Token::Key(key) => {
                if let Some(step) = path.last_mut() {
                    *step = Step::Field(key.decoded().into_owned());
                }
            }
            Token::String(text) => found.push((path.clone(), excerpt(&text.decoded()))),
            Token::Number(text) | Token::Word(text) => found.push((path.clone(), excerpt(text))),
        }
    }
    found
}

/// A walk along the tokens of a document that only enters containers on the path.
struct Walk<'a> {
    path: &'a [Step],
    tokens: Tokens<'a>,
    within: Vec<Within>,
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
    /// Returns the first token of the next value that the path leads to.
    fn next_target(&mut self) -> Option<Token<'a>> {
        loop {
            let token = self.tokens.next()?;
            let steps = match token {
                Token::Close(_) => {
                    self.leave();
                    continue;
                }
                Token::Key(key) => {
                    let Some(Within::Object { steps }) = self.within.last() else { return None };
                    let steps = *steps;
                    let is_wanted = matches!(&self.path[steps], Step::Field(name) if key.is(name));
                    let token = self.tokens.next()?;
                    if !is_wanted {
                        self.tokens.value(token);
                        continue;
                    }
                    match self.arrive(token, steps + 1) {
                        Some(target) => return Some(target),
                        None => continue,
                    }
                }
                _ => match self.within.last_mut() {
                    None => Some(0),
                    Some(Within::Object { .. }) => return None,
                    Some(Within::Lists { steps, .. }) => Some(*steps),
                    Some(Within::Items { steps, next }) => {
                        let is_wanted = match self.path[*steps] {
                            Step::Index(index) => index == *next,
                            _ => true,
                        };
                        *next += 1;
                        is_wanted.then_some(*steps + 1)
                    }
                },
            };
            match steps {
                None => {
                    self.tokens.value(token);
                }
                Some(steps) => {
                    if let Some(target) = self.arrive(token, steps) {
                        return Some(target);
                    }
                }
            }
        }
    }

    /// Handles a value that `steps` steps lead to: returns it if the path ends there; otherwise enters or skips it.
    fn arrive(&mut self, token: Token<'a>, steps: usize) -> Option<Token<'a>> {
        let Some(step) = self.path.get(steps) else { return Some(token) };
        match (token, step) {
            (Token::Open(Container::Object), Step::Field(_)) => self.within.push(Within::Object { steps }),
            (Token::Open(Container::Array), Step::Field(_)) => match self.within.last_mut() {
                Some(Within::Lists { steps: of, depth }) if *of == steps => *depth += 1,
                _ => self.within.push(Within::Lists { steps, depth: 1 }),
            },
            (Token::Open(Container::Array), Step::Index(_) | Step::Any) => {
                self.within.push(Within::Items { steps, next: 0 });
            }
            _ => {
                self.tokens.value(token);
            }
        }
        None
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

impl Test {
    pub(super) fn is(text: String) -> Self {
        let literal = Literal::parse(&text);
        Self::Is(text, literal)
    }

    /// Returns true if a value passes, given its first token and its text.
    fn passes(&self, first: Token<'_>, value: &str) -> bool {
        match (self, first) {
            (Self::Is(text, _), Token::String(string)) => string.is(text),
            (Self::Is(text, literal), Token::Open(Container::Object)) => {
                literal.as_ref().is_some_and(|literal| literal.is(value))
                    || text_of_term(value).is_some_and(|found| found.is(text))
            }
            (Self::Is(_, literal), _) => literal.as_ref().is_some_and(|literal| literal.is(value)),
            (Self::Contains(text), Token::String(string)) => find(&string.decoded(), text, 0).is_some(),
            (Self::Contains(text), _) => contains(value, text),
        }
    }
}

/// The names of terms of the Elixir original whose JSON form is an object with their text.
const TERMS: [&str; 8] =
    ["$atom", "$decimal", "$date", "$time", "$naive_datetime", "$datetime", "$integer", "$ref"];

/// Returns the text of a term at the start of a document, such as that of `{"$atom":"draft"}`.
fn text_of_term(document: &str) -> Option<Quoted<'_>> {
    let mut tokens = Tokens::new(document);
    let parts = [tokens.next()?, tokens.next()?, tokens.next()?, tokens.next()?];
    match parts {
        [Token::Open(_), Token::Key(key), Token::String(text), Token::Close(_)] => {
            TERMS.iter().any(|name| key.is(name)).then_some(text)
        }
        _ => None,
    }
}

/// Writes a path, to follow the name of its document.
pub(super) fn write_path(path: &[Step], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for step in path {
        match step {
            Step::Field(name) => {
                f.write_char('.')?;
                let plain = !name.is_empty() && !name.contains(ends_name);
                if plain { f.write_str(name)? } else { quoted(name, f)? }
            }
            Step::Index(index) => write!(f, "[{index}]")?,
            Step::Any => f.write_str("[*]")?,
        }
    }
    Ok(())
}

/// Returns true if an unquoted name in a path ends before this character.
pub(super) fn ends_name(character: char) -> bool {
    matches!(character, '.' | '[' | ']' | '=' | '~' | ':' | '"') || character.is_whitespace()
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, text) = match self {
            Self::Is(text, _) => ('=', text),
            Self::Contains(text) => ('~', text),
        };
        f.write_char(sign)?;
        value(text, f)
    }
}
