//! Jobs: queued, run one at a time, followed, paused, cancelled and dismissed.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::console::app::effect::{Effects, JobCommand, TerminalCommand};
use crate::console::app::message::JobNews;
use crate::console::app::motion::reveal_panes;
use crate::console::app::state::{ConsoleState, Level};
use crate::console::app::update;
use crate::console::app::update::Changed;
use crate::console::layers::{cast, differences};
use crate::console::panes::detail::{Detail, Subject};
use crate::console::panes::jobs::announcement;
use crate::console::panes::jobs::job::{Job, JobId, JobStatus};
use crate::console::panes::{Pane, events, jobs, spaces};
use crate::operations::{AnyOperation, Report};
use crate::space::Space;

/// Queues operations on spaces, and starts the first if no job is running. Clears the marks of these spaces.
pub(crate) fn queue(state: &mut ConsoleState, operations: Vec<(AnyOperation, Space)>, effects: &mut Effects) {
    let first = JobId(state.jobs.last.0 + 1);
    let about_marked = spaces::is_about_marked(state);
    for (operation, space) in operations {
        if about_marked {
            state.spaces.marked.remove(&space.space_id);
        }
        state.jobs.add(|id| Job::queued(id, operation, space));
    }
    select(state, first);
    start_next(state, effects);
}

/// Queues an operation on a file, and starts it if no job is running.
pub(crate) fn queue_on_file(
    state: &mut ConsoleState,
    operation: AnyOperation,
    about: &str,
    effects: &mut Effects,
) {
    let id = state.jobs.add(|id| Job::queued_on(id, operation, about));
    select(state, id);
    start_next(state, effects);
}

/// Starts the next job, unless one is running.
fn start_next(state: &mut ConsoleState, effects: &mut Effects) {
    if state.jobs.running().is_some() {
        return;
    }
    let Some(job) = state.jobs.jobs.iter_mut().find(|job| job.status == JobStatus::Queued) else { return };
    job.status = JobStatus::Running;
    effects.push(JobCommand::Start { job: job.id, spec: job.spec() });
}

fn select(state: &mut ConsoleState, id: JobId) {
    state.jobs.selected = Some(id);
    reveal_panes(state);
}

/// Applies an update from a job.
pub(crate) fn news(
    state: &mut ConsoleState,
    id: JobId,
    at: Timestamp,
    news: JobNews,
    effects: &mut Effects,
) -> Changed {
    let Some(job) = state.jobs.get_mut(id) else { return Changed::No };
    match news {
        JobNews::Started => job.start(at),
        JobNews::Progress(progress) => {
            job.advance(at, progress);
            if let (Some(space_id), AnyOperation::Rebuild(_)) = (job.space_id, &job.operation) {
                let left = progress.total.saturating_sub(progress.done);
                state.spaces.lags.note_rebuild(space_id, left, at);
            }
        }
        JobNews::Paused => job.pause(at),
        JobNews::Resumed => job.resume(at),
        JobNews::Review(review) => {
            job.review(at, Arc::clone(&review));
            differences::offer_review(state, id, &review);
        }
        JobNews::Reviewed(decision) => job.reviewed(at, decision),
        JobNews::Done(report) => ended(state, id, at, JobStatus::Done(report), effects),
        JobNews::Cancelled => ended(state, id, at, JobStatus::Cancelled, effects),
        JobNews::Failed(failure) => ended(state, id, at, JobStatus::Failed(failure), effects),
    }
    Changed::Yes
}

/// Notes how long the running job has been silent.
pub(crate) fn silence(state: &mut ConsoleState, seconds: u64) -> Changed {
    if state.jobs.note_silence(seconds) { Changed::Yes } else { Changed::No }
}

/// Records the end of a job and starts the next. Keeps the selection on the same job, so that a key press never hits
/// another one.
fn ended(state: &mut ConsoleState, id: JobId, at: Timestamp, mut status: JobStatus, effects: &mut Effects) {
    let Some(index) = state.jobs.jobs.iter().position(|job| job.id == id) else { return };
    let mut job = state.jobs.jobs.remove(index);
    if let JobStatus::Done(Report { made: Some(space_id), .. }) = status {
        job.space_id = Some(space_id);
    }
    // The console does not keep what it has exported.
    if let JobStatus::Done(Report { clipboard, .. }) = &mut status
        && let Some(text) = clipboard.take()
    {
        effects.push(TerminalCommand::Copy { text });
    }
    job.end(at, status);
    tell(state, &job);
    announcement::announce(state, &job, effects);
    let deleted = job.space_id.filter(|_| matches!(job.operation, AnyOperation::DeleteSpace(_)));
    match (deleted, &job.status) {
        (Some(space_id), JobStatus::Done(_)) => {
            update::forget_spaces(state, &[space_id]);
            spaces::remove_deleted(state, space_id);
        }
        // Part of the space may be gone.
        (Some(_), _) => events::reread(state),
        // The events on screen still have the values.
        (None, _) if matches!(job.operation, AnyOperation::Redact(_)) => events::reread(state),
        (None, _) => {}
    }
    state.jobs.put(job);
    start_next(state, effects);
    reveal_panes(state);
    update::changed(state);
}

