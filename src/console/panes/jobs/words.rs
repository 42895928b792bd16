//! The status, progress and speed of a job in words, shared by all places that show jobs.

use crate::console::app::state::State;
use crate::console::panes::jobs::job::{Job, JobStatus};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::figures::{count, counted, percent, short, span};
use crate::console::widgets::pen::{Piece, piece};
use crate::operations::Progress;

/// The glyph and role of a job's status.
pub fn sign(job: &Job, glyphs: &Glyphs) -> (&'static str, Role) {
    match &job.status {
        JobStatus::Queued => (glyphs.dot, Role::Muted),
        JobStatus::Running if job.silent.is_some() => (glyphs.warning, Role::Warning),
        JobStatus::Running => (glyphs.live, Role::Accent),
        JobStatus::Pausing | JobStatus::Paused => (glyphs.held, Role::Warning),
        JobStatus::Cancelling => (glyphs.paused, Role::Warning),
        JobStatus::Done(report) if report.problem => (glyphs.warning, Role::Warning),
        JobStatus::Done(_) => (glyphs.done, Role::Ok),
        JobStatus::Cancelled if job.removes() => (glyphs.paused, Role::Warning),
        JobStatus::Cancelled => (glyphs.paused, Role::Muted),
        JobStatus::Failed(_) => (glyphs.failed, Role::Danger),
    }
}

/// The progress in percent; empty if unknown.
pub fn share(job: &Job) -> String {
    job.fraction().map(|fraction| format!("{} %", percent(permille(fraction), 1000))).unwrap_or_default()
}

/// The status of a job that is pausing, paused, being cancelled or silent.
pub fn word(glyphs: &Glyphs, job: &Job) -> Vec<Piece<'static>> {
    let asked = match job.status {
        JobStatus::Pausing => "pausing…",
        JobStatus::Paused => "paused",
        JobStatus::Cancelling => "cancelling…",
        _ => "",
    };
    let mut pieces = Vec::new();
    if !asked.is_empty() {
        pieces.push(piece(asked, Role::Warning));
    }
    if let Some(seconds) = job.silent {
        let gap = if asked.is_empty() { String::new() } else { format!(" {} ", glyphs.dot) };
        pieces.push(piece(format!("{gap}no progress for {seconds} s"), Role::Warning));
    }
    pieces
}

/// The position of a job in the queue.
pub fn turn(state: &State, job: &Job) -> String {
    match state.jobs.before(job.id) {
        0 | 1 => "next".to_owned(),
        before => format!("{} ahead", counted(before as u64, "job")),
    }
}

/// The phase, progress, speed and time left.
pub fn progress(job: &Job) -> String {
    let mut parts = vec![done(job)];
    parts.extend(speed(job));
    parts.join(" · ")
}

/// The phase and its progress.
pub fn done(job: &Job) -> String {
    let Some(progress) = job.progress else { return "starting…".to_owned() };
    match (progress.done, progress.total) {
        // The only figure of such a job is its share of the whole, which covers every phase.
        _ if !job.kind.phases().counts_steps() => progress.phase.title().to_owned(),
        (0, 0) => progress.phase.title().to_owned(),
        (done, 0) => format!("{}, {} so far", progress.phase.title(), count(done)),
        (_, total) => format!("{} {} of {}", progress.phase.title(), count(progress.done), count(total)),
    }
}

/// The speed and the time left.
pub fn speed(job: &Job) -> Vec<String> {
    if job.silent.is_some() || job.status == JobStatus::Paused {
        return Vec::new();
    }
    let is_counted = |progress: Progress| (progress.done, progress.total) != (0, 0);
    let counts = job.kind.phases().counts_steps() && job.progress.is_some_and(is_counted);
    let rate = job.meter.rate().filter(|_| counts).map(|rate| format!("{}/s", short(whole(rate))));
    let left = job.seconds_left().map(|left| format!("~{} left", span(whole(left.ceil()) * 1000)));
    rate.into_iter().chain(left).collect()
}

/// A share in thousandths, rounded down, so that only a complete one is 1,000.
pub fn permille(fraction: f64) -> u64 {
    whole(fraction * 1000.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, as intended"
)]
fn whole(number: f64) -> u64 {
    number as u64
}
