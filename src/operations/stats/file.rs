//! The statistics of all spaces of a file.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::Serialize;

use crate::clock::Timestamp;
use crate::content_store::{Apps, Store};
use crate::error::{ReplayError, Result};
use crate::event_store::Page;
use crate::operations::{DamagedSpaces, Progress, SpaceOverview, Watch, add_first_times, overviews};

use super::activity::{ActivityUnit, ActivityWindow, SpaceActivity, ends};
use super::space::{SpaceStats, StatsOptions, space_stats};

/// The spaces read at once.
const PAGE: usize = 500;

/// The events and the keys of each space that are counted, however small its share of the bounds is.
const LEAST: u64 = 1000;

/// The totals of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FileStats {
    /// The number of spaces.
    pub spaces: u64,
    /// The number of events.
    pub events: u64,
    /// The total size of all payloads in bytes.
    pub payload_bytes: u64,
    /// The number of keys in all projections.
    pub keys: u64,
    /// The size of the database files in bytes, if there are any.
    pub storage_bytes: Option<u64>,
    /// The time of the last event.
    pub last_event_at: Option<Timestamp>,
    /// The number of projections that lack events.
    pub lagging_projections: u64,
    /// The largest lag of a projection, in events.
    pub largest_lag: u64,
    /// The events of all spaces in each period.
    pub activity: Option<SpaceActivity>,
    /// The damaged spaces. Those whose counters are damaged are not part of the totals.
    #[serde(skip)]
    pub damaged: DamagedSpaces,
}

/// Reads the statistics of all spaces, hands each to `visit`, and returns the totals. All spaces have the same periods. Each
/// space gets its share of the bounds, but at least 1,000 events and keys.
///
/// # Errors
/// As [`space_stats`]; [`ReplayError::Cancelled`] if `visit` breaks.
pub fn file_stats(
    store: &Store,
    apps: &Apps,
    options: &StatsOptions,
    visit: &mut dyn FnMut(SpaceStats) -> ControlFlow<()>,
    watch: &mut Watch<'_>,
) -> Result<FileStats> {
    let mut totals = FileStats { storage_bytes: store.storage_bytes()?, ..FileStats::default() };
    let all = store.events().totals()?.events;
    let options = StatsOptions { ..with_window(store, apps, *options)? };
    each_space(store, apps, &mut |overview| {
        totals.damaged.note(&overview.space, overview.fault.as_ref());
        if overview.is_unread() {
            return Ok(());
        }
        let done = totals.events;
        let events = overview.head.last_sequence.0;
        let of_space = StatsOptions {
            events: share_of(options.events, events, all),
            keys: share_of(options.keys, events, all),
            ..options
        };
        let mut watch_space = |progress: Progress| {
            watch(Progress { done: done.saturating_add(progress.done), total: all.max(done), ..progress })
        };
        let stats = space_stats(store, overview, &of_space, &mut watch_space)?;
        totals.add(&stats);
        match visit(stats) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ReplayError::cancelled().into()),
        }
    })?;
    Ok(totals)
}

impl FileStats {
    fn add(&mut self, space: &SpaceStats) {
        self.spaces += 1;
        self.events += space.events;
        self.payload_bytes += space.payload_bytes;
        self.last_event_at = self.last_event_at.max(space.last_event_at);
        for projection in &space.projections {
            self.keys += projection.keys;
            self.lagging_projections += u64::from(projection.lag > 0);
            self.largest_lag = self.largest_lag.max(projection.lag);
        }
        let Some(activity) = &space.activity else { return };
        match &mut self.activity {
            None => self.activity = Some(activity.clone()),
            Some(all) => all.add(activity),
        }
    }
}

impl SpaceActivity {
    /// Adds the events of another space, in periods of the same length.
    fn add(&mut self, other: &Self) {
        let mut counts: BTreeMap<Timestamp, u64> = BTreeMap::new();
        for activity in [&*self, other] {
            for (period, count) in activity.counts.iter().enumerate() {
                *counts.entry(activity.window().start(period)).or_default() += count;
            }
        }
        let (Some(since), Some(last)) = (counts.keys().next().copied(), counts.keys().next_back().copied())
        else {
            return;
        };
        let window = ActivityWindow::ending(since, last, Some(self.unit), usize::MAX);
        let periods = (0..window.periods).map(|period| window.start(period));
        self.counts = periods.map(|start| counts.get(&start).copied().unwrap_or(0)).collect();
        self.since = since;
    }
}

/// Chooses the periods for all spaces.
fn with_window(store: &Store, apps: &Apps, options: StatsOptions) -> Result<StatsOptions> {
    let (mut first, mut last) = (None::<Timestamp>, options.until);
    each_space(store, apps, &mut |overview| {
        if options.until.is_none() {
            last = last.max(overview.head.last_timestamp);
        }
        if options.unit.is_none()
            && let Some((event, _)) = ends(store.events(), overview.space.space_id)?
        {
            first = Some(first.map_or(event.timestamp, |first| first.min(event.timestamp)));
        }
        Ok(())
    })?;
    let fitting = |first, last| ActivityWindow::ending(first, last, None, options.periods).unit;
    let unit: Option<ActivityUnit> = options.unit.or_else(|| Some(fitting(first?, last?)));
    Ok(StatsOptions { unit, until: last, ..options })
}

fn each_space(store: &Store, apps: &Apps, work: &mut dyn FnMut(SpaceOverview) -> Result<()>) -> Result<()> {
    let mut after = None;
    loop {
        let mut page = overviews(store, apps, Page::forward(after, PAGE))?;
        add_first_times(store, &mut page)?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|overview| overview.space.space_id);
        page.into_iter().try_for_each(&mut *work)?;
        if is_last {
            return Ok(());
        }
    }
}

/// Returns the share of a bound for a space with this many of all events. A bound of 0 stays 0.
fn share_of(bound: u64, events: u64, all: u64) -> u64 {
    if bound == 0 {
        return 0;
    }
    let share = u128::from(bound) * u128::from(events) / u128::from(all.max(1));
    u64::try_from(share).unwrap_or(u64::MAX).max(LEAST)
}
