//! The rows of a tree, without the effects that are folded.

use std::collections::HashSet;

use crate::event::EventId;
use crate::operations::{TraceTree, leading_to_matches};

/// An event in the tree, as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceRow {
    /// The event.
    pub event_id: EventId,
    /// The number of steps from the root.
    pub depth: usize,
    /// The row of its cause.
    pub parent: Option<usize>,
    /// True if it is the last effect of its cause.
    pub is_last: bool,
    /// True if it has effects.
    pub has_effects: bool,
    /// The number of effects that are folded, direct and indirect.
    pub hidden: usize,
    /// True unless it is there only because it leads to an event that matches the filter.
    pub is_match: bool,
}

/// Returns the rows of a tree: with a filter, those of the events that match, and of the causes that lead to them.
pub(super) fn rows(
    tree: &TraceTree,
    folded: &HashSet<EventId>,
    is_match: &dyn Fn(EventId) -> bool,
) -> Vec<TraceRow> {
    let order: Vec<(usize, EventId, bool)> =
        tree.in_order().into_iter().map(|(depth, id)| (depth, id, is_match(id))).collect();
    let on_the_way = leading_to_matches(order.iter().map(|(depth, _, is_match)| (*depth, *is_match)));
    let order: Vec<_> =
        order.into_iter().zip(on_the_way).filter(|(_, leads)| *leads).map(|(row, _)| row).collect();
    let kept: HashSet<EventId> = order.iter().map(|(_, event_id, _)| *event_id).collect();
    let effects_of = |cause| tree.effects_of(cause).filter(|effect| kept.contains(effect));
    let mut rows: Vec<TraceRow> = Vec::new();
    // The rows on the way from the root to the last row, by depth.
    let mut path: Vec<usize> = Vec::new();
    // The row that hides its effects, with its depth.
    let mut hiding: Option<(usize, usize)> = None;
    for (depth, event_id, is_match) in order {
        if let Some((index, above)) = hiding {
            if depth > above {
                if let Some(row) = rows.get_mut(index) {
                    row.hidden += 1;
                }
                continue;
            }
            hiding = None;
        }
        path.truncate(depth);
        let parent = path.last().copied();
        let last = parent.and_then(|parent| rows.get(parent)).map(|parent| parent.event_id);
        let is_last = last.is_none_or(|cause| effects_of(cause).next_back() == Some(event_id));
        let has_effects = effects_of(event_id).next().is_some();
        if has_effects && folded.contains(&event_id) {
            hiding = Some((rows.len(), depth));
        }
        path.push(rows.len());
        rows.push(TraceRow { event_id, depth, parent, is_last, has_effects, hidden: 0, is_match });
    }
    rows
}

/// Returns the index of an event among the rows.
pub(super) fn index_of(rows: &[TraceRow], event_id: EventId) -> Option<usize> {
    rows.iter().position(|row| row.event_id == event_id)
}
