//! The bar of time travel: a histogram of the events over time, with day marks and the playhead.

use ratatui::layout::Rect;

use crate::console::app::effect::{Effects, StoreQuery};
use crate::console::app::message::Answer;
use crate::console::app::state::{ConsoleState, ErrorText, RequestId};
use crate::console::app::update::Changed;
use crate::event::SpaceSequence;
use crate::operations::SpaceActivity;
use crate::timestamp::Timestamp;

use super::last;

/// The columns beside the histogram: the borders of the panel and a space at each side.
const BESIDE: u16 = 4;

/// The last sequence and the number of periods: the same two have the same histogram.
type Key = (SpaceSequence, u16);

/// The events of the space by period, as they were loaded last.
#[derive(Debug, Clone, Default)]
pub struct TravelBar {
    /// The number of events in each period.
    pub activity: Option<SpaceActivity>,
    of: Option<Key>,
    asked: Option<(RequestId, Key)>,
}

/// Requests the histogram, unless it is loaded.
pub(crate) fn load(state: &mut ConsoleState, effects: &mut Effects) {
    let key = (last(state), state.size.width.saturating_sub(BESIDE));
    let Some(travel) = state.travel.as_ref().filter(|_| key.1 > 0) else { return };
    if travel.bar.of == Some(key) || travel.bar.asked.is_some() {
        return;
    }
    let (space_id, request) = (travel.space_id, state.request());
    if let Some(travel) = &mut state.travel {
        travel.bar.asked = Some((request, key));
    }
    effects.push(StoreQuery::LoadActivity { request, replaces: None, space_id, periods: key.1.into() });
}

/// Applies the histogram. Returns the answer if it was not asked for here.
pub(crate) fn loaded(
    state: &mut ConsoleState,
    answer: Answer<Option<SpaceActivity>, ErrorText>,
) -> Result<Changed, Answer<Option<SpaceActivity>, ErrorText>> {
    let bar = state.travel.as_mut().map(|travel| &mut travel.bar);
    let is_asked = |bar: &&mut TravelBar| bar.asked.is_some_and(|(asked, _)| asked == answer.request);
    let Some(bar) = bar.filter(is_asked) else { return Err(answer) };
    (bar.of, bar.activity) = (bar.asked.take().map(|(_, key)| key), answer.result.ok().flatten());
    Ok(Changed::Yes)
}

/// The mapping between the cells of a bar and the events of a space.
pub(super) struct Scale<'a> {
    activity: &'a SpaceActivity,
    last: u64,
    width: u64,
}

impl<'a> Scale<'a> {
    /// Returns the scale of a bar of this width, unless there is nothing to show.
    pub(super) fn new(activity: &'a SpaceActivity, last: SpaceSequence, area: Rect) -> Option<Self> {
        let is_empty = area.width == 0 || activity.counts.is_empty();
        (!is_empty).then(|| Self { activity, last: last.0, width: area.width.into() })
    }

    fn periods(&self) -> u64 {
        self.activity.counts.len() as u64
    }

    /// Returns the period of a cell.
    fn period_of(&self, cell: u64) -> usize {
        let period = cell.min(self.width - 1) * self.periods() / self.width;
        usize::try_from(period).unwrap_or(usize::MAX).min(self.activity.counts.len() - 1)
    }

    /// Returns the first cell of a period.
    fn start(&self, period: usize) -> u64 {
        (period as u64 * self.width).div_ceil(self.periods())
    }

    /// Returns the number of events before a period. Those before the first period are not in the histogram.
    fn before(&self, period: usize) -> u64 {
        let rest: u64 = self.activity.counts.iter().skip(period).sum();
        self.last.saturating_sub(rest)
    }

