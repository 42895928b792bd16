//! A set of writes to a projection.

use std::mem;

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
pub struct Changes(Vec<(String, Write)>);

impl Changes {
    /// Gives a key a value.
    pub fn put(&mut self, key: &str, value: Json, updated_at: Timestamp) {
        self.set(key, Write::Put { value, updated_at });
    }

    /// Takes a key away.
    pub fn delete(&mut self, key: &str) {
        self.set(key, Write::Delete);
    }

    /// Cheapest where the keys come in order, as they mostly do.
    fn set(&mut self, key: &str, write: Write) {
        let is_behind = self.0.last().is_none_or(|(last, _)| last.as_str() < key);
        let place = if is_behind {
            Err(self.0.len())
        } else {
            self.0.binary_search_by(|(other, _)| other.as_str().cmp(key))
        };
        match place {
            Ok(known) => self.0[known].1 = write,
            Err(place) => self.0.insert(place, (key.to_owned(), write)),
        }
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
            let piece = Self(rest.by_ref().take(limit.max(1)).collect());
            (!piece.is_empty()).then_some(piece)
        })
    }
}

impl FromIterator<(String, Write)> for Changes {
    fn from_iter<I: IntoIterator<Item = (String, Write)>>(writes: I) -> Self {
        let mut writes: Vec<_> = writes.into_iter().collect();
        writes.sort_by(|(a, _), (b, _)| a.cmp(b));
        writes.dedup_by(|later, earlier| {
            let is_same = later.0 == earlier.0;
            if is_same {
                mem::swap(later, earlier);
            }
            is_same
        });
        Self(writes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_in_the_order_of_their_keys_and_the_last_to_a_key_counts() {
        let put = |n: u64| Write::Put { value: Json::of(&n.into()), updated_at: Timestamp(0) };
        let writes = [("b", put(1)), ("c", put(2)), ("a", put(3)), ("b", Write::Delete), ("a", put(4))];
        let collected: Changes =
            writes.clone().map(|(key, write)| (key.to_owned(), write)).into_iter().collect();
        let mut set = Changes::default();
        writes.into_iter().for_each(|(key, write)| set.set(key, write));
        assert_eq!(collected, set);
        let seen: Vec<_> = set.iter().map(|(key, write)| (key, write.clone())).collect();
        assert_eq!(seen, [("a", put(4)), ("b", Write::Delete), ("c", put(2))]);
        let pieces: Vec<usize> = set.split(2).map(|piece| piece.len()).collect();
        assert_eq!(pieces, [2, 1]);
    }
}
