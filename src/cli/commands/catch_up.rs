//! `ramax catch-up`.

use serde::Serialize;

use crate::cli::exit::{Exit, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::narration::{in_seconds, time_taken};
use crate::cli::session::Session;
use crate::cli::targets::Targets;
use crate::content_store::{CaughtUp, Store};
use crate::operations::{CatchUp, Target};
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

pub fn run(session: &mut Session, targets: &Targets) -> Result<Exit, Failure> {
    let store = session.open()?;
    targets.each(session, &store, &CatchUp, &mut |session, space, interrupt| {
        catch_up(session, &store, space, interrupt)
    })
}

fn catch_up(
    session: &mut Session,
    store: &Store,
    space: &Space,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let (target, space_id, space) = (Target::of(space), space.space_id, space.space_name.as_str());
    let (done, taken) = session.run(&mut CatchUp, target, store, (interrupt, format!("catch up {space}")))?;
    let CaughtUp { events, unknown } = done;
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
    session.out.flush()?;
    Ok(Exit::Done)
}
