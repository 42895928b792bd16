//! A job with its report or its error.

use super::event::date_and_time;
use super::{Paragraph, Rest, Told, dotted, fact};
use crate::clock::Timestamp;
use crate::console::state::{Finding, Job, JobStatus, Report};
use crate::console::view::pane::{job_progress, job_sign};
use crate::console::view::theme::{Glyphs, Role};
use crate::console::view::widget::figures::span;
use crate::console::view::widget::pen::piece;

pub fn tell<'a>(glyphs: &Glyphs, job: &'a Job) -> Told<'a> {
    let (glyph, role) = job_sign(job, glyphs);
    let time =
        |at: Option<Timestamp>| at.map_or_else(|| "not yet".to_owned(), |at| date_and_time(&at.to_string()));
    let name = format!("{} {}", job.kind.title(), &job.space_name);
    let state = piece(format!("{glyph} {}", status(job)), role);
    let mut facts = vec![
        fact("job", vec![piece(name.clone(), Role::Strong)]),
        fact("state", vec![state.clone()]),
        fact("began", vec![piece(time(job.started), Role::Text)]),
        fact("ended", vec![piece(time(job.ended), Role::Text)]),
        fact("took", vec![piece(job.elapsed_millis().map(span).unwrap_or_default(), Role::Text)]),
    ];
    if let JobStatus::Done(report) = &job.status
        && !report.findings.is_empty()
    {
        facts.push(fact("found", vec![piece(&report.summary, Role::Warning)]));
    }
    Told {
        title: vec![piece(name.clone(), Role::Strong)],
        facts,
        brief: dotted(glyphs, vec![piece(name, Role::Strong), state]),
        rest: outcome(job),
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

fn outcome(job: &Job) -> Rest<'_> {
    let text = |texts: &[(&str, Role)]| {
        let paragraph =
            |(text, role): &(&str, Role)| Paragraph { text: (*text).to_owned().into(), role: *role };
        Rest::Text(texts.iter().map(paragraph).collect())
    };
    match &job.status {
        JobStatus::Running | JobStatus::Cancelling => text(&[(&job_progress(job), Role::Text)]),
        JobStatus::Cancelled => text(&[("Nothing was changed.", Role::Text)]),
        JobStatus::Done(report) if report.findings.is_empty() => text(&[(&report.summary, Role::Text)]),
        JobStatus::Done(report) => findings(report),
        JobStatus::Failed(failure) => {
            let hint = failure.hint.as_deref().unwrap_or_default();
            text(&[(&failure.message, Role::Danger), (hint, Role::Text)])
        }
    }
}

fn findings(report: &Report) -> Rest<'_> {
    let row = |finding: &'_ Finding| {
        vec![
            piece(finding.subject.clone(), Role::Key),
            piece("  ", Role::Text),
            piece(finding.text.clone(), Role::Text),
        ]
    };
    let name = if report.truncated { "the first findings; there are more" } else { "findings" };
    Rest::List { name, rows: report.findings.iter().map(row).collect(), least: 4 }
}
