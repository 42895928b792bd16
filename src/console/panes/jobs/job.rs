//! Jobs: long operations on a space or on the file, with their status, progress and history.

use std::borrow::Cow;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::console::app::state::ErrorText;
use crate::console::panes::jobs::history::{JobEntry, JobFigures, JobLog, Meter};
use crate::operations::{
    AnyOperation, DifferenceGroups, Phase, Progress, RebuildReview, Report, ReviewDecision,
};
use crate::space::{Space, SpaceId};

/// The number of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct JobId(pub u64);

/// The status of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobStatus {
    /// Waiting for the jobs before it.
    Queued,
    /// Running.
    Running,
    /// Running until the next step at which it can pause without blocking other writers.
    Pausing,
    /// Paused until resumed.
    Paused,
    /// Waiting for a decision about its differences.
    Reviewing(Arc<RebuildReview>),
    /// Running, but asked to stop.
    Cancelling,
    /// Finished.
    Done(Report),
    /// Cancelled by the user.
    Cancelled,
    /// Failed.
    Failed(ErrorText),
}

/// A job to run: an operation and its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSpec {
    /// The operation.
    pub operation: AnyOperation,
    /// The space, unless the job is on a file.
    pub space_id: Option<SpaceId>,
    /// The name of the space or the file.
    pub about: String,
}

/// A long operation on a space or on the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// The operation.
    pub operation: AnyOperation,
    /// The space, unless the job is on the file.
    pub space_id: Option<SpaceId>,
    /// The name of the space, which outlives the space, or of the file.
    pub about: String,
    /// The status.
    pub status: JobStatus,
    /// The latest progress.
    pub progress: Option<Progress>,
    /// The figures of its phases.
    pub figures: JobFigures,
    /// The completed fraction, which never decreases.
    pub furthest: Option<f64>,
    /// The rate of progress.
    pub meter: Meter,
    /// The time it started.
    pub started: Option<Timestamp>,
    /// The time of its latest news.
    pub heard: Option<Timestamp>,
    /// The seconds without news, once there are enough to report.
    pub silent: Option<u64>,
    /// The milliseconds spent paused, without the current pause.
    pub paused_millis: u64,
    /// The number of steps when it started.
    pub first_total: Option<u64>,
    /// The time it ended.
    pub ended: Option<Timestamp>,
    /// Its history.
    pub log: JobLog,
}

impl Job {
    /// A queued job on a space.
    pub fn queued(id: JobId, operation: AnyOperation, space: Space) -> Self {
        Self { space_id: Some(space.space_id), ..Self::queued_on(id, operation, &space.space_name) }
    }

    /// A queued job on a file.
    pub fn queued_on(id: JobId, operation: AnyOperation, about: &str) -> Self {
        Self {
            id,
            operation,
            space_id: None,
            about: about.to_owned(),
            status: JobStatus::Queued,
            progress: None,
            figures: JobFigures::default(),
            furthest: None,
            meter: Meter::default(),
            started: None,
            heard: None,
            silent: None,
            paused_millis: 0,
            first_total: None,
            ended: None,
            log: JobLog::default(),
        }
    }

    /// Returns what there is to run.
    pub fn spec(&self) -> JobSpec {
        let Self { operation, space_id, about, .. } = self;
        JobSpec { operation: operation.clone(), space_id: *space_id, about: about.clone() }
    }

    /// Returns the name: `rebuild crm_acme`, `rebuild by_domain of crm_acme`.
    pub fn name(&self) -> String {
        format!("{} {}", self.operation.name(), self.target())
    }

