//! Whether something can be done to a job, or why not.

use crate::console::state::{Job, JobStatus, Layer, Pane, State, Subject};

use super::reason::{Able, no};

/// The job that actions are about: the one looked at, or the selected one of the jobs pane.
pub(super) fn at_hand(state: &State) -> Option<&Job> {
    match state.layers.iter().rev().find(|layer| !matches!(layer, Layer::Help(_))) {
        Some(Layer::Detail(detail)) => match detail.subject {
            Subject::Job(id) => state.jobs.get(id),
            _ => None,
        },
        None if state.focus == Pane::Jobs => state.jobs.selected_job(),
        _ => None,
    }
}

/// Whether jobs are what is looked at.
pub(super) fn among_jobs(state: &State) -> bool {
    match state.layers.iter().rev().find(|layer| !matches!(layer, Layer::Help(_))) {
        Some(Layer::Detail(detail)) => matches!(detail.subject, Subject::Job(_)),
        layer => layer.is_none() && state.focus == Pane::Jobs,
    }
}

fn is(state: &State, wanted: fn(&Job) -> bool) -> bool {
    at_hand(state).is_some_and(wanted)
}

fn holds(job: &Job) -> bool {
    matches!(job.status, JobStatus::Pausing | JobStatus::Paused)
}

/// Whether the job holds, or is about to: then it can be resumed rather than paused.
pub(super) fn is_held(state: &State) -> bool {
    among_jobs(state) && is(state, holds)
}

pub(super) fn is_not_held(state: &State) -> bool {
    among_jobs(state) && !is(state, holds)
}

/// Whether the job has ended: then it can be dismissed rather than cancelled.
pub(super) fn is_over(state: &State) -> bool {
    among_jobs(state) && is(state, Job::has_ended)
}

pub(super) fn is_not_over(state: &State) -> bool {
    among_jobs(state) && !is(state, Job::has_ended)
}

/// Whether all jobs have ended: then they can be dismissed rather than cancelled.
pub(super) fn all_are_over(state: &State) -> bool {
    among_jobs(state) && state.jobs.jobs.iter().all(Job::has_ended)
}

pub(super) fn some_are_not_over(state: &State) -> bool {
    among_jobs(state) && !all_are_over(state)
}

pub(super) fn pause(state: &State) -> Able {
    match at_hand(state).map(|job| &job.status) {
        Some(JobStatus::Running) => Ok(()),
        Some(JobStatus::Queued) => no("it waits for its turn; pausing the running one holds all of them"),
        Some(JobStatus::Cancelling) => no("it is being stopped"),
        Some(_) => no("it has ended"),
        None => no("there is no job"),
    }
}

pub(super) fn cancel(state: &State) -> Able {
    match at_hand(state).map(|job| &job.status) {
        Some(JobStatus::Cancelling) => no("it is being stopped"),
        Some(_) => Ok(()),
        None => no("there is no job"),
    }
}

/// Whether the job is about a space, or made one, and that is there.
pub(super) fn is_of_space(state: &State) -> bool {
    let space_id = at_hand(state).and_then(|job| job.space_id);
    among_jobs(state) && space_id.is_some_and(|space_id| state.spaces.get(space_id).is_some())
}

pub(super) fn some_job(state: &State) -> Able {
    if state.jobs.jobs.is_empty() { no("there is no job") } else { Ok(()) }
}
