//! Jobs: two or three lines each, latest first.

use ratatui::layout::Rect;

use crate::console::app::action::Action;
use crate::console::app::keymap::key_of as key;
use crate::console::app::pointer::region::Spot;
use crate::console::app::state::ConsoleState;
use crate::console::panes::jobs::job::{Job, JobStatus};
use crate::console::panes::view::{Note, scroll};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::frame::Placeholder;
use crate::console::widgets::pen::{Pen, Piece, below, piece, pieces_width, right_of, row};
use crate::console::widgets::table::mark;
use crate::console::widgets::text::wrap;
use crate::console::widgets::{bar, text};
use crate::operations::{AnyOperation, Progress};
use crate::text::{counted, grouped, percent, short, span};

pub(super) fn draw(pen: &mut Pen<'_>, state: &ConsoleState, inner: Rect, focused: bool) {
    let pane = &state.jobs;
    if pane.jobs.is_empty() {
        return empty(pen, state, inner);
    }
    let height = lines(state, inner.height);
    let shown = usize::from(inner.height / height);
    for (index, job) in (0..inner.height / height).zip(pane.visible(shown)) {
        let area = Rect { height, ..below(inner, index * height) };
        let selected = pane.selected == Some(job.id);
        pen.spot(area, Spot::Row(index.into()));
        if selected {
            (1..height).for_each(|line| mark(pen, row(area, line), true, focused));
        }
        draw_job(pen, state, job, Rect { width: area.width.saturating_sub(2), ..right_of(area, 1) });
        mark(pen, area, selected, focused);
    }
    scroll(pen, inner, pane.top, shown, pane.jobs.len());
}

/// Returns the number of lines per job: three if all jobs fit, else two.
pub(super) fn lines(state: &ConsoleState, height: u16) -> u16 {
    let jobs = u16::try_from(state.jobs.jobs.len()).unwrap_or(u16::MAX);
    if (1..=height / 3).contains(&jobs) { 3 } else { 2 }
}

/// The minimum width for a bar beside the job's name; otherwise it is below the name.
const BAR_BESIDE: u16 = 48;
/// The width of a bar below the name.
const BAR_BELOW: u16 = 8;

fn draw_job(pen: &mut Pen<'_>, state: &ConsoleState, job: &Job, area: Rect) {
    let (glyph, role) = sign(job, pen.glyphs());
    let name = vec![
        piece(format!("{glyph} "), role),
        piece(job.operation.name(), Role::Strong),
        piece(format!(" {}", job.target()), Role::Text),
    ];
    let (first, second) = (row(area, 0), right_of(row(area, 1), 2));
    let note = note_of(pen.glyphs(), job);
    let beside = Rect { width: first.width.saturating_sub(pieces_width(&note).max(5) + 2), ..first };
    let used = pen.line(beside, &text::fit(name, beside.width, pen.glyphs().ellipsis));
    pen.line_right(first, &note);
    let wide = first.width >= BAR_BESIDE;
    let bar = job.fraction().filter(|_| job.is_running());
    if let Some(fraction) = bar {
        let place = if wide {
            right_of(beside, (used + 2).max(beside.width / 2))
        } else {
            Rect { width: BAR_BELOW.min(second.width), ..second }
        };
        bar::draw(pen, place, permille(fraction), 1000, bar_role(job));
    }
    let text = if bar.is_some() && !wide { right_of(second, BAR_BELOW + 1) } else { second };
    let third = (area.height >= 3).then(|| right_of(row(area, 2), 2));
    if let Some(third) = third.filter(|_| !job.is_running()) {
        return summary(pen, state, job, [second, third]);
    }
    pen.line(text, &second_line(pen.glyphs(), state, job, wide || bar.is_none()));
    if let Some(third) = third {
        pen.line(third, &so_far(pen.glyphs(), job));
    }
}

/// Draws the status of a job that is not running, on two lines.
fn summary(pen: &mut Pen<'_>, state: &ConsoleState, job: &Job, [first, second]: [Rect; 2]) {
    for item in second_line(pen.glyphs(), state, job, true) {
        let mut parts = wrap(item.text(), first.width).into_iter();
        pen.line(first, &[item.with_text(parts.next().unwrap_or_default())]);
        pen.line(second, &[item.with_text(parts.collect::<Vec<_>>().join(" "))]);
    }
}