/// Says how a job ended. A success does not replace an error that is still on screen.
fn tell(state: &mut ConsoleState, job: &Job) {
    let (level, text) = notice(job);
    let unread = state.notice.as_ref().is_some_and(|notice| notice.level == Level::Error);
    if !unread || level == Level::Error {
        state.say(level, text);
    }
}

fn notice(job: &Job) -> (Level, String) {
    let name = job.name();
    match &job.status {
        JobStatus::Done(report) if report.problem => (Level::Warning, format!("{name}: {}", report.summary)),
        JobStatus::Done(report) => (Level::Info, format!("{name}: {}", report.summary)),
        JobStatus::Failed(failure) => (Level::Error, format!("{name}: {}", failure.message)),
        JobStatus::Cancelled => {
            let level = if job.removes() { Level::Warning } else { Level::Stopped };
            (level, format!("{name}: {}", job.cancelled()))
        }
        _ => (Level::Info, name),
    }
}

/// Goes to the space of the current job.
pub(crate) fn go_to_space(state: &mut ConsoleState) {
    let Some(space_id) = jobs::current_job(state).and_then(|job| job.space_id) else { return };
    state.layers.clear();
    spaces::select_space(state, space_id);
    state.focus(Pane::Spaces);
}

/// Does something to the current job.
pub(crate) fn on_current(
    state: &mut ConsoleState,
    effects: &mut Effects,
    command: fn(&mut ConsoleState, JobId, &mut Effects),
) {
    if let Some(id) = jobs::current_job(state).map(|job| job.id) {
        command(state, id, effects);
    }
}

/// Pauses a job as soon as nothing has to wait for it.
pub(crate) fn pause(state: &mut ConsoleState, id: JobId, effects: &mut Effects) {
    set(state, id, JobStatus::Pausing);
    effects.push(JobCommand::Pause { job: id });
}

/// Resumes a paused job, or withdraws the request to pause it.
pub(crate) fn resume(state: &mut ConsoleState, id: JobId, effects: &mut Effects) {
    // A paused job reports when it resumes; a withdrawn pause shows at once.
    if state.jobs.get(id).is_some_and(|job| job.status == JobStatus::Pausing) {
        set(state, id, JobStatus::Running);
    }
    effects.push(JobCommand::Resume { job: id });
}

fn set(state: &mut ConsoleState, id: JobId, status: JobStatus) {
    if let Some(job) = state.jobs.get_mut(id) {
        job.status = status;
    }
}

/// Cancels a job: asks it to stop if it is running, removes it if it is queued.
pub(crate) fn cancel(state: &mut ConsoleState, id: JobId, effects: &mut Effects) {
    let Some(job) = state.jobs.get_mut(id) else { return };
    if job.is_running() {
        job.status = JobStatus::Cancelling;
        effects.push(JobCommand::Cancel { job: id });
    } else if job.status == JobStatus::Queued {
        dismiss(state, id);
    }
}

/// Cancels the running job, whatever is selected, and names it.
pub(crate) fn cancel_running(state: &mut ConsoleState, effects: &mut Effects) {
    let Some((id, name)) = state.jobs.running().map(|job| (job.id, job.name())) else { return };
    cancel(state, id, effects);
    state.say(Level::Note, format!("{name}: cancelling"));
}

/// Has the review of a rebuild that waits for a decision checked, after the store has changed.
pub(crate) fn recheck(state: &ConsoleState, effects: &mut Effects) {
    let waiting = state.jobs.running().filter(|job| matches!(job.status, JobStatus::Reviewing(_)));
    if let Some(job) = waiting {
        effects.push(JobCommand::Recheck { job: job.id });
    }
}

/// Cancels the running job and removes all queued ones.
pub(crate) fn cancel_all(state: &mut ConsoleState, effects: &mut Effects) {
    let running = state.jobs.running().map(|job| job.id);
    let queued: Vec<JobId> = state.jobs.queued().map(|job| job.id).collect();
    for id in queued.into_iter().chain(running) {
        cancel(state, id, effects);
    }
}

/// Removes a job and selects its neighbour.
pub(crate) fn dismiss(state: &mut ConsoleState, id: JobId) {
    let jobs = &mut state.jobs;
    let Some(index) = jobs.jobs.iter().position(|job| job.id == id) else { return };
    jobs.jobs.remove(index);
    if jobs.selected == Some(id) {
        let neighbour = index.min(jobs.jobs.len().saturating_sub(1));
        jobs.selected = jobs.jobs.get(neighbour).map(|job| job.id);
    }
    let shows_it = |detail: &Detail| detail.subject == Subject::Job(id);
    state.layers.retain(|layer| !cast(layer).is_some_and(shows_it));
    reveal_panes(state);
}

/// Removes all finished jobs.
pub(crate) fn dismiss_all(state: &mut ConsoleState) {
    let ended: Vec<JobId> = state.jobs.jobs.iter().filter(|job| job.has_ended()).map(|job| job.id).collect();
    for id in ended {
        dismiss(state, id);
    }
}
