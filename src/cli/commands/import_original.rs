//! `ramax import --ramax`: all spaces of a file of the Elixir original.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{in_seconds, time_taken};
use crate::cli::meter::ProgressMeter;
use crate::cli::output::Output;
use crate::cli::remedy;
use crate::cli::session::Session;
use crate::error::{Advice, Error, Remedy};
use crate::masking::MaskedPath;
use crate::operations::{
    self, ImportOriginal, ImportedOriginal, Operation, OriginalFiles, OriginalLeftovers, OriginalPlan, Target,
};
use crate::sqlite::check_writable;
use crate::text::counted;

/// The most problems of a space that are listed as text.
const LISTED: usize = 20;

#[derive(Debug, Args)]
pub struct OriginalArguments {
    /// Import all spaces of a database of the Elixir original
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "into"])]
    ramax: Option<PathBuf>,
    /// The file with its projections, if they are in their own
    #[arg(long, value_name = "FILE", requires = "ramax")]
    ramax_projections: Option<PathBuf>,
    /// Only show what would be imported
    #[arg(long, requires = "ramax")]
    dry_run: bool,
}

/// The end of the output as JSON, after a line for each space.
#[derive(Serialize)]
struct Verdict<'a> {
    spaces: usize,
    events: u64,
    keys: u64,
    already: &'a [operations::PassedOver],
    refused: &'a [operations::RefusedSpace],
    differences: u64,
    leftovers: &'a OriginalLeftovers,
    seconds: f64,
}

impl OriginalArguments {
    /// Returns the import, if there is one.
    pub(super) fn operation(&self) -> Option<ImportOriginal> {
        let (events, projections) = (self.ramax.clone()?, self.ramax_projections.clone());
        Some(ImportOriginal { files: OriginalFiles { events, projections }, into: None })
    }
}

pub(super) fn run(
    session: &mut Session,
    arguments: &OriginalArguments,
    mut import: ImportOriginal,
) -> Result<Exit, Failure> {
    let interrupt = session.signals.listen();
    let title = format!("import {}", import.files.events.shown());
    // A dry run changes nothing, and a file that is refused leaves no database behind.
    session.global.read_only |= arguments.dry_run;
    if arguments.dry_run || session.is_missing()? {
        let store = if session.is_missing()? { None } else { Some(session.open()?) };
        if let Some(store) = store.as_ref().filter(|store| store.is_original()) {
            store.check_writable().map_err(Error::from)?;
        }
        operations::check_original(&import.files)?;
        // A server tells at the first write.
        if let Some(location) = session.location().ok().filter(|_| arguments.dry_run) {
            check_writable(&location.database)?;
        }
        let mut meter = ProgressMeter::start(session.messages, &interrupt, title.clone(), import.phases());
        let watch = &mut |progress| meter.watch(progress);
        let planned = match arguments.dry_run {
            true => operations::try_original(store.as_ref(), &session.apps, &import.files, watch).map(Some),
            false => Ok(None),
        };
        meter.end();
        if let Some(plan) = planned? {
            write_plan(&mut session.out, &plan)?;
            plan.check_names()?;
            session.say("nothing was imported; the import was tried in a temporary database")?;
            return Ok(if plan.found() { Exit::Refused } else { Exit::Done });
        }
    }
    let store = session.open_or_create()?;
    let (imported, taken) = session.run(&mut import, Target::File, &store, (&interrupt, title))?;
    session.done =
        Some(format!("{} imported", counted(imported.spaces.len() as u64, "space was", "spaces were")));
    write(&mut session.out, &import, &imported, taken)?;
    advise_rebuilds(session, &imported);
    Ok(if imported.found() { Exit::Refused } else { Exit::Done })
}

