//! The jobs pane: long operations, one at a time.
//!
//! A [`JobSpec`](job::JobSpec) is an operation and its target. The pane keeps each as a [`Job`], with its status and its
//! history. A [`JobCommand`](crate::console::app::effect::JobCommand) starts, pauses, resumes or cancels it on the job thread
//! (`console/runtime/jobs.rs`), which answers with [`JobNews`](crate::console::app::message::JobNews).

mod announcement;
pub mod history;
pub mod job;
mod update;
pub mod view;

use ratatui::layout::Rect;

use crate::console::app::action::Action;
use crate::console::app::action::Section::{Actions, Move};
use crate::console::app::action::{Rank, Spec};
use crate::console::app::availability::{Availability, available_if, unavailable};
use crate::console::app::command_line::{self, Commands};
use crate::console::app::context::{JOBS, KeyContext};
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

pub(crate) use update::{news, queue, queue_on_file, silence};
pub(crate) use view::{share, sign};

/// The actions on jobs.
pub(crate) const ACTIONS: &[Spec] = &[
    Spec {
        action: Action::PauseJob,
        section: Actions,
        title: "pause",
        description: "Pause the job and the queue as soon as nothing has to wait for it",
        keys: &["P"],
        contexts: JOBS,
        hint: Some(Rank::PauseJob),
        applies: is_not_held,
        enabled: can_pause,
        run: |state, effects| update::on_current(state, effects, update::pause),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::ResumeJob,
        section: Actions,
        title: "resume",
        description: "Resume the job",
        keys: &["P"],
        contexts: JOBS,
        hint: Some(Rank::PauseJob),
        applies: is_held,
        run: |state, effects| update::on_current(state, effects, update::resume),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::CancelJob,
        section: Actions,
        title: "cancel",
        description: "Cancel the job at a consistent point, or remove it from the queue",
        keys: &["x"],
        contexts: JOBS,
        hint: Some(Rank::EndJob),
        applies: is_not_over,
        enabled: can_cancel,
        run: |state, effects| update::on_current(state, effects, update::cancel),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::DismissJob,
        section: Actions,
        title: "dismiss",
        description: "Remove the finished job and its log",
        keys: &["x"],
        contexts: JOBS,
        hint: Some(Rank::EndJob),
        applies: is_over,
        run: |state, effects| update::on_current(state, effects, |state, id, _| update::dismiss(state, id)),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::GoToSpace,
        section: Move,
        title: "go to space",
        description: "Go to the space of the job",
        keys: &["S"],
        contexts: JOBS,
        hint: Some(Rank::GoToSpace),
        applies: is_of_space,
        run: |state, _| update::go_to_space(state),
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::CancelAllJobs,
        section: Actions,
        title: "cancel all",
        description: "Cancel the running job and empty the queue",
        keys: &["X"],
        contexts: JOBS,
        hint: Some(Rank::EndAllJobs),
        applies: some_are_not_over,
        run: update::cancel_all,
        ..Spec::ALWAYS
    },
    Spec {
        action: Action::DismissAllJobs,
        section: Actions,
        title: "dismiss all",
        description: "Remove all finished jobs and their logs",
        keys: &["X"],
        contexts: JOBS,
        hint: Some(Rank::EndAllJobs),
        applies: all_are_over,
        enabled: has_job,
        run: |state, _| update::dismiss_all(state),
        ..Spec::ALWAYS
    },
];

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

fn is(state: &ConsoleState, wanted: fn(&Job) -> bool) -> bool {
    current_job(state).is_some_and(wanted)
}

fn holds(job: &Job) -> bool {
    matches!(job.status, JobStatus::Pausing | JobStatus::Paused)
}

/// Returns true if the job is paused or pausing, so that it can be resumed.
pub(crate) fn is_held(state: &ConsoleState) -> bool {
    among_jobs(state) && is(state, holds)
}

pub(crate) fn is_not_held(state: &ConsoleState) -> bool {
    among_jobs(state) && !is(state, holds)
}

/// Returns true if the job has finished, so that it can be dismissed rather than cancelled.
pub(crate) fn is_over(state: &ConsoleState) -> bool {
    among_jobs(state) && is(state, Job::has_ended)
}

pub(crate) fn is_not_over(state: &ConsoleState) -> bool {
    among_jobs(state) && !is(state, Job::has_ended)
}

/// Returns true if all jobs have finished, so that they can be dismissed rather than cancelled.
pub(crate) fn all_are_over(state: &ConsoleState) -> bool {
    among_jobs(state) && state.jobs.jobs.iter().all(Job::has_ended)
}

pub(crate) fn some_are_not_over(state: &ConsoleState) -> bool {
    among_jobs(state) && !all_are_over(state)
}

fn can_pause(state: &ConsoleState) -> Availability {
    match current_job(state).map(|job| &job.status) {
        Some(JobStatus::Running) => Ok(()),
        Some(JobStatus::Queued) => unavailable("it is queued; pausing the running job pauses the queue"),
        Some(JobStatus::Cancelling) => unavailable("it is being cancelled"),
        Some(_) => unavailable("it has finished"),
        None => unavailable("there are no jobs"),
    }
}

fn can_cancel(state: &ConsoleState) -> Availability {
    match current_job(state).map(|job| &job.status) {
        Some(JobStatus::Cancelling) => unavailable("it is being cancelled"),
        Some(_) => Ok(()),
        None => unavailable("there are no jobs"),
    }
}

/// Returns true if the job has worked on a space, or created one, that still exists.
pub(crate) fn is_of_space(state: &ConsoleState) -> bool {
    let space_id = current_job(state).and_then(|job| job.space_id);
    among_jobs(state) && space_id.is_some_and(|space_id| state.spaces.get(space_id).is_some())
}

pub(crate) fn has_job(state: &ConsoleState) -> Availability {
    if state.jobs.jobs.is_empty() { unavailable("there are no jobs") } else { Ok(()) }
}
