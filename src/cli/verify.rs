//! `ramax verify`.

use serde::Serialize;
use serde_json::Map;

use crate::content_store::ContentStore;
use crate::operations::{self, Action, Difference, Remedy, Told, Verified, logged};
use crate::text::counted;

use super::exit::{Exit, Failure};
use super::interrupt::Interrupt;
use super::meter::Meter;
use super::narration::time_taken;
use super::session::{Doing, Session};
use super::targets::Targets;

/// A difference as it is written.
#[derive(Serialize)]
struct Line<'a> {
    space: &'a str,
    #[serde(flatten)]
    difference: &'a Difference,
    remedy: Remedy,
    state: &'static str,
}

const ACTION: &str = "verify";

pub fn run(session: &mut Session, targets: &Targets) -> Result<Exit, Failure> {
    let store = session.open()?;
    let doing = Doing { action: ACTION, changes: false, parameters: &Map::new() };
    targets.each(session, &store, doing, &mut verify)
}

fn verify(session: &mut Session, content: &ContentStore, interrupt: &Interrupt) -> Result<Exit, Failure> {
    let space = content.space().space_name.as_str();
    let mut meter = Meter::start(session.narration, interrupt, format!("verify {space}"));
    let action = Action::looking_at(ACTION, content.space());
    let work = || operations::verify(content, &mut |progress| meter.watch(progress));
    let verified = logged(content.store(), action, Map::new(), work, |done| Told::from(done));
    let taken = meter.end();
    let verified = verified?;
    let found = verified.differences.iter().map(|found| (found, verified.remedy_of(found), "found"));
    let notes = verified.notes.iter().map(|note| (note, Remedy::Nothing, "note"));
    for (difference, remedy, state) in found.chain(notes) {
        if session.out.is_json() {
            session.out.json_line(&Line { space, difference, remedy, state })?;
            continue;
        }
        for words in difference.words() {
            session.out.line(&match remedy {
                Remedy::Nothing => format!("{space}  note: {}  {}", words.subject, words.text),
                _ => format!("{space}  {}", words.with(remedy)),
            })?;
        }
    }
    session.out.flush()?;
    let more = if verified.more > 0 {
        format!(", of which {} are not listed", verified.more)
    } else {
        String::new()
    };
    session.narration.say(&format!(
        "{space}: {}, {}, {}{more} in {}",
        counted(verified.events, "event", "events"),
        counted(verified.entities, "key", "keys"),
        differences(&verified),
        time_taken(taken),
    ));
    let Some(advice) = verified.advice(space) else { return Ok(Exit::Done) };
    session.narration.say(&format!("hint: {advice}"));
    Ok(Exit::Refused)
}

fn differences(verified: &Verified) -> String {
    match verified.count() {
        0 => "no difference".to_owned(),
        count => counted(count, "difference", "differences"),
    }
}
