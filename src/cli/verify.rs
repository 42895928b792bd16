//! `ramax verify`.

use clap::Args;
use serde::Serialize;

use crate::content_store::ContentStore;
use crate::operations::{self, Difference, FieldDifference, Skipped, Verified};
use crate::text::counted;

use super::exit::{Exit, Failure};
use super::interrupt::Interrupt;
use super::meter::Meter;
use super::narration::time_taken;
use super::output::Output;
use super::session::Session;
use super::targets::Targets;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    targets: Targets,
}

/// The most keys that an advice names.
const NAMED: usize = 5;

/// A difference as it is written.
#[derive(Serialize)]
struct Line<'a> {
    space: &'a str,
    #[serde(flatten)]
    difference: &'a Difference,
}

pub fn run(session: &mut Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let store = session.open()?;
    arguments.targets.each(session, &store, &mut verify)
}

fn verify(session: &mut Session, content: &ContentStore, interrupt: &Interrupt) -> Result<Exit, Failure> {
    let space = content.space().space_name.as_str();
    let mut meter = Meter::start(session.narration, interrupt, format!("verify {space}"));
    let verified = operations::verify(content, &mut |progress| meter.watch(progress));
    let taken = meter.end();
    let Verified { events, entities, differences } = verified?;
    for difference in &differences {
        if session.out.is_json() {
            session.out.json_line(&Line { space, difference })?;
        } else {
            write(&mut session.out, space, difference)?;
        }
    }
    session.out.flush()?;
    session.narration.say(&format!(
        "{space}: {}, {}, {} in {}",
        counted(events, "event", "events"),
        counted(entities, "key", "keys"),
        if differences.is_empty() {
            "no difference".to_owned()
        } else {
            counted(differences.len() as u64, "difference", "differences")
        },
        time_taken(taken),
    ));
    if differences.is_empty() {
        return Ok(Exit::Done);
    }
    session.narration.say(&format!("hint: {}", advice(space, &differences)));
    Ok(Exit::Refused)
}

/// What to do about the differences. A rebuild mends them, unless an event stands in its way.
fn advice(space: &str, differences: &[Difference]) -> String {
    let bad = differences.iter().find_map(|difference| match difference {
        Difference::BadEvent(skipped) => Some(skipped.event_id),
        _ => None,
    });
    let Some(event_id) = bad else {
        return format!("`ramax rebuild {space}` makes the projection anew from its events");
    };
    let lost: Vec<&str> = differences.iter().filter_map(lost_key).collect();
    let skipping = format!("`ramax rebuild {space} --skip-errors` leaves it out");
    let (named, more) = lost.split_at(lost.len().min(NAMED));
    let mut loses = String::new();
    if !named.is_empty() {
        loses = format!(", and with it loses what is stored at {}", named.join(", "));
    }
    if !more.is_empty() {
        loses.push_str(&format!(" and {}", counted(more.len() as u64, "more key", "more keys")));
    }
    format!(
        "a rebuild stops at event {event_id}: look at it with `ramax events show {event_id}`, and take it from a \
         good backup; {skipping}{loses}"
    )
}

/// The key whose stored value a rebuild would not bring back.
fn lost_key(difference: &Difference) -> Option<&str> {
    match difference {
        Difference::Impossible { key, .. } | Difference::Altered { key, .. } => Some(key),
        Difference::Missing { .. }
        | Difference::CheckpointAhead { .. }
        | Difference::Count { .. }
        | Difference::BadEvent(_) => None,
    }
}

fn write(out: &mut Output, space: &str, difference: &Difference) -> std::io::Result<()> {
    match difference {
        Difference::Missing { key, expected } => {
            out.line(&format!("{space}  {key}  is missing; expected {expected}"))
        }
        Difference::Impossible { key, stored } => out.line(&format!(
            "{space}  {key}  is there, though no event up to the checkpoint leads to it: {stored}"
        )),
        Difference::Altered { key, fields } => fields.iter().try_for_each(|field| {
            let FieldDifference { path, expected, stored } = field;
            let shown = |value: &Option<serde_json::Value>| {
                value.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string)
            };
            out.line(&format!("{space}  {key}{path}  is {}, expected {}", shown(stored), shown(expected)))
        }),
        Difference::CheckpointAhead { checkpoint, last_sequence } => out.line(&format!(
            "{space}  the checkpoint is at {checkpoint}, past the last sequence {last_sequence}"
        )),
        Difference::LogCount { expected, stored } => {
            out.line(&format!("{space}  the counter of events says {stored}, but the log ends at {expected}"))
        }
        Difference::Gap { after, next } => {
            out.line(&format!("{space}  events are missing between the sequences {after} and {next}"))
        }
        Difference::Count { expected, stored } => {
            out.line(&format!("{space}  the counter of keys says {stored}, but there are {expected}"))
        }
        Difference::BadEvent(Skipped { event_id, space_sequence, reason }) => out.line(&format!(
            "{space}  event {event_id} at sequence {space_sequence} cannot be applied: {reason}"
        )),
    }
}
