//! `ramax verify`.

mod advice;

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

/// A difference as it is written.
#[derive(Serialize)]
struct Line<'a> {
    space: &'a str,
    #[serde(flatten)]
    difference: &'a Difference,
}

pub fn run(session: &mut Session, targets: &Targets) -> Result<Exit, Failure> {
    let store = session.open()?;
    targets.each(session, &store, &mut verify)
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
    session.narration.say(&format!("hint: {}", advice::of(space, &differences)));
    Ok(Exit::Refused)
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