    /// Returns the space or the file that it works on, with the projection if it is limited to one.
    pub fn target(&self) -> Cow<'_, str> {
        match self.operation.projection() {
            Some(projection) => format!("{projection} of {}", self.about).into(),
            None => self.about.as_str().into(),
        }
    }

    /// Returns true if it has started and not ended. A paused job is running.
    pub fn is_running(&self) -> bool {
        use JobStatus::{Cancelling, Paused, Pausing, Reviewing, Running};
        matches!(self.status, Running | Pausing | Paused | Reviewing(_) | Cancelling)
    }

    /// Returns true if it has finished, failed or been cancelled.
    pub fn has_ended(&self) -> bool {
        matches!(self.status, JobStatus::Done(_) | JobStatus::Cancelled | JobStatus::Failed(_))
    }

    /// Returns true if it has started to remove a space, so that cancelling leaves the space closed.
    pub fn removes(&self) -> bool {
        matches!(&self.operation, AnyOperation::DeleteSpace(delete) if delete.removes_in(self.phase()))
    }

    /// Says what it leaves behind if it is cancelled now.
    pub fn if_cancelled(&self) -> &'static str {
        self.operation.if_cancelled(self.phase())
    }

    /// Says what it left behind when it was cancelled.
    pub fn cancelled(&self) -> String {
        format!("cancelled; {}", self.if_cancelled())
    }

    fn phase(&self) -> Option<Phase> {
        self.progress.map(|progress| progress.phase)
    }

    /// Marks it as started.
    pub fn start(&mut self, at: Timestamp) {
        self.started = Some(at);
        self.note(at, JobEntry::Started);
    }

    /// Records progress.
    pub fn advance(&mut self, at: Timestamp, progress: Progress) {
        let before = self.progress.replace(progress);
        let is_new_phase = before.is_none_or(|before| before.phase != progress.phase);
        // Unlike elsewhere, all phases of a rebuild count the same events.
        if is_new_phase && !matches!(self.operation, AnyOperation::Rebuild(_)) {
            self.meter = Meter::default();
            self.first_total = None;
        }
        self.reset_silence(at);
        if is_new_phase {
            self.note(at, JobEntry::Phase(progress.phase));
        }
        if progress.skipped > self.figures.skipped {
            self.note(at, JobEntry::Skipped(progress.skipped));
        }
        self.figures.note(progress);
        self.meter.note(at, progress.done);
        if let Some(fraction) = self.operation.phases().fraction(progress) {
            self.first_total.get_or_insert(progress.total);
            self.furthest = Some(self.furthest.map_or(fraction, |before| before.max(fraction)));
        }
    }

    /// Marks it as paused.
    pub fn pause(&mut self, at: Timestamp) {
        self.note(at, JobEntry::Paused);
        if self.status == JobStatus::Pausing {
            self.status = JobStatus::Paused;
        }
    }

    /// Resumes it. The pause counts neither towards the elapsed time nor towards the rate.
    pub fn resume(&mut self, at: Timestamp) {
        self.end_pause(at);
        self.note(at, JobEntry::Resumed);
        if self.status == JobStatus::Paused {
            self.status = JobStatus::Running;
        }
    }

    /// Returns the differences that it found, or that it waits for a decision about; none if it found none.
    pub fn differences(&self) -> Option<&Arc<DifferenceGroups>> {
        match &self.status {
            // Skipped events and first builds are to be decided about, too.
            JobStatus::Reviewing(review) => Some(&review.groups),
            JobStatus::Done(report) => Some(&report.differences).filter(|groups| groups.count() > 0),
            _ => None,
        }
    }

    /// Notes that it waits for a decision. The wait counts neither towards the elapsed time nor towards the rate.
    pub fn review(&mut self, at: Timestamp, review: Arc<RebuildReview>) {
        self.note(at, JobEntry::Review);
        if self.status != JobStatus::Cancelling {
            self.status = JobStatus::Reviewing(review);
        }
    }

    /// Notes the decision.
    pub fn reviewed(&mut self, at: Timestamp, decision: ReviewDecision) {
        self.end_pause(at);
        self.note(at, JobEntry::Reviewed(decision));
        if matches!(self.status, JobStatus::Reviewing(_)) {
            self.status = JobStatus::Running;
        }
    }

    /// Marks it as ended.
    pub fn end(&mut self, at: Timestamp, status: JobStatus) {
        self.end_pause(at);
        self.status = status;
        self.ended = Some(at);
        self.note(at, JobEntry::Ended);
    }

    fn end_pause(&mut self, at: Timestamp) {
        if let Some((since, JobEntry::Paused | JobEntry::Review)) = self.log.latest_first().next() {
            self.paused_millis += u64::try_from(at.0 - since.0).unwrap_or(0);
            self.meter = Meter::default();
        }
    }

    fn note(&mut self, at: Timestamp, entry: JobEntry) {
        self.reset_silence(at);
        self.log.note(at, entry);
    }

    fn reset_silence(&mut self, at: Timestamp) {
        self.heard = Some(at);
        self.silent = None;
    }

    /// Returns the completed fraction, between 0 and 1, if the size of the work is known.
    pub fn fraction(&self) -> Option<f64> {
        let is_known = |progress| self.operation.phases().fraction(progress).is_some();
        self.furthest.filter(|_| self.progress.is_some_and(is_known))
    }

    /// Returns the number of steps added since it started.
    pub fn added(&self) -> u64 {
        let total = self.progress.map_or(0, |progress| progress.total);
        total.saturating_sub(self.first_total.unwrap_or(total))
    }

    /// Returns the milliseconds of work from its start to its end or latest news.
    pub fn elapsed_millis(&self) -> Option<u64> {
        let taken = u64::try_from(self.heard?.0 - self.started?.0).ok()?;
        let silent = self.silent.unwrap_or(0) * 1000;
        Some((taken + silent).saturating_sub(self.paused_millis))
    }

    /// Estimates the seconds left from the average rate so far. Returns `None` while there is no news.
    pub fn seconds_left(&self) -> Option<f64> {
        let goes_on = |fraction: &f64| *fraction > 0.0 && *fraction < 1.0 && self.silent.is_none();
        let fraction = self.fraction().filter(goes_on)?;
        #[expect(clippy::cast_precision_loss, reason = "an estimate needs no more digits")]
        let elapsed = self.elapsed_millis().filter(|elapsed| *elapsed > 0)? as f64 / 1000.0;
        Some(elapsed * (1.0 - fraction) / fraction)
    }
}
