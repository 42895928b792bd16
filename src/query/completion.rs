//! Completing a query: the place at the cursor, and what can be there.

use std::fmt;
use std::ops::Range;

use super::Query;
use super::document::{self, Document, Step};
use super::field::Field;
use super::parse::{self, Word, words};
use super::pattern::Pattern;
use super::quoting::{end_of_quoted, unquoted, written};
use super::words::meaning;
use crate::event::Event;
use crate::json::Token;

/// A place in a query where something can be inserted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The bytes that a candidate replaces.
    pub place: Range<usize>,
    /// The part of the query that belongs there.
    pub part: QueryPart,
    /// The start of it that has been typed, without quotes.
    pub typed: String,
    /// The other words of the query, as far as they are valid.
    pub others: Query,
}

/// A part of a query that can be completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryPart {
    /// The name of a field or a document.
    Field,
    /// An event type.
    Type,
    /// An entity.
    Entity,
    /// A point in time.
    Time,
    /// A correlation.
    Correlation,
    /// A path into a document, with the document's name.
    Path(DocumentPath),
    /// A value that a path leads to.
    Value(DocumentPath),
}

/// A path into a document of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentPath {
    document: Document,
    steps: Vec<Step>,
}

/// Text that can be inserted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The text, in quotes if it needs them.
    pub text: String,
    /// A note for people.
    pub note: String,
}

impl Candidate {
    fn new(text: impl Into<String>, note: impl Into<String>) -> Self {
        Self { text: text.into(), note: note.into() }
    }

    /// An event type or an entity.
    pub fn name(name: &str, note: impl Into<String>) -> Self {
        Self::new(Pattern::Exact(name.to_owned()).to_string(), note)
    }
}

impl Gap {
    /// Returns the gap at the cursor, a byte offset. There is none within a word, in a text, and after a closing quote.
    pub fn at(query: &str, cursor: usize) -> Option<Self> {
        let (head, behind) = query.split_at_checked(cursor)?;
        if behind.starts_with(|c: char| !c.is_whitespace() && c != ',') {
            return None;
        }
        let start = words(head).last().filter(|word| word.place.end == head.len());
        let start = start.map_or(head.len(), |word| word.place.start);
        let start = start + usize::from(head[start..].starts_with('-'));
        let (part, from, typed) = missing(&head[start..])?;
        let rest = &behind[behind.find(char::is_whitespace).unwrap_or(behind.len())..];
        let valid =
            [&head[..start], rest].into_iter().flat_map(words).filter_map(|Word { term, .. }| term.ok());
        let others = Query { terms: valid.collect() };
        Some(Self { place: start + from..cursor, part, typed, others })
    }

    /// Returns the candidates that do not depend on events.
    pub fn fixed_candidates(&self) -> Vec<Candidate> {
        let starts: Vec<Candidate> = match self.part {
            QueryPart::Field => {
                let fields = Field::ALL.map(|field| format!("{}:", field.name()));
                let documents = Document::ALL.map(|document| format!("{}.", document.name()));
                let all = fields.into_iter().chain(documents);
                all.map(|start| Candidate::new(start.clone(), meaning(&start))).collect()
            }
            QueryPart::Time => TIMES.iter().map(|(time, note)| Candidate::new(*time, *note)).collect(),
            _ => Vec::new(),
        };
        starts.into_iter().filter(|candidate| self.is_continued_by(candidate)).collect()
    }

    /// Returns true if the candidate starts with what has been typed, and adds to it.
    fn is_continued_by(&self, candidate: &Candidate) -> bool {
        candidate.text.len() > self.typed.len() && candidate.text.starts_with(&self.typed)
    }

    /// Returns true if a name is what has been typed, or contains it, ignoring ASCII case.
    pub fn is_part_of(&self, name: &str) -> bool {
        crate::text::find(name, &self.typed, 0).is_some()
    }

