//! `ramax rebuild`.

use clap::Args;
use serde::Serialize;

use crate::cli::exit::{Exit, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::narration::{in_seconds, rate, time_taken};
use crate::cli::session::Session;
use crate::cli::targets::Targets;
use crate::content_store::Store;
use crate::operations::{Rebuild, Rebuilt, Skipped, Target};
use crate::space::{Space, SpaceId};
use crate::text::counted;

#[derive(Debug, Args)]
pub struct RebuildArguments {
    #[command(flatten)]
    targets: Targets,
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
    keys: u64,
    skipped: usize,
    seconds: f64,
    unknown: u64,
    skipped_events: &'a [Skipped],
}

pub fn run(session: &mut Session, arguments: &RebuildArguments) -> Result<Exit, Failure> {
    let store = session.open_to_rebuild()?;
    let operation = Rebuild { skip_errors: arguments.skip_errors };
    arguments.targets.each(session, &store, &operation, &mut |session, space, interrupt| {
        rebuild(session, operation, &store, space, interrupt)
    })
}

fn rebuild(
    session: &mut Session,
    mut operation: Rebuild,
    store: &Store,
    space: &Space,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let (target, space_id, space) = (Target::of(space), space.space_id, space.space_name.as_str());
    let (rebuilt, taken) =
        session.run(&mut operation, target, store, (interrupt, format!("rebuild {space}")))?;
    let Rebuilt { events, entities, skipped, unknown } = rebuilt;
    session.done = Some(format!("{space} was rebuilt"));
    if session.out.is_json() {
        let seconds = in_seconds(taken);
        let skipped_events = skipped.as_slice();
        let skipped = skipped.len();
        session.out.json_line(&Line {
            space_id,
            space_name: space,
            events,
            keys: entities,
            skipped,
            seconds,
            unknown,
            skipped_events,
        })?;
        session.out.flush()?;
        return Ok(Exit::Done);
    }
    session.out.line(&format!(
        "rebuilt {space}: {} → {} in {} ({})",
        counted(events, "event", "events"),
        counted(entities, "key", "keys"),
        time_taken(taken),
        rate(events, taken),
    ))?;
    if unknown > 0 {
        session.out.line(&format!("  {} of unknown type ignored", counted(unknown, "event", "events")))?;
    }
    for Skipped { event_id, space_sequence, reason } in &skipped {
        session.out.line(&format!("  skipped event {event_id} at sequence {space_sequence}: {reason}"))?;
    }
    session.out.flush()?;
    Ok(Exit::Done)
}
