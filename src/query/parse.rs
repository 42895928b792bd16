//! Parsing a query.

use std::borrow::Cow;
use std::ops::Range;

use super::condition::{Condition, Term};
use super::correlation::CorrelationPrefix;
use super::document::{COMPARES, Document, Step, Test, ends_name};
use super::excerpt;
use super::field::{Field, nearest};
use super::interval::Interval;
use super::moment::{Moment, ParseMomentError};
use super::pattern::Pattern;
use super::value::ValueTerm;
use crate::error::{QueryError, QueryProblem};

/// Parses a query into its words.
pub(super) fn terms(query: &str) -> Result<Vec<Term>, QueryError> {
    each(query, Reader::term).map_err(|fault| fault.of(query))
}

/// Parses conditions on a value.
pub(super) fn value_terms(query: &str) -> Result<Vec<ValueTerm>, QueryError> {
    each(query, Reader::value_term).map_err(|fault| fault.of(query))
}

/// An error in a query, without the text of the query.
pub(super) struct Fault {
    place: Range<usize>,
    word: usize,
    problem: QueryProblem,
}

impl Fault {
    fn of(self, query: &str) -> QueryError {
        let Self { place, word, problem } = self;
        QueryError { query: query.to_owned(), place, word, problem }
    }
}

/// Reads terms until the end of the query.
fn each<'a, T>(
    query: &'a str,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut reader = Reader { query, at: 0, word: 0 };
    let mut terms = Vec::new();
    loop {
        reader.take_while(char::is_whitespace);
        if reader.rest().is_empty() {
            return Ok(terms);
        }
        terms.push(read(&mut reader)?);
    }
}

/// A word of a query, valid or not.
pub(super) struct Word {
    pub(super) place: Range<usize>,
    pub(super) term: Result<Term, Fault>,
}

/// Returns the words of a query, including those after an invalid one.
pub(super) fn words(query: &str) -> impl Iterator<Item = Word> + '_ {
    let mut reader = Reader { query, at: 0, word: 0 };
    std::iter::from_fn(move || {
        reader.take_while(char::is_whitespace);
        if reader.rest().is_empty() {
            return None;
        }
        let start = reader.at;
        let term = reader.term();
        if let Err(error) = &term {
            reader.at = reader.at.max(error.place.end);
            reader.take_while(|c| !c.is_whitespace());
        }
        Some(Word { place: start..reader.at, term })
    })
}

/// Returns the document and the path at the start of a word, as far as they are typed, and where they end. Returns
/// `Some(None)` if the path is invalid, and `None` if the word names no document.
pub(super) fn path(word: &str) -> Option<Option<(Document, Vec<Step>, usize)>> {
    let mut reader = Reader { query: word, at: 0, word: 0 };
    let document = reader.document()?;
    reader.at += document.name().len();
    let mut path = Vec::new();
    Some(match reader.path(&mut path) {
        Ok(()) => Some((document, path, reader.at)),
        Err(error) if error.place.end == word.len() => Some((document, path, word.len())),
        Err(_) => None,
    })
}

/// The signs at which the name of a field would end, if fields were compared.
const SIGNS: [char; 4] = ['=', '<', '>', '!'];

/// A parser at a position in a query.
struct Reader<'a> {
    query: &'a str,
    at: usize,
    /// The start of the current word.
    word: usize,
}

/// A value and its position.
struct Value<'a> {
    text: Cow<'a, str>,
    quoted: bool,
    place: Range<usize>,
}

impl<'a> Reader<'a> {
    fn term(&mut self) -> Result<Term, Fault> {
        self.word = self.at;
        let negated = self.take('-');
        if negated && self.is_at_end_of_word() {
            return Err(self.error(self.word..self.at, QueryProblem::NothingNegated));
        }
        Ok(Term { negated, condition: self.condition()? })
    }

    fn condition(&mut self) -> Result<Condition, Fault> {
        if self.take('~') {
            return Ok(Condition::Text(self.value("~text")?.text.into_owned()));
        }
        if self.rest().starts_with('"') {
            return Ok(Condition::Text(self.value("\"some text\"")?.text.into_owned()));
        }
        if let Some(document) = self.document() {
            return self.value_in(document);
        }
        let start = self.at;
        let word = self.take_while(|c| !c.is_whitespace());
        let Some((name, _)) = word.split_once(':') else { return self.word_without_colon(start, word) };
        let Some(field) = Field::named(name) else {
            let problem = QueryProblem::UnknownField { word: excerpt(name), nearest: nearest(name) };
            return Err(self.error(start..start + name.len(), problem));
        };
        self.at = start + name.len() + 1;
        self.field(field)
    }

