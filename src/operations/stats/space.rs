//! The statistics of one space.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::content_store::Store;
use crate::error::Result;
use crate::event::Event;
use crate::operations::{Phase, Progress, SpaceOverview, Watch, report};

use super::activity::{
    ActivityUnit, ActivityWindow, SpaceActivity, activity_between, bounds, ends, last_until, sequences_at,
};
use super::prefixes::{KeysByPrefix, keys_by_prefix};
use super::types::{EventTypeCounts, TypeCounter};

/// The periods of a window, and bounds on what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatsOptions {
    /// The most periods.
    pub periods: usize,
    /// The length of a period. By default the shortest with which all events fit.
    pub unit: Option<ActivityUnit>,
    /// A time in the last period. By default that of the last event.
    pub until: Option<Timestamp>,
    /// End with the period of the last event up to `until`, however long before it that is.
    pub ends_with_event: bool,
    /// The most events read to count their types. Of more, a sample of this size is read; with 0, types are not counted.
    pub events: u64,
    /// The most keys of each projection read to count them by prefix; with 0, they are not.
    pub keys: u64,
}

impl Default for StatsOptions {
    fn default() -> Self {
        Self { periods: 24, unit: None, until: None, ends_with_event: false, events: 200_000, keys: 200_000 }
    }
}

impl StatsOptions {
    /// Returns options with which everything is counted, however long it takes.
    #[must_use]
    pub fn exact(self) -> Self {
        Self { events: u64::MAX, keys: u64::MAX, ..self }
    }
}

/// The latest events of a space, counted back from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RecentEvents {
    /// The number of events in the last seven days.
    pub last_week: u64,
    /// The number of events in the last 24 hours.
    pub last_day: u64,
    /// The number of events in the last 60 minutes.
    pub last_hour: u64,
}

/// The statistics of a space.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpaceStats {
    /// The space with its counters.
    #[serde(flatten)]
    pub overview: SpaceOverview,
    /// The number of its events.
    pub events: u64,
    /// The total size of all payloads in bytes.
    pub payload_bytes: u64,
    /// The time of its first event.
    pub first_event_at: Option<Timestamp>,
    /// The time of its last event.
    pub last_event_at: Option<Timestamp>,
    /// Its latest events.
    #[serde(flatten)]
    pub recent: RecentEvents,
    /// Its events in each period; `None` if it has none.
    pub activity: Option<SpaceActivity>,
    /// Its events by type.
    pub types: EventTypeCounts,
    /// Its projections, with their keys by prefix.
    pub projections: Vec<KeysByPrefix>,
}

/// Returns the statistics of a space. The numbers of events, in total and over time, are exact; those by type and by prefix
/// are exact up to the bounds of the options. At most one event is read for every bound of a period and each halving of the
/// space, and at most twice [`StatsOptions::events`] in total for the types.
///
/// ```
/// use ramax::operations::{StatsOptions, keep_going, overview, space_stats};
/// use ramax::{Apps, Command, ContentStore, Store, apps::Crm};
/// # fn main() -> ramax::Result<()> {
/// let (store, apps) = (Store::memory(), Apps::standard());
/// let acme = ContentStore::open(&store, "crm_acme", std::sync::Arc::new(Crm))?;
/// acme.execute(Command::new("add-contact").with("contact_id", "c1").with("name", "A").with("email", "a@b.c"))?;
/// let acme = overview(&store, &apps, "crm_acme")?;
/// let stats = space_stats(&store, acme, &StatsOptions::default(), &mut keep_going)?;
/// assert_eq!((stats.events, stats.recent.last_hour, stats.types.counts[0].events), (1, 1, 1));
/// assert_eq!(stats.projections[0].counts[0].prefix.as_deref(), Some("contact"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Read failures, such as a damaged event; [`ReplayError::Cancelled`](crate::ReplayError::Cancelled).
pub fn space_stats(
    store: &Store,
    overview: SpaceOverview,
    options: &StatsOptions,
    watch: &mut Watch<'_>,
) -> Result<SpaceStats> {
    let events = overview.head.last_sequence.0;
    let mut stats = SpaceStats {
        events,
        payload_bytes: overview.head.payload_bytes,
        first_event_at: None,
        last_event_at: overview.head.last_timestamp,
        recent: RecentEvents::default(),
        activity: None,
        types: EventTypeCounts { exact: overview.head.last_sequence.0 == 0, ..EventTypeCounts::default() },
        projections: Vec::new(),
        overview,
    };
    let mut progress = |done| {
        report(watch, Progress { phase: Phase::Read, done, total: events, last_event: None, skipped: 0 })
    };
    progress(0)?;
    // The events of a space that is being deleted or imported are incomplete.
    if stats.overview.space.check_open().is_ok()
        && let Some((first, last)) = ends(store.events(), stats.overview.space.space_id)?
    {
        count_events(store, (&first, &last), options, &mut stats, &mut progress)?;
    }
    for projection in &stats.overview.projections {
        let of_space = (&stats.overview, projection);
        stats.projections.push(keys_by_prefix(store, of_space, options.keys)?);
        progress(events)?;
    }
    Ok(stats)
}

fn count_events(
    store: &Store,
    (first, last): (&Event, &Event),
    options: &StatsOptions,
    stats: &mut SpaceStats,
    progress: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    let (events, space_id) = (store.events(), stats.overview.space.space_id);
    // Events may have been appended since the counters were read.
    stats.events = last.space_sequence.0;
    (stats.first_event_at, stats.last_event_at) = (Some(first.timestamp), Some(last.timestamp));
    let until = match options.until {
        Some(until) if options.ends_with_event => last_until(events, space_id, until, last)?.unwrap_or(until),
        until => until.unwrap_or(last.timestamp),
    };
    let window = ActivityWindow::ending(first.timestamp, until, options.unit, options.periods);
    let bounds = bounds(events, space_id, &window, last)?;
    stats.activity = Some(activity_between(&window, &bounds));
    let now = store.clock().now();
    let ago = |unit: ActivityUnit| Timestamp(now.0.saturating_sub(unit.millis()));
    let [week, day, hour] = [ActivityUnit::Week, ActivityUnit::Day, ActivityUnit::Hour].map(ago);
    // The clock of another machine may be ahead: events of the future are not recent.
    let later = Timestamp(now.0.saturating_add(1));
    let [week, day, hour, later] = sequences_at(events, space_id, [week, day, hour, later], last)?;
    let [week, day, hour] = [week, day, hour].map(|since| later.saturating_sub(since));
    stats.recent = RecentEvents { last_week: week, last_day: day, last_hour: hour };
    let counter = TypeCounter { events, space_id, bounds: &bounds, budget: options.events };
    if options.events > 0 {
        stats.types = counter.count(stats.events, progress)?;
    }
    Ok(())
}
