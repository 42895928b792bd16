//! A long operation on a space or on the file: how it stands, how far it has come, what happened to it.

use crate::clock::Timestamp;
use crate::operations::{Phase, Progress, Remedy, Told};
use crate::space::{Space, SpaceId};

use super::{Failure, JobEntry, JobFigures, JobKind, JobLog, Meter};

/// The number of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct JobId(pub u64);

/// How a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobStatus {
    /// It waits for those before it.
    Queued,
    /// It runs.
    Running,
    /// It runs, and holds at the next step where nothing is held up by it.
    Pausing,
    /// It holds, and goes on when asked to.
    Paused,
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
    /// What more there is to be said of it, line by line.
    pub notes: Vec<String>,
    /// What was found, one by one.
    pub findings: Vec<Finding>,
    /// There were more findings than are kept.
    pub truncated: bool,
    /// The space that it made.
    pub made: Option<SpaceId>,
}

impl Report {
    /// What the log of operations says of it, and nothing more.
    #[must_use]
    pub fn of(told: Told) -> Self {
        Self { summary: told.detail, problem: told.found, ..Self::default() }
    }

    /// What the log of operations says of it.
    #[must_use]
    pub fn told(&self) -> Told {
        Told::done(self.summary.clone()).found(self.problem)
    }
}

/// One thing that a job found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finding {
    /// The space that it belongs to, or the file, where the job is about more than one space.
    pub group: Option<String>,
    /// What it is about: a key, an event.
    pub subject: String,
    /// What is the matter with it.
    pub text: String,
    /// The operation that repairs it, where there is something to be repaired.
    pub remedy: Option<Remedy>,
}

/// A long operation on a space or on the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// The space, where it is about one.
    pub space_id: Option<SpaceId>,
    /// What it is about: the space's name, which outlives the space, or the file.
    pub about: String,
    /// How it stands.
    pub status: JobStatus,
    /// How far it has come.
    pub progress: Option<Progress>,
    /// What it has been through.
    pub figures: JobFigures,
    /// The part done of the whole, which never falls.
    pub furthest: Option<f64>,
    /// How fast it goes.
    pub meter: Meter,
    /// When it began, once it did.
    pub started: Option<Timestamp>,
    /// When it was last heard of.
    pub heard: Option<Timestamp>,
    /// Seconds for which nothing has been heard of it, once they are worth a word.
    pub silent: Option<u64>,
    /// Milliseconds for which it was paused, up to the last pause that ended.
    pub paused_millis: u64,
    /// How many steps there were when it began.
    pub first_total: Option<u64>,
    /// When it ended, once it did.
    pub ended: Option<Timestamp>,
    /// What happened to it.
    pub log: JobLog,
}

impl Job {
    /// A job on a space that waits for its turn.
    #[must_use]
    pub fn queued(id: JobId, kind: JobKind, space: Space) -> Self {
        Self { space_id: Some(space.space_id), ..Self::queued_on_file(id, kind, &space.space_name) }
    }

    /// A job on something else than a space that waits for its turn.
    #[must_use]
    pub fn queued_on_file(id: JobId, kind: JobKind, about: &str) -> Self {
        Self {
            id,
            kind,
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

    /// What it is called: `rebuild crm_acme`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.kind.title(), self.about)
    }

    /// Whether it has begun and not ended; a paused one has.
    #[must_use]
    pub fn is_running(&self) -> bool {
        use JobStatus::{Cancelling, Paused, Pausing, Running};
        matches!(self.status, Running | Pausing | Paused | Cancelling)
    }

    /// Whether it has come to an end, of whatever kind.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.status, JobStatus::Done(_) | JobStatus::Cancelled | JobStatus::Failed(_))
    }

    /// Whether it has begun to remove a space, so that stopping it leaves the space closed.
    #[must_use]
    pub fn removes(&self) -> bool {
        let JobKind::Delete { archive, .. } = &self.kind else { return false };
        let is_removing = |progress: Progress| matches!(progress.phase, Phase::Delete | Phase::Purge);
        archive.is_none() || self.progress.is_some_and(is_removing)
    }