    /// Returns the candidates that an event offers: paths into its documents, or values there. `stored` and `current` are its
    /// two forms.
    pub fn candidates_in(&self, stored: &Event, current: &Event) -> Vec<Candidate> {
        match &self.part {
            QueryPart::Path(path) => path
                .document
                .of(stored, current)
                .map_or_else(Vec::new, |json| self.paths(path.document, json.as_str())),
            QueryPart::Value(path) => path
                .document
                .of(stored, current)
                .map_or_else(Vec::new, |json| self.values(path, json.as_str())),
            _ => Vec::new(),
        }
    }

    /// Returns the paths of a document that start as typed, with or without quotes. A path that is typed completely is
    /// followed by a test.
    fn paths(&self, document: Document, json: &str) -> Vec<Candidate> {
        let plain = |path: &str| path.replace('"', "");
        let typed = plain(&self.typed);
        let mut found = Vec::new();
        for (steps, value) in document::leaves(json) {
            let path = DocumentPath { document, steps }.to_string();
            if path.len() > LONGEST {
                continue;
            }
            if path == self.typed {
                found.push(Candidate::new(format!("{path}="), format!("equals, for example {value}")));
                found.push(Candidate::new(format!("{path}~"), format!("contains, for example {value}")));
            } else if plain(&path).starts_with(&typed) {
                found.push(Candidate::new(path, format!("for example {value}")));
            }
        }
        found
    }

    /// Returns the values at a path that start as typed.
    fn values(&self, path: &DocumentPath, json: &str) -> Vec<Candidate> {
        let values = document::values(&path.steps, json).into_iter().filter_map(|token| match token {
            Token::String(text) => Some(text.decoded().into_owned()),
            Token::Number(text) | Token::Word(text) => Some(text.to_owned()),
            _ => None,
        });
        let fits =
            |value: &String| value.starts_with(&self.typed) && *value != self.typed && value.len() <= LONGEST;
        values.filter(fits).map(|value| Candidate::new(written(&value), "")).collect()
    }
}

/// The longest value that is offered, in bytes.
const LONGEST: usize = 100;

/// Times that are offered.
const TIMES: [(&str, &str); 5] = [
    ("10m", "10 minutes ago"),
    ("1h", "1 hour ago"),
    ("24h", "24 hours ago"),
    ("7d", "7 days ago"),
    ("00:00", "the start of this day"),
];

/// Returns the part at the end of a word, the offset at which it starts, and its text so far.
fn missing(word: &str) -> Option<(QueryPart, usize, String)> {
    if word.starts_with(['~', '"']) {
        return None;
    }
    if let Some(path) = parse::path(word) {
        let (document, steps, end) = path?;
        let path = DocumentPath { document, steps };
        return match word[end..].chars().next() {
            None => Some((QueryPart::Path(path), 0, word.to_owned())),
            Some('=') => Some((QueryPart::Value(path), end + 1, value_of(&word[end + 1..])?)),
            Some(_) => None,
        };
    }
    let Some((name, value)) = word.split_once(':') else {
        return Some((QueryPart::Field, 0, word.to_owned()));
    };
    let start = name.len() + 1;
    let several = |part| {
        let last = last_alternative(value);
        Some((part, start + last, value_of(&value[last..])?))
    };
    match Field::named(name)? {
        Field::Type => several(QueryPart::Type),
        Field::Entity => several(QueryPart::Entity),
        Field::Correlation => several(QueryPart::Correlation),
        Field::After | Field::Before => Some((QueryPart::Time, start, value_of(value)?)),
        Field::Sequence | Field::Id | Field::Causation => None,
    }
}

/// Returns the offset of the last of several values separated by commas.
fn last_alternative(values: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &values[at..];
        let end = match rest.strip_prefix('"') {
            Some(quoted) => end_of_quoted(quoted).map(|end| end + 1),
            None => Some(0),
        };
        match end.and_then(|end| Some(end + rest[end..].find(',')?)) {
            Some(comma) => at += comma + 1,
            None => return at,
        }
    }
}

/// Returns the text of a value so far, which may have an open quote. Returns `None` after a closing quote.
fn value_of(value: &str) -> Option<String> {
    match value.strip_prefix('"') {
        Some(quoted) => unquoted(quoted),
        None => Some(value.to_owned()),
    }
}

impl fmt::Display for DocumentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.document.name())?;
        document::write_path(&self.steps, f)
    }
}