    /// A word without a colon is a text, unless it looks like a condition on a field.
    fn word_without_colon(&self, start: usize, word: &str) -> Result<Condition, Fault> {
        let (name, rest) = word.split_at(word.find(SIGNS).unwrap_or(word.len()));
        let sign = rest.strip_suffix(rest.trim_start_matches(SIGNS)).unwrap_or_default();
        let place = start + name.len()..start + name.len() + sign.len();
        let is_document = Document::ALL.iter().any(|document| document.name() == name);
        let problem = match Field::named(name) {
            _ if sign.is_empty() => None,
            Some(field) => Some(QueryProblem::NoColon { field: field.name(), example: field.example() }),
            None => is_document.then(|| QueryProblem::NoComparison { sign: sign.to_owned() }),
        };
        match problem {
            None => Ok(Condition::Text(word.to_owned())),
            Some(problem) => Err(self.error(place, problem)),
        }
    }

    fn field(&mut self, field: Field) -> Result<Condition, Fault> {
        Ok(match field {
            Field::Type => Condition::Type(self.patterns(field)?),
            Field::Entity => Condition::Entity(self.patterns(field)?),
            Field::After => Condition::After(self.moment(field)?),
            Field::Before => Condition::Before(self.moment(field)?),
            Field::Sequence => Condition::Sequence(self.interval(field)?),
            Field::Id => Condition::Id(self.interval(field)?),
            Field::Correlation => Condition::Correlation(self.correlations(field)?),
            Field::Causation => Condition::Causation(self.interval(field)?),
        })
    }

