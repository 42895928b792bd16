//! The event ids of a space by sequence, stored compactly.

use crate::event::{EventId, SpaceSequence};

/// The distance of places from which reading can start.
const EVERY: u64 = 64;

/// The ids of a space's events, from the first on. Ids rise, so the differences between them are kept: one byte
/// for up to 127, two bytes for up to 16,383.
#[derive(Default)]
pub(super) struct EventIds {
    steps: Vec<u8>,
    /// For every [`EVERY`] events, the id before them and the offset of their first difference.
    begin: Vec<(EventId, usize)>,
    count: u64,
    last: EventId,
}

impl EventIds {
    /// Returns the id of the last event; 0 before the first.
    pub fn last(&self) -> EventId {
        self.last
    }

    /// Appends the id of the next event, which must be above the last.
    pub fn push(&mut self, event_id: EventId) {
        if self.count.is_multiple_of(EVERY) {
            self.begin.push((self.last, self.steps.len()));
        }
        let mut step = event_id.0.saturating_sub(self.last.0);
        while step > 0x7f {
            self.steps.push((step & 0x7f) as u8 | 0x80);
            step >>= 7;
        }
        self.steps.push((step & 0x7f) as u8);
        self.count += 1;
        self.last = event_id;
    }

    /// Returns true if these are the ids of consecutive events that end at this sequence.
    pub fn end_at(&self, event_ids: &[EventId], last: SpaceSequence) -> bool {
        let many = event_ids.len() as u64;
        let Some(first) = last.0.checked_sub(many).filter(|_| last.0 <= self.count) else { return false };
        many == 0 || self.ids_after(first).take(event_ids.len()).eq(event_ids.iter().copied())
    }

    /// Iterates over the ids after the first `many` events.
    fn ids_after(&self, many: u64) -> impl Iterator<Item = EventId> {
        let begin = usize::try_from(many / EVERY).ok().and_then(|block| self.begin.get(block));
        let (mut id, at) = begin.copied().unwrap_or((self.last, self.steps.len()));
        let mut steps = self.steps[at..].iter();
        let ids = std::iter::from_fn(move || {
            let (mut step, mut shift) = (0, 0);
            loop {
                let byte = steps.next()?;
                step |= u64::from(byte & 0x7f) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    id = EventId(id.0 + step);
                    return Some(id);
                }
            }
        });
        ids.skip((many % EVERY) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_events_are_recognised_by_their_ids() {
        let ids: Vec<EventId> = (1..=300_u64).map(|n| EventId(n * n * n * n)).collect();
        let mut known = EventIds::default();
        ids.iter().for_each(|id| known.push(*id));
        for (first, last) in [(0, 1), (0, 300), (63, 64), (64, 65), (100, 193), (299, 300), (7, 7)] {
            let row = &ids[first..last];
            assert!(known.end_at(row, SpaceSequence(last as u64)), "{first}..{last}");
            assert!(row.is_empty() || !known.end_at(row, SpaceSequence(last as u64 + 1)), "{first}..{last}");
        }
        assert!(!known.end_at(&[EventId(2)], SpaceSequence(1)));
        assert!(!known.end_at(&ids, SpaceSequence(299)));
        assert!(!known.end_at(&[], SpaceSequence(301)));
    }
}
