//! `ramax rebuild`.

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::content_store::ContentStore;
use crate::operations::{self, Action, RebuildOptions, Rebuilt, Skipped, Told};
use crate::space::SpaceId;
use crate::text::counted;

use super::exit::{Exit, Failure};
use super::interrupt::Interrupt;
use super::meter::Meter;
use super::narration::{in_seconds, rate, time_taken};
use super::session::{Doing, Session};
use super::targets::Targets;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    targets: Targets,
    /// Skip bad events (those that cannot be applied), and list them
    #[arg(long)]
    skip_errors: bool,
}

const ACTION: &str = "rebuild";

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

pub fn run(session: &mut Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let store = session.open_to_rebuild()?;
    let options = RebuildOptions { skip_errors: arguments.skip_errors };
    let doing = Doing { action: ACTION, changes: true, parameters: &parameters(options) };
    arguments.targets.each(session, &store, doing, &mut |session, content, interrupt| {
        rebuild(session, content, options, interrupt)
    })
}

fn parameters(options: RebuildOptions) -> Map<String, Value> {
    Map::from_iter([("skip_errors".to_owned(), options.skip_errors.into())])
}

fn rebuild(
    session: &mut Session,
    content: &ContentStore,
    options: RebuildOptions,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let space = content.space().space_name.as_str();
    let mut meter =
        Meter::start(session.narration, interrupt, format!("rebuild {space}"), operations::Phases::REBUILD);
    let action = Action::on(ACTION, content.space());
    let work = || operations::rebuild(content, options, &mut |progress| meter.watch(progress));
    let rebuilt =
        operations::logged(content.store(), action, parameters(options), work, |done| Told::from(done));
    let taken = meter.end();
    let Rebuilt { events, entities, skipped, unknown } = rebuilt?;
    session.done = Some(format!("{space} was rebuilt"));
    if session.out.is_json() {
        let seconds = in_seconds(taken);
        let skipped_events = skipped.as_slice();
        let skipped = skipped.len();
        session.out.json_line(&Line {
            space_id: content.space_id(),
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
