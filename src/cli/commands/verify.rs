//! `ramax verify`.

use std::io;
use std::time::Duration;

use serde::Serialize;

use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{in_seconds, time_taken};
use crate::cli::remedy;
use crate::cli::session::Session;
use crate::cli::targets::OfProjections;
use crate::error::Remedy;
use crate::operations::{Difference, Verified, Verify};
use crate::space::{Space, SpaceId};
use crate::text::{counted, grouped};

/// A difference, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    projection: &'a str,
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

pub fn run(session: &mut Session, arguments: &OfProjections) -> Result<Exit, Failure> {
    let store = session.open()?;
    let operation = Verify { projection: arguments.projection.clone() };
    arguments.targets.each(session, &store, (operation, "verify"), write)
}

fn write(
    session: &mut Session,
    space: &Space,
    verified: &Verified,
    taken: Duration,
) -> Result<Exit, Failure> {
    let Space { space_id, space_name, .. } = space;
    let space_id = *space_id;
    let found = verified.each().flat_map(|one| {
        one.differences.iter().map(move |found| (one, found, verified.remedy_of(one, found), "found"))
    });
    let notes = verified
        .each()
        .flat_map(|one| one.notes.iter().map(move |note| (one, note, Remedy::Nothing, "note")));
    for (one, difference, remedy, state) in found.chain(notes) {
        if session.out.is_json() {
            let projection = one.projection;
            session.out.json_line(&Line { space_id, space_name, projection, difference, remedy, state })?;
            continue;
        }
        for words in one.words(difference) {
            session.out.line(&match remedy {
                Remedy::Nothing => format!("{space_name}  note: {}  {}", words.subject, words.text),
                _ => format!("{space_name}  {}  {}  [{}]", words.subject, words.text, remedy::label(&remedy)),
            })?;
        }
    }
    write_verdict(session, space, verified, taken)?;
    session.out.flush()?;
    let Some(advice) = verified.advice() else { return Ok(Exit::Done) };
    let hint = remedy::worded(&advice.about_space(space_name), &session.program);
    session.messages.say(&format!("hint: {hint}"));
    Ok(Exit::Refused)
}

fn write_verdict(
    session: &mut Session,
    space: &Space,
    verified: &Verified,
    taken: Duration,
) -> io::Result<()> {
    let Space { space_id, space_name, .. } = space;
    let (events, keys) = (verified.replayed(), verified.keys());
    if session.out.is_json() {
        let (differences, seconds) = (verified.count(), in_seconds(taken));
        let space_id = *space_id;
        return session.out.json_line(&Verdict { space_id, space_name, events, keys, differences, seconds });
    }
    let more = verified.each().map(|one| one.more).sum();
    let more = if more > 0 { format!(", of which {} are not listed", grouped(more)) } else { String::new() };
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
        0 => verified.matching().to_owned(),
        count => counted(count, "difference", "differences"),
    }
}
