//! The result of an operation in words, finding by finding.

use std::sync::Arc;

use crate::error::{Advice, Remedy};
use crate::space::SpaceId;

use super::super::{DifferenceGroups, Finding, FindingText, Summary};

/// The most findings kept; a broken projection may have a million.
const MOST: usize = 1000;

/// The subject of findings and operations that concern no space, on every engine.
pub const THE_DATABASE: &str = "the database";

/// The result of an operation in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The result in one line: `812 events into 310 keys in 0.4 s`.
    pub summary: String,
    /// True if something needs attention: a difference, a skipped event.
    pub problem: bool,
    /// Further facts, one to a line.
    pub notes: Vec<String>,
    /// Advice that each client puts into its own words.
    pub advice: Option<Advice>,
    /// Differences between stored and derived values, by field.
    pub differences: Arc<DifferenceGroups>,
    /// The findings.
    pub findings: Vec<ReportFinding>,
    /// True if there were more findings than are kept.
    pub truncated: bool,
    /// The space that it created.
    pub made: Option<SpaceId>,
    /// The text that the client sends to the clipboard.
    pub clipboard: Option<String>,
}

/// A finding in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportFinding {
    /// The space that it belongs to, or the file, if the operation covers more than one space.
    pub group: Option<String>,
    /// The subject: a key, an event.
    pub subject: String,
    /// The problem.
    pub text: String,
    /// The operation that repairs it, if it needs a repair.
    pub remedy: Option<Remedy>,
}

impl Report {
    /// Returns a report with nothing but the summary.
    pub fn of(summary: Summary) -> Self {
        Self { summary: summary.detail, problem: summary.found, made: summary.made, ..Self::default() }
    }
}

impl ReportFinding {
    /// Puts a finding into words, which may take several.
    pub(in crate::operations) fn of(
        words: Vec<FindingText>,
        group: Option<String>,
        remedy: &Remedy,
    ) -> impl Iterator<Item = Self> + use<> {
        let remedy = (*remedy != Remedy::Nothing).then(|| remedy.clone());
        words.into_iter().map(move |FindingText { subject, text }| Self {
            group: group.clone(),
            subject,
            text,
            remedy: remedy.clone(),
        })
    }
}

/// Puts the findings of a check into words. Their groups begin with `before`.
pub(in crate::operations) fn findings_of<'a>(
    before: &'a str,
    findings: &'a [Finding],
) -> impl Iterator<Item = ReportFinding> + use<'a> {
    findings.iter().flat_map(move |finding| {
        let group = format!("{before}{}", finding.space.as_deref().unwrap_or(THE_DATABASE));
        ReportFinding::of(finding.words(), Some(group), &finding.remedy)
    })
}

/// Adds the first findings to a report, which is truncated if there are more.
pub(in crate::operations) fn limited(
    findings: impl Iterator<Item = ReportFinding>,
    more: bool,
    report: Report,
) -> Report {
    let mut findings: Vec<ReportFinding> = findings.take(MOST + 1).collect();
    let truncated = more || findings.len() > MOST;
    findings.truncate(MOST);
    Report { findings, truncated, ..report }
}
