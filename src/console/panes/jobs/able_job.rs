//! The conditions of actions on jobs, with the reason if they cannot be done now.

use crate::console::app::state::State;
use crate::console::layers::cast;
use crate::console::panes::detail::state::{Detail, Subject};
use crate::console::panes::jobs::job::{Job, JobStatus};
use crate::console::panes::pane::Pane;

use crate::console::app::reason::{Able, no};

/// Returns the current job: the one in the open detail, or the selected one in the jobs pane.
pub(crate) fn at_hand(state: &State) -> Option<&Job> {
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
pub(crate) fn among_jobs(state: &State) -> bool {
    match state.layers.below_help() {
        Some(layer) => cast::<Detail>(layer).is_some_and(|detail| matches!(detail.subject, Subject::Job(_))),
        None => state.focus == Pane::Jobs,
    }
}

fn is(state: &State, wanted: fn(&Job) -> bool) -> bool {
    at_hand(state).is_some_and(wanted)
}

fn holds(job: &Job) -> bool {
    matches!(job.status, JobStatus::Pausing | JobStatus::Paused)
}

/// Returns true if the job is paused or pausing, so that it can be resumed.
pub(crate) fn is_held(state: &State) -> bool {
    among_jobs(state) && is(state, holds)
}

pub(crate) fn is_not_held(state: &State) -> bool {
    among_jobs(state) && !is(state, holds)
}

/// Returns true if the job has finished, so that it can be dismissed rather than cancelled.
pub(crate) fn is_over(state: &State) -> bool {
    among_jobs(state) && is(state, Job::has_ended)
}

pub(crate) fn is_not_over(state: &State) -> bool {
    among_jobs(state) && !is(state, Job::has_ended)
}

/// Returns true if all jobs have finished, so that they can be dismissed rather than cancelled.
pub(crate) fn all_are_over(state: &State) -> bool {
    among_jobs(state) && state.jobs.jobs.iter().all(Job::has_ended)
}

pub(crate) fn some_are_not_over(state: &State) -> bool {
    among_jobs(state) && !all_are_over(state)
}

pub(crate) fn pause(state: &State) -> Able {
    match at_hand(state).map(|job| &job.status) {
        Some(JobStatus::Running) => Ok(()),
        Some(JobStatus::Queued) => no("it is queued; pausing the running job pauses the queue"),
        Some(JobStatus::Cancelling) => no("it is being cancelled"),
        Some(_) => no("it has finished"),
        None => no("there are no jobs"),
    }
}

pub(crate) fn cancel(state: &State) -> Able {
    match at_hand(state).map(|job| &job.status) {
        Some(JobStatus::Cancelling) => no("it is being cancelled"),
        Some(_) => Ok(()),
        None => no("there are no jobs"),
    }
}

/// Returns true if the job has worked on a space, or created one, that still exists.
pub(crate) fn is_of_space(state: &State) -> bool {
    let space_id = at_hand(state).and_then(|job| job.space_id);
    among_jobs(state) && space_id.is_some_and(|space_id| state.spaces.get(space_id).is_some())
}

pub(crate) fn some_job(state: &State) -> Able {
    if state.jobs.jobs.is_empty() { no("there are no jobs") } else { Ok(()) }
}