/// Names the rebuild of each space whose projections skip events, because a rebuild would stop at them.
fn advise_rebuilds(session: &Session, imported: &ImportedOriginal) {
    for space in imported.spaces.iter().filter(|space| !space.skipped.is_empty()) {
        let name = &space.space.space_name;
        let advice = Advice::from(format!("to rebuild {name} later, use "))
            .remedy(Remedy::Rebuild { skip_errors: true })
            .text(", which skips the same events");
        let hint = remedy::worded(&advice.about_space(name), &session.program);
        session.messages.say(&format!("hint: {hint}"));
    }
}

fn write_plan(out: &mut Output, plan: &OriginalPlan) -> io::Result<()> {
    for space in &plan.spaces {
        if out.is_json() {
            out.json_line(space)?;
            continue;
        }
        let facts = space.facts().into_iter();
        facts.clone().take(1).try_for_each(|fact| out.line(&format!("{}: {fact}", space.space_name)))?;
        facts.skip(1).try_for_each(|fact| out.line(&format!("  {fact}")))?;
        write_problems(out, &space.problems())?;
    }
    if out.is_json() {
        return match plan.leftovers == OriginalLeftovers::default() {
            true => Ok(()),
            false => out.json_line(&serde_json::json!({ "leftovers": plan.leftovers })),
        };
    }
    write_leftovers(out, &plan.leftovers)?;
    if plan.check_names().is_err() {
        return Ok(());
    }
    let spaces = counted(plan.to_import().count() as u64, "space", "spaces");
    let keys = plan.keys().map(|keys| format!(" and {}", counted(keys, "key", "keys"))).unwrap_or_default();
    out.line(&format!("{spaces} to import, with {}{keys}", counted(plan.events(), "event", "events")))
}

/// Writes the rows that belong to no space, or that only an import can show.
fn write_leftovers(out: &mut Output, leftovers: &OriginalLeftovers) -> io::Result<()> {
    leftovers.words().into_iter().try_for_each(|(part, text)| out.line(&format!("{part}: {text}")))
}

/// Writes the first problems of a space. A script gets them all as JSON.
fn write_problems(out: &mut Output, problems: &[(String, String)]) -> io::Result<()> {
    for (subject, text) in problems.iter().take(LISTED) {
        out.line(&format!("  {subject} {text}"))?;
    }
    match problems.len().saturating_sub(LISTED) {
        0 => Ok(()),
        more => out.line(&format!(
            "  {} not listed; --json lists them",
            counted(more as u64, "more problem", "more problems")
        )),
    }
}

fn write(
    out: &mut Output,
    import: &ImportOriginal,
    imported: &ImportedOriginal,
    taken: Duration,
) -> io::Result<()> {
    if out.is_json() {
        imported.spaces.iter().try_for_each(|space| out.json_line(space))?;
        return out.json_line(&Verdict {
            spaces: imported.spaces.len(),
            events: imported.events(),
            keys: imported.keys(),
            already: &imported.already,
            refused: &imported.refused,
            differences: imported.differences(),
            leftovers: &imported.leftovers,
            seconds: in_seconds(taken),
        });
    }
    for space in &imported.spaces {
        let (name, id) = (&space.space.space_name, space.space.space_id);
        let (events, keys) = (counted(space.events, "event", "events"), counted(space.keys, "key", "keys"));
        out.line(&format!("{name} ({id}): {events}, {keys}"))?;
        space.facts().iter().try_for_each(|fact| out.line(&format!("  {fact}")))?;
        write_problems(out, &space.problems())?;
    }
    for refused in &imported.refused {
        let name = &refused.space_name;
        let event = refused.event_id.map_or_else(String::new, |id| format!(" because of event {id}"));
        out.line(&format!("{name}: not imported{event}: {}", refused.reason))?;
    }
    for space in &imported.already {
        out.line(&format!("{}: {}", space.space_name, space.words()))?;
    }
    write_leftovers(out, &imported.leftovers)?;
    out.line(&format!("imported {} in {}", import.summary(imported).detail, time_taken(taken)))
}
