//! The words of a query.

use std::fmt::{self, Write};

use super::document::{Document, Step, Test, write_path};
use super::interval::Interval;
use super::pattern::Pattern;
use super::quoting::value;
use crate::id::CorrelationId;
use crate::moment::Moment;

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
    Type(Pattern),
    Entity(Pattern),
    /// At or after this moment.
    After(Moment),
    /// Before this moment.
    Before(Moment),
    Sequence(Interval),
    Id(Interval),
    Correlation(CorrelationId),
    Causation(Interval),
    /// A value in a document of the event passes this test.
    Value(Document, Vec<Step>, Test),
    /// The type, entity or payload contains this text, ignoring ASCII case.
    Text(String),
}

/// A field, followed by a colon in a query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) example: &'static str,
}

pub(super) const FIELDS: [Field; 8] = [
    Field { name: "type", example: "type:contact.*" },
    Field { name: "entity", example: "entity:c1" },
    Field { name: "after", example: "after:2026-01-31T10:00" },
    Field { name: "before", example: "before:2h" },
    Field { name: "seq", example: "seq:100..200" },
    Field { name: "id", example: "id:100..200" },
    Field { name: "correlation", example: "correlation:67e55044-10b1-426f-9247-bb680e5fe0c8" },
    Field { name: "causation", example: "causation:801" },
];

/// Returns the field whose spelling is closest to a word: one is a prefix of the other, or few letters differ.
pub(super) fn nearest(word: &str) -> Option<&'static str> {
    // Longer words are not typing errors.
    if word.chars().count() > 16 {
        return None;
    }
    let word = word.to_lowercase();
    let names = FIELDS.iter().map(|field| field.name).chain(Document::ALL.map(Document::name));
    let ranked = names.map(|name| (distance(&word, name), name)).min()?;
    let (distance, name) = ranked;
    let begins = word.chars().count() >= 2 && (name.starts_with(&word) || word.starts_with(name));
    (begins || distance <= name.len() / 3).then_some(name)
}

/// Returns the edit distance: the number of letters to insert, delete or change.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in b.chars().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
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
            Self::Type(pattern) => write!(f, "type:{pattern}"),
            Self::Entity(pattern) => write!(f, "entity:{pattern}"),
            Self::After(moment) => write!(f, "after:{moment}"),
            Self::Before(moment) => write!(f, "before:{moment}"),
            Self::Sequence(interval) => write!(f, "seq:{interval}"),
            Self::Id(interval) => write!(f, "id:{interval}"),
            Self::Correlation(id) => write!(f, "correlation:{id}"),
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

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typing_error_suggests_the_intended_field() {
        let meant =
            [("typ", "type"), ("types", "type"), ("entty", "entity"), ("correlation_id", "correlation")];
        for (word, field) in
            meant.into_iter().chain([("Payload", "payload"), ("sequence", "seq"), ("metadata", "meta")])
        {
            assert_eq!(nearest(word), Some(field), "{word}");
        }
        for word in ["http", "12", "contact", "", "x", &"type".repeat(1000)] {
            assert_eq!(nearest(word), None, "{word}");
        }
    }
}