    /// What is left of it, once it is cancelled.
    #[must_use]
    pub fn left_by_cancelling(&self) -> &'static str {
        match &self.kind {
            JobKind::CatchUp => "cancelled; what was applied stays applied",
            JobKind::Check { repair: true, .. } => "cancelled; what was repaired stays repaired",
            JobKind::Export { .. } | JobKind::Backup { .. } => "cancelled; no file was written",
            JobKind::Import { .. } => "cancelled; nothing was imported",
            JobKind::Delete { .. } if self.removes() => {
                "cancelled; the space takes no more events, and deleting it again goes on where this stopped"
            }
            JobKind::Delete { .. } => "cancelled; nothing was removed",
            _ => "cancelled; nothing was changed",
        }
    }

    /// It began.
    pub fn start(&mut self, at: Timestamp) {
        self.started = Some(at);
        self.note(at, JobEntry::Started);
    }

    /// Takes in how far it has come.
    pub fn advance(&mut self, at: Timestamp, progress: Progress) {
        let before = self.progress.replace(progress);
        let is_new_phase = before.is_none_or(|before| before.phase != progress.phase);
        // Other than elsewhere, all phases of a rebuild count the same events.
        if is_new_phase && !matches!(self.kind, JobKind::Rebuild { .. }) {
            self.meter = Meter::default();
            self.first_total = None;
        }
        self.heard_at(at);
        if is_new_phase {
            self.note(at, JobEntry::Phase(progress.phase));
        }
        if progress.skipped > self.figures.skipped {
            self.note(at, JobEntry::Skipped(progress.skipped));
        }
        self.figures.note(progress);
        self.meter.note(at, progress.done);
        if let Some(fraction) = self.kind.phases().fraction(progress) {
            self.first_total.get_or_insert(progress.total);
            self.furthest = Some(self.furthest.map_or(fraction, |before| before.max(fraction)));
        }
    }

    /// It holds.
    pub fn pause(&mut self, at: Timestamp) {
        self.note(at, JobEntry::Paused);
        if self.status == JobStatus::Pausing {
            self.status = JobStatus::Paused;
        }
    }

    /// It goes on after a pause, whose time counts neither as work nor as slowness.
    pub fn resume(&mut self, at: Timestamp) {
        self.end_pause(at);
        self.note(at, JobEntry::Resumed);
        if self.status == JobStatus::Paused {
            self.status = JobStatus::Running;
        }
    }

    /// It came to an end.
    pub fn end(&mut self, at: Timestamp, status: JobStatus) {
        self.end_pause(at);
        self.status = status;
        self.ended = Some(at);
        self.note(at, JobEntry::Ended);
    }

    fn end_pause(&mut self, at: Timestamp) {
        if let Some((since, JobEntry::Paused)) = self.log.latest_first().next() {
            self.paused_millis += u64::try_from(at.0 - since.0).unwrap_or(0);
            self.meter = Meter::default();
        }
    }

    fn note(&mut self, at: Timestamp, entry: JobEntry) {
        self.heard_at(at);
        self.log.note(at, entry);
    }

    fn heard_at(&mut self, at: Timestamp) {
        self.heard = Some(at);
        self.silent = None;
    }

    /// The part done of the whole, between 0 and 1; none while it is at something of unknown size.
    #[must_use]
    pub fn fraction(&self) -> Option<f64> {
        let is_known = |progress| self.kind.phases().fraction(progress).is_some();
        self.furthest.filter(|_| self.progress.is_some_and(is_known))
    }

    /// Steps that were added since it began.
    #[must_use]
    pub fn added(&self) -> u64 {
        let total = self.progress.map_or(0, |progress| progress.total);
        total.saturating_sub(self.first_total.unwrap_or(total))
    }

    /// Milliseconds of work from its begin to its end, or to the last news of it.
    #[must_use]
    pub fn elapsed_millis(&self) -> Option<u64> {
        let taken = u64::try_from(self.heard?.0 - self.started?.0).ok()?;
        let silent = self.silent.unwrap_or(0) * 1000;
        Some((taken + silent).saturating_sub(self.paused_millis))
    }

    /// Seconds that the whole will still take, if the rest goes as what was done. While nothing is heard of
    /// it, there is nothing to go by.
    #[must_use]
    pub fn seconds_left(&self) -> Option<f64> {
        let goes_on = |fraction: &f64| *fraction > 0.0 && *fraction < 1.0 && self.silent.is_none();
        let fraction = self.fraction().filter(goes_on)?;
        #[expect(clippy::cast_precision_loss, reason = "an estimate needs no more digits")]
        let elapsed = self.elapsed_millis().filter(|elapsed| *elapsed > 0)? as f64 / 1000.0;
        Some(elapsed * (1.0 - fraction) / fraction)
    }
}
