//! The query language: which events are wanted, as people type it.
//!
//! | word | holds of events |
//! |---|---|
//! | `type:contact.*` | of this type; `*` stands for anything |
//! | `entity:c1` | about this entity |
//! | `after:2026-01-31T10:00[Europe/Berlin]`, `before:2h` | at or after, and before, a [`Moment`](crate::moment::Moment) |
//! | `seq:100..200`, `id:100..200` | with this sequence, this event id |
//! | `correlation:UUID`, `causation:801` | of this undertaking, caused by this event |
//! | `payload.user.email~acme` | whose field contains this; `payload~acme` asks the whole payload |
//! | `payload.tags[0]=new` | whose field is this |
//! | `~text`, `text`, `"some text"` | with this text in type, entity or payload: in a key, string, number or word of it |
//!
//! Words stand between spaces, and all must hold; a `-` in front has one not hold. Values with spaces stand
//! in quotes, within which `\"` is a quote and `\\` a backslash, and a `*` is no more than that.

mod condition;
mod criteria;
mod excerpt;
mod interval;
mod literal;
mod parse;
mod pattern;
mod payload;
mod quoting;

pub use criteria::Criteria;
pub use interval::Interval;

use std::fmt;
use std::str::FromStr;

use condition::{Condition, Term};
use pattern::Pattern;
use payload::Test;

use crate::error::QueryError;
use crate::timestamp::Timestamp;

/// A query as it was written: times may be relative. Empty, it lets every event through.
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
    /// Whether it lets every event through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The same query, of those events only that are about this entity.
    #[must_use]
    pub fn about(mut self, entity_id: &str) -> Self {
        let condition = Condition::Entity(Pattern::Exact(entity_id.to_owned()));
        self.terms.push(Term { negated: false, condition });
        self
    }

    /// What events have to meet when it is asked now.
    #[must_use]
    pub fn resolve(&self, now: Timestamp) -> Criteria {
        Criteria::new(self.terms.clone(), now)
    }

    /// The types of events, written in full, of which events that match have to be.
    pub fn event_types(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter(|term| !term.negated).filter_map(|term| match &term.condition {
            Condition::Type(Pattern::Exact(event_type)) => Some(event_type.as_str()),
            _ => None,
        })
    }

    /// The texts that events which match contain, so that they can be lit.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter(|term| !term.negated).filter_map(|term| match &term.condition {
            Condition::Text(text)
            | Condition::Payload(_, Test::Contains(text))
            | Condition::Payload(_, Test::Is(text, _)) => Some(text.as_str()),
            _ => None,
        })
    }
}

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        parse::terms(text).map(|terms| Self { terms })
    }
}

/// In one way of several that mean the same: read again, it is the same query.
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
