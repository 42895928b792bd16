//! Typed ids and sequences, so that the compiler keeps them apart.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The id of a space, written `#2` so that it is never mistaken for a name. Ids increase in order of creation and are
/// never reused.
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

/// The error for a text that is not a space id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a space is written #2")]
pub struct ParseSpaceIdError;

impl FromStr for SpaceId {
    type Err = ParseSpaceIdError;

    /// Parses an id, only in exactly the form that [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = text.strip_prefix('#').and_then(|number| number.parse().ok()).map(Self);
        id.filter(|id| id.to_string() == text).ok_or(ParseSpaceIdError)
    }
}

/// The id of a correlation: all events of one business process share it, in any space.
pub type CorrelationId = uuid::Uuid;

/// The store-wide number of an event. It increases with every append and is never reused, not even after its space is
/// deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub u64);

/// The position of an event in its space: 1, 2, 3 … without gaps. `0` means "before the first event".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpaceSequence(pub u64);

impl EventId {
    /// Returns the next id.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl SpaceSequence {
    /// The position before the first event.
    pub const START: Self = Self(0);

    /// Returns the next sequence.
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
