//! `ramax check`.

use std::collections::HashMap;
use std::time::Instant;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{in_seconds, time_taken};
use crate::cli::output::Output;
use crate::cli::program::Program;
use crate::cli::remedy;
use crate::cli::session::Session;
use crate::content_store::Store;
use crate::error::{Advice, OpenError, Remedy};
use crate::operations::{self, Check, Checked, Finding, Operation, Repaired, Target};
use crate::text::counted;

#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Also check the indexes, and compare every projection with its events
    #[arg(long)]
    deep: bool,
    /// Repair what can be derived from other data: counters, the index of entities, orphaned rows. Never
    /// changes events
    #[arg(long, alias = "mend")]
    repair: bool,
}

pub fn run(session: &mut Session, arguments: &CheckArguments) -> Result<Exit, Failure> {
    let started = Instant::now();
    let mut check = Check { deep: arguments.deep, repair: arguments.repair };
    let (outcome, store) = match checked(session, &mut check) {
        // SQLite cannot read the file at all, for example because it was cut off.
        Err(failure) if failure.kind == "corrupt" => {
            (Repaired { left: Checked::unusable(failure.message), repaired: Vec::new() }, None)
        }
        outcome => outcome?,
    };
    let taken = started.elapsed();
    let seconds = in_seconds(taken);
    if session.out.is_json() {
        write_json(&mut session.out, &outcome, seconds)?;
    } else {
        write_text(session, store.as_ref(), &outcome)?;
        session.out.line(&format!("{} in {}", check.summary(&outcome).detail, time_taken(taken)))?;
    }
    Ok(if outcome.left.count() == 0 { Exit::Done } else { Exit::Refused })
}

/// Runs the check. Returns its findings and the store.
fn checked(session: &mut Session, check: &mut Check) -> Result<(Repaired, Option<Store>), Failure> {
    let (store, is_whole) = session.open_to_check()?;
    if !is_whole {
        // The projections are created again before anything else is repaired.
        check.repair = false;
    }
    if check.repair {
        store.check_writable().map_err(crate::Error::from)?;
    }
    let interrupt = session.signals.listen();
    let (outcome, _) = session.run(check, Target::File, &store, (&interrupt, "check".to_owned()))?;
    if !outcome.repaired.is_empty() {
        session.done = Some("findings were repaired".to_owned());
    }
    Ok((outcome, Some(store)))
}

fn write_json(out: &mut Output, outcome: &Repaired, seconds: f64) -> std::io::Result<()> {
    let Repaired { left, repaired } = outcome;
    for (findings, state) in [(repaired, "repaired"), (&left.findings, "found"), (&left.notes, "note")] {
        for finding in findings {
            out.json_line(&line(finding, state))?;
        }
    }
    out.json_line(&json!({
        "spaces": left.spaces, "events": left.events, "keys": left.keys, "verified": left.verified,
        "repaired": repaired.len(), "findings": left.count(), "notes": left.notes.len(),
        "unchecked": left.unchecked, "seconds": seconds,
    }))
}

/// Returns a finding as JSON. Its name is always in the field `finding`.
fn line(finding: &Finding, state: &str) -> Value {
    let mut line = Map::from_iter([("space_name".to_owned(), json!(finding.space))]);
    line.extend(finding.projection.as_ref().map(|name| ("projection".to_owned(), json!(name))));
    if let Ok(Value::Object(details)) = serde_json::to_value(&finding.fault) {
        let renamed = |name: String| if name == "difference" { "finding".to_owned() } else { name };
        line.extend(details.into_iter().map(|(name, value)| (renamed(name), value)));
    }
    let words = finding.words().into_iter().map(|words| format!("{} {}", words.subject, words.text));
    line.insert("text".to_owned(), words.collect::<Vec<_>>().join("; ").into());
    line.insert("remedy".to_owned(), json!(finding.remedy));
    line.insert("state".to_owned(), state.into());
    Value::Object(line)
}

