//! The fields of an event that a query tests by name: `type:contact.*`.

use super::document::Document;

/// A field, followed by a colon in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Type,
    Entity,
    After,
    Before,
    Sequence,
    Id,
    Correlation,
    Causation,
}

impl Field {
    pub(super) const ALL: [Self; 8] = [
        Self::Type,
        Self::Entity,
        Self::After,
        Self::Before,
        Self::Sequence,
        Self::Id,
        Self::Correlation,
        Self::Causation,
    ];

    /// Returns the field of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Returns the name before the colon.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Entity => "entity",
            Self::After => "after",
            Self::Before => "before",
            Self::Sequence => "seq",
            Self::Id => "id",
            Self::Correlation => "correlation",
            Self::Causation => "causation",
        }
    }

    /// Returns an example of a condition.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Type => "type:contact.*",
            Self::Entity => "entity:c1",
            Self::After => "after:2026-01-31T10:00",
            Self::Before => "before:2h",
            Self::Sequence => "seq:100..200",
            Self::Id => "id:100..200",
            Self::Correlation => "correlation:67e55044",
            Self::Causation => "causation:801",
        }
    }
}

/// Returns the field whose spelling is closest to a word: one is a prefix of the other, or few letters differ.
pub(super) fn nearest(word: &str) -> Option<&'static str> {
    // Longer words are not typing errors.
    if word.chars().count() > 16 {
        return None;
    }
    let word = word.to_lowercase();
    let names = Field::ALL.map(Field::name).into_iter().chain(Document::ALL.map(Document::name));
    // Two letters in the wrong order are one error.
    let ranked = names.map(|name| (strsim::osa_distance(&word, name), name)).min()?;
    let (distance, name) = ranked;
    let begins = word.chars().count() >= 2 && (name.starts_with(&word) || word.starts_with(name));
    (begins || distance <= name.len() / 3).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{QueryError, QueryProblem};
    use crate::query::words::meaning;

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

    #[test]
    fn every_field_and_document_is_in_the_hint_and_explained() {
        let problem = QueryProblem::UnknownField { word: "x".to_owned(), nearest: None };
        let hint = QueryError { query: "x:".to_owned(), place: 0..1, word: 0, problem }.hint();
        let words: Vec<&str> = hint.split([' ', ',']).collect();
        let fields = Field::ALL.map(|field| (field.name(), ':'));
        for (name, sign) in fields.into_iter().chain(Document::ALL.map(|document| (document.name(), '.'))) {
            assert!(words.contains(&name), "the hint omits {name}");
            assert!(!meaning(&format!("{name}{sign}")).is_empty(), "the help omits {name}");
        }
    }
}
