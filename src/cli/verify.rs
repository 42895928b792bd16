//! `ramax verify`.

use std::io;
use std::time::Duration;

use serde::Serialize;
use serde_json::Map;

use crate::content_store::ContentStore;
use crate::error::Remedy;
use crate::operations::{self, Action, Difference, Told, Verified, logged};
use crate::space::{Space, SpaceId};
use crate::text::{counted, grouped};

use super::exit::{Exit, Failure};
use super::interrupt::Interrupt;
use super::meter::Meter;
use super::narration::{in_seconds, time_taken};
use super::remedy;
use super::session::{Doing, Session};
use super::targets::Targets;

/// A difference, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    #[serde(flatten)]
    difference: &'a Difference,
    remedy: Remedy,
    state: &'static str,
}

/// The verdict on a space, as JSON, after its differences.
#[derive(Serialize)]
struct Verdict<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    events: u64,
    keys: u64,
    differences: u64,
    seconds: f64,
}

const ACTION: &str = "verify";

pub fn run(session: &mut Session, targets: &Targets) -> Result<Exit, Failure> {
    let store = session.open()?;
    let doing = Doing { action: ACTION, changes: false, parameters: &Map::new() };
    targets.each(session, &store, doing, &mut verify)
}

fn verify(session: &mut Session, content: &ContentStore, interrupt: &Interrupt) -> Result<Exit, Failure> {
    let space = content.space().space_name.as_str();
    let space_id = content.space_id();
    let mut meter =
        Meter::start(session.narration, interrupt, format!("verify {space}"), operations::Phases::VERIFY);
    let action = Action::looking_at(ACTION, content.space());
    let work = || operations::verify(content, &mut |progress| meter.watch(progress));
    let verified = logged(content.store(), action, Map::new(), work, |done| Told::from(done));
    let taken = meter.end();
    let verified = verified?;
    let found = verified.differences.iter().map(|found| (found, verified.remedy_of(found), "found"));
    let notes = verified.notes.iter().map(|note| (note, Remedy::Nothing, "note"));
    for (difference, remedy, state) in found.chain(notes) {
        if session.out.is_json() {
            session.out.json_line(&Line { space_id, space_name: space, difference, remedy, state })?;
            continue;
        }
        for words in difference.words() {
            session.out.line(&match remedy {
                Remedy::Nothing => format!("{space}  note: {}  {}", words.subject, words.text),
                _ => format!("{space}  {}  {}  [{}]", words.subject, words.text, remedy::label(&remedy)),
            })?;
        }
    }
    write_verdict(session, content.space(), &verified, taken)?;
    session.out.flush()?;
    let Some(advice) = verified.advice() else { return Ok(Exit::Done) };
    session.narration.say(&format!("hint: {}", remedy::worded(&advice.about_space(space))));
    Ok(Exit::Refused)
}

fn write_verdict(
    session: &mut Session,
    space: &Space,
    verified: &Verified,
    taken: Duration,
) -> io::Result<()> {
    let Space { space_id, space_name, .. } = space;
    let Verified { events, entities: keys, .. } = *verified;
    if session.out.is_json() {
        let (differences, seconds) = (verified.count(), in_seconds(taken));
        let space_id = *space_id;
        return session.out.json_line(&Verdict { space_id, space_name, events, keys, differences, seconds });
    }
    let more = if verified.more > 0 {
        format!(", of which {} are not listed", grouped(verified.more))
    } else {
        String::new()
    };
    session.out.line(&format!(
        "{space_name}: {}{more} ({}, {}) in {}",
        differences(verified),
        counted(events, "event", "events"),
        counted(keys, "key", "keys"),
        time_taken(taken),
    ))
}

fn differences(verified: &Verified) -> String {
    match verified.count() {
        0 => "projection matches its events".to_owned(),
        count => counted(count, "difference", "differences"),
    }
}
