//! Errors of following and changing a projection's values.

use thiserror::Error;

/// Why a projection's values cannot be followed or changed. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProjectionError {
    /// References lead back to where they started, with no value between them.
    #[error("the references lead in a circle: {}", keys.join(" → "))]
    CircularReference {
        /// The keys, in the order in which they are followed; the last is there twice.
        keys: Vec<String>,
    },
    /// What the references lead to is nested too deep to be one value.
    #[error("what {key} leads to is more than {limit} levels deep")]
    TooDeep {
        /// Where it begins.
        key: String,
        /// The most levels there may be.
        limit: usize,
    },
    /// What the references lead to is too much to be one value.
    #[error("what {key} leads to is made of more than {limit} entities")]
    TooLarge {
        /// Where it begins.
        key: String,
        /// The most entities there may be, each counted as often as it is referred to.
        limit: usize,
    },
    /// A child cannot be linked to a parent that is not there.
    #[error("there is no parent {key}")]
    MissingParent {
        /// The parent's key.
        key: String,
    },
    /// The value is not a map, so that it has no fields.
    #[error("{place} is {found}, not a map")]
    NotAMap {
        /// Which value.
        place: String,
        /// What it is.
        found: &'static str,
    },
}

impl ProjectionError {
    /// The error's name, stable for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CircularReference { .. } => "circular_reference",
            Self::TooDeep { .. } => "too_deep",
            Self::TooLarge { .. } => "too_large",
            Self::MissingParent { .. } => "missing_parent",
            Self::NotAMap { .. } => "not_a_map",
        }
    }

    /// What to do next, where there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::TooDeep { .. } | Self::TooLarge { .. } => {
                Some("resolve fewer levels, or follow a path".to_owned())
            }
            Self::MissingParent { .. } => Some("create the parent first".to_owned()),
            Self::CircularReference { .. } | Self::NotAMap { .. } => None,
        }
    }
}

/// Why a path cannot be read, or does not lead where it should.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    /// The text is not a path.
    #[error("'{path}' is not a path: at character {at}, {reason}")]
    Malformed {
        /// The text.
        path: String,
        /// Which character, counted from 1.
        at: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// Nothing is there that has to be.
    #[error("Value of '{path}' is required")]
    Required {
        /// The path.
        path: String,
    },
    /// Nothing can be inserted there.
    #[error("nothing can be inserted at '{path}': {place} {reason}")]
    Blocked {
        /// The path.
        path: String,
        /// How far it leads.
        place: String,
        /// What stands in the way there.
        reason: String,
    },
}

impl PathError {
    /// The error's name, stable for programs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed_path",
            Self::Required { .. } => "value_required",
            Self::Blocked { .. } => "blocked_path",
        }
    }
}
