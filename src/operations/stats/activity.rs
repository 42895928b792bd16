//! The activity of a space: its events by minute, hour, day or week.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::error::Result;
use crate::event::{Event, SpaceSequence};
use crate::event_store::{EventStore, Page};
use crate::operations::scope::Scope;
use crate::space::SpaceId;

/// The length of the periods of an [`SpaceActivity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActivityUnit {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day, in UTC.
    Day,
    /// Seven days.
    Week,
}

impl ActivityUnit {
    /// All units, the shortest first.
    pub const ALL: [Self; 4] = [Self::Minute, Self::Hour, Self::Day, Self::Week];

    /// Returns its length in milliseconds.
    pub fn millis(self) -> i64 {
        match self {
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
            Self::Week => 604_800_000,
        }
    }

    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    /// Returns the next shorter unit, if there is one.
    pub fn shorter(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|unit| unit.millis() < self.millis())
    }

    /// Returns the next longer unit, if there is one.
    pub fn longer(self) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.millis() > self.millis())
    }
}

/// A range of periods in which events are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivityWindow {
    /// The length of a period.
    pub unit: ActivityUnit,
    /// The start of the first period.
    pub since: Timestamp,
    /// The number of periods.
    pub periods: usize,
}

impl ActivityWindow {
    /// Returns the window of at most `periods` periods that ends with the period of `last`. Without a unit, it has the
    /// shortest with which it reaches back to `first`, or else weeks.
    pub fn ending(first: Timestamp, last: Timestamp, unit: Option<ActivityUnit>, periods: usize) -> Self {
        let most = i64::try_from(periods.max(1)).unwrap_or(i64::MAX);
        let needed = |unit: &ActivityUnit| {
            let [from, to] = [first, last].map(|time| time.0.div_euclid(unit.millis()));
            to.saturating_sub(from).saturating_add(1).max(1)
        };
        let shortest = || ActivityUnit::ALL.into_iter().find(|unit| needed(unit) <= most);
        let unit = unit.or_else(shortest).unwrap_or(ActivityUnit::Week);
        let kept = needed(&unit).min(most);
        let since = last.0.div_euclid(unit.millis()).saturating_sub(kept - 1).saturating_mul(unit.millis());
        Self { unit, since: Timestamp(since), periods: usize::try_from(kept).unwrap_or(usize::MAX) }
    }

    /// Returns the start of a period, counted from 0.
    pub fn start(&self, period: usize) -> Timestamp {
        let period = i64::try_from(period).unwrap_or(i64::MAX);
        Timestamp(self.since.0.saturating_add(period.saturating_mul(self.unit.millis())))
    }

    /// Returns the end of the last period, which is not part of it.
    pub fn end(&self) -> Timestamp {
        self.start(self.periods)
    }
}

/// The number of events of a space in each period of a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpaceActivity {
    /// The length of a period.
    pub unit: ActivityUnit,
    /// The start of the first period.
    pub since: Timestamp,
    /// The number of events in each period, the oldest first.
    pub counts: Vec<u64>,
}

impl SpaceActivity {
    /// Returns its window.
    pub fn window(&self) -> ActivityWindow {
        ActivityWindow { unit: self.unit, since: self.since, periods: self.counts.len() }
    }

    /// Returns the start of the last period.
    pub fn last_period(&self) -> Timestamp {
        self.window().start(self.counts.len().saturating_sub(1))
    }
}

/// Returns the activity of a space in at most `periods` periods up to its last event, or `None` if it has no events. The unit
/// is the shortest with which all of its events fit. The periods are found by binary search, because times never decrease
/// within a space: of millions of events, some hundreds are read.
pub fn activity(events: &dyn EventStore, space_id: SpaceId, periods: usize) -> Result<Option<SpaceActivity>> {
    let Some((first, last)) = ends(events, space_id)? else { return Ok(None) };
    let window = ActivityWindow::ending(first.timestamp, last.timestamp, None, periods);
    Ok(Some(activity_between(&window, &bounds(events, space_id, &window, &last)?)))
}

/// Returns the number of events of a space in each period of a window, found in the same way.
pub fn activity_in(events: &dyn EventStore, space_id: SpaceId, window: &ActivityWindow) -> Result<Vec<u64>> {
    let Some((_, last)) = ends(events, space_id)? else { return Ok(vec![0; window.periods]) };
    Ok(activity_between(window, &bounds(events, space_id, window, &last)?).counts)
}

/// Returns the first and the last event of a space.
pub(super) fn ends(events: &dyn EventStore, space_id: SpaceId) -> Result<Option<(Event, Event)>> {
    let scope = Scope::Space(space_id);
    let first = scope.read(events, Page::forward(None, 1))?.pop();
    let last = scope.read(events, Page::backward(None, 1))?.pop();
    Ok(first.zip(last))
}

/// Returns the activity in a window with these bounds.
pub(super) fn activity_between(window: &ActivityWindow, bounds: &[u64]) -> SpaceActivity {
    let counts = bounds.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
    SpaceActivity { unit: window.unit, since: window.since, counts }
}

