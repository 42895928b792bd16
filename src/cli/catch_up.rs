//! `ramax catch-up`.

use serde::Serialize;
use serde_json::Map;

use crate::content_store::{CaughtUp, ContentStore};
use crate::operations::{self, Action, Told};
use crate::space::SpaceId;
use crate::text::counted;

use super::exit::{Exit, Failure};
use super::interrupt::Interrupt;
use super::meter::Meter;
use super::narration::{in_seconds, time_taken};
use super::session::{Doing, Session};
use super::targets::Targets;

/// The result of a catch-up, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    events: u64,
    unknown: u64,
    seconds: f64,
}

const ACTION: &str = "catch-up";

pub fn run(session: &mut Session, targets: &Targets) -> Result<Exit, Failure> {
    let store = session.open()?;
    let doing = Doing { action: ACTION, changes: true, parameters: &Map::new() };
    targets.each(session, &store, doing, &mut catch_up)
}

fn catch_up(session: &mut Session, content: &ContentStore, interrupt: &Interrupt) -> Result<Exit, Failure> {
    let space = content.space().space_name.as_str();
    let mut meter =
        Meter::start(session.narration, interrupt, format!("catch up {space}"), operations::Phases::ONE);
    let action = Action::on(ACTION, content.space());
    let work = || operations::catch_up(content, &mut |progress| meter.watch(progress));
    let caught_up = operations::logged(content.store(), action, Map::new(), work, |done| Told::from(done));
    let taken = meter.end();
    let CaughtUp { events, unknown } = caught_up.map_err(|error| {
        let cancelled = error.is_cancelled();
        let failure = Failure::from(error);
        if cancelled { failure.instead("cancelled; the events applied so far are kept") } else { failure }
    })?;
    session.done = Some(format!("{space} was caught up"));
    if session.out.is_json() {
        session.out.json_line(&Line {
            space_id: content.space_id(),
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
