//! Errors of queries.

use std::ops::Range;

use thiserror::Error;

/// A query that cannot be read: where, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem}, in column {}", self.column())]
pub struct QueryError {
    /// The query as it was written.
    pub query: String,
    /// The bytes that are wrong. Empty, at the query's end, where something is missing there.
    pub place: Range<usize>,
    /// Where the word that they are in begins, in bytes: up to there the query can be read.
    pub word: usize,
    /// What is wrong with them.
    pub problem: QueryProblem,
}

/// What can be wrong with a part of a query.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QueryProblem {
    /// What stands before the colon is no field.
    #[error("there is no field {word:?}")]
    UnknownField {
        /// What stands there.
        word: String,
        /// The field that is spelled most like it.
        nearest: Option<&'static str>,
    },
    /// Nothing stands where a value should.
    #[error("a value is missing")]
    MissingValue {
        /// How one looks.
        example: &'static str,
    },
    /// Nothing stands behind a `-`.
    #[error("nothing stands behind the -")]
    NothingNegated,
    /// No number, or one that is too large.
    #[error("{text:?} is no number or range of numbers")]
    NotANumber {
        /// What stands there.
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
    /// No time.
    #[error("{text:?} is no time")]
    NotAMoment {
        /// What stands there.
        text: String,
    },
    /// A time zone that is not known.
    #[error("there is no time zone {zone:?}")]
    UnknownZone {
        /// What stands there.
        zone: String,
    },
    /// No correlation id.
    #[error("{text:?} is no correlation id")]
    NotACorrelation {
        /// What stands there.
        text: String,
    },
    /// A quote that never ends.
    #[error("the quote is not closed")]
    OpenQuote,
    /// A backslash before something that needs none.
    #[error("within quotes a backslash stands before a quote or a backslash only")]
    UnknownEscape,
    /// Something directly behind a quote.
    #[error("something follows the closing quote")]
    BehindQuote,
    /// A path into the payload without a test of what it leads to.
    #[error("the payload's field needs = or ~ and a value")]
    NoTest,
    /// A dot without a name.
    #[error("a name is missing in the path")]
    NoName,
    /// An index that is none.
    #[error("an index is a number or * in brackets")]
    NotAnIndex,
}

impl QueryError {
    /// The column, counted from 1 in characters, where the part that is wrong begins.
    #[must_use]
    pub fn column(&self) -> usize {
        self.query.get(..self.place.start).map_or(0, |before| before.chars().count()) + 1
    }

    /// What stands before the word that is wrong, which can be read.
    #[must_use]
    pub fn readable(&self) -> &str {
        self.query.get(..self.word).unwrap_or_default()
    }

    /// The error's name, stable for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        "bad_query"
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> String {
        match &self.problem {
            QueryProblem::UnknownField { word, nearest } => {
                let meant = nearest.map(|field| format!("did you mean {field}? ")).unwrap_or_default();
                format!(
                    "{meant}~{word}: finds it as text; fields are type, entity, after, before, seq, id, \
                     correlation, causation and payload"
                )
            }
            QueryProblem::MissingValue { example } => format!("for example {example}"),
            QueryProblem::NothingNegated => "-type:contact.added; a minus itself is found with ~-".to_owned(),
            QueryProblem::NotANumber { .. } => "100, 100..200, 100.. or ..200".to_owned(),
            QueryProblem::EmptyRange { first, last } => format!("{last}..{first} is what goes up"),
            QueryProblem::NotAMoment { .. } => {
                "2026-01-31T10:00 or 10:00 in UTC, with [Europe/Berlin] or +02:00 behind it, or 90s, 5m, 2h, 3d \
                 for so long ago"
                    .to_owned()
            }
            QueryProblem::UnknownZone { .. } => {
                "name one as the time zone database does, such as [Europe/Berlin], or an offset from UTC, such as \
                 +02:00"
                    .to_owned()
            }
            QueryProblem::NotACorrelation { .. } => {
                "a UUID as `ramax events show EVENT_ID` tells it".to_owned()
            }
            QueryProblem::OpenQuote => "close it, or write a quote within quotes as \\\"".to_owned(),
            QueryProblem::UnknownEscape => "\\\" is a quote, \\\\ is a backslash".to_owned(),
            QueryProblem::BehindQuote => {
                "a space stands between two words; a payload's field is asked for as payload.name=Ada"
                    .to_owned()
            }
            QueryProblem::NoTest => "payload.email~acme contains, payload.name=Ada is".to_owned(),
            QueryProblem::NoName => "payload.user.name, payload.\"first name\" or payload[0]".to_owned(),
            QueryProblem::NotAnIndex => "payload.tags[0] or, for any of them, payload.tags[*]".to_owned(),
        }
    }
}
