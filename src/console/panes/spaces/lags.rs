//! The lag of projections over time, and what a rebuild has left, as they were seen while the console runs.

use std::collections::{BTreeMap, VecDeque};

use crate::clock::Timestamp;
use crate::operations::SpaceOverview;
use crate::space::SpaceId;

/// The most samples kept of one projection: when there are more, every other one is dropped.
const SAMPLES: usize = 240;
/// The most projections and rebuilds whose samples are kept.
const SERIES: usize = 200;

/// Samples of a number of events, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Samples(VecDeque<(Timestamp, u64)>);

impl Samples {
    /// Adds a number, if it differs from the one before.
    fn add(&mut self, at: Timestamp, number: u64) {
        if self.0.back().is_some_and(|(_, before)| *before == number) {
            return;
        }
        if self.0.len() >= SAMPLES {
            let mut index = 0;
            self.0.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
        self.0.push_back((at, number));
    }

    /// Returns the number at the end of each of `columns` equal parts of the time from the first sample to the last.
    pub fn columns(&self, columns: u16) -> Vec<u64> {
        let (Some((first, _)), Some((last, _))) = (self.0.front(), self.0.back()) else { return Vec::new() };
        let time = i128::from(last.0) - i128::from(first.0);
        let mut samples = self.0.iter().peekable();
        let mut number = 0;
        (1..=columns)
            .map(|column| {
                let end = i128::from(first.0) + time * i128::from(column) / i128::from(columns);
                while let Some((_, next)) = samples.next_if(|(at, _)| i128::from(at.0) <= end) {
                    number = *next;
                }
                number
            })
            .collect()
    }

    /// Returns the time between the first sample and the last, in milliseconds.
    pub fn millis(&self) -> u64 {
        let [first, last] = [self.0.front(), self.0.back()].map(|sample| sample.map_or(0, |(at, _)| at.0));
        u64::try_from(last.saturating_sub(first)).unwrap_or(0)
    }

    /// Returns true if the number has changed since the first sample.
    pub fn have_changed(&self) -> bool {
        self.0.len() > 1
    }

    /// Returns the last number.
    pub fn last(&self) -> u64 {
        self.0.back().map_or(0, |(_, number)| *number)
    }
}

/// The samples of all projections. Those of projections that never lagged are not kept.
#[derive(Debug, Clone, Default)]
pub struct Lags {
    projections: BTreeMap<(SpaceId, String), Samples>,
    rebuilds: BTreeMap<SpaceId, Samples>,
}

impl Lags {
    /// Notes the lags of a space's projections. `before` is the space as it was read the last time.
    pub fn note(&mut self, before: Option<&SpaceOverview>, space: &SpaceOverview, at: Timestamp) {
        for projection in &space.projections {
            let lag = projection.lag(&space.head);
            let key = (space.space.space_id, projection.name.to_string());
            if let Some(samples) = self.projections.get_mut(&key) {
                samples.add(at, lag);
            } else if lag > 0 && self.projections.len() < SERIES {
                let was_current = before
                    .and_then(|before| Some((before, before.projection(&projection.name)?)))
                    .is_some_and(|(before, projection)| projection.lag(&before.head) == 0);
                let samples = self.projections.entry(key).or_default();
                if was_current {
                    samples.add(at, 0);
                }
                samples.add(at, lag);
            }
        }
    }

    /// Notes the number of events that a rebuild has left. Its first number starts the samples again.
    pub fn note_rebuild(&mut self, space_id: SpaceId, left: u64, at: Timestamp) {
        if self.rebuilds.len() >= SERIES && !self.rebuilds.contains_key(&space_id) {
            return;
        }
        let samples = self.rebuilds.entry(space_id).or_default();
        if left > samples.last() {
            *samples = Samples::default();
        }
        samples.add(at, left);
    }

    /// Forgets a deleted space.
    pub fn remove(&mut self, space_id: SpaceId) {
        self.projections.retain(|(of, _), _| *of != space_id);
        self.rebuilds.remove(&space_id);
    }

    /// Returns the samples of a projection, if it has lagged.
    pub fn of(&self, space_id: SpaceId, projection: &str) -> Option<&Samples> {
        self.projections.get(&(space_id, projection.to_owned()))
    }

    /// Returns the samples of the last rebuild of a space.
    pub fn rebuild(&self, space_id: SpaceId) -> Option<&Samples> {
        self.rebuilds.get(&space_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_show_the_last_number_of_their_part_of_the_time() {
        let mut samples = Samples::default();
        for (at, number) in [(1000, 8), (1000, 8), (2000, 4), (9000, 0)] {
            samples.add(Timestamp(at), number);
        }
        assert_eq!(samples.columns(8), [4, 4, 4, 4, 4, 4, 4, 0]);
        assert_eq!((samples.millis(), samples.have_changed(), samples.columns(0)), (8000, true, Vec::new()));
        assert_eq!(Samples::default().columns(3), [0; 0]);
    }

    #[test]
    fn samples_are_thinned_out_rather_than_forgotten() {
        let mut samples = Samples::default();
        for at in 0..10_000_u16 {
            samples.add(Timestamp(at.into()), 10_000 - u64::from(at));
        }
        assert!(samples.0.len() <= SAMPLES);
        assert_eq!((samples.0.front(), samples.last()), (Some(&(Timestamp(0), 10_000)), 1));
    }

    #[test]
    fn a_further_rebuild_starts_again() {
        let mut lags = Lags::default();
        for (at, left) in [(0, 9), (1, 0), (5, 7), (6, 3)] {
            lags.note_rebuild(SpaceId(1), left, Timestamp(at));
        }
        assert_eq!(lags.rebuild(SpaceId(1)).map(|samples| samples.columns(2)), Some(vec![7, 3]));
        lags.remove(SpaceId(1));
        assert!(lags.rebuild(SpaceId(1)).is_none());
    }
}
