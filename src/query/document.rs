//! Conditions on the documents of an event: a path, and a test of the values that it leads to.
//!
//! A document is read token by token from its text. No number is rounded and no part is copied, and neither deep nesting
//! nor a value that other programs cannot read hides the rest.

use std::fmt::{self, Write};

use super::excerpt;
use super::literal::Literal;
use super::quoting::{quoted, value};
use super::walk::Walk;
use crate::event::Event;
use crate::json::{Container, Json, Quoted, Token, Tokens, contains_between};
use crate::text::{find_between, without_pause};

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
/// Calls `pause` between the pieces of a large document.
///
/// # Errors
/// The error of `pause`.
pub(super) fn holds<E>(
    path: &[Step],
    test: &Test,
    document: &str,
    pause: &mut dyn FnMut() -> Result<(), E>,
) -> Result<bool, E> {
    if path.is_empty()
        && let Test::Contains(wanted) = test
    {
        return contains_between(document, wanted, pause);
    }
    let mut walk = Walk::new(path, document);
    while let Some((first, value)) = walk.next_target(pause)? {
        if test.passes(first, value, pause)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The most values and the most nested containers of a document that are listed.
const MOST: usize = 500;
const DEEPEST: usize = 16;

/// The most bytes of a document in which values are looked for.
const MOST_BYTES: usize = 1 << 20;

/// Returns the part of a document in which values are looked for.
fn beginning(document: &str) -> &str {
    &document[..document.floor_char_boundary(MOST_BYTES)]
}

/// Returns the first tokens of the values that a path leads to; of a term of the Elixir original, its text.
pub(super) fn values<'a>(path: &'a [Step], document: &'a str) -> Vec<Token<'a>> {
    let mut walk = Walk::new(path, beginning(document));
    let mut found = Vec::new();
    while let Some((first, value)) =
        without_pause(|pause| walk.next_target(pause)).filter(|_| found.len() < MOST)
    {
        found.push(text_of_term(value).map_or(first, Token::String));
    }
    found
}

/// Returns the paths to the strings, numbers and words of a document, each with an excerpt of its value. Items of a list
/// share a path. A term of the Elixir original with a text counts as that text.
pub(super) fn leaves(document: &str) -> Vec<(Vec<Step>, String)> {
    let document = beginning(document);
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

impl Test {
    pub(super) fn is(text: String) -> Self {
        let literal = Literal::parse(&text);
        Self::Is(text, literal)
    }

    /// Returns true if a value passes, given its first token and its text.
    fn passes<E>(
        &self,
        first: Token<'_>,
        value: &str,
        pause: &mut dyn FnMut() -> Result<(), E>,
    ) -> Result<bool, E> {
        match (self, first) {
            (Self::Is(text, _), Token::String(string)) => Ok(string.is(text)),
            (Self::Is(text, _), Token::Open(Container::Object))
                if text_of_term(value).is_some_and(|found| found.is(text)) =>
            {
                Ok(true)
            }
            (Self::Is(_, literal), _) => {
                literal.as_ref().map_or(Ok(false), |literal| literal.is(value, pause))
            }
            (Self::Contains(text), Token::String(string)) => {
                Ok(find_between(&string.decoded_between(pause)?, text, pause)?.is_some())
            }
            (Self::Contains(text), _) => contains_between(value, text, pause),
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
                let plain = !name.is_empty() && !name.contains(ends_name) && !name.ends_with(COMPARES);
                if plain { f.write_str(name)? } else { quoted(name, f)? }
            }
            Step::Index(index) => write!(f, "[{index}]")?,
            Step::Any => f.write_str("[*]")?,
        }
    }
    Ok(())
}

/// The characters that make a comparison of a `=` after them. A name that ends in one is quoted.
pub(super) const COMPARES: [char; 3] = ['<', '>', '!'];

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
