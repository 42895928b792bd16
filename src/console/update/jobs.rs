//! Long operations: queued, begun one after the other, followed, held up, stopped, put away.

use crate::clock::Timestamp;
use crate::console::state::{Job, JobId, JobKind, JobStatus, Layer, Level, Pane, Report, State, Subject};
use crate::space::Space;

use super::{Changed, Effect, JobNews, able_job, able_space, answers, listing, vanishing};

/// Queues operations on spaces, and begins the first if nothing runs. Marks that called for them are taken away.
pub(super) fn queue(state: &mut State, operations: Vec<(JobKind, Space)>, effects: &mut Vec<Effect>) {
    let first = JobId(state.jobs.last.0 + 1);
    let about_marked = able_space::is_about_marked(state);
    for (kind, space) in operations {
        if about_marked {
            state.spaces.marked.remove(&space.space_id);
        }
        state.jobs.last.0 += 1;
        let id = state.jobs.last;
        state.jobs.put(Job::queued(id, kind, space));
    }
    select(state, first);
    start_next(state, effects);
}

/// Queues an operation on something else than a space, and begins it if nothing runs.
pub(super) fn queue_on_file(state: &mut State, kind: JobKind, about: &str, effects: &mut Vec<Effect>) {
    state.jobs.last.0 += 1;
    let id = state.jobs.last;
    state.jobs.put(Job::queued_on_file(id, kind, about));
    select(state, id);
    start_next(state, effects);
}

/// Begins the job whose turn it is, unless one runs.
fn start_next(state: &mut State, effects: &mut Vec<Effect>) {
    if state.jobs.running().is_some() {
        return;
    }
    let Some(job) = state.jobs.jobs.iter_mut().find(|job| job.status == JobStatus::Queued) else { return };
    job.status = JobStatus::Running;
    let (kind, space_id, about) = (job.kind.clone(), job.space_id, job.about.clone());
    effects.push(Effect::StartJob { job: job.id, kind, space_id, about });
}

fn select(state: &mut State, id: JobId) {
    state.jobs.selected = Some(id);
    listing::reveal(state);
}

/// News of a job.
pub(super) fn news(
    state: &mut State,
    id: JobId,
    at: Timestamp,
    news: JobNews,
    effects: &mut Vec<Effect>,
) -> Changed {
    let Some(job) = state.jobs.get_mut(id) else { return Changed::No };
    match news {
        JobNews::Started => job.start(at),
        JobNews::Progress(progress) => job.advance(at, progress),
        JobNews::Paused => job.pause(at),
        JobNews::Resumed => job.resume(at),
        JobNews::Done(report) => ended(state, id, at, JobStatus::Done(report), effects),
        JobNews::Cancelled => ended(state, id, at, JobStatus::Cancelled, effects),
        JobNews::Failed(failure) => ended(state, id, at, JobStatus::Failed(failure), effects),
    }
    Changed::Yes
}

/// Nothing was heard for so many seconds.
pub(super) fn silence(state: &mut State, seconds: u64) -> Changed {
    if state.jobs.note_silence(seconds) { Changed::Yes } else { Changed::No }
}

/// However a job ends, it is the next one's turn. Whoever looks at one goes on looking at it: a key hits no other.
fn ended(state: &mut State, id: JobId, at: Timestamp, status: JobStatus, effects: &mut Vec<Effect>) {
    let Some(index) = state.jobs.jobs.iter().position(|job| job.id == id) else { return };
    let mut job = state.jobs.jobs.remove(index);
    if let JobStatus::Done(Report { made: Some(space_id), .. }) = status {
        job.space_id = Some(space_id);
    }
    job.end(at, status);
    tell(state, &job);
    let deleted = job.space_id.filter(|_| matches!(job.kind, JobKind::Delete { .. }));
    match (deleted, &job.status) {
        (Some(space_id), JobStatus::Done(_)) => {
            vanishing::forget(state, &[space_id]);
            listing::take_deleted(state, space_id);
        }
        // Some of it may be gone.
        (Some(_), _) => vanishing::reread(state),
        (None, _) => {}
    }
    state.jobs.put(job);
    start_next(state, effects);
    listing::reveal(state);
    answers::changed(state);
}

