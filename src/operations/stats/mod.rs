//! Statistics of spaces: events over time and by type, keys by prefix, sizes and lag.
//!
//! The counters of a file are exact. Events in time are found by binary search, so they are exact as well. The types of
//! events and the prefixes of keys are counted one by one up to a bound; of more, a sample is read, and the result says so.

mod activity;
mod file;
mod prefixes;
mod space;
mod types;

pub use activity::{ActivityUnit, ActivityWindow, SpaceActivity, activity, activity_in};
pub use file::{FileStats, file_stats};
pub use prefixes::{KeysByPrefix, PrefixCount};
pub use space::{RecentEvents, SpaceStats, StatsOptions, space_stats};
pub use types::{EventTypeCount, EventTypeCounts};
