//! `ramax catch-up`.

use std::time::Duration;

use serde::Serialize;

use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{in_seconds, time_taken};
use crate::cli::session::Session;
use crate::cli::targets::OfProjections;
use crate::content_store::CaughtUp;
use crate::operations::CatchUp;
use crate::space::{Space, SpaceId};
use crate::text::counted;

/// The result of a catch-up, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    events: u64,
    unknown: u64,
    seconds: f64,
}

pub fn run(session: &mut Session, arguments: &OfProjections) -> Result<Exit, Failure> {
    let store = session.open()?;
    let operation = CatchUp { projection: arguments.projection.clone() };
    arguments.targets.each(session, &store, (operation, "catch up"), write)
}

fn write(session: &mut Session, space: &Space, done: &CaughtUp, taken: Duration) -> Result<Exit, Failure> {
    let (space_id, space) = (space.space_id, space.space_name.as_str());
    let CaughtUp { events, unknown } = *done;
    session.done = Some(format!("{space} was caught up"));
    if session.out.is_json() {
        session.out.json_line(&Line {
            space_id,
            space_name: space,
            events,
            unknown,
            seconds: in_seconds(taken),
        })?;
    } else if events == 0 {
        session.out.line(&format!("{space} is up to date"))?;
    } else {
        let applied = counted(events, "event", "events");
        session.out.line(&format!("caught up {space}: {applied} applied in {}", time_taken(taken)))?;
    }
    Ok(Exit::Done)
}
