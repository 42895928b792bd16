//! A set of writes to a projection.

use std::mem;

use crate::clock::Timestamp;
use crate::json::Json;

/// A write to one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Sets the value.
    Put {
        /// The value.
        value: Json,
        /// The time of the event that writes it.
        updated_at: Timestamp,
    },
    /// Deletes the key.
    Delete,
}

impl Write {
    fn bytes(&self) -> usize {
        match self {
            Self::Put { value, .. } => value.as_str().len(),
            Self::Delete => 0,
        }
    }
}

/// The bytes of values after which a piece of [`Changes`] ends.
const PIECE: usize = 4 << 20;

/// Writes by key, ordered by key; the last write to a key wins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(Vec<(String, Write)>);

impl Changes {
    /// Sets the value of a key.
    pub fn put(&mut self, key: &str, value: Json, updated_at: Timestamp) {
        self.set(key, Write::Put { value, updated_at });
    }

    /// Deletes a key.
    pub fn delete(&mut self, key: &str) {
        self.set(key, Write::Delete);
    }

    /// Adds a write. This is cheapest if the keys arrive in order, as they usually do.
    fn set(&mut self, key: &str, write: Write) {
        let is_last = self.0.last().is_none_or(|(last, _)| last.as_str() < key);
        let index = if is_last {
            Err(self.0.len())
        } else {
            self.0.binary_search_by(|(other, _)| other.as_str().cmp(key))
        };
        match index {
            Ok(known) => self.0[known].1 = write,
            Err(index) => self.0.insert(index, (key.to_owned(), write)),
        }
    }

    /// Iterates over the writes, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Write)> {
        self.0.iter().map(|(key, write)| (key.as_str(), write))
    }

    /// Returns the number of written keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns true if there are no writes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Splits the writes into pieces of at most `limit` keys and 4 MiB of values, and of at least one key.
    pub fn split(self, limit: usize) -> impl Iterator<Item = Self> {
        let mut rest = self.0.into_iter();
        std::iter::from_fn(move || {
            let (mut piece, mut bytes) = (Vec::new(), 0);
            while piece.is_empty() || (piece.len() < limit && bytes < PIECE) {
                let Some((key, write)) = rest.next() else { break };
                bytes += write.bytes();
                piece.push((key, write));
            }
            (!piece.is_empty()).then_some(Self(piece))
        })
    }
}

impl IntoIterator for Changes {
    type Item = (String, Write);
    type IntoIter = std::vec::IntoIter<(String, Write)>;

    /// Iterates over the writes, ordered by key.
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
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
    fn writes_are_ordered_by_key_and_the_last_write_to_a_key_wins() {
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

    #[test]
    fn a_piece_ends_after_large_values() {
        let mut changes = Changes::default();
        for (key, bytes) in [("a", 1), ("b", PIECE), ("c", 1), ("d", 1)] {
            changes.put(key, Json::from_stored("x".repeat(bytes)), Timestamp(0));
        }
        let pieces: Vec<usize> = changes.split(1000).map(|piece| piece.len()).collect();
        assert_eq!(pieces, [2, 2]);
    }
}
