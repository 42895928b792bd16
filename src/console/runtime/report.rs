//! What finished operations have to say, finding by finding. The one line about each of them is that of the log of
//! operations.

use crate::console::state::{Finding, Report};
use crate::operations::{self, Checked, Difference, Mend, Mended, Rebuilt, Skipped, Told, Verified, Words};
use crate::text::counted;

/// The most findings kept; a broken projection may have a million.
const MOST: usize = 1000;

/// What findings are about that are no space's.
const THE_FILE: &str = "the file";

pub(super) fn rebuilt(done: &Rebuilt) -> Report {
    let findings = done.skipped.iter().take(MOST).map(skipped).collect();
    Report { findings, truncated: done.skipped.len() > MOST, ..Report::of(Told::from(done)) }
}

fn skipped(skipped: &Skipped) -> Finding {
    Finding {
        subject: format!("event {} (sequence {})", skipped.event_id, skipped.space_sequence),
        text: skipped.reason.clone(),
        ..Finding::default()
    }
}

pub(super) fn verified(done: &Verified) -> Report {
    // What cannot be applied comes first: the other differences may follow from it.
    let (first, others): (Vec<_>, Vec<_>) =
        done.differences.iter().partition(|found| matches!(found, Difference::BadEvent(_)));
    let told = |difference: &Difference| of_words(difference.words(), None, done.mend_of(difference));
    let findings: Vec<Finding> = first.into_iter().chain(others).flat_map(told).take(MOST + 1).collect();
    with(findings, done.more > 0, Report::of(Told::from(done)))
}

pub(super) fn checked(done: &Checked) -> Report {
    let findings =
        of_check("", &done.findings).chain(of_check("note: ", &done.notes)).take(MOST + 1).collect();
    with(findings, done.more > 0, Report::of(Told::from(done)))
}

pub(super) fn mended(done: &Mended) -> Report {
    let mended = of_check("mended: ", &done.mended).map(|finding| Finding { mend: None, ..finding });
    let left = checked(&done.left);
    let findings = left.findings.into_iter().chain(mended).take(MOST + 1).collect();
    let mut report = with(findings, left.truncated, Report::of(Told::from(done)));
    if !done.mended.is_empty() {
        let count = counted(done.mended.len() as u64, "finding was", "findings were");
        report.notes.push(format!("{count} put right; the file was checked once more after that"));
    }
    report
}

fn of_check<'a>(
    before: &'a str,
    findings: &'a [operations::Finding],
) -> impl Iterator<Item = Finding> + use<'a> {
    findings.iter().flat_map(move |finding| {
        let group = format!("{before}{}", finding.space.as_deref().unwrap_or(THE_FILE));
        of_words(finding.fault.words(), Some(group), finding.mend)
    })
}

fn of_words(words: Vec<Words>, group: Option<String>, mend: Mend) -> impl Iterator<Item = Finding> {
    let mend = (mend != Mend::Nothing).then_some(mend);
    words.into_iter().map(move |Words { subject, text }| Finding {
        group: group.clone(),
        subject,
        text,
        mend,
    })
}

fn with(mut findings: Vec<Finding>, more: bool, report: Report) -> Report {
    let truncated = more || findings.len() > MOST;
    findings.truncate(MOST);
    Report { findings, truncated, ..report }
}
