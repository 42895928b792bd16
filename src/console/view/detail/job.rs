//! A job with its report or its error.

use super::event::date_and_time;
use super::{Rest, Told, dotted, fact, paragraph};
use crate::clock::Timestamp;
use crate::console::state::{Job, JobStatus, Report};
use crate::console::view::pane::{job_progress, job_sign};
use crate::console::view::theme::{Glyphs, Role};
use crate::console::view::widget::figures::span;
use crate::console::view::widget::pen::{Piece, piece};
use crate::text::visible;

pub fn tell<'a>(glyphs: &Glyphs, job: &'a Job) -> Told<'a> {
    let (glyph, role) = job_sign(job, glyphs);
    let time =
        |at: Option<Timestamp>| at.map_or_else(|| "not yet".to_owned(), |at| date_and_time(&at.to_string()));
    let name = format!("{} {}", job.kind.title(), visible(&job.space_name));
    let state = piece(format!("{glyph} {}", status(job)), role);
    Told {
        title: vec![piece(name.clone(), Role::Strong)],
        facts: vec![
            fact("job", vec![piece(name.clone(), Role::Strong)]),
            fact("state", vec![state.clone()]),
            fact("began", vec![piece(time(job.started), Role::Text)]),
            fact("ended", vec![piece(time(job.ended), Role::Text)]),
            fact("took", vec![piece(job.elapsed_millis().map(span).unwrap_or_default(), Role::Text)]),
        ],
        brief: dotted(glyphs, vec![piece(name, Role::Strong), state]),
        rest: Rest::Lines(outcome(job)),
    }
}

fn status(job: &Job) -> &'static str {
    match &job.status {
        JobStatus::Running => "running",
        JobStatus::Cancelling => "stopping",
        JobStatus::Done(report) if report.problem => "done, with something to look at",
        JobStatus::Done(_) => "done",
        JobStatus::Cancelled => "cancelled",
        JobStatus::Failed(_) => "failed",
    }
}

fn outcome<'a>(job: &'a Job) -> Vec<Vec<Piece<'a>>> {
    match &job.status {
        JobStatus::Running | JobStatus::Cancelling => vec![vec![piece(job_progress(job), Role::Text)]],
        JobStatus::Cancelled => vec![vec![piece("Nothing was changed.", Role::Text)]],
        JobStatus::Done(report) => findings(report),
        JobStatus::Failed(failure) => {
            let mut lines = paragraph(&failure.message, Role::Danger);
            if let Some(hint) = &failure.hint {
                lines.push(Vec::new());
                lines.extend(paragraph(hint, Role::Text));
            }
            lines
        }
    }
}

fn findings(report: &Report) -> Vec<Vec<Piece<'_>>> {
    let mut lines = vec![vec![piece(visible(&report.summary), Role::Text)]];
    if !report.findings.is_empty() {
        lines.push(Vec::new());
    }
    lines.extend(report.findings.iter().map(|finding| {
        vec![
            piece(visible(&finding.subject), Role::Key),
            piece("  ", Role::Text),
            piece(visible(&finding.text), Role::Text),
        ]
    }));
    if report.truncated {
        lines.push(vec![piece("… and more that is not listed here", Role::Muted)]);
    }
    lines
}
