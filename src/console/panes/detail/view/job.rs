//! The detail of a job: its status, progress, speed and errors, and its log.

use crate::console::app::state::State;
use crate::console::panes::detail::view::{Rest, Told, dotted, fact};
use crate::console::panes::jobs::job::{Job, JobStatus};
use crate::console::panes::jobs::job_kind::JobKind;
use crate::console::panes::jobs::words::{self as words, share, sign, turn};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar;
use crate::console::widgets::figures::{count, counted, span};
use crate::console::widgets::pen::{Piece, piece};
use crate::operations::{Phase, Progress};

/// The width of the bar among the facts.
const BAR: u16 = 16;

pub(super) fn tell<'a>(glyphs: &Glyphs, state: &State, job: &'a Job) -> Told<'a> {
    let name = job.name();
    let errors = errors(glyphs, job);
    let facts = vec![
        fact("state", standing(glyphs, state, job)),
        fact("done", done(glyphs, job)),
        fact("speed", speed(glyphs, job)),
        fact("time", time(glyphs, job)),
        fact("last event", vec![last_event(job)]),
        fact("errors", vec![errors.clone()]),
    ];
    let mut brief = standing(glyphs, state, job);
    brief.push(piece(format!(" {} ", glyphs.dot), Role::Muted));
    if job.is_running() {
        let last = job.figures.last_event.filter(|_| job.kind.phases().counts_steps());
        let last = last.map(|event| format!("event {}", count(event.0)));
        for said in [Some(share(job)).filter(|share| !share.is_empty()), last].into_iter().flatten() {
            brief.push(piece(format!("{said} {} ", glyphs.dot), Role::Text));
        }
    }
    if errors.role() != Role::Muted || job.is_running() {
        brief.extend([errors, piece(format!(" {} ", glyphs.dot), Role::Muted)]);
    }
    brief.extend(time(glyphs, job));
    Told { title: vec![piece(name, Role::Strong)], facts, brief, rest: Rest::Log(job) }
}

/// The status and the current phase.
fn standing<'a>(glyphs: &Glyphs, state: &State, job: &Job) -> Vec<Piece<'a>> {
    let (glyph, role) = sign(job, glyphs);
    let phase = job.progress.map_or("starting", |progress| progress.phase.title());
    let status = match &job.status {
        JobStatus::Queued => format!("queued, {}", turn(state, job)),
        JobStatus::Running => match job.silent {
            Some(seconds) => format!("no progress for {seconds} s while {phase}"),
            None => phase.to_owned(),
        },
        JobStatus::Pausing if job.progress.is_some_and(|progress| !progress.phase.can_pause()) => {
            format!("pausing… not possible while {phase}")
        }
        JobStatus::Pausing => "pausing…".to_owned(),
        JobStatus::Paused => format!("paused while {phase}"),
        JobStatus::Cancelling => format!("cancelling… while {phase}"),
        JobStatus::Done(report) if report.problem => "done, with problems".to_owned(),
        JobStatus::Done(_) => "done".to_owned(),
        JobStatus::Cancelled => "cancelled".to_owned(),
        JobStatus::Failed(_) => "failed".to_owned(),
    };
    vec![piece(format!("{glyph} {status}"), role)]
}

/// The progress of the current phase, or the totals of a job that does not run.
fn done<'a>(glyphs: &Glyphs, job: &Job) -> Vec<Piece<'a>> {
    let counts = |progress: &Progress| job.is_running() && (progress.done, progress.total) != (0, 0);
    let Some(progress) = job.progress.filter(counts) else { return been_through(glyphs, job) };
    let mut pieces = Vec::new();
    if let Some(fraction) = job.fraction() {
        let [full, rest] = bar::pieces(glyphs, BAR, fraction);
        pieces.extend([full, rest, piece(format!(" {}  ", share(job)), Role::Strong)]);
    }
    if !job.kind.phases().counts_steps() {
        let total = counted(progress.total, "event");
        pieces.push(piece(format!("of {total}"), Role::Text));
    } else {
        pieces.push(piece(steps(progress), Role::Text));
    }
    if job.added() > 0 {
        let added = format!(" ({} new)", count(job.added()));
        pieces.push(piece(added, Role::Muted));
    }
    pieces
}

