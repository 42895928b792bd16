//! The order of the list of spaces.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Deref;

use foldhash::fast::RandomState;

use crate::console::panes::Filter;
use crate::console::panes::spaces::SpacesPane;
use crate::operations::{SpaceOrder, SpaceOverview};
use crate::space::SpaceId;

/// Returns the order of a column of the list, by its title.
pub(super) fn by_column(title: &str) -> Option<SpaceOrder> {
    SpaceOrder::named(title).filter(|order| *order != SpaceOrder::Created)
}

impl SpacesPane {
    /// Returns the spaces that match the filter, in the chosen order.
    pub fn ordered(&self, filter: &Filter) -> Listed<SpaceId> {
        let shown: Vec<SpaceId> = match self.sort {
            SpaceOrder::Created => self.matching(filter).map(|(space_id, _)| *space_id).collect(),
            SpaceOrder::Name => {
                let found = self.names.iter().filter(|(name, _)| filter.matches(name));
                found.map(|(_, space_id)| *space_id).collect()
            }
            SpaceOrder::Events => self.descending(filter, |space| space.head.last_sequence),
            SpaceOrder::Lag => self.descending(filter, SpaceOverview::lag),
            SpaceOrder::Latest => self.descending(filter, |space| space.head.last_timestamp),
        };
        if self.is_reversed { shown.into_iter().rev().collect::<Vec<_>>().into() } else { shown.into() }
    }

    /// Returns true if the highest is first.
    pub fn is_descending(&self) -> bool {
        self.sort.is_by_counters() != self.is_reversed
    }

    /// Returns the spaces that match the filter, by creation.
    fn matching(&self, filter: &Filter) -> impl Iterator<Item = (&SpaceId, &SpaceOverview)> {
        self.all.iter().filter(|(_, space)| filter.matches(&space.space.space_name))
    }

    /// Returns the spaces that match the filter, the highest first. Equal ones are in order of creation.
    fn descending<K: Ord>(&self, filter: &Filter, key: impl Fn(&SpaceOverview) -> K) -> Vec<SpaceId> {
        let found = self.matching(filter).map(|(space_id, space)| (Reverse(key(space)), *space_id));
        // Reads each space once, rather than with every comparison.
        let mut found: Vec<_> = found.collect();
        found.sort_unstable();
        found.into_iter().map(|(_, space_id)| space_id).collect()
    }
}

/// Ids in display order, each found in constant time.
#[derive(Debug, Clone)]
pub struct Listed<K> {
    keys: Vec<K>,
    places: HashMap<K, usize, RandomState>,
}

impl<K: Copy + Eq + Hash> Listed<K> {
    /// Returns the index of an id.
    pub fn place(&self, key: K) -> Option<usize> {
        self.places.get(&key).copied()
    }
}

impl<K> Default for Listed<K> {
    fn default() -> Self {
        Self { keys: Vec::new(), places: HashMap::default() }
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
