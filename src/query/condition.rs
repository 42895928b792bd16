//! The words of a query.

use std::fmt::{self, Write};

use super::correlation::CorrelationPrefix;
use super::document::{Document, Step, Test, write_path};
use super::interval::Interval;
use super::moment::Moment;
use super::pattern::Pattern;
use super::quoting::value;

/// A word of a query, possibly negated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    /// True if the condition must not be met.
    pub(super) negated: bool,
    pub(super) condition: Condition,
}

/// A condition on an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// One of these types.
    Type(Vec<Pattern>),
    /// One of these entities.
    Entity(Vec<Pattern>),
    /// At or after this moment.
    After(Moment),
    /// Before this moment.
    Before(Moment),
    Sequence(Interval),
    Id(Interval),
    /// A correlation whose id starts with one of these.
    Correlation(Vec<CorrelationPrefix>),
    Causation(Interval),
    /// A value in a document of the event passes this test.
    Value(Document, Vec<Step>, Test),
    /// The type, entity or payload contains this text, ignoring ASCII case.
    Text(String),
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_char('-')?;
        }
        self.condition.fmt(f)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(patterns) => alternatives("type", patterns, f),
            Self::Entity(patterns) => alternatives("entity", patterns, f),
            Self::After(moment) => write!(f, "after:{moment}"),
            Self::Before(moment) => write!(f, "before:{moment}"),
            Self::Sequence(interval) => write!(f, "seq:{interval}"),
            Self::Id(interval) => write!(f, "id:{interval}"),
            Self::Correlation(prefixes) => alternatives("correlation", prefixes, f),
            Self::Causation(interval) => write!(f, "causation:{interval}"),
            Self::Value(document, path, test) => {
                f.write_str(document.name())?;
                write_path(path, f)?;
                test.fmt(f)
            }
            Self::Text(text) => {
                f.write_char('~')?;
                value(text, f)
            }
        }
    }
}

/// Writes the values of a field, of which one must match.
fn alternatives(field: &str, values: &[impl fmt::Display], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        if index == 0 { write!(f, "{field}:{value}")? } else { write!(f, ",{value}")? }
    }
    Ok(())
}
