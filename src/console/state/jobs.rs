//! The jobs pane: the operation that runs, those that wait for it, those that have ended.

use crate::space::SpaceId;

use super::{Job, JobId, JobStatus, scrolled};

/// From this many seconds on without news a job is said to be silent.
const SILENT: u64 = 3;

/// The jobs pane. One job runs at a time.
#[derive(Debug, Clone, Default)]
pub struct JobsPane {
    /// The running job, the queued ones in their order, and the ended ones, the latest first. An ended one
    /// stays until it is dismissed.
    pub jobs: Vec<Job>,
    /// The selected one.
    pub selected: Option<JobId>,
    /// How many jobs are scrolled past. A running one is not: it stays at the top.
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

    /// A job, to be changed.
    pub fn get_mut(&mut self, id: JobId) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.id == id)
    }

    /// The selected job.
    #[must_use]
    pub fn selected_job(&self) -> Option<&Job> {
        self.get(self.selected?)
    }

    /// The job that has begun and not ended.
    #[must_use]
    pub fn running(&self) -> Option<&Job> {
        self.jobs.iter().find(|job| job.is_running())
    }

    /// The jobs that wait for their turn, the next one first.
    pub fn queued(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| job.status == JobStatus::Queued)
    }

    /// The jobs on a space that run or wait.
    pub fn ahead_on(&self, space_id: SpaceId) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(move |job| job.space_id == Some(space_id) && !job.has_ended())
    }

    /// How many jobs have to end before a queued one begins.
    #[must_use]
    pub fn before(&self, id: JobId) -> usize {
        self.jobs.iter().take_while(|job| job.id != id).filter(|job| !job.has_ended()).count()
    }

    /// Puts a job behind all that run or wait: at the end of the queue, or before those that ended earlier.
    pub fn put(&mut self, job: Job) {
        let place = self.jobs.iter().position(Job::has_ended).unwrap_or(self.jobs.len());
        self.jobs.insert(place, job);
    }

    /// The seconds of silence at which the next word about it is due; none while nothing can be heard.
    #[must_use]
    pub fn next_silence(&self) -> Option<u64> {
        let job = self.running().filter(|job| job.status != JobStatus::Paused)?;
        Some(job.silent.map_or(SILENT, |seconds| seconds + 1))
    }

    /// The jobs on screen when `height` fit.
    pub fn visible(&self, height: usize) -> impl Iterator<Item = &Job> {
        let pinned = usize::from(self.is_pinned(height));
        self.jobs[..pinned].iter().chain(self.jobs.iter().skip(pinned + self.top).take(height - pinned))
    }

    /// Scrolls as far as it takes to have the selected job on screen.
    pub fn reveal(&mut self, height: usize) {
        let pinned = usize::from(self.is_pinned(height));
        let place = self.place().unwrap_or(0).checked_sub(pinned).unwrap_or(self.top);
        self.top = scrolled(self.top, place, self.jobs.len() - pinned, height - pinned);
    }

    /// Returns true if a running job keeps the first place while others are scrolled through.
    fn is_pinned(&self, height: usize) -> bool {
        height > 1 && self.jobs.len() > height && self.jobs.first().is_some_and(Job::is_running)
    }

    /// Where the selected one stands.
    #[must_use]
    pub fn place(&self) -> Option<usize> {
        let selected = self.selected?;
        self.jobs.iter().position(|job| job.id == selected)
    }

    /// Takes in for how many seconds nothing was heard of the running job. Says whether that is new.
    pub fn note_silence(&mut self, seconds: u64) -> bool {
        let due = self.next_silence().is_some_and(|due| seconds >= due);
        if due && let Some(job) = self.jobs.iter_mut().find(|job| job.is_running()) {
            job.silent = Some(seconds);
        }
        due
    }
}
