//! The log of a job, latest entry first: phases, pauses, the result and all findings.

use std::collections::BTreeSet;

use crate::console::app::remedy;
use crate::console::panes::detail::view::job::{clock, skipped_text};
use crate::console::panes::jobs::job::{Finding, Job, JobStatus, Report};
use crate::console::panes::jobs::job_log::JobEntry;
use crate::console::panes::jobs::words::sign;
use crate::console::theme::{Glyphs, Role};
use crate::console::widgets::pen::{Piece, piece, width};
use crate::console::widgets::wrap::wrap;
use crate::error::Remedy;
use crate::text::{counted, visible};

/// The indentation of an entry's text, after the time and the glyph.
const INDENT: u16 = 12;

/// Returns the log in lines of at most `cells`.
pub fn lines(glyphs: &Glyphs, job: &Job, cells: u16) -> Vec<Vec<Piece<'static>>> {
    let mut log = Log { glyphs, cells: cells.saturating_sub(INDENT), lines: Vec::new() };
    for (at, entry) in job.log.latest_first() {
        if entry == JobEntry::Started && job.log.dropped > 0 {
            let text = counted(job.log.dropped, "earlier entry is", "earlier entries are");
            log.entry("", ("", Role::Muted), &format!("{text} no longer available"), Role::Muted);
        }
        log.of(job, &clock(&at.to_string()), entry);
    }
    if job.log.latest_first().next().is_none() {
        log.entry("", (glyphs.dot, Role::Muted), "not started", Role::Muted);
    }
    log.lines
}

struct Log<'a> {
    glyphs: &'a Glyphs,
    /// The width of an entry's text.
    cells: u16,
    lines: Vec<Vec<Piece<'static>>>,
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
            JobEntry::Ended => return self.ended(job, time),
        };
        self.entry(time, (sign, sign_role), &text, role);
    }

    /// Adds the result and the findings.
    fn ended(&mut self, job: &Job, time: &str) {
        let sign = sign(job, self.glyphs);
        match &job.status {
            JobStatus::Done(report) => {
                let role = if report.problem { Role::Warning } else { Role::Ok };
                self.entry(time, sign, &report.summary, role);
                self.findings(report);
            }
            JobStatus::Failed(failure) => {
                self.entry(time, sign, &failure.message, Role::Danger);
                if let Some(hint) = &failure.hint {
                    self.entry("", (self.glyphs.arrow, Role::Accent), hint, Role::Text);
                }
            }
            _ => self.entry(time, sign, job.left_by_cancelling(), Role::Text),
        }
    }

    fn findings(&mut self, report: &Report) {
        for note in &report.notes {
            self.entry("", ("", Role::Text), note, Role::Text);
        }
        for group in report.findings.chunk_by(|one, next| one.group == next.group) {
            if let Some(name) = group.first().and_then(|finding| finding.group.as_deref()) {
                self.entry("", ("", Role::Text), name, Role::Strong);
            }
            group.iter().for_each(|finding| self.finding(finding));
            let remedies: BTreeSet<&Remedy> =
                group.iter().filter_map(|finding| finding.remedy.as_ref()).collect();
            for remedy in remedies {
                self.entry("", (self.glyphs.arrow, Role::Accent), &remedy::repair(remedy), Role::Text);
            }
        }
        if report.truncated {
            self.entry("", ("", Role::Text), "further findings are not listed", Role::Muted);
        }
    }

    /// Adds the subject, text and remedy of a finding, on one line if they fit.
    fn finding(&mut self, finding: &Finding) {
        let Finding { subject, text, remedy, .. } = finding;
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

    /// Adds an entry with its time; text that does not fit continues below.
    fn entry(&mut self, time: &str, (sign, sign_role): (&str, Role), text: &str, role: Role) {
        for (index, part) in wrap(text, self.cells).into_iter().enumerate() {
            let text = piece(part, role);
            if index > 0 {
                self.line(vec![text]);
                continue;
            }
            let time = piece(format!("{time:8}  "), Role::Muted);
            let gap = " ".repeat(usize::from(2_u16.saturating_sub(width(sign))));
            self.lines.push(vec![time, piece(format!("{sign}{gap}"), sign_role), text]);
        }
    }

    /// Adds a line below an entry.
    fn line(&mut self, pieces: Vec<Piece<'static>>) {
        let mut line = vec![piece(" ".repeat(usize::from(INDENT)), Role::Text)];
        line.extend(pieces);
        self.lines.push(line);
    }
}