/// The last event that a running job processed, and its errors so far.
fn so_far<'a>(glyphs: &Glyphs, job: &Job) -> Vec<Piece<'a>> {
    // Beside a percentage, the event would look like another share of the total.
    let last = job.figures.last_event.filter(|_| job.operation.phases().counts_steps());
    let last = last.map(|event| format!("event {} {} ", grouped(event.0), glyphs.dot));
    let errors = errors(glyphs, job);
    vec![piece(last.unwrap_or_default(), Role::Muted), errors]
}

/// The role of the bar; a job that makes no progress is not drawn as if it did.
fn bar_role(job: &Job) -> Role {
    let stands = job.silent.is_some() || matches!(job.status, JobStatus::Paused | JobStatus::Reviewing(_));
    if stands { Role::Behind } else { Role::Bar }
}

/// The number of skipped events, and the progress or the duration.
fn note_of(glyphs: &Glyphs, job: &Job) -> Vec<Piece<'static>> {
    let mut pieces = Vec::new();
    let skipped = job.figures.skipped;
    if skipped > 0 && job.is_running() {
        pieces.push(piece(format!("{} {}  ", glyphs.warning, short(skipped)), Role::Warning));
    }
    pieces.push(match &job.status {
        JobStatus::Queued => piece("queued", Role::Muted),
        _ if job.is_running() => piece(share(job), Role::Text),
        _ => piece(job.elapsed_millis().map(span).unwrap_or_default(), Role::Muted),
    });
    pieces
}

/// The status in one line, with the phase if `in_full`.
fn second_line<'a>(glyphs: &Glyphs, state: &ConsoleState, job: &'a Job, in_full: bool) -> Vec<Piece<'a>> {
    let going = || if in_full { progress(job) } else { speed(job).join(" · ") };
    match &job.status {
        JobStatus::Done(report) if report.problem => vec![piece(&report.summary, Role::Warning)],
        JobStatus::Done(report) => vec![piece(&report.summary, Role::Muted)],
        JobStatus::Cancelled => {
            let role = if job.removes() { Role::Warning } else { Role::Muted };
            vec![piece(job.cancelled(), role)]
        }
        JobStatus::Failed(failure) => vec![piece(&failure.message, Role::Danger)],
        JobStatus::Queued => vec![piece(turn(state, job), Role::Muted)],
        _ => {
            let mut pieces = word(glyphs, job);
            if pieces.is_empty() {
                pieces.push(piece(going(), Role::Muted));
            } else if in_full {
                pieces.push(piece(format!(" {} {}", glyphs.dot, done(job)), Role::Muted));
            }
            pieces
        }
    }
}

pub(super) fn note(glyphs: &Glyphs, state: &ConsoleState) -> Note {
    let mut note = Note::default();
    if state.jobs.jobs.is_empty() {
        note.push(piece("none yet", Role::Muted), piece("none", Role::Muted));
    }
    if let Some(job) = state.jobs.running() {
        let (glyph, role) = sign(job, glyphs);
        match (job.silent, &job.status) {
            (Some(seconds), _) => {
                let text = format!("{glyph} silent {seconds} s");
                note.push(piece(text, role), piece(format!("{glyph} {seconds} s"), role));
            }
            (None, JobStatus::Paused) => {
                note.push(piece("1 paused", role), piece(format!("{glyph} 1"), role))
            }
            (None, JobStatus::Reviewing(_)) => {
                note.push(piece("1 to review", role), piece(format!("{glyph} 1"), role));
            }
            (None, _) => note.push(piece("1 running", role), piece(format!("{glyph} 1"), role)),
        }
    }
    let queued = state.jobs.queued().count() as u64;
    if queued > 0 {
        let full = format!(" {} {} queued", glyphs.dot, grouped(queued));
        note.push(piece(full, Role::Muted), piece(format!(" +{}", short(queued)), Role::Muted));
    }
    note
}

fn empty(pen: &mut Pen<'_>, state: &ConsoleState, area: Rect) {
    let next = if state.space().is_none() {
        return Placeholder { text: "No jobs yet", role: Role::Muted, next: None }.draw(pen, area);
    } else if state.database.read_only {
        format!("{} compares projections with their events", key(state, Action::Verify))
    } else {
        format!(
            "{} rebuilds the selected space\n{} verifies it",
            key(state, Action::Rebuild),
            key(state, Action::Verify)
        )
    };
    Placeholder { text: "No jobs yet", role: Role::Muted, next: Some(&next) }.draw(pen, area);
}