fn write_text(session: &mut Session, store: Option<&Store>, outcome: &Repaired) -> std::io::Result<()> {
    let Repaired { left, repaired } = outcome;
    write_group(session, store, "repaired: ", repaired)?;
    write_group(session, store, "", &left.findings)?;
    write_group(session, store, "note: ", &left.notes)?;
    if left.more > 0 {
        session.out.line(&format!("and {}", counted(left.more, "more finding", "more findings")))?;
    }
    left.left_to_others().map_or(Ok(()), |note| session.out.line(&note))
}

/// Writes the findings by space, each group with its remedies.
pub(in crate::cli) fn write_group(
    session: &mut Session,
    store: Option<&Store>,
    before: &str,
    findings: &[Finding],
) -> std::io::Result<()> {
    let Session { out, program, .. } = session;
    for (space, group) in by_space(findings) {
        out.line(&format!("{before}{}", space.unwrap_or(operations::THE_DATABASE)))?;
        for finding in &group {
            for words in finding.words() {
                out.line(&match &finding.remedy {
                    Remedy::Nothing => format!("  {}  {}", words.subject, words.text),
                    remedy => {
                        format!("  {}  {}  [{}]", words.subject, words.text, remedy::label(remedy))
                    }
                })?;
            }
        }
        if before.is_empty() {
            let mut remedies: Vec<&Remedy> = group.iter().map(|finding| &finding.remedy).collect();
            remedies.sort_unstable();
            // Many findings have the same remedy, and different remedies may have the same advice.
            let mut advised = Vec::new();
            for remedy in remedies {
                let advice = advice(program, store, remedy, space);
                if !advised.contains(&advice) {
                    out.line(&format!("  → {advice}"))?;
                    advised.push(advice);
                }
            }
        }
    }
    Ok(())
}

/// Groups findings by space, in the order of the first one of each: those of subscriptions come before all others of a space.
fn by_space(findings: &[Finding]) -> Vec<(Option<&str>, Vec<&Finding>)> {
    let mut groups: Vec<(Option<&str>, Vec<&Finding>)> = Vec::new();
    let mut places = HashMap::new();
    for finding in findings {
        let space = finding.space.as_deref();
        let place = *places.entry(space).or_insert(groups.len());
        if place == groups.len() {
            groups.push((space, Vec::new()));
        }
        groups[place].1.push(finding);
    }
    groups
}

/// Returns the advice for a remedy. Only the audit log knows whether an interrupted delete was to archive the
/// space or to purge the file.
fn advice(program: &Program, store: Option<&Store>, remedy: &Remedy, space: Option<&str>) -> String {
    if let (Remedy::NewProjections, Some(replace)) = (remedy, store.and_then(replacement)) {
        let text = "the events are in another file: stop every program that has the files open, move the damaged file away, and \
                    rebuild the projections from the events: ";
        return remedy::worded(&Advice::from(text).remedy(replace), program);
    }
    let general = space.into_iter().fold(remedy.advice(), |advice, space| advice.about_space(space));
    let (Remedy::Delete { .. } | Remedy::Import, Some(name), Some(store)) = (remedy, space, store) else {
        return remedy::worded(&general, program);
    };
    let owed = operations::find_record(store, name)
        .and_then(|record| operations::unfinished_delete(store, &record.space))
        .unwrap_or_default();
    let resume = remedy::resume_delete(name, &owed);
    let text = match remedy {
        Remedy::Import => {
            format!("{resume} removes the incomplete space; or import the file, or fork the origin, again")
        }
        _ => format!("{resume} resumes the interrupted delete"),
    };
    remedy::worded(&text.into(), program)
}

/// Returns the remedy that replaces the damaged projections file of a store. A file that is open has its WAL and shared memory until
/// the store is closed.
fn replacement(store: &Store) -> Option<Remedy> {
    let files = store.location()?;
    let (database, projections) = (files.database.clone(), files.projections.clone()?);
    let (has_wal, has_shm) = match store.check_projections() {
        Err(OpenError::ProjectionsDamaged { has_wal, has_shm, .. }) => (has_wal, has_shm),
        _ => (false, false),
    };
    Some(Remedy::ReplaceProjections { database, projections, has_wal, has_shm })
}
