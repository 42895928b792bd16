//! Errors of queries.

use std::ops::Range;

use thiserror::Error;

/// A query with a syntax error: where, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem}, in column {}", self.column())]
pub struct QueryError {
    /// The query's text.
    pub query: String,
    /// The wrong bytes; empty at the query's end if something is missing there.
    pub place: Range<usize>,
    /// The byte at which the wrong word starts. The query is valid up to there.
    pub word: usize,
    /// The problem.
    pub problem: QueryProblem,
}

/// A problem in a query.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum QueryProblem {
    /// The word before the colon is not a field.
    #[error("there is no field {word:?}")]
    UnknownField {
        /// The text.
        word: String,
        /// The field with the most similar spelling.
        nearest: Option<&'static str>,
    },
    /// A value is missing.
    #[error("a value is missing")]
    MissingValue {
        /// An example.
        example: &'static str,
    },
    /// Nothing follows a `-`.
    #[error("nothing follows the -")]
    NothingNegated,
    /// The text is not a number, or is too large.
    #[error("{text:?} is not a number or a range")]
    NotANumber {
        /// The text.
        text: String,
    },
    /// A range whose end comes before its start.
    #[error("the range {first}..{last} ends before it begins")]
    EmptyRange {
        /// Its start.
        first: u64,
        /// Its end.
        last: u64,
    },
    /// The text is not a time.
    #[error("{text:?} is not a time")]
    NotAMoment {
        /// The text.
        text: String,
    },
    /// The time is further ago than any event.
    #[error("{text:?} is too long ago")]
    TooLongAgo {
        /// The text.
        text: String,
    },
    /// The time zone is unknown.
    #[error("there is no time zone {zone:?}")]
    UnknownZone {
        /// The text.
        zone: String,
    },
    /// The text is not a correlation id.
    #[error("{text:?} is not a correlation id")]
    NotACorrelation {
        /// The text.
        text: String,
    },
    /// A quote is not closed.
    #[error("the quote is not closed")]
    OpenQuote,
    /// A backslash precedes a character that needs none.
    #[error("within quotes, a backslash must precede a quote or a backslash")]
    UnknownEscape,
    /// Text follows a closing quote without a space.
    #[error("text follows the closing quote")]
    TextAfterQuote,
    /// A path into the payload or the metadata has no test of its value.
    #[error("the field needs = or ~ and a value")]
    NoTest,
    /// A path is followed by a comparison that queries do not have.
    #[error("values are not compared with {sign}")]
    NoComparison {
        /// Its sign.
        sign: String,
    },
    /// The name of a field is followed by a sign instead of a colon.
    #[error("a colon is missing after {field}")]
    NoColon {
        /// The name of the field.
        field: &'static str,
        /// An example.
        example: &'static str,
    },
    /// A name is missing after a dot.
    #[error("a name is missing in the path")]
    NoName,
    /// An index is not a number or `*`.
    #[error("an index is a number or * in brackets")]
    NotAnIndex,
}

impl QueryError {
    /// Returns the column at which the wrong part starts, in characters from 1.
    pub fn column(&self) -> usize {
        self.query.get(..self.place.start).map_or(0, |before| before.chars().count()) + 1
    }

    /// Returns the valid part of the query, before the wrong word.
    pub fn readable(&self) -> &str {
        self.query.get(..self.word).unwrap_or_default()
    }

    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        "bad_query"
    }

    /// Suggests what to do next.
    pub fn hint(&self) -> String {
        match &self.problem {
            QueryProblem::UnknownField { word, nearest } => {
                let meant = nearest.map(|field| format!("did you mean {field}? ")).unwrap_or_default();
                format!(
                    "{meant}~{word}: finds it as text; fields are type, entity, after, before, seq, id, \
                     correlation, causation, payload, raw and meta"
                )
            }
            QueryProblem::MissingValue { example } => format!("for example {example}"),
            QueryProblem::NothingNegated => "for example -type:contact.added; ~- finds a minus sign".to_owned(),
            QueryProblem::NotANumber { .. } => "100, 100..200, 100.. or ..200".to_owned(),
            QueryProblem::EmptyRange { first, last } => format!("write {last}..{first}"),
            QueryProblem::NotAMoment { .. } => {
                "2026-01-31T10:00 or 10:00, also followed by [Europe/Berlin] or +02:00; or a time ago: 90s, 5m, 2h, 3d"
                    .to_owned()
            }
            QueryProblem::TooLongAgo { .. } => "a time ago is at most 1,000 years, such as 365000d".to_owned(),
            QueryProblem::UnknownZone { .. } => {
                "use a name from the time zone database, such as [Europe/Berlin], or an offset from UTC, such as \
                     +02:00"
                    .to_owned()
            }
            QueryProblem::NotACorrelation { .. } => {
                "a UUID, as shown in the details of an event, or its first digits".to_owned()
            }
            QueryProblem::OpenQuote => "close it, or write a quote within quotes as \\\"".to_owned(),
            QueryProblem::UnknownEscape => "\\\" is a quote, \\\\ is a backslash".to_owned(),
            QueryProblem::TextAfterQuote => {
                "separate words with a space; test a field with payload.name=Ada"
                    .to_owned()
            }
            QueryProblem::NoTest => "payload.email~acme contains, payload.name=Ada equals; meta.actor=ada for the metadata".to_owned(),
            QueryProblem::NoComparison { .. } => {
                "payload.count=7 equals, -payload.count=7 does not, payload.name~acme contains".to_owned()
            }
            QueryProblem::NoColon { example, .. } => {
                format!("for example {example}; with ~ before it, the word is found as text")
            }
            QueryProblem::NoName => "payload.user.name, payload.\"first name\" or payload[0]".to_owned(),
            QueryProblem::NotAnIndex => "payload.tags[0] or, for any of them, payload.tags[*]".to_owned(),
        }
    }
}
