//! The types of a space's events, counted or estimated from a sample.

use std::collections::HashMap;
use std::ops::Range;

use serde::Serialize;

use crate::error::Result;
use crate::event::SpaceSequence;
use crate::event_store::EventStore;
use crate::space::SpaceId;

/// The events in a block of a sample, and in a chunk of a whole count.
const BLOCK: u64 = 100;

/// The most types told apart.
const MOST_TYPES: usize = 1000;

/// The number of events of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventTypeCount {
    /// The type.
    pub event_type: String,
    /// Its number of events. In an estimate, 0 is a type that exists and is not in the sample.
    pub events: u64,
    /// Its number of events in each period of the space's activity.
    pub by_period: Vec<u64>,
}

/// The events of a space by type.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct EventTypeCounts {
    /// True if all events were read. Otherwise the numbers are estimates from events read at even distances.
    pub exact: bool,
    /// The number of events that were read.
    pub read: u64,
    /// The types, the most frequent first.
    pub counts: Vec<EventTypeCount>,
    /// The number of events of further types, if there are more than 1,000.
    pub other: u64,
}

/// Counts types in a part of a space.
pub(super) struct TypeCounter<'a> {
    pub events: &'a dyn EventStore,
    pub space_id: SpaceId,
    /// The first sequence of each period, and the one after the last.
    pub bounds: &'a [u64],
    /// The most events read in one pass.
    pub budget: u64,
}

impl TypeCounter<'_> {
    /// Counts the types of all of a space's `events` events. `progress` is called with the number of events covered.
    pub fn count(&self, events: u64, progress: &mut dyn FnMut(u64) -> Result<()>) -> Result<EventTypeCounts> {
        let all = 1..events.saturating_add(1);
        let within = match self.bounds {
            [first, .., end] => *first..*end,
            _ => 0..0,
        };
        let whole = self.sample(all.clone(), progress)?;
        // A damaged log has fewer events than its last sequence says.
        let exact = whole.read >= events || events <= self.budget.max(BLOCK);
        let (events, of_period) = if exact { (whole.read, None) } else { (events, Some(self.bounds)) };
        // The sample of a large space has few events of a short window.
        let of_window = if exact || within == all { None } else { Some(self.sample(within, progress)?) };
        let in_window = of_window.as_ref().unwrap_or(&whole);
        let mut counts: Vec<EventTypeCount> = Vec::with_capacity(whole.rows.len());
        for (event_type, row) in &whole.index {
            let events = scaled(whole.rows[*row].total, events, whole.read);
            counts.push(EventTypeCount { event_type: event_type.clone(), events, by_period: Vec::new() });
        }
        if !exact {
            self.add_missing(&whole, &mut counts)?;
        }
        for count in &mut counts {
            count.by_period = in_window.by_period(&count.event_type, of_period);
        }
        counts.sort_by(|one, next| {
            next.events.cmp(&one.events).then_with(|| one.event_type.cmp(&next.event_type))
        });
        let read = whole.read + of_window.map_or(0, |sample| sample.read);
        Ok(EventTypeCounts { exact, read, counts, other: scaled(whole.other, events, whole.read) })
    }

    /// Adds the types that exist and are not in the sample.
    fn add_missing(&self, sample: &Sample, counts: &mut Vec<EventTypeCount>) -> Result<()> {
        for event_type in self.events.event_types(self.space_id)? {
            if counts.len() < MOST_TYPES && !sample.index.contains_key(&event_type) {
                counts.push(EventTypeCount { event_type, events: 0, by_period: Vec::new() });
            }
        }
        Ok(())
    }

    /// Reads all events of a range, or blocks of it at even distances.
    fn sample(&self, range: Range<u64>, progress: &mut dyn FnMut(u64) -> Result<()>) -> Result<Sample> {
        let all = range.end.saturating_sub(range.start);
        let budget = self.budget.max(BLOCK);
        let blocks = if all <= budget { all.div_ceil(BLOCK) } else { budget / BLOCK };
        let mut sample =
            Sample { read_by_period: vec![0; self.bounds.len().saturating_sub(1)], ..Sample::default() };
        for block in 0..blocks {
            let first = range.start.saturating_add(if all <= budget {
                block * BLOCK
            } else {
                share(all, block, blocks)
            });
            let most = BLOCK.min(range.end.saturating_sub(first));
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            let after = SpaceSequence(first.saturating_sub(1));
            self.events.replay(self.space_id, after, most, &mut |event| {
                // A period is known by the sequences in it.
                let period = self.bounds.partition_point(|bound| *bound <= event.space_sequence.0);
                sample.add(&event.event_type, period.checked_sub(1));
                Ok(())
            })?;
            progress(share(all, block + 1, blocks))?;
        }
        Ok(sample)
    }
}

/// The types in the events that were read.
#[derive(Default)]
struct Sample {
    read: u64,
    read_by_period: Vec<u64>,
    index: HashMap<String, usize>,
    rows: Vec<SampledType>,
    other: u64,
}

/// The events of one type that were read.
#[derive(Default)]
struct SampledType {
    total: u64,
    /// By period, up to the last one with an event.
    by_period: Vec<u64>,
}

impl Sample {
    /// Returns the events of a type in each period: those that were read, or in proportion to all events between these bounds.
    fn by_period(&self, event_type: &str, bounds: Option<&[u64]>) -> Vec<u64> {
        let row = self.index.get(event_type).map(|row| &self.rows[*row].by_period);
        let periods = self.read_by_period.iter().enumerate();
        periods
            .map(|(period, read)| {
                let found = row.and_then(|row| row.get(period)).copied().unwrap_or(0);
                let all = bounds.map_or(*read, |bounds| bounds[period + 1].saturating_sub(bounds[period]));
                scaled(found, all, *read)
            })
            .collect()
    }

    fn add(&mut self, event_type: &str, period: Option<usize>) {
        self.read += 1;
        let period = period.filter(|period| *period < self.read_by_period.len());
        if let Some(period) = period {
            self.read_by_period[period] += 1;
        }
        let row = match self.index.get(event_type) {
            Some(row) => *row,
            None if self.rows.len() < MOST_TYPES => {
                self.rows.push(SampledType::default());
                self.index.insert(event_type.to_owned(), self.rows.len() - 1);
                self.rows.len() - 1
            }
            None => {
                self.other += 1;
                return;
            }
        };
        let row = &mut self.rows[row];
        row.total += 1;
        if let Some(period) = period {
            row.by_period.resize(row.by_period.len().max(period + 1), 0);
            row.by_period[period] += 1;
        }
    }
}

/// Returns `found` of `read`, in proportion to `all`.
fn scaled(found: u64, all: u64, read: u64) -> u64 {
    if read == 0 || read >= all {
        return found;
    }
    let number = (u128::from(found) * u128::from(all) + u128::from(read / 2)) / u128::from(read);
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Returns the share of `all` that `part` of `parts` is.
fn share(all: u64, part: u64, parts: u64) -> u64 {
    u64::try_from(u128::from(all) * u128::from(part) / u128::from(parts.max(1))).unwrap_or(u64::MAX)
}
