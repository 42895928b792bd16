//! Long operations: begun, followed, stopped, put away.

use crate::clock::Timestamp;
use crate::console::state::{Job, JobId, JobKind, JobStatus, Level, Meter, State};
use crate::space::Space;

use super::{Changed, Effect, JobNews, answers};

/// Begins an operation on a space.
pub(super) fn start(state: &mut State, kind: JobKind, space: Space, effects: &mut Vec<Effect>) {
    state.jobs.last.0 += 1;
    let id = state.jobs.last;
    let (space_id, space_name) = (space.space_id, space.space_name);
    state.jobs.jobs.insert(
        0,
        Job {
            id,
            kind,
            space_id,
            space_name: space_name.clone(),
            status: JobStatus::Running,
            progress: None,
            furthest: None,
            meter: Meter::default(),
            started: None,
            ended: None,
        },
    );
    state.jobs.selected = Some(id);
    state.jobs.top = 0;
    effects.push(Effect::StartJob { job: id, kind, space_id, space_name });
}

/// News of a job.
pub(super) fn news(state: &mut State, id: JobId, at: Timestamp, news: JobNews) -> Changed {
    let Some(job) = state.jobs.jobs.iter_mut().find(|job| job.id == id) else { return Changed::No };
    let ended = !matches!(news, JobNews::Started | JobNews::Progress(_));
    match news {
        JobNews::Started => job.started = Some(at),
        JobNews::Progress(progress) => job.advance(at, progress),
        JobNews::Done(report) => job.status = JobStatus::Done(report),
        JobNews::Cancelled => job.status = JobStatus::Cancelled,
        JobNews::Failed(failure) => job.status = JobStatus::Failed(failure),
    }
    if ended {
        job.ended = Some(at);
        let (level, text) = told(job);
        state.say(level, text);
        answers::changed(state);
    }
    Changed::Yes
}

fn told(job: &Job) -> (Level, String) {
    let name = format!("{} {}", job.kind.title(), job.space_name);
    match &job.status {
        JobStatus::Done(report) if report.problem => (Level::Warning, format!("{name}: {}", report.summary)),
        JobStatus::Done(report) => (Level::Info, format!("{name}: {}", report.summary)),
        JobStatus::Failed(failure) => (Level::Error, format!("{name}: {}", failure.message)),
        JobStatus::Cancelled if job.kind == JobKind::CatchUp => {
            (Level::Info, format!("{name}: cancelled; what was applied stays applied"))
        }
        JobStatus::Cancelled => (Level::Info, format!("{name}: cancelled; nothing was changed")),
        JobStatus::Running | JobStatus::Cancelling => (Level::Info, name),
    }
}

/// Asks a running job to stop, and puts away one that has ended.
pub(super) fn cancel_or_dismiss(state: &mut State, effects: &mut Vec<Effect>) {
    let jobs = &mut state.jobs;
    let Some(index) = jobs.jobs.iter().position(|job| Some(job.id) == jobs.selected) else { return };
    let job = &mut jobs.jobs[index];
    if job.is_running() {
        job.status = JobStatus::Cancelling;
        effects.push(Effect::CancelJob { job: job.id });
        return;
    }
    jobs.jobs.remove(index);
    let neighbour = index.min(jobs.jobs.len().saturating_sub(1));
    jobs.selected = jobs.jobs.get(neighbour).map(|job| job.id);
    jobs.top = jobs.top.min(neighbour);
}
