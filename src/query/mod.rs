//! The query language, in which people select events.
//!
//! Words are separated by spaces, and an event must match all of them; a leading `-` negates a word. Values with spaces
//! or commas are quoted. Within quotes `\"` is a quote, `\\` is a backslash, and `*` has no special meaning. [`WORDS`]
//! lists every kind of word.

mod completion;
mod condition;
mod correlation;
mod criteria;
mod document;
mod field;
mod interval;
mod literal;
pub mod moment;
mod parse;
mod pattern;
mod quoting;
mod unfinished;
mod value;
mod walk;
mod words;
mod zone;

pub use completion::{Candidate, DocumentPath, Gap, QueryPart};
pub use criteria::Criteria;
pub use interval::Interval;
pub use unfinished::is_unfinished;
pub use value::ValueQuery;
pub use words::{WORDS, WordHelp, lines as help_lines};
pub use zone::with_zone;

use std::fmt;
use std::str::FromStr;

use condition::{Condition, Term};
use correlation::CorrelationPrefix;
use document::Test;
use pattern::Pattern;

use crate::error::QueryError;
use crate::id::CorrelationId;
use crate::timestamp::Timestamp;

/// Truncates a text for an error.
fn excerpt(text: &str) -> String {
    crate::text::excerpt(text, 40)
}

/// A parsed query. Its times may be relative. An empty query matches every event.
///
/// ```
/// use ramax::Query;
/// let query: Query = r#"type:contact.* -entity:c1 "Ada L""#.parse()?;
/// assert_eq!(query.to_string(), r#"type:contact.* -entity:c1 ~"Ada L""#);
/// let error = "type:x seq:9..1".parse::<Query>().unwrap_err();
/// assert_eq!((error.column(), error.to_string().as_str()), (12, "the range 9..1 ends before it begins, in column 12"));
/// # Ok::<(), ramax::QueryError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    terms: Vec<Term>,
}

impl Query {
    /// Returns true if the query matches every event.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Returns true if a term names a field, and is not just text.
    pub fn names_fields(&self) -> bool {
        self.terms.iter().any(|term| !matches!(term.condition, Condition::Text(_)))
    }

    /// Restricts the query to one entity.
    pub fn about(mut self, entity_id: &str) -> Self {
        let condition = Condition::Entity(vec![Pattern::Exact(entity_id.to_owned())]);
        self.terms.push(Term { negated: false, condition });
        self
    }

    /// Restricts the query to the events of one business process.
    pub fn correlated(mut self, correlation_id: CorrelationId) -> Self {
        let condition = Condition::Correlation(vec![CorrelationPrefix::of(correlation_id)]);
        self.terms.push(Term { negated: false, condition });
        self
    }

    /// Restricts the query to one type.
    pub fn of_type(mut self, event_type: &str) -> Self {
        let condition = Condition::Type(vec![Pattern::Exact(event_type.to_owned())]);
        self.terms.push(Term { negated: false, condition });
        self
    }

    /// Resolves relative times at the current time.
    pub fn resolve(&self, now: Timestamp) -> Criteria {
        Criteria::new(self.terms.clone(), now)
    }

    /// Returns the event types that the query names in full.
    pub fn event_types(&self) -> impl Iterator<Item = &str> {
        let patterns =
            self.terms.iter().filter(|term| !term.negated).filter_map(|term| match &term.condition {
                Condition::Type(patterns) => Some(patterns),
                _ => None,
            });
        patterns.flatten().filter_map(|pattern| match pattern {
            Pattern::Exact(event_type) => Some(event_type.as_str()),
            Pattern::Parts(_) => None,
        })
    }

    /// Returns the texts that matches contain, for highlighting.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter(|term| !term.negated).filter_map(|term| match &term.condition {
            Condition::Text(text) | Condition::Value(_, _, Test::Contains(text) | Test::Is(text, _)) => {
                Some(text.as_str())
            }
            _ => None,
        })
    }
}

impl Query {
    /// Returns every text that the query looks for or excludes. Of a name with `*`, these are its parts.
    pub(crate) fn quoted(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().flat_map(|term| match &term.condition {
            Condition::Text(text) | Condition::Value(_, _, Test::Contains(text) | Test::Is(text, _)) => {
                vec![text.as_str()]
            }
            Condition::Type(patterns) | Condition::Entity(patterns) => {
                patterns.iter().flat_map(Pattern::parts).collect()
            }
            _ => Vec::new(),
        })
    }
}

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        parse::terms(text).map(|terms| Self { terms })
    }
}

/// Writes a normal form that parses to the same query.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.terms.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            term.fmt(f)?;
        }
        Ok(())
    }
}