    fn patterns(&mut self, field: Field) -> Result<Vec<Pattern>, Fault> {
        let pattern = |value: Value<'_>| match value.quoted {
            true => Pattern::Exact(value.text.into_owned()),
            false => Pattern::parse(&value.text),
        };
        Ok(self.alternatives(field.example())?.into_iter().map(pattern).collect())
    }

    fn moment(&mut self, field: Field) -> Result<Moment, Fault> {
        let value = self.value(field.example())?;
        value.text.parse().map_err(|error| match error {
            ParseMomentError::Form => {
                self.error(value.place.clone(), QueryProblem::NotAMoment { text: excerpt(&value.text) })
            }
            ParseMomentError::TooLongAgo => {
                self.error(value.place.clone(), QueryProblem::TooLongAgo { text: excerpt(&value.text) })
            }
            ParseMomentError::Zone { zone, place } => {
                let start = value.place.start;
                let place =
                    if value.quoted { value.place.clone() } else { start + place.start..start + place.end };
                self.error(place, QueryProblem::UnknownZone { zone: excerpt(&zone) })
            }
        })
    }

    fn interval(&mut self, field: Field) -> Result<Interval, Fault> {
        let value = self.value(field.example())?;
        Interval::parse(&value.text).map_err(|problem| self.error(value.place.clone(), problem))
    }

    fn correlations(&mut self, field: Field) -> Result<Vec<CorrelationPrefix>, Fault> {
        let values = self.alternatives(field.example())?;
        let id = |value: Value<'_>| {
            let problem = || QueryProblem::NotACorrelation { text: excerpt(&value.text) };
            CorrelationPrefix::parse(&value.text).ok_or_else(|| self.error(value.place.clone(), problem()))
        };
        values.into_iter().map(id).collect()
    }

    /// Returns the document on which a condition follows. Otherwise, its name is a text.
    fn document(&self) -> Option<Document> {
        Document::ALL.into_iter().find(|document| {
            let after = self.rest().strip_prefix(document.name());
            after.is_some_and(|rest| rest.starts_with(['.', '[', '=', '~', ':']))
        })
    }

    fn value_in(&mut self, document: Document) -> Result<Condition, Fault> {
        let start = self.at;
        self.at += document.name().len();
        let mut path = Vec::new();
        self.path(&mut path)?;
        let test = self.test(start, (document.equals(), document.contains()))?;
        Ok(Condition::Value(document, path, test))
    }

    /// Parses a condition on a value: a path without the name of a document, and a test.
    fn value_term(&mut self) -> Result<ValueTerm, Fault> {
        self.word = self.at;
        let negated = self.take('-');
        let (start, mut path) = (self.at, Vec::new());
        if !self.rest().starts_with(['=', '~', '.', '[']) {
            path.push(Step::Field(self.name()?));
        }
        self.path(&mut path)?;
        Ok(ValueTerm { negated, path, test: self.test(start, ("name=Ada", "email~acme"))? })
    }

    /// Parses the test of the value at a path that begins at `start`, given examples for errors.
    fn test(
        &mut self,
        start: usize,
        (equals, contains): (&'static str, &'static str),
    ) -> Result<Test, Fault> {
        if let Some(place) = self.comparison() {
            let sign = self.query.get(place.clone()).unwrap_or_default().to_owned();
            return Err(self.error(place, QueryProblem::NoComparison { sign }));
        }
        if self.take('=') {
            return Ok(Test::is(self.value(equals)?.text.into_owned()));
        }
        if self.take('~') {
            return Ok(Test::Contains(self.value(contains)?.text.into_owned()));
        }
        let place = if self.is_at_end_of_word() { start..self.at } else { self.next_character() };
        Err(self.error(place, QueryProblem::NoTest))
    }

    /// Returns the place of a comparison such as `>=`, `!=` or `==` after a path.
    fn comparison(&self) -> Option<Range<usize>> {
        let ends_in_sign = self.query.get(..self.at).is_some_and(|before| before.ends_with(COMPARES));
        match self.rest() {
            rest if rest.starts_with("==") => Some(self.at..self.at + 2),
            rest if rest.starts_with('=') && ends_in_sign => Some(self.at - 1..self.at + 1),
            _ => None,
        }
    }

    /// Parses the steps of a path.
    fn path(&mut self, path: &mut Vec<Step>) -> Result<(), Fault> {
        loop {
            if self.take('.') {
                path.push(Step::Field(self.name()?));
            } else if self.take('[') {
                path.push(self.index()?);
            } else {
                return Ok(());
            }
        }
    }

    fn name(&mut self) -> Result<String, Fault> {
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let name = self.take_while(|c| !ends_name(c));
        if name.is_empty() {
            return Err(self.error(self.next_character(), QueryProblem::NoName));
        }
        Ok(name.to_owned())
    }

    /// Parses an index, after its opening bracket.
    fn index(&mut self) -> Result<Step, Fault> {
        let start = self.at - 1;
        let inside = self.take_while(|c| c != ']' && !c.is_whitespace());
        let index = match inside {
            "*" => Some(Step::Any),
            "" => None,
            // No list has more items than that.
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(Step::Index(digits.parse().unwrap_or(usize::MAX)))
            }
            _ => None,
        };
        match index {
            Some(index) if self.take(']') => Ok(index),
            _ => Err(self.error(start..self.at, QueryProblem::NotAnIndex)),
        }
    }

    /// Parses a value, up to the end of its word or its closing quote.
    fn value(&mut self, example: &'static str) -> Result<Value<'a>, Fault> {
        self.value_before(char::is_whitespace, example)
    }

    /// Parses values separated by commas, up to the end of their word.
    fn alternatives(&mut self, example: &'static str) -> Result<Vec<Value<'a>>, Fault> {
        let mut values = Vec::new();
        loop {
            values.push(self.value_before(|c| c == ',' || c.is_whitespace(), example)?);
            if !self.take(',') {
                return Ok(values);
            }
        }
    }

    /// Parses a value, up to a character that ends it or its closing quote.
    fn value_before(&mut self, ends: fn(char) -> bool, example: &'static str) -> Result<Value<'a>, Fault> {
        let start = self.at;
        if self.rest().starts_with('"') {
            let text = Cow::Owned(self.quoted()?);
            if self.rest().starts_with(|c| !ends(c)) {
                return Err(self.error(self.next_character(), QueryProblem::TextAfterQuote));
            }
            return Ok(Value { text, quoted: true, place: start..self.at });
        }
        let text = self.take_while(|c| !ends(c));
        if text.is_empty() {
            return Err(self.error(self.at..self.at, QueryProblem::MissingValue { example }));
        }
        Ok(Value { text: Cow::Borrowed(text), quoted: false, place: start..self.at })
    }

    /// Parses a quoted text, from its opening quote.
    fn quoted(&mut self) -> Result<String, Fault> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut characters = self.rest().char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += at + 1;
                    return Ok(text);
                }
                '\\' => match characters.next() {
                    Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                    Some((offset, other)) => {
                        let place = self.at + at..self.at + offset + other.len_utf8();
                        return Err(self.error(place, QueryProblem::UnknownEscape));
                    }
                    None => break,
                },
                other => text.push(other),
            }
        }
        Err(self.error(start..self.query.len(), QueryProblem::OpenQuote))
    }

    fn rest(&self) -> &'a str {
        &self.query[self.at..]
    }

    fn take(&mut self, wanted: char) -> bool {
        let taken = self.rest().starts_with(wanted);
        self.at += if taken { wanted.len_utf8() } else { 0 };
        taken
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !wanted(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    fn is_at_end_of_word(&self) -> bool {
        self.rest().chars().next().is_none_or(char::is_whitespace)
    }

    fn next_character(&self) -> Range<usize> {
        self.at..self.at + self.rest().chars().next().map_or(0, char::len_utf8)
    }

    fn error(&self, place: Range<usize>, problem: QueryProblem) -> Fault {
        Fault { place, word: self.word, problem }
    }
}
