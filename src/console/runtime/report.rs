//! Reports of finished operations, with their findings. The summary line is the one in the audit log.

use std::path::Path;

use crate::console::app::action::Action as Key;
use crate::console::app::keymap::key_of;
use crate::console::app::remedy;
use crate::console::panes::jobs::job::{Finding, Report};
use crate::content_store::Location;
use crate::error::Remedy;
use crate::event_store::Slack;
use crate::operations::{
    self, BackedUp, Checked, Deleted, Difference, Exported, Imported, Rebuilt, Repaired, Skipped, Told,
    Verified, Words,
};
use crate::space::Space;
use crate::text::{counted, grouped};

/// The most findings kept, as a broken projection may have a million.
const MOST: usize = 1000;

/// The subject of findings that belong to no space.
const THE_FILE: &str = "the file";

pub(super) fn rebuilt(done: &Rebuilt) -> Report {
    let findings = done.skipped.iter().take(MOST).map(skipped).collect();
    Report { findings, truncated: done.skipped.len() > MOST, ..Report::of(Told::from(done)) }
}

fn skipped(skipped: &Skipped) -> Finding {
    Finding {
        subject: format!(
            "event {} (sequence {})",
            grouped(skipped.event_id.0),
            grouped(skipped.space_sequence.0)
        ),
        text: skipped.reason.clone(),
        ..Finding::default()
    }
}

pub(super) fn verified(done: &Verified) -> Report {
    // Events that cannot be applied come first: the other differences may follow from them.
    let (first, others): (Vec<_>, Vec<_>) = done.differences.iter().partition(|found| {
        matches!(found, Difference::BadEvent(_) | Difference::DamagedEvent(_) | Difference::Blocked { .. })
    });
    let told = |difference: &Difference| of_words(difference.words(), None, &done.remedy_of(difference));
    let note = |note: &Difference| of_words(note.words(), None, &Remedy::Nothing);
    let found = first.into_iter().chain(others).flat_map(told);
    let findings: Vec<Finding> = found.chain(done.notes.iter().flat_map(note)).take(MOST + 1).collect();
    with(findings, done.more > 0, Report::of(Told::from(done)))
}

pub(super) fn checked(done: &Checked) -> Report {
    let findings =
        of_check("", &done.findings).chain(of_check("note: ", &done.notes)).take(MOST + 1).collect();
    with(findings, done.more > 0, Report::of(Told::from(done)))
}

pub(super) fn repaired(done: &Repaired) -> Report {
    let repaired = of_check("repaired: ", &done.repaired).map(|finding| Finding { remedy: None, ..finding });
    let left = checked(&done.left);
    let findings = left.findings.into_iter().chain(repaired).take(MOST + 1).collect();
    let mut report = with(findings, left.truncated, Report::of(Told::from(done)));
    if !done.repaired.is_empty() {
        let count = counted(done.repaired.len() as u64, "problem", "problems");
        report.notes.push(format!("{count} repaired; the file was checked again afterwards"));
    }
    report
}

/// Reports an export.
pub(super) fn exported(done: &Exported, path: &Path) -> Report {
    let written = format!("written to {}: {}", path.display(), size(done));
    let notes =
        std::iter::once(written).chain(done.warning().map(|warning| remedy::worded(&warning))).collect();
    Report { notes, ..Report::of(Told::from(done)) }
}

/// Reports a backup, with the problems of the copy.
pub(super) fn backed_up(done: &BackedUp, target: &Location) -> Report {
    let files = std::iter::once(&target.database).chain(&target.projections);
    let files: Vec<String> = files.map(|file| file.display().to_string()).collect();
    let mut report = checked(&done.checked);
    report.notes.insert(0, format!("written to {}", files.join(" and ")));
    let Report { summary, .. } = Report::of(Told::from(done));
    Report { summary, ..report }
}

/// Reports an import.
pub(super) fn imported(done: &Imported) -> Report {
    let Space { space_name, space_id, .. } = &done.space;
    let notes = vec![format!(
        "created the space {space_name} ({space_id}); press `{}` to go there",
        key_of(Key::GoToSpace)
    )];
    Report { notes, made: Some(*space_id), ..Report::of(Told::from(done)) }
}

/// Reports a delete, with its archive and the proof that nothing is left.
pub(super) fn deleted(done: &Deleted, purge: bool, archive: Option<&Path>) -> Report {
    let Deleted { proof, archived, purged, .. } = done;
    let mut notes = Vec::new();
    if let (Some(archived), Some(path)) = (archived, archive) {
        notes.push(format!("archived to {}: {}, verified row by row", path.display(), size(archived)));
    }
    let tables: Vec<String> =
        proof.tables.iter().map(|(table, rows)| format!("{table} {}", grouped(*rows))).collect();
    notes.push(format!("rows left: {}", tables.join(", ")));
    notes.extend(proof.warnings());
    if let Some(Slack { free_pages, log_bytes }) = proof.slack {
        let pages = counted(free_pages, "free page", "free pages");
        notes.push(format!("left in the file: {pages}, {} in its WAL", counted(log_bytes, "byte", "bytes")));
    }
    notes.extend(
        match (purge, purged) {
            (true, true) => None,
            (true, false) => {
                Some("its name may remain in the write-ahead log until the last reader closes the file")
            }
            (false, _) => Some("not purged: old bytes remain in the file until they are overwritten"),
        }
        .map(str::to_owned),
    );
    Report { notes, ..Report::of(Told::from(done)) }
}

fn size(done: &Exported) -> String {
    format!("{}, {}", counted(done.lines(), "line", "lines"), counted(done.bytes, "byte", "bytes"))
}

fn of_check<'a>(
    before: &'a str,
    findings: &'a [operations::Finding],
) -> impl Iterator<Item = Finding> + use<'a> {
    findings.iter().flat_map(move |finding| {
        let group = format!("{before}{}", finding.space.as_deref().unwrap_or(THE_FILE));
        of_words(finding.fault.words(), Some(group), &finding.remedy)
    })
}

fn of_words(
    words: Vec<Words>,
    group: Option<String>,
    remedy: &Remedy,
) -> impl Iterator<Item = Finding> + use<> {
    let remedy = (*remedy != Remedy::Nothing).then(|| remedy.clone());
    words.into_iter().map(move |Words { subject, text }| Finding {
        group: group.clone(),
        subject,
        text,
        remedy: remedy.clone(),
    })
}

fn with(mut findings: Vec<Finding>, more: bool, report: Report) -> Report {
    let truncated = more || findings.len() > MOST;
    findings.truncate(MOST);
    Report { findings, truncated, ..report }
}
