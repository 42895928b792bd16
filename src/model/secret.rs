//! Values that must not be shown.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A text that is never shown: its `Debug` form hides it, and it cannot be displayed or serialised, so that it reaches an
/// event only where an app writes it there on purpose.
///
/// ```
/// use ramax::Secret;
/// let secret = Secret::new("hunter2");
/// assert_eq!((secret.reveal(), format!("{secret:?}")), ("hunter2", "Secret(•••)".to_owned()));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(•••)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}
