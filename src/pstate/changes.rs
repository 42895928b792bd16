//! A set of writes to a projection.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::json::Json;

/// What happens to one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// The key takes this value.
    Put {
        /// The value.
        value: Json,
        /// When the event that writes it was appended.
        updated_at: Timestamp,
    },
    /// The key goes away.
    Delete,
}

/// Writes by key, in the order of the keys; the last write to a key counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(BTreeMap<String, Write>);

impl Changes {
    /// Gives a key a value.
    pub fn put(&mut self, key: &str, value: Json, updated_at: Timestamp) {
        self.0.insert(key.to_owned(), Write::Put { value, updated_at });
    }

    /// Takes a key away.
    pub fn delete(&mut self, key: &str) {
        self.0.insert(key.to_owned(), Write::Delete);
    }

    /// The writes, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Write)> {
        self.0.iter().map(|(key, write)| (key.as_str(), write))
    }

    /// How many keys are written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Cuts the writes into pieces of at most `limit` keys, which is at least one.
    pub fn split(self, limit: usize) -> impl Iterator<Item = Self> {
        let mut rest = self.0.into_iter();
        std::iter::from_fn(move || {
            let piece: Self = rest.by_ref().take(limit.max(1)).collect();
            (!piece.is_empty()).then_some(piece)
        })
    }
}

impl FromIterator<(String, Write)> for Changes {
    fn from_iter<I: IntoIterator<Item = (String, Write)>>(writes: I) -> Self {
        Self(writes.into_iter().collect())
    }
}
