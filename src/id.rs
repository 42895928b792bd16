//! Numbers that are not to be mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The id of a space, written `#2`, so that it is never mistaken for a name. Ids rise in order of creation and are
/// never used twice.
///
/// ```
/// use ramax::SpaceId;
/// assert_eq!(SpaceId(2).to_string(), "#2");
/// assert_eq!("#2".parse(), Ok(SpaceId(2)));
/// for name in ["2", "#02", "#+2", "# 2", "#"] {
///     assert!(name.parse::<SpaceId>().is_err());
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpaceId(pub u32);

impl fmt::Display for SpaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("#{}", self.0))
    }
}

/// A text that is not the id of a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a space is written #2")]
pub struct ParseSpaceIdError;

impl FromStr for SpaceId {
    type Err = ParseSpaceIdError;

    /// Reads an id in exactly the form in which it is written.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = text.strip_prefix('#').and_then(|number| number.parse().ok()).map(Self);
        id.filter(|id| id.to_string() == text).ok_or(ParseSpaceIdError)
    }
}

/// Correlates all events that belong to one undertaking, whatever the space.
pub type CorrelationId = uuid::Uuid;

/// The store-wide number of an event. It rises with every append and is never used twice, not even
/// after a space was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub u64);

/// The place of an event in its space: 1, 2, 3 … without gaps. `0` stands for "before the first".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpaceSequence(pub u64);

impl EventId {
    /// The id after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl SpaceSequence {
    /// The place before the first event.
    pub const START: Self = Self(0);

    /// The sequence after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for SpaceSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