/// The glyph and role of a job's status.
pub(crate) fn sign(job: &Job, glyphs: &Glyphs) -> (&'static str, Role) {
    match &job.status {
        JobStatus::Queued => (glyphs.dot, Role::Muted),
        JobStatus::Running if job.silent.is_some() => (glyphs.warning, Role::Warning),
        JobStatus::Running => (glyphs.live, Role::Accent),
        JobStatus::Pausing | JobStatus::Paused | JobStatus::Reviewing(_) => (glyphs.held, Role::Warning),
        JobStatus::Cancelling => (glyphs.paused, Role::Warning),
        JobStatus::Done(report) if report.problem => (glyphs.warning, Role::Warning),
        JobStatus::Done(_) => (glyphs.done, Role::Text),
        JobStatus::Cancelled if job.removes() => (glyphs.paused, Role::Warning),
        JobStatus::Cancelled => (glyphs.paused, Role::Muted),
        JobStatus::Failed(_) => (glyphs.failed, Role::Danger),
    }
}

/// The progress in percent; empty if unknown.
pub(crate) fn share(job: &Job) -> String {
    job.fraction().map(|fraction| format!("{} %", percent(permille(fraction), 1000))).unwrap_or_default()
}

/// The status of a job that is pausing, paused, being cancelled or silent.
pub(crate) fn word(glyphs: &Glyphs, job: &Job) -> Vec<Piece<'static>> {
    let asked = match job.status {
        JobStatus::Pausing => "pausing…",
        JobStatus::Paused => "paused",
        JobStatus::Reviewing(_) => "to be reviewed",
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
pub(crate) fn turn(state: &ConsoleState, job: &Job) -> String {
    match state.jobs.before(job.id) {
        0 | 1 => "next".to_owned(),
        before => format!("{} ahead", counted(before as u64, "job", "jobs")),
    }
}

/// The phase, progress, speed and time left.
pub(crate) fn progress(job: &Job) -> String {
    let mut parts = vec![done(job)];
    parts.extend(speed(job));
    parts.join(" · ")
}

/// The phase and its progress.
pub(crate) fn done(job: &Job) -> String {
    let Some(progress) = job.progress else { return "starting…".to_owned() };
    match (progress.done, progress.total) {
        // The only figure of such a job is its share of the whole, which covers every phase.
        _ if !job.operation.phases().counts_steps() => progress.phase.title().to_owned(),
        (0, 0) => progress.phase.title().to_owned(),
        (done, 0) => format!("{}, {} so far", progress.phase.title(), grouped(done)),
        (_, total) => format!("{} {} of {}", progress.phase.title(), grouped(progress.done), grouped(total)),
    }
}

/// The speed and the time left.
pub(crate) fn speed(job: &Job) -> Vec<String> {
    if job.silent.is_some() || matches!(job.status, JobStatus::Paused | JobStatus::Reviewing(_)) {
        return Vec::new();
    }
    let is_counted = |progress: Progress| (progress.done, progress.total) != (0, 0);
    let counts = job.operation.phases().counts_steps() && job.progress.is_some_and(is_counted);
    let rate = job.meter.rate().filter(|_| counts).map(|rate| format!("{}/s", short(whole(rate))));
    let left = job.seconds_left().map(|left| format!("~{} left", span(whole(left.ceil()) * 1000)));
    rate.into_iter().chain(left).collect()
}

/// A share in thousandths, rounded down, so that only a complete one is 1,000.
pub(crate) fn permille(fraction: f64) -> u64 {
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

/// The errors so far.
pub(crate) fn errors<'a>(glyphs: &Glyphs, job: &Job) -> Piece<'a> {
    let skipped = job.figures.skipped;
    match (&job.status, skipped) {
        (JobStatus::Failed(_), _) => piece(format!("{} stopped by an error", glyphs.failed), Role::Danger),
        (_, 0) if job.has_ended() => piece("no errors", Role::Muted),
        (_, 0) => piece("no errors so far", Role::Muted),
        (_, skipped) => piece(format!("{} {}", glyphs.warning, skipped_text(job, skipped)), Role::Warning),
    }
}

/// Returns the number of events that a job could not apply, in words.
pub(crate) fn skipped_text(job: &Job, skipped: u64) -> String {
    let events = counted(skipped, "event", "events");
    match job.operation {
        AnyOperation::Verify(_) | AnyOperation::ReleaseCheck(_) => format!("{events} cannot be applied"),
        _ => format!("{events} skipped"),
    }
}
