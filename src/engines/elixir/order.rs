//! The numbers of a space's events.

use std::collections::HashMap;

use crate::id::SpaceSequence;

/// The order of a space's events.
#[derive(Debug, Clone, Default)]
pub(super) enum Order {
    /// The stored sequences are 1, 2, 3 … in the order of the ids.
    #[default]
    AsStored,
    /// They have gaps or duplicates. The events are numbered by their sequences, and by their ids where these are equal.
    Renumbered(Numbers),
}

/// New numbers of events.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    event_ids: Vec<i64>,
    numbers: HashMap<i64, u64>,
}

impl Numbers {
    /// Numbers events that are in their order.
    pub(super) fn of(event_ids: Vec<i64>) -> Self {
        let numbers = event_ids.iter().copied().zip(1..).collect();
        Self { event_ids, numbers }
    }

    /// Returns the ids of the events after a number, in their order.
    pub(super) fn after(&self, number: SpaceSequence) -> impl DoubleEndedIterator<Item = i64> {
        let start = usize::try_from(number.0).unwrap_or(usize::MAX).min(self.event_ids.len());
        self.event_ids[start..].iter().copied()
    }

    /// Returns the ids of the events before a number, in their order.
    pub(super) fn before(&self, number: SpaceSequence) -> impl DoubleEndedIterator<Item = i64> {
        let end = usize::try_from(number.0.saturating_sub(1)).unwrap_or(usize::MAX).min(self.event_ids.len());
        self.event_ids[..end].iter().copied()
    }

    /// Returns the number of an event.
    pub(super) fn of_event(&self, event_id: i64) -> Option<SpaceSequence> {
        self.numbers.get(&event_id).copied().map(SpaceSequence)
    }
}