/// Returns the first sequence of each period of a window, and the one after its last period.
pub(super) fn bounds(
    events: &dyn EventStore,
    space_id: SpaceId,
    window: &ActivityWindow,
    last: &Event,
) -> Result<Vec<u64>> {
    let end = last.space_sequence.0.saturating_add(1);
    // The end of a window after the last event need not be searched for.
    let searched = window.periods + usize::from(last.timestamp >= window.end());
    let starts: Vec<Timestamp> = (0..searched).map(|period| window.start(period)).collect();
    let mut bounds = vec![end; window.periods + 1];
    find_bounds(events, Scope::Space(space_id), &starts, &mut bounds[..searched], (0, end))?;
    Ok(bounds)
}

/// Returns the first sequence at or after each of these rising times.
pub(super) fn sequences_at<const N: usize>(
    events: &dyn EventStore,
    space_id: SpaceId,
    times: [Timestamp; N],
    last: &Event,
) -> Result<[u64; N]> {
    let end = last.space_sequence.0.saturating_add(1);
    let mut found = [end; N];
    let late = times.partition_point(|time| *time <= last.timestamp);
    find_bounds(events, Scope::Space(space_id), &times[..late], &mut found[..late], (0, end))?;
    Ok(found)
}

/// Returns the time of the last event at or before a time.
pub(super) fn last_until(
    events: &dyn EventStore,
    space_id: SpaceId,
    until: Timestamp,
    last: &Event,
) -> Result<Option<Timestamp>> {
    let [later] = sequences_at(events, space_id, [Timestamp(until.0.saturating_add(1))], last)?;
    let page = Page::backward(Some(SpaceSequence(later)), 1);
    Ok(events.read_space(space_id, page)?.first().map(|event| event.timestamp))
}

/// Finds the first position of each period. Each is searched for between those of its neighbours.
fn find_bounds(
    events: &dyn EventStore,
    scope: Scope,
    starts: &[Timestamp],
    bounds: &mut [u64],
    (before, from): (u64, u64),
) -> Result<()> {
    let middle = starts.len() / 2;
    let Some(start) = starts.get(middle) else { return Ok(()) };
    let found = scope.boundary_between(events, (before, from), |event| event.timestamp >= *start)?.0;
    let (left, right) = bounds.split_at_mut(middle);
    find_bounds(events, scope, &starts[..middle], left, (before, found))?;
    if let Some((bound, right)) = right.split_first_mut() {
        *bound = found;
        find_bounds(events, scope, &starts[middle + 1..], right, (found.saturating_sub(1), from))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_store::Store;
    use crate::event::NewEvent;
    use crate::event_store::{Append, Expected};
    use crate::json::Json;

    const MINUTE: i64 = 60_000;

    fn space_with(times: &[i64]) -> (Store, SpaceId) {
        let store = Store::memory();
        let space_id = store.events().get_or_create_space("a", None, Timestamp(0)).unwrap().space_id;
        for time in times {
            let events = [NewEvent::new("e", "t", Json::of(&true.into()))];
            let append = Append { expected: Expected::Any, now: Timestamp(*time), events: &events };
            store.events().append(space_id, append).unwrap();
        }
        (store, space_id)
    }

    fn of(times: &[i64], periods: usize) -> Option<SpaceActivity> {
        let (store, space_id) = space_with(times);
        activity(store.events(), space_id, periods).unwrap()
    }

    #[test]
    fn events_are_counted_by_the_shortest_unit_with_which_all_fit() {
        let activity = of(&[0, 1, MINUTE, 3 * MINUTE + 59_999, 3 * MINUTE + 59_999], 4).unwrap();
        assert_eq!((activity.unit, activity.counts), (ActivityUnit::Minute, vec![2, 1, 0, 2]));
        let activity = of(&[0, 59 * MINUTE, 61 * MINUTE], 4).unwrap();
        assert_eq!((activity.unit, &activity.counts), (ActivityUnit::Hour, &vec![2, 1]));
        assert_eq!((activity.since, activity.last_period()), (Timestamp(0), Timestamp(60 * MINUTE)));
    }

    #[test]
    fn only_the_last_periods_are_counted_if_not_all_fit() {
        let weeks: Vec<i64> = (0..10).map(|week| week * ActivityUnit::Week.millis()).collect();
        let activity = of(&weeks, 3).unwrap();
        assert_eq!((activity.unit, activity.counts), (ActivityUnit::Week, vec![1, 1, 1]));
        assert_eq!(activity.since, Timestamp(weeks[7]));
    }

    #[test]
    fn the_counts_equal_those_of_a_scan() {
        let times: Vec<i64> = (0..200).map(|at: i64| (at * at * 37) % 5000 + at * 9000).collect();
        let mut sorted = times;
        sorted.sort_unstable();
        for periods in [1, 2, 7, 31, 48] {
            let activity = of(&sorted, periods).unwrap();
            for (period, count) in (0_i64..).zip(&activity.counts) {
                let start = activity.since.0 + period * activity.unit.millis();
                let is_in = |time: &&i64| (start..start + activity.unit.millis()).contains(*time);
                assert_eq!(sorted.iter().filter(is_in).count() as u64, *count, "{periods} periods");
            }
        }
    }

    #[test]
    fn a_space_without_events_has_no_activity() {
        assert_eq!(of(&[], 10), None);
        assert_eq!(of(&[5], 0).unwrap().counts, [1]);
    }
}
