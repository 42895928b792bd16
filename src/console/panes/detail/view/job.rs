//! The detail of a job: its status, progress, errors, speed and time; its log; then its start and last event.

use std::collections::BTreeSet;

use crate::console::app::bindings::Bindings;
use crate::console::app::remedy;
use crate::console::app::state::ConsoleState;
use crate::console::panes::detail::view::{Body, Content, Lines, dotted, fact, joined};
use crate::console::panes::jobs::history::JobEntry;
use crate::console::panes::jobs::job::{Job, JobStatus};
use crate::console::panes::jobs::view::{self as words, errors, share, sign, skipped_text, turn};
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::bar;
use crate::console::widgets::pen::{Piece, piece, width};
use crate::console::widgets::text::{wrap, wrap_keyed};
use crate::error::Remedy;
use crate::operations::{AnyOperation, Phase, Progress, Report, ReportFinding, ReviewDecision};
use crate::text::{counted, grouped, span, visible};

/// The width of the bar among the facts.
const BAR: u16 = 10;

pub(super) fn content<'a>(glyphs: &Glyphs, state: &'a ConsoleState, job: &'a Job) -> Content<'a> {
    let (status, done) = (status_pieces(glyphs, state, job), done(glyphs, job));
    let (errors, speed, time) = (errors(glyphs, job), speed(glyphs, job), time(glyphs, job));
    let started = job.started.map(|at| vec![piece(state.moments.exact(at), Role::Text)]);
    let mut facts = vec![
        fact("state", status.clone()).brief(),
        fact("done", done.clone()).brief(),
        fact("errors", vec![errors.clone()]).brief(),
        fact("speed", speed.clone()).brief(),
        fact("time", time.clone()).brief(),
        fact("started", started.unwrap_or_else(|| vec![piece("not yet", Role::Muted)])),
    ];
    // Beside a percentage, the event would look like another share of the total.
    if job.has_ended() || job.operation.phases().counts_steps() {
        facts.push(fact("last event", vec![last_event(job)]));
    }
    // While a job runs, its speed says more than the time it has taken.
    let pace = if job.is_running() { speed } else { Vec::new() };
    Content {
        title: vec![piece(job.name(), Role::Strong)],
        brief: [joined(glyphs, [status, done]), joined(glyphs, [vec![errors], pace, time])],
        facts,
        body: Body::text(move |glyphs, cells| log_lines(glyphs, state, job, cells)),
    }
}

/// The status and the current phase.
fn status_pieces<'a>(glyphs: &Glyphs, state: &ConsoleState, job: &Job) -> Vec<Piece<'a>> {
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
        JobStatus::Reviewing(_) => "waits for your decision before the switch".to_owned(),
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
    if !job.operation.phases().counts_steps() {
        let total = counted(progress.total, "event", "events");
        pieces.push(piece(format!("of {total}"), Role::Text));
    } else {
        pieces.push(piece(steps(progress), Role::Text));
    }
    if job.added() > 0 {
        let added = format!(" ({} new)", grouped(job.added()));
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
        // Pages, which a backup copies first, are no unit that means something to people.
        (true, true) => Vec::new(),
        (true, false) => vec![piece("nothing yet", Role::Muted)],
        (false, _) => dotted(glyphs, parts),
    }
}

fn steps(progress: Progress) -> String {
    let Progress { phase, done, total, .. } = progress;
    match total {
        0 => in_units(done, phase),
        total => format!("{} of {}", grouped(done), in_units(total, phase)),
    }
}

/// The unit that a phase counts.
fn unit(phase: Phase) -> &'static str {
    match phase {
        Phase::Compare | Phase::SetAside | Phase::Migrate => "key",
        Phase::Sweep | Phase::Check | Phase::Export | Phase::ReadBack | Phase::Read | Phase::Import => "row",
        Phase::Generate => "command",
        Phase::Copy => "page",
        _ => "event",
    }
}

fn in_units(number: u64, phase: Phase) -> String {
    counted(number, unit(phase), &format!("{}s", unit(phase)))
}

/// The last event that the job processed.
fn last_event<'a>(job: &Job) -> Piece<'a> {
    match (job.figures.last_event, &job.operation) {
        (Some(event), _) => piece(grouped(event.0), Role::Text),
        (None, AnyOperation::DeleteSpace(_)) => piece("events are removed unread", Role::Muted),
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
            JobStatus::Reviewing(_) => "waiting",
            _ if job.has_ended() => "finished",
            _ => "unknown",
        };
        return vec![piece(text, Role::Muted)];
    }
    dotted(glyphs, parts.into_iter().map(|part| piece(part, Role::Text)).collect())
}

/// The time spent running and paused.
fn time<'a>(glyphs: &Glyphs, job: &Job) -> Vec<Piece<'a>> {
    let Some(taken) = job.elapsed_millis() else { return vec![piece("not started", Role::Muted)] };
    let mut parts = vec![piece(span(taken), Role::Text)];
    if job.paused_millis > 0 {
        parts.push(piece(format!("{} paused", span(job.paused_millis)), Role::Muted));
    }
    dotted(glyphs, parts)
}

/// The indentation of an entry's text, after the time and the glyph.
const INDENT: u16 = 12;