/// The totals of all phases, each unit once.
fn been_through<'a>(glyphs: &Glyphs, job: &Job) -> Vec<Piece<'a>> {
    let of = |wanted: &str| job.figures.of(|phase| unit(phase) == wanted);
    let parts: Vec<Piece<'a>> = ["event", "command", "key", "row"]
        .into_iter()
        .filter_map(of)
        .map(|progress| piece(steps(progress), Role::Text))
        .collect();
    match (parts.is_empty(), job.has_ended()) {
        (true, true) => vec![piece("nothing", Role::Muted)],
        (true, false) => vec![piece("nothing yet", Role::Muted)],
        (false, _) => dotted(glyphs, parts),
    }
}

fn steps(progress: Progress) -> String {
    let Progress { phase, done, total, .. } = progress;
    match total {
        0 => counted(done, unit(phase)),
        total => format!("{} of {}", count(done), counted(total, unit(phase))),
    }
}

/// The unit that a phase counts.
fn unit(phase: Phase) -> &'static str {
    match phase {
        Phase::Compare | Phase::SetAside => "key",
        Phase::Sweep | Phase::Check | Phase::Export | Phase::ReadBack | Phase::Read | Phase::Import => "row",
        Phase::Generate => "command",
        Phase::Copy => "page",
        _ => "event",
    }
}

/// The last event that the job processed.
fn last_event<'a>(job: &Job) -> Piece<'a> {
    match (job.figures.last_event, &job.kind) {
        (Some(event), _) => piece(count(event.0), Role::Text),
        (None, JobKind::Delete { .. }) => piece("events are removed unread", Role::Muted),
        (None, _) if job.has_ended() => piece("none", Role::Muted),
        (None, _) => piece("none yet", Role::Muted),
    }
}

fn speed<'a>(glyphs: &Glyphs, job: &Job) -> Vec<Piece<'a>> {
    let parts = if job.is_running() { words::speed(job) } else { Vec::new() };
    if parts.is_empty() {
        let text = match job.status {
            JobStatus::Queued => "not started",
            JobStatus::Paused => "paused",
            _ if job.has_ended() => "finished",
            _ => "unknown",
        };
        return vec![piece(text, Role::Muted)];
    }
    dotted(glyphs, parts.into_iter().map(|part| piece(part, Role::Text)).collect())
}

/// The start time, and the time spent running and paused.
fn time<'a>(glyphs: &Glyphs, job: &Job) -> Vec<Piece<'a>> {
    let Some(started) = job.started else { return vec![piece("not started", Role::Muted)] };
    let mut parts = vec![piece(job.elapsed_millis().map(span).unwrap_or_default(), Role::Text)];
    if job.paused_millis > 0 {
        parts.push(piece(format!("{} paused", span(job.paused_millis)), Role::Muted));
    }
    parts.push(piece(format!("since {} UTC", clock(&started.to_string())), Role::Muted));
    dotted(glyphs, parts)
}

/// The errors so far.
pub fn errors<'a>(glyphs: &Glyphs, job: &Job) -> Piece<'a> {
    let skipped = job.figures.skipped;
    match (&job.status, skipped) {
        (JobStatus::Failed(_), _) => piece(format!("{} stopped by an error", glyphs.failed), Role::Danger),
        (_, 0) if job.has_ended() => piece("no errors", Role::Muted),
        (_, 0) => piece("no errors so far", Role::Muted),
        (_, skipped) => piece(format!("{} {}", glyphs.warning, skipped_text(job, skipped)), Role::Warning),
    }
}

/// Returns the number of events that a job could not apply, in words.
pub fn skipped_text(job: &Job, skipped: u64) -> String {
    let events = counted(skipped, "event");
    match job.kind {
        JobKind::Verify => format!("{events} cannot be applied"),
        _ => format!("{events} skipped"),
    }
}

/// Returns `12:01:07` for `2026-01-31T12:01:07.533Z`.
pub fn clock(timestamp: &str) -> String {
    timestamp.get(11..19).unwrap_or(timestamp).to_owned()
}
