//! An ordered list of ids with constant-time lookup.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Deref;

/// Ids in display order, each found in constant time.
#[derive(Debug, Clone)]
pub struct Listed<K> {
    keys: Vec<K>,
    places: HashMap<K, usize>,
}

impl<K: Copy + Eq + Hash> Listed<K> {
    /// Returns the index of an id.
    pub fn place(&self, key: K) -> Option<usize> {
        self.places.get(&key).copied()
    }
}

impl<K> Default for Listed<K> {
    fn default() -> Self {
        Self { keys: Vec::new(), places: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash> From<Vec<K>> for Listed<K> {
    fn from(keys: Vec<K>) -> Self {
        let places = keys.iter().enumerate().map(|(place, key)| (*key, place)).collect();
        Self { keys, places }
    }
}

impl<K> Deref for Listed<K> {
    type Target = [K];

    fn deref(&self) -> &[K] {
        &self.keys
    }
}
