//! Errors of resolving and changing a projection's values.

use thiserror::Error;

use super::Advice;

/// The reason why a projection's values cannot be resolved or changed. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// References form a cycle.
    #[error("the references form a cycle: {}", keys.join(" → "))]
    CircularReference {
        /// The keys in the order in which they refer to each other; the last repeats an earlier one.
        keys: Vec<String>,
    },
    /// The resolved value is nested too deep.
    #[error("the resolved value of {key} is more than {limit} levels deep")]
    TooDeep {
        /// The key to be resolved.
        key: String,
        /// The maximum number of levels.
        limit: usize,
    },
    /// The resolved value consists of too many entities.
    #[error("the resolved value of {key} has more than {limit} entities")]
    TooLarge {
        /// The key to be resolved.
        key: String,
        /// The maximum number of entities, each counted as often as it is referred to.
        limit: usize,
    },
    /// A child was linked to a parent that does not exist.
    #[error("there is no parent {key}")]
    MissingParent {
        /// The parent's key.
        key: String,
    },
    /// The value is not a map, so it has no fields.
    #[error("{place} is {found}, not a map")]
    NotAMap {
        /// The value's place.
        place: String,
        /// The value's kind.
        found: &'static str,
    },
}

impl ProjectionError {
    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CircularReference { .. } => "circular_reference",
            Self::TooDeep { .. } => "too_deep",
            Self::TooLarge { .. } => "too_large",
            Self::MissingParent { .. } => "missing_parent",
            Self::NotAMap { .. } => "not_a_map",
        }
    }

    /// Says what to do next, if anything can be done.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            Self::TooDeep { .. } | Self::TooLarge { .. } => {
                Some("resolve fewer levels, or follow a path".into())
            }
            Self::MissingParent { .. } => Some("create the parent first".into()),
            Self::CircularReference { .. } | Self::NotAMap { .. } => None,
        }
    }
}

/// The reason why a path is malformed, or leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PathError {
    /// The text is not a path.
    #[error("'{path}' is not a path: at character {at}, {reason}")]
    Malformed {
        /// The text.
        path: String,
        /// The character, counted from 1.
        at: usize,
        /// The problem there.
        reason: &'static str,
    },
    /// A required value is missing.
    #[error("Value of '{path}' is required")]
    Required {
        /// The path.
        path: String,
    },
    /// No value can be inserted there.
    #[error("nothing can be inserted at '{path}': {place} {reason}")]
    Blocked {
        /// The path.
        path: String,
        /// The deepest existing value on the path.
        place: String,
        /// The reason.
        reason: String,
    },
}

impl PathError {
    /// Returns the error's stable name, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed_path",
            Self::Required { .. } => "value_required",
            Self::Blocked { .. } => "blocked_path",
        }
    }
}