/// Says how a job ended. What went well does not hide a failure that nobody has had the time to read.
fn tell(state: &mut State, job: &Job) {
    let (level, text) = told(job);
    let unread = state.notice.as_ref().is_some_and(|notice| notice.level == Level::Error);
    if !unread || level == Level::Error {
        state.say(level, text);
    }
}

fn told(job: &Job) -> (Level, String) {
    let name = job.name();
    match &job.status {
        JobStatus::Done(report) if report.problem => (Level::Warning, format!("{name}: {}", report.summary)),
        JobStatus::Done(report) => (Level::Info, format!("{name}: {}", report.summary)),
        JobStatus::Failed(failure) => (Level::Error, format!("{name}: {}", failure.message)),
        JobStatus::Cancelled => {
            let level = if job.removes() { Level::Warning } else { Level::Stopped };
            (level, format!("{name}: {}", job.left_by_cancelling()))
        }
        _ => (Level::Info, name),
    }
}

/// Goes to the space that the job at hand is about.
pub(super) fn go_to_space(state: &mut State) {
    let Some(space_id) = able_job::at_hand(state).and_then(|job| job.space_id) else { return };
    state.layers.clear();
    listing::select_space(state, space_id);
    state.focus(Pane::Spaces);
}

/// Has a job hold at its next step where nothing is held up by it.
pub(super) fn pause(state: &mut State, id: JobId, effects: &mut Vec<Effect>) {
    set(state, id, JobStatus::Pausing);
    effects.push(Effect::PauseJob { job: id });
}

/// Has a job go on that holds, or that was about to.
pub(super) fn resume(state: &mut State, id: JobId, effects: &mut Vec<Effect>) {
    // That it goes on is known when it says so; that it is not to hold, at once.
    if state.jobs.get(id).is_some_and(|job| job.status == JobStatus::Pausing) {
        set(state, id, JobStatus::Running);
    }
    effects.push(Effect::ResumeJob { job: id });
}

fn set(state: &mut State, id: JobId, status: JobStatus) {
    if let Some(job) = state.jobs.get_mut(id) {
        job.status = status;
    }
}

/// Stops a job: asks the running one to, takes a queued one off the queue.
pub(super) fn cancel(state: &mut State, id: JobId, effects: &mut Vec<Effect>) {
    let Some(job) = state.jobs.get_mut(id) else { return };
    if job.is_running() {
        job.status = JobStatus::Cancelling;
        effects.push(Effect::CancelJob { job: id });
    } else if job.status == JobStatus::Queued {
        dismiss(state, id);
    }
}

/// Stops the running job and takes all others off the queue.
pub(super) fn cancel_all(state: &mut State, effects: &mut Vec<Effect>) {
    let running = state.jobs.running().map(|job| job.id);
    let queued: Vec<JobId> = state.jobs.queued().map(|job| job.id).collect();
    for id in queued.into_iter().chain(running) {
        cancel(state, id, effects);
    }
}

/// Puts a job away; its neighbour is selected.
pub(super) fn dismiss(state: &mut State, id: JobId) {
    let jobs = &mut state.jobs;
    let Some(index) = jobs.jobs.iter().position(|job| job.id == id) else { return };
    jobs.jobs.remove(index);
    if jobs.selected == Some(id) {
        let neighbour = index.min(jobs.jobs.len().saturating_sub(1));
        jobs.selected = jobs.jobs.get(neighbour).map(|job| job.id);
    }
    let looks_at_it =
        |layer: &Layer| matches!(layer, Layer::Detail(detail) if detail.subject == Subject::Job(id));
    state.layers.retain(|layer| !looks_at_it(layer));
    listing::reveal(state);
}

/// Puts all jobs away that have ended.
pub(super) fn dismiss_all(state: &mut State) {
    let ended: Vec<JobId> = state.jobs.jobs.iter().filter(|job| job.has_ended()).map(|job| job.id).collect();
    for id in ended {
        dismiss(state, id);
    }
}
