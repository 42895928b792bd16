//! The jobs pane: the running job, the queued ones and those that ended.

use crate::space::SpaceId;

use crate::console::app::scrolled::scrolled;
use crate::console::panes::jobs::job::{Job, JobId, JobStatus};

/// The seconds without news after which a job counts as silent.
const SILENT: u64 = 3;

/// The jobs pane. One job runs at a time.
#[derive(Debug, Clone, Default)]
pub struct JobsPane {
    /// The running job, the queue, and the ended jobs, latest first. An ended job stays until it is
    /// dismissed.
    pub jobs: Vec<Job>,
    /// The selected job.
    pub selected: Option<JobId>,
    /// The number of jobs scrolled past. A running job stays at the top.
    pub top: usize,
    /// The number of the latest job.
    pub last: JobId,
}

impl JobsPane {
    /// Returns a job.
    pub fn get(&self, id: JobId) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// Returns a job for modification.
    pub fn get_mut(&mut self, id: JobId) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.id == id)
    }

    /// Returns the selected job.
    pub fn selected_job(&self) -> Option<&Job> {
        self.get(self.selected?)
    }

    /// Returns the running job, which may be paused.
    pub fn running(&self) -> Option<&Job> {
        self.jobs.iter().find(|job| job.is_running())
    }

    /// Returns the queued jobs, next one first.
    pub fn queued(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| job.status == JobStatus::Queued)
    }

    /// Returns the running or queued jobs on a space.
    pub fn ahead_on(&self, space_id: SpaceId) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(move |job| job.space_id == Some(space_id) && !job.has_ended())
    }

    /// Returns the number of jobs that must end before a queued one starts.
    pub fn before(&self, id: JobId) -> usize {
        self.jobs.iter().take_while(|job| job.id != id).filter(|job| !job.has_ended()).count()
    }

    /// Adds a job to the end of the queue.
    pub fn put(&mut self, job: Job) {
        let place = self.jobs.iter().position(Job::has_ended).unwrap_or(self.jobs.len());
        self.jobs.insert(place, job);
    }

    /// Returns the seconds of silence to report next; `None` if no job can report.
    pub fn next_silence(&self) -> Option<u64> {
        let job = self.running().filter(|job| job.status != JobStatus::Paused)?;
        Some(job.silent.map_or(SILENT, |seconds| seconds + 1))
    }

    /// Returns the jobs on screen if `height` fit.
    pub fn visible(&self, height: usize) -> impl Iterator<Item = &Job> {
        let pinned = usize::from(self.is_pinned(height));
        self.jobs[..pinned].iter().chain(self.jobs.iter().skip(pinned + self.top).take(height - pinned))
    }

    /// Scrolls just far enough to show the selected job.
    pub fn reveal(&mut self, height: usize) {
        let pinned = usize::from(self.is_pinned(height));
        let place = self.place().unwrap_or(0).checked_sub(pinned).unwrap_or(self.top);
        self.top = scrolled(self.top, place, self.jobs.len() - pinned, height - pinned);
    }

    /// Returns true if a running job keeps the first row while the others scroll.
    fn is_pinned(&self, height: usize) -> bool {
        height > 1 && self.jobs.len() > height && self.jobs.first().is_some_and(Job::is_running)
    }

    /// Returns the index of the selected job.
    pub fn place(&self) -> Option<usize> {
        let selected = self.selected?;
        self.jobs.iter().position(|job| job.id == selected)
    }

    /// Records the seconds since the running job's latest news. Returns true if they are to be shown.
    pub fn note_silence(&mut self, seconds: u64) -> bool {
        let due = self.next_silence().is_some_and(|due| seconds >= due);
        if due && let Some(job) = self.jobs.iter_mut().find(|job| job.is_running()) {
            job.silent = Some(seconds);
        }
        due
    }
}
