//! Jobs: two lines each, the latest first.

use ratatui::layout::Rect;

use super::JOB_LINES;
use crate::console::state::{Job, JobStatus, State};
use crate::console::update::Action;
use crate::console::view::keys::key;
use crate::console::view::theme::{Glyphs, Role};
use crate::console::view::widget::bar;
use crate::console::view::widget::figures::{count, percent, short, span};
use crate::console::view::widget::message::Message;
use crate::console::view::widget::pen::{Pen, Piece, below, piece, pieces_width, right_of, row};
use crate::console::view::widget::table::mark;

pub fn draw(pen: &mut Pen<'_>, state: &State, inner: Rect, border: Rect, focused: bool) {
    let pane = &state.jobs;
    if pane.jobs.is_empty() {
        return empty(pen, state, inner);
    }
    let shown = usize::from(inner.height / JOB_LINES);
    for (index, job) in (0..inner.height / JOB_LINES).zip(pane.jobs.iter().skip(pane.top)) {
        let area = Rect { height: JOB_LINES, ..below(inner, index * JOB_LINES) };
        let selected = pane.selected == Some(job.id);
        if selected {
            mark(pen, row(area, 1), true, focused);
        }
        draw_job(pen, job, Rect { width: area.width.saturating_sub(2), ..right_of(area, 1) });
        mark(pen, area, selected, focused);
    }
    super::spaces::scroll(pane.top, shown, pane.jobs.len()).draw(pen, super::spaces::track(border));
}

/// From this width on a job's bar stands beside its name, below it else.
const BAR_BESIDE: u16 = 48;
/// The width of a bar below the name.
const BAR_BELOW: u16 = 10;

fn draw_job(pen: &mut Pen<'_>, job: &Job, area: Rect) {
    let (glyph, role) = sign(job, pen.glyphs());
    let name = [
        piece(format!("{glyph} "), role),
        piece(job.kind.title(), Role::Strong),
        piece(format!(" {}", job.space_name), Role::Text),
    ];
    let (first, second) = (row(area, 0), right_of(row(area, 1), 2));
    let running = job.fraction().filter(|_| job.is_running());
    let note = [note_of(job)];
    let beside = Rect { width: first.width.saturating_sub(pieces_width(&note).max(5) + 2), ..first };
    let used = pen.line(beside, &name);
    pen.line_right(first, &note);
    match running {
        Some(fraction) if first.width >= BAR_BESIDE => {
            let bar = right_of(beside, (used + 2).max(beside.width / 2));
            bar::draw(pen, bar, permille(fraction), 1000, Role::Bar);
            pen.line(second, &second_line(job));
        }
        Some(fraction) if job.status == JobStatus::Running => {
            let bar = Rect { width: BAR_BELOW.min(second.width), ..second };
            bar::draw(pen, bar, permille(fraction), 1000, Role::Bar);
            pen.text(right_of(second, BAR_BELOW + 1), &speed(job).join(" · "), Role::Muted);
        }
        _ => {
            pen.line(second, &second_line(job));
        }
    }
}

/// How far it has come, or how long it took.
fn note_of(job: &Job) -> Piece<'static> {
    match job.fraction().filter(|_| job.is_running()) {
        Some(fraction) => piece(format!("{} %", percent(permille(fraction), 1000)), Role::Text),
        None => {
            let took = job.elapsed_millis().filter(|_| !job.is_running());
            piece(took.map(span).unwrap_or_default(), Role::Muted)
        }
    }
}

/// What a job's state looks like.
pub fn sign(job: &Job, glyphs: &Glyphs) -> (&'static str, Role) {
    match &job.status {
        JobStatus::Running => (glyphs.live, Role::Accent),
        JobStatus::Cancelling => (glyphs.paused, Role::Warning),
        JobStatus::Done(report) if report.problem => (glyphs.warning, Role::Warning),
        JobStatus::Done(_) => (glyphs.done, Role::Ok),
        JobStatus::Cancelled => (glyphs.paused, Role::Muted),
        JobStatus::Failed(_) => (glyphs.failed, Role::Danger),
    }
}

fn second_line(job: &Job) -> Vec<Piece<'_>> {
    match &job.status {
        JobStatus::Running => vec![piece(progress(job), Role::Muted)],
        JobStatus::Cancelling => vec![piece("stopping…", Role::Warning)],
        JobStatus::Done(report) if report.problem => vec![piece(&report.summary, Role::Warning)],
        JobStatus::Done(report) => vec![piece(&report.summary, Role::Muted)],
        JobStatus::Cancelled => vec![piece("cancelled; nothing was changed", Role::Muted)],
        JobStatus::Failed(failure) => vec![piece(&failure.message, Role::Danger)],
    }
}

/// What it is at, how far, how fast, and how long it will take.
pub fn progress(job: &Job) -> String {
    let Some(progress) = job.progress else { return "starting…".to_owned() };
    let done = match progress.total {
        0 => format!("{}, {} so far", progress.phase.title(), count(progress.done)),
        total => format!("{} {} of {}", progress.phase.title(), count(progress.done), count(total)),
    };
    let mut parts = vec![done];
    parts.extend(speed(job));
    parts.join(" · ")
}

/// How fast it goes, and how long it will take.
fn speed(job: &Job) -> Vec<String> {
    let rate = job.meter.rate().map(|rate| format!("{}/s", short(whole(rate))));
    let left = job.seconds_left().map(|left| format!("~{} left", span(whole(left.ceil()) * 1000)));
    rate.into_iter().chain(left).collect()
}

/// A share in thousandths. Only what is whole is a thousand.
fn permille(fraction: f64) -> u64 {
    whole(fraction * 1000.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, which is what is wanted"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

pub fn note(state: &State) -> Vec<Piece<'static>> {
    match state.jobs.jobs.iter().filter(|job| job.is_running()).count() {
        0 => Vec::new(),
        running => vec![piece(format!("{running} running"), Role::Accent)],
    }
}

fn empty(pen: &mut Pen<'_>, state: &State, area: Rect) {
    let next = if state.space().is_none() {
        return Message { text: "No jobs yet", role: Role::Muted, next: None }.draw(pen, area);
    } else if state.database.read_only {
        format!("{} compares projections with their events", key(Action::Verify))
    } else {
        format!("{} rebuilds the selected space\n{} verifies it", key(Action::Rebuild), key(Action::Verify))
    };
    Message { text: "No jobs yet", role: Role::Muted, next: Some(&next) }.draw(pen, area);
}
