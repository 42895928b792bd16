//! The activity of a space: its events by minute, hour, day or week.

use crate::clock::Timestamp;
use crate::error::Result;
use crate::event_store::{EventStore, Page};
use crate::space::SpaceId;

use super::scope::Scope;

/// The length of the periods of an [`SpaceActivity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

/// The number of events of a space in each period up to its last event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceActivity {
    /// The length of a period.
    pub unit: ActivityUnit,
    /// The start of the first period.
    pub since: Timestamp,
    /// The number of events in each period, the oldest first. The last period contains the last event.
    pub counts: Vec<u64>,
}

impl SpaceActivity {
    /// Returns the start of the last period.
    pub fn last_period(&self) -> Timestamp {
        let periods = i64::try_from(self.counts.len()).unwrap_or(i64::MAX).saturating_sub(1);
        Timestamp(self.since.0.saturating_add(periods.saturating_mul(self.unit.millis())))
    }
}

/// Returns the activity of a space in at most `periods` periods, or `None` if it has no events. The unit is the shortest
/// with which all of its events fit. The periods are found by binary search, because times never decrease within a space:
/// of millions of events, some hundreds are read.
pub fn activity(events: &dyn EventStore, space_id: SpaceId, periods: usize) -> Result<Option<SpaceActivity>> {
    let scope = Scope::Space(space_id);
    let first = scope.read(events, Page::forward(None, 1))?.pop();
    let last = scope.read(events, Page::backward(None, 1))?.pop();
    let (Some(first), Some(last)) = (first, last) else { return Ok(None) };
    let most = i64::try_from(periods.max(1)).unwrap_or(i64::MAX);
    let span = |unit: ActivityUnit| {
        let [from, to] = [&first, &last].map(|event| event.timestamp.0.div_euclid(unit.millis()));
        (from, to, to.saturating_sub(from).saturating_add(1))
    };
    let unit = ActivityUnit::ALL.into_iter().find(|unit| span(*unit).2 <= most).unwrap_or(ActivityUnit::Week);
    let (from, to, needed) = span(unit);
    let from = from.max(to.saturating_sub(needed.min(most) - 1));
    let starts: Vec<Timestamp> = (from..=to).map(|period| Timestamp(period * unit.millis())).collect();
    let end = scope.position(&last).0.saturating_add(1);
    let mut bounds = vec![end; starts.len() + 1];
    if let Some((_, bounds)) = bounds.split_last_mut() {
        find_bounds(events, scope, &starts, bounds, (0, end))?;
    }
    let counts = bounds.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
    Ok(starts.first().map(|since| SpaceActivity { unit, since: *since, counts }))
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
