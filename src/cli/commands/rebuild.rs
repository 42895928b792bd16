//! `ramax rebuild`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{in_seconds, rate, time_taken};
use crate::cli::session::Session;
use crate::cli::targets::OfProjections;
use crate::operations::{Rebuild, Rebuilt, Skipped};
use crate::pstate::STATE;
use crate::space::{Space, SpaceId};
use crate::text::counted;

#[derive(Debug, Args)]
pub struct RebuildArguments {
    #[command(flatten)]
    of: OfProjections,
    /// Skip bad events (those that cannot be applied), and list them
    #[arg(long)]
    skip_errors: bool,
}

/// The result of a rebuild, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    events: u64,
    projections: &'a [&'static str],
    keys: u64,
    skipped: usize,
    seconds: f64,
    unknown: u64,
    skipped_events: &'a [Skipped],
}

pub fn run(session: &mut Session, arguments: &RebuildArguments) -> Result<Exit, Failure> {
    let store = session.open_to_rebuild()?;
    let operation =
        Rebuild { projection: arguments.of.projection.clone(), skip_errors: arguments.skip_errors };
    arguments.of.targets.each(session, &store, (operation, "rebuild"), write)
}

fn write(session: &mut Session, space: &Space, rebuilt: &Rebuilt, taken: Duration) -> Result<Exit, Failure> {
    let (space_id, space) = (space.space_id, space.space_name.as_str());
    let Rebuilt { events, entities: keys, ref skipped, unknown, ref projections } = *rebuilt;
    session.done = Some(format!("{space} was rebuilt"));
    if session.out.is_json() {
        let seconds = in_seconds(taken);
        session.out.json_line(&Line {
            space_id,
            space_name: space,
            events,
            projections,
            keys,
            skipped: skipped.len(),
            seconds,
            unknown,
            skipped_events: skipped,
        })?;
        return Ok(Exit::Done);
    }
    session.out.line(&format!(
        "rebuilt {space}: {} → {}{} in {} ({})",
        counted(events, "event", "events"),
        counted(keys, "key", "keys"),
        named(projections),
        time_taken(taken),
        rate(events, taken),
    ))?;
    if unknown > 0 {
        session.out.line(&format!("  {} of unknown type ignored", counted(unknown, "event", "events")))?;
    }
    for Skipped { event_id, space_sequence, reason } in skipped {
        session.out.line(&format!("  skipped event {event_id} at sequence {space_sequence}: {reason}"))?;
    }
    Ok(Exit::Done)
}

/// Names the projections, unless it is the one that every app has.
fn named(projections: &[&'static str]) -> String {
    match projections {
        [STATE] => String::new(),
        [only] => format!(" of {only}"),
        several => format!(" of {}", several.join(" and ")),
    }
}
