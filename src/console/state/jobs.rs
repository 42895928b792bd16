//! The jobs pane: long operations, running and done.

use crate::clock::Timestamp;
use crate::operations::{Phase, Progress};
use crate::space::SpaceId;

use super::Failure;

/// The number of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct JobId(pub u64);

/// What a job does to its space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Replays the log into a new projection.
    Rebuild {
        /// Events that cannot be applied are left out and listed.
        skip_errors: bool,
    },
    /// Applies the events that the projection lags behind.
    CatchUp,
    /// Compares the projection with what the log amounts to.
    Verify,
    /// Removes the space.
    Delete {
        /// The file is rewritten afterwards, so that not a byte of the space is left in it.
        purge: bool,
    },
}

impl JobKind {
    /// Its name for people: `rebuild`.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Rebuild { .. } => "rebuild",
            Self::CatchUp => "catch-up",
            Self::Verify => "verify",
            Self::Delete { .. } => "delete",
        }
    }
}

impl JobKind {
    /// The part done of the whole, as one phase tells it. Phases that take little time, and those of unknown
    /// size, tell nothing.
    fn fraction(self, progress: Progress) -> Option<f64> {
        if progress.total == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
        let of_phase = (progress.done as f64 / progress.total as f64).clamp(0.0, 1.0);
        match (self, progress.phase) {
            // Both halves go through as much.
            (Self::Verify, Phase::Replay) => Some(of_phase / 2.0),
            (Self::Verify, Phase::Compare) => Some(0.5 + of_phase / 2.0),
            // Rows that are swept are no part of the events.
            (_, Phase::Sweep | Phase::Purge) => None,
            _ => Some(of_phase),
        }
    }
}

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobStatus {
    /// It runs.
    Running,
    /// It runs and was asked to stop.
    Cancelling,
    /// It has come to its end.
    Done(Report),
    /// It was stopped on request.
    Cancelled,
    /// It failed.
    Failed(Failure),
}

/// What a finished job has to say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The outcome in one line: `812 events into 310 keys in 0.4 s`.
    pub summary: String,
    /// There is something to look at: a difference, a skipped event.
    pub problem: bool,
    /// What was found, one by one.
    pub findings: Vec<Finding>,
    /// There were more findings than are kept.
    pub truncated: bool,
}

/// One thing that a job found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about: a key, an event.
    pub subject: String,
    /// What is the matter with it.
    pub text: String,
}

/// A long operation on one space.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// The space.
    pub space_id: SpaceId,
    /// The space's name, which outlives the space.
    pub space_name: String,
    /// How it stands.
    pub status: JobStatus,
    /// How far it has come.
    pub progress: Option<Progress>,
    /// The part done of the whole, which never falls.
    pub furthest: Option<f64>,
    /// How fast it goes.
    pub meter: Meter,
    /// When it began, once it did.
    pub started: Option<Timestamp>,
    /// When it ended, once it did.
    pub ended: Option<Timestamp>,
}

impl Job {
    /// Whether it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.status, JobStatus::Running | JobStatus::Cancelling)
    }

    /// Takes in how far it has come.
    pub fn advance(&mut self, at: Timestamp, progress: Progress) {
        // Other than elsewhere, all phases of a rebuild count the same events.
        let counts_on = matches!(self.kind, JobKind::Rebuild { .. });
        if !counts_on && self.progress.is_none_or(|before| before.phase != progress.phase) {
            self.meter = Meter::default();
        }
        self.meter.note(at, progress.done);
        self.progress = Some(progress);
        if let Some(fraction) = self.kind.fraction(progress) {
            self.furthest = Some(self.furthest.map_or(fraction, |before| before.max(fraction)));
        }
    }

    /// The part done of the whole, between 0 and 1; none while it is at something of unknown size.
    #[must_use]
    pub fn fraction(&self) -> Option<f64> {
        self.furthest.filter(|_| self.progress.is_some_and(|progress| progress.total > 0))
    }

    /// Milliseconds from its begin to its end, or to the last news of it.
    #[must_use]
    pub fn elapsed_millis(&self) -> Option<u64> {
        let end = self.ended.or_else(|| self.meter.latest())?;
        u64::try_from(end.0 - self.started?.0).ok()
    }

    /// Seconds that the whole will still take, if the rest goes as what was done.
    #[must_use]
    pub fn seconds_left(&self) -> Option<f64> {
        let fraction = self.fraction().filter(|fraction| *fraction > 0.0)?;
        #[expect(clippy::cast_precision_loss, reason = "an estimate needs no more digits")]
        let elapsed = self.elapsed_millis().filter(|elapsed| *elapsed > 0)? as f64 / 1000.0;
        Some(elapsed * (1.0 - fraction) / fraction)
    }
}

/// Measures a rate over the latest few seconds of news.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meter {
    samples: std::collections::VecDeque<(Timestamp, u64)>,
}

impl Meter {
    const SPAN_MILLIS: i64 = 5000;

    /// Takes in that so much was done at that time. Fewer than before begins a new phase.
    pub fn note(&mut self, at: Timestamp, done: u64) {
        if self.samples.back().is_some_and(|&(_, before)| done < before) {
            self.samples.clear();
        }
        self.samples.push_back((at, done));
        while self.samples.len() > 2 && at.0 - self.samples[0].0.0 > Self::SPAN_MILLIS {
            self.samples.pop_front();
        }
    }

    /// Steps a second, once two moments are known.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        let (&(first, before), &(last, now)) = (self.samples.front()?, self.samples.back()?);
        let millis = last.0 - first.0;
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
        (millis > 0).then(|| (now - before) as f64 * 1000.0 / millis as f64)
    }

    /// When the last news came.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        self.samples.back().map(|&(at, _)| at)
    }
}

/// The jobs pane. The latest job comes first.
#[derive(Debug, Clone, Default)]
pub struct JobsPane {
    /// The jobs, the latest first. A finished one stays until it is dismissed.
    pub jobs: Vec<Job>,
    /// The selected one.
    pub selected: Option<JobId>,
    /// The first one on screen, as an index in `jobs`.
    pub top: usize,
    /// The number of the last job.
    pub last: JobId,
}

impl JobsPane {
    /// A job.
    #[must_use]
    pub fn get(&self, id: JobId) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// The selected job.
    #[must_use]
    pub fn selected_job(&self) -> Option<&Job> {
        self.get(self.selected?)
    }

    /// The job that runs on a space.
    #[must_use]
    pub fn running_on(&self, space_id: SpaceId) -> Option<&Job> {
        self.jobs.iter().find(|job| job.space_id == space_id && job.is_running())
    }
}

#[cfg(test)]
mod tests {
    use super::Meter;
    use crate::clock::Timestamp;

    #[test]
    fn the_rate_is_that_of_the_latest_seconds_and_begins_anew_with_a_phase() {
        let mut meter = Meter::default();
        assert_eq!(meter.rate(), None);
        meter.note(Timestamp(0), 0);
        meter.note(Timestamp(500), 1000);
        assert_eq!(meter.rate(), Some(2000.0));
        meter.note(Timestamp(600), 5);
        assert_eq!(meter.rate(), None);
    }
}