/// The log, latest entry first: phases, pauses, the result and all findings.
fn log_lines(glyphs: &Glyphs, state: &ConsoleState, job: &Job, cells: u16) -> Lines<'static> {
    let bound = &state.settings.keys;
    let mut log = Log { glyphs, bound, cells: cells.saturating_sub(INDENT), lines: Vec::new() };
    for (at, entry) in job.log.latest_first() {
        if entry == JobEntry::Started && job.log.dropped > 0 {
            let text = counted(job.log.dropped, "earlier entry is", "earlier entries are");
            log.entry("", ("", Role::Muted), &format!("{text} no longer available"), Role::Muted);
        }
        log.of(job, &state.moments.clock(at), entry);
    }
    if job.log.latest_first().next().is_none() {
        log.entry("", (glyphs.dot, Role::Muted), "not started", Role::Muted);
    }
    log.lines
}

struct Log<'a> {
    glyphs: &'a Glyphs,
    bound: &'a Bindings,
    /// The width of an entry's text.
    cells: u16,
    lines: Lines<'static>,
}

impl Log<'_> {
    fn of(&mut self, job: &Job, time: &str, entry: JobEntry) {
        let Glyphs { live, held, warning, dot, .. } = *self.glyphs;
        let plain = |text: &str| (dot, Role::Muted, text.to_owned(), Role::Text);
        let (sign, sign_role, text, role) = match entry {
            JobEntry::Started => (live, Role::Accent, "started".to_owned(), Role::Text),
            JobEntry::Phase(phase) => plain(phase.title()),
            JobEntry::Skipped(skipped) => {
                (warning, Role::Warning, format!("{} so far", skipped_text(job, skipped)), Role::Warning)
            }
            JobEntry::Paused => (held, Role::Warning, "paused".to_owned(), Role::Text),
            JobEntry::Resumed => (live, Role::Accent, "resumed".to_owned(), Role::Text),
            JobEntry::Review => (held, Role::Warning, "waits for a decision".to_owned(), Role::Text),
            JobEntry::Reviewed(ReviewDecision::Accept) => plain("accepted"),
            JobEntry::Reviewed(ReviewDecision::Discard) => plain("discarded"),
            JobEntry::Ended => return self.ended(job, time),
        };
        self.entry(time, (sign, sign_role), &text, role);
    }

    /// Adds the result and the findings.
    fn ended(&mut self, job: &Job, time: &str) {
        let sign = sign(job, self.glyphs);
        match &job.status {
            JobStatus::Done(report) => {
                let role = if report.problem { Role::Warning } else { Role::Text };
                self.entry(time, sign, &report.summary, role);
                self.findings(report);
            }
            JobStatus::Failed(failure) => {
                self.entry(time, sign, &failure.message, Role::Danger);
                if let Some(hint) = &failure.hint {
                    self.advice(hint);
                }
            }
            _ => self.entry(time, sign, &job.cancelled(), Role::Text),
        }
    }

    fn findings(&mut self, report: &Report) {
        for note in &report.notes {
            self.lines_of("", ("", Role::Text), wrap_keyed(note, Role::Text, self.cells));
        }
        for group in report.findings.chunk_by(|one, next| one.group == next.group) {
            if let Some(name) = group.first().and_then(|finding| finding.group.as_deref()) {
                self.entry("", ("", Role::Text), name, Role::Strong);
            }
            group.iter().for_each(|finding| self.finding(finding));
            let remedies: BTreeSet<&Remedy> =
                group.iter().filter_map(|finding| finding.remedy.as_ref()).collect();
            for remedy in remedies {
                self.advice(&remedy::repair(remedy, self.bound));
            }
        }
        if report.truncated {
            self.entry("", ("", Role::Text), "further findings are not listed", Role::Muted);
        }
    }

    /// Adds the subject, text and remedy of a finding, on one line if they fit.
    fn finding(&mut self, finding: &ReportFinding) {
        let ReportFinding { subject, text, remedy, .. } = finding;
        let remedy = remedy.as_ref().map(|remedy| format!("  [{}]", remedy.name())).unwrap_or_default();
        let used = width(&visible(subject)) + width(&remedy) + 2;
        if used + width(&visible(text)) <= self.cells {
            let subject = piece(subject.clone(), Role::Key);
            let text = piece(text.clone(), Role::Text);
            return self.line(vec![subject, piece("  ", Role::Text), text, piece(remedy, Role::Muted)]);
        }
        self.entry("", ("", Role::Text), subject, Role::Key);
        self.entry("", ("", Role::Text), &format!("{text}{remedy}"), Role::Text);
    }

    /// Adds what can be done, with its keys.
    fn advice(&mut self, text: &str) {
        self.lines_of("", (self.glyphs.arrow, Role::Accent), wrap_keyed(text, Role::Text, self.cells));
    }

    /// Adds an entry with its time; text that does not fit continues below.
    fn entry(&mut self, time: &str, sign: (&str, Role), text: &str, role: Role) {
        let lines = wrap(text, self.cells).into_iter().map(|line| vec![piece(line, role)]);
        self.lines_of(time, sign, lines.collect());
    }

    fn lines_of(&mut self, time: &str, (sign, sign_role): (&str, Role), lines: Lines<'static>) {
        for (index, line) in lines.into_iter().enumerate() {
            if index > 0 {
                self.line(line);
                continue;
            }
            let time = piece(format!("{time:8}  "), Role::Muted);
            let gap = " ".repeat(usize::from(2_u16.saturating_sub(width(sign))));
            let head = vec![time, piece(format!("{sign}{gap}"), sign_role)];
            self.lines.push([head, line].concat());
        }
    }

    /// Adds a line below an entry.
    fn line(&mut self, pieces: Vec<Piece<'static>>) {
        let mut line = vec![piece(" ".repeat(usize::from(INDENT)), Role::Text)];
        line.extend(pieces);
        self.lines.push(line);
    }
}
