//! The time for writing a key, for the prediction of a rebuild.

use std::time::{Duration, Instant};

use crate::engines::sqlite::SqlitePState;
use crate::error::Result;
use crate::event_store::Page;
use crate::pstate::{Changes, PState, ProjectionId, WriteProjections};
use crate::space::SpaceId;

/// The number of keys after which the time is known well enough.
const SAMPLE: usize = 2000;

/// The time for writing a key and removing the old one: a sample of the derived keys is written to a temporary file and removed
/// again. How that compares with folding an event depends on the machine, the app and how the program was compiled.
#[derive(Default)]
pub(super) struct WritingTime {
    file: Option<SqlitePState>,
    keys: usize,
    taken: Duration,
}

impl WritingTime {
    /// Writes the first keys of a derived projection and removes them, until there were enough.
    pub fn measure(&mut self, space_id: SpaceId, derived: &dyn PState) -> Result<()> {
        let place = ProjectionId::from(space_id);
        let wanted = SAMPLE.saturating_sub(self.keys);
        let entries =
            if wanted == 0 { Vec::new() } else { derived.scan(place, "", Page::forward(None, wanted))? };
        if entries.is_empty() {
            return Ok(());
        }
        let file = match self.file.take() {
            Some(file) => file,
            None => SqlitePState::temporary()?,
        };
        let file = self.file.insert(file);
        self.keys += entries.len();
        let (mut puts, mut deletes) = (Changes::default(), Changes::default());
        for entry in entries {
            deletes.delete(&entry.key);
            puts.put(&entry.key, entry.value, entry.updated_at);
        }
        let begun = Instant::now();
        file.write(place, &puts)?;
        file.write(place, &deletes)?;
        self.taken += begun.elapsed();
        Ok(())
    }

    /// Returns the time for a number of keys, if it was measured.
    pub fn of(&self, keys: u64) -> Option<Duration> {
        (self.keys > 0).then(|| self.taken.mul_f64(keys as f64 / self.keys as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::engines::memory::MemoryPState;
    use crate::json::Json;
    use crate::pstate::ReadProjections;

    #[test]
    fn a_sample_of_all_projections_is_measured_and_leaves_nothing() {
        let (space_id, derived) = (SpaceId(1), MemoryPState::default());
        let mut time = WritingTime::default();
        time.measure(space_id, &derived).unwrap();
        assert!(time.of(5).is_none(), "without a key, nothing is known");
        let mut changes = Changes::default();
        (0..1500).for_each(|n| changes.put(&format!("k{n:04}"), Json::of(&n.into()), Timestamp(1)));
        derived.write(space_id.into(), &changes).unwrap();
        for sampled in [1500, SAMPLE, SAMPLE] {
            time.measure(space_id, &derived).unwrap();
            assert_eq!(time.keys, sampled);
            let left = time.file.as_ref().unwrap().scan(space_id.into(), "", Page::forward(None, 9)).unwrap();
            assert_eq!(left, []);
        }
        assert_eq!(time.of(0), Some(Duration::ZERO));
        assert_eq!(time.of(SAMPLE as u64), Some(time.taken));
    }
}
