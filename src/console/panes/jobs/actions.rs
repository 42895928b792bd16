//! The actions on jobs.

use crate::console::app::action::Section::{Actions, Move};
use crate::console::app::action::{Action, Rank, Spec};
use crate::console::app::availability::{Availability, unavailable};
use crate::console::app::context::JOBS;
use crate::console::app::state::ConsoleState;
use crate::console::panes::jobs::job::{Job, JobStatus};
use crate::console::panes::jobs::{among_jobs, current_job, update};

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
        action: Action::CancelRunning,
        section: Actions,
        title: "cancel job",
        description: "Cancel the running job at a consistent point, from everywhere, even while a text is typed",
        keys: &["F9"],
        contexts: |_| true,
        hint: Some(Rank::Second),
        applies: |state| state.jobs.running().is_some(),
        enabled: can_cancel_running,
        run: update::cancel_running,
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
        brief: "space",
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

fn is(state: &ConsoleState, wanted: fn(&Job) -> bool) -> bool {
    current_job(state).is_some_and(wanted)
}

fn holds(job: &Job) -> bool {
    matches!(job.status, JobStatus::Pausing | JobStatus::Paused)
}

/// Returns true if the job is paused or pausing, so that it can be resumed.
fn is_held(state: &ConsoleState) -> bool {
    among_jobs(state) && is(state, holds)
}

fn is_not_held(state: &ConsoleState) -> bool {
    among_jobs(state) && !is(state, holds)
}

/// Returns true if the job has finished, so that it can be dismissed rather than cancelled.
fn is_over(state: &ConsoleState) -> bool {
    among_jobs(state) && is(state, Job::has_ended)
}

fn is_not_over(state: &ConsoleState) -> bool {
    among_jobs(state) && !is(state, Job::has_ended)
}

/// Returns true if all jobs have finished, so that they can be dismissed rather than cancelled.
fn all_are_over(state: &ConsoleState) -> bool {
    among_jobs(state) && state.jobs.jobs.iter().all(Job::has_ended)
}

fn some_are_not_over(state: &ConsoleState) -> bool {
    among_jobs(state) && !all_are_over(state)
}

fn can_pause(state: &ConsoleState) -> Availability {
    match current_job(state).map(|job| &job.status) {
        Some(JobStatus::Running) => Ok(()),
        Some(JobStatus::Queued) => unavailable("it is queued; pausing the running job pauses the queue"),
        Some(JobStatus::Reviewing(_)) => unavailable("it waits for a decision, which blocks no one"),
        Some(JobStatus::Cancelling) => unavailable("it is being cancelled"),
        Some(_) => unavailable("it has finished"),
        None => unavailable("there are no jobs"),
    }
}

fn can_cancel(state: &ConsoleState) -> Availability {
    is_cancellable(current_job(state))
}

fn can_cancel_running(state: &ConsoleState) -> Availability {
    is_cancellable(state.jobs.running())
}

fn is_cancellable(job: Option<&Job>) -> Availability {
    match job.map(|job| &job.status) {
        Some(JobStatus::Cancelling) => unavailable("it is being cancelled"),
        Some(_) => Ok(()),
        None => unavailable("there are no jobs"),
    }
}

/// Returns true if the job has worked on a space, or created one, that still exists.
fn is_of_space(state: &ConsoleState) -> bool {
    let space_id = current_job(state).and_then(|job| job.space_id);
    among_jobs(state) && space_id.is_some_and(|space_id| state.spaces.get(space_id).is_some())
}

fn has_job(state: &ConsoleState) -> Availability {
    if state.jobs.jobs.is_empty() { unavailable("there are no jobs") } else { Ok(()) }
}
