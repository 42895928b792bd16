//! The trend of the lag of each projection, from its last changes.

use std::collections::{BTreeMap, HashMap};

use crate::operations::SpaceOverview;
use crate::space::SpaceId;

/// The most lags remembered per projection.
const REMEMBERED: usize = 16;

/// The last lags of the projections that lag, oldest first. One that catches up is forgotten.
#[derive(Debug, Clone, Default)]
pub struct Trends(HashMap<SpaceId, BTreeMap<String, Vec<u64>>>);

impl Trends {
    /// Notes the lags of a space's projections. `before` is the space as it was read the last time.
    pub fn note(&mut self, before: Option<&SpaceOverview>, space: &SpaceOverview) {
        let space_id = space.space.space_id;
        for projection in &space.projections {
            let lag = projection.lag(&space.head);
            if lag == 0 {
                self.forget(space_id, &projection.name);
                continue;
            }
            let lags = self.0.entry(space_id).or_default().entry(projection.name.to_string()).or_default();
            let was_current = before
                .and_then(|before| Some((before, before.projection(&projection.name)?)))
                .is_some_and(|(before, projection)| projection.lag(&before.head) == 0);
            if lags.is_empty() && was_current {
                lags.push(0);
            }
            if lags.last() != Some(&lag) {
                lags.push(lag);
            }
            lags.drain(..lags.len().saturating_sub(REMEMBERED));
        }
    }

    /// Forgets a deleted space.
    pub fn remove(&mut self, space_id: SpaceId) {
        self.0.remove(&space_id);
    }

    /// Returns the last lags of a projection, oldest first. Empty if it does not lag.
    pub fn of(&self, space_id: SpaceId, projection: &str) -> &[u64] {
        self.0.get(&space_id).and_then(|lags| lags.get(projection)).map_or(&[], Vec::as_slice)
    }

    /// Returns the change of the lag over its last changes. `None` if it has not changed.
    pub fn change(&self, space_id: SpaceId, projection: &str) -> Option<i128> {
        match self.of(space_id, projection) {
            [first, .., last] => Some(i128::from(*last) - i128::from(*first)),
            _ => None,
        }
    }

    fn forget(&mut self, space_id: SpaceId, projection: &str) {
        let Some(lags) = self.0.get_mut(&space_id) else { return };
        lags.remove(projection);
        if lags.is_empty() {
            self.0.remove(&space_id);
        }
    }
}