    /// Returns the cell of an event.
    pub(super) fn cell_of(&self, sequence: SpaceSequence) -> u16 {
        let mut before = self.before(0);
        for (period, count) in self.activity.counts.iter().enumerate() {
            if sequence.0 <= before + count {
                let (start, end) = (self.start(period), self.start(period + 1));
                let place = sequence.0.saturating_sub(before + 1);
                let offset = u128::from(place) * u128::from(end - start) / u128::from((*count).max(1));
                let cell = start + u64::try_from(offset).unwrap_or(0);
                return u16::try_from(cell.min(self.width - 1)).unwrap_or(u16::MAX);
            }
            before += count;
        }
        u16::try_from(self.width - 1).unwrap_or(u16::MAX)
    }

    /// Returns the last event of a cell, or the last one before it if it has none.
    pub(super) fn sequence_at(&self, cell: u16) -> SpaceSequence {
        let cell = u64::from(cell);
        if cell + 1 >= self.width {
            return SpaceSequence(self.last);
        }
        let period = self.period_of(cell);
        let (start, end) = (self.start(period), self.start(period + 1).max(self.start(period) + 1));
        let count = self.activity.counts.get(period).copied().unwrap_or(0);
        let share = u128::from(cell.saturating_sub(start) + 1) * u128::from(count);
        let events = share.div_ceil(u128::from(end - start)).min(count.into());
        SpaceSequence(self.before(period) + u64::try_from(events).unwrap_or(count))
    }

    /// Returns the height of each cell: the number of events of its period.
    pub(super) fn heights(&self) -> Vec<u64> {
        (0..self.width).map(|cell| self.activity.counts[self.period_of(cell)]).collect()
    }

    /// Returns the cells at which a period begins, with its time.
    pub(super) fn starts(&self) -> impl Iterator<Item = (u16, Timestamp)> {
        let time = |period: usize| {
            let since = i64::try_from(period).unwrap_or(i64::MAX);
            Timestamp(self.activity.since.0.saturating_add(since.saturating_mul(self.activity.unit.millis())))
        };
        let cell = |period| u16::try_from(self.start(period)).unwrap_or(u16::MAX);
        (0..self.activity.counts.len()).map(move |period| (cell(period), time(period)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::ActivityUnit;

    fn check(counts: &[u64], earlier: u64, width: u16) {
        let activity =
            SpaceActivity { unit: ActivityUnit::Day, since: Timestamp(0), counts: counts.to_vec() };
        let last = earlier + counts.iter().sum::<u64>();
        let scale = Scale::new(&activity, SpaceSequence(last), Rect::new(0, 0, width, 1)).unwrap();
        let cells: Vec<u16> = (0..=last).map(|at| scale.cell_of(SpaceSequence(at))).collect();
        assert!(cells.is_sorted() && cells.iter().all(|cell| *cell < width), "{counts:?} {width}");
        let sequences: Vec<u64> = (0..width).map(|cell| scale.sequence_at(cell).0).collect();
        assert!(sequences.is_sorted(), "{counts:?} {width} {sequences:?}");
        assert_eq!(sequences.last(), Some(&last));
        assert_eq!(scale.heights().len(), usize::from(width));
        if counts.len() <= width.into() {
            // What is seen at a cell is shown there.
            for cell in (0..width).filter(|cell| scale.heights()[usize::from(*cell)] > 0) {
                let shown = scale.cell_of(scale.sequence_at(cell));
                assert_eq!(
                    scale.period_of(shown.into()),
                    scale.period_of(cell.into()),
                    "{counts:?} {width} {cell}"
                );
            }
        }
    }

    #[test]
    fn every_event_has_a_cell_and_every_cell_an_event_in_the_same_order() {
        for counts in [&[1][..], &[40], &[3, 0, 5], &[0, 9, 0, 0, 1_000_000], &[1; 30]] {
            let small = counts.iter().sum::<u64>() < 10_000;
            for width in [1, 2, 7, 30, 76].into_iter().filter(|_| small) {
                check(counts, 0, width);
                check(counts, 12, width);
            }
        }
    }
}
