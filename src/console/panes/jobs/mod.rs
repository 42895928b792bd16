//! The jobs pane: long operations, one at a time.
//!
//! A [`JobSpec`](job::JobSpec) is an operation and its target. The pane keeps each as a [`Job`], with its status and its
//! history. A [`JobCommand`](crate::console::app::effect::JobCommand) starts, pauses, resumes or cancels it on the job thread
//! (`console/runtime/jobs.rs`), which answers with [`JobNews`](crate::console::app::message::JobNews).

mod actions;
mod announcement;
pub mod history;
pub mod job;
mod update;
pub mod view;

use ratatui::layout::Rect;

use crate::console::app::availability::{Availability, available_if, unavailable};
use crate::console::app::command_line::{self, Commands};
use crate::console::app::context::KeyContext;
use crate::console::app::motion::{Motion, scrolled};
use crate::console::app::state::ConsoleState;
use crate::console::layers::cast;
use crate::console::panes::detail::{Detail, Subject};
use crate::console::panes::jobs::job::{Job, JobId, JobStatus};
use crate::console::panes::view::Note;
use crate::console::panes::{List, Pane};
use crate::console::theme::Glyphs;
use crate::console::widgets::pen::Pen;
use crate::operations::AnyOperation;
use crate::space::SpaceId;

pub(crate) use actions::ACTIONS;
pub(crate) use update::{news, queue, queue_on_file, recheck, silence};
pub(crate) use view::{share, sign};

/// The jobs pane.
pub(super) struct Jobs;

impl List for Jobs {
    fn context(&self) -> KeyContext {
        KeyContext::Jobs
    }

    fn command(&self, state: &ConsoleState) -> Option<Commands> {
        let job = state.jobs.selected_job()?;
        Some(command_line::of_operation(&job.operation, &job.about).into())
    }

    fn check_export(&self, _: &ConsoleState) -> Availability {
        unavailable("jobs are recorded in the audit log; `{key:audit-log}` opens it, and it can be exported")
    }

    fn is_of_space(&self) -> bool {
        false
    }

    fn reveal(&self, state: &mut ConsoleState) {
        state.jobs.reveal(state.viewports.of(Pane::Jobs).into());
    }

    /// Jobs report by themselves.
    fn recheck(&self, _state: &mut ConsoleState) {}

    fn reload(&self, _state: &mut ConsoleState) {}

    /// A finished job stays listed.
    fn forget(&self, _state: &mut ConsoleState, _gone: &[SpaceId]) {}

    fn selection(&self, state: &ConsoleState) -> Option<Subject> {
        state.jobs.selected.map(Subject::Job)
    }

    fn check_selection(&self, state: &ConsoleState) -> Availability {
        available_if(state.jobs.selected_job().is_some(), "there are no jobs")
    }

    fn go(&self, state: &mut ConsoleState, motion: Motion) {
        let (jobs, height) = (&mut state.jobs, usize::from(state.viewports.of(Pane::Jobs)));
        let to = motion.go(jobs.place().unwrap_or(0), &mut jobs.top, jobs.jobs.len(), height);
        jobs.selected = jobs.jobs.get(to).map(|job| job.id).or(jobs.selected);
        jobs.reveal(height);
    }

    fn is_at_last(&self, state: &ConsoleState) -> bool {
        state.jobs.place().is_some_and(|place| place + 1 == state.jobs.jobs.len())
    }

    fn select(&self, state: &mut ConsoleState, row: usize) {
        let jobs = &mut state.jobs;
        let clicked = jobs.top.checked_add(row).and_then(|place| jobs.jobs.get(place));
        jobs.selected = clicked.map(|job| job.id).or(jobs.selected);
    }

    fn draw(&self, pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, focused: bool) {
        view::draw(pen, state, inner, focused);
    }

    fn note(&self, glyphs: &Glyphs, state: &ConsoleState) -> Note {
        view::note(glyphs, state)
    }

    fn rows(&self, state: &ConsoleState, height: u16) -> u16 {
        height / view::lines(state, height)
    }
}

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

    /// Returns true if the last check that ended found problems.
    pub fn found_problems(&self) -> bool {
        let mut checks = self.jobs.iter().filter(|job| matches!(job.operation, AnyOperation::Check(_)));
        let last = checks.find_map(|job| match &job.status {
            JobStatus::Done(report) => Some(report.problem),
            _ => None,
        });
        last.unwrap_or(false)
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

    /// Numbers a new job and adds it to the end of the queue.
    pub(crate) fn add(&mut self, job: impl FnOnce(JobId) -> Job) -> JobId {
        self.last.0 += 1;
        self.put(job(self.last));
        self.last
    }

    /// Adds a job to the end of the queue.
    pub fn put(&mut self, job: Job) {
        let place = self.jobs.iter().position(Job::has_ended).unwrap_or(self.jobs.len());
        self.jobs.insert(place, job);
    }

    /// Returns the seconds of silence to report next; `None` if no job can report.
    pub fn next_silence(&self) -> Option<u64> {
        let stands = |job: &&Job| matches!(job.status, JobStatus::Paused | JobStatus::Reviewing(_));
        let job = self.running().filter(|job| !stands(job))?;
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

/// Returns the current job: the one in the open detail, or the selected one in the jobs pane.
pub(crate) fn current_job(state: &ConsoleState) -> Option<&Job> {
    match state.layers.below_help() {
        Some(layer) => match cast::<Detail>(layer)?.subject {
            Subject::Job(id) => state.jobs.get(id),
            _ => None,
        },
        None if state.focus == Pane::Jobs => state.jobs.selected_job(),
        None => None,
    }
}

/// Returns true if the jobs pane or the detail of a job has the focus.
pub(crate) fn among_jobs(state: &ConsoleState) -> bool {
    match state.layers.below_help() {
        Some(layer) => cast::<Detail>(layer).is_some_and(|detail| matches!(detail.subject, Subject::Job(_))),
        None => state.focus == Pane::Jobs,
    }
}
