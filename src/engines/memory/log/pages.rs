//! Pages of data in memory.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::event::Event;
use crate::event_store::{Direction, Page};
use crate::id::SpaceSequence;

/// Returns a page of the values of a map.
pub(super) fn page_of<K: Ord + Copy, V>(map: &BTreeMap<K, V>, page: Page<K>) -> Vec<&V> {
    range_of(map, page.after.as_ref(), page.direction).take(page.limit).map(|(_, value)| value).collect()
}

/// Returns the entries of a map after a key, in the given direction.
pub(super) fn range_of<'a, K: Ord, V>(
    map: &'a BTreeMap<K, V>,
    after: Option<&K>,
    direction: Direction,
) -> Box<dyn Iterator<Item = (&'a K, &'a V)> + 'a> {
    let bound = after.map_or(Bound::Unbounded, Bound::Excluded);
    match direction {
        Direction::Forward => Box::new(map.range((bound, Bound::Unbounded))),
        Direction::Backward => Box::new(map.range((Bound::Unbounded, bound)).rev()),
    }
}

/// Returns a page of the events that `wanted` accepts.
pub(super) fn page_of_events(
    events: &[Event],
    page: Page<SpaceSequence>,
    wanted: impl Fn(&Event) -> bool,
) -> Vec<Event> {
    let past = |after: SpaceSequence| events.partition_point(|event| event.space_sequence <= after);
    let before = |after: SpaceSequence| events.partition_point(|event| event.space_sequence < after);
    match page.direction {
        Direction::Forward => {
            let rows = events[page.after.map_or(0, past)..].iter();
            rows.filter(|event| wanted(event)).take(page.limit).cloned().collect()
        }
        Direction::Backward => {
            let rows = events[..page.after.map_or(events.len(), before)].iter().rev();
            rows.filter(|event| wanted(event)).take(page.limit).cloned().collect()
        }
    }
}
