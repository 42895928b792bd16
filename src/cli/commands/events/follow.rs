//! `ramax events follow`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::content_store::{CurrentForms, Outage, Store};
use crate::error::{Error, StoreError};
use crate::event::EventId;
use crate::event_store::{Cursor, Page};
use crate::operations::{ListedEvent, Search, SpaceNames};
use crate::space::Space;

use super::place::Place;
use super::query_option::QueryOption;
use super::{Stream, damaged, report_damaged, scope_of, table};
use crate::cli::exit::{Exit, Failure};
use crate::cli::interrupt::{Interrupt, Signals};
use crate::cli::list_check;
use crate::cli::messages::Messages;
use crate::cli::numbers::limit;
use crate::cli::session::Session;

/// The polling interval. A poll costs some ten microseconds.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, Args)]
pub struct FollowArguments {
    #[command(flatten)]
    stream: Stream,
    /// Start after this sequence; with --all-spaces, after this event id, or after the cursor of an earlier JSON line;
    /// by default, at the end
    #[arg(long, value_name = "SEQ", value_parser = after, allow_negative_numbers = true)]
    after: Option<After>,
    /// Stop after N events
    #[arg(long, value_name = "N", value_parser = limit, allow_negative_numbers = true)]
    limit: Option<usize>,
    #[command(flatten)]
    wanted: QueryOption,
}

/// An event that has arrived, as JSON.
#[derive(Serialize)]
struct Followed<'a> {
    #[serde(flatten)]
    event: ListedEvent<'a>,
    /// The position after the event, written while the events of all spaces are followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// The position from which to follow.
#[derive(Debug, Clone)]
pub(super) enum After {
    Position(u64),
    Cursor(Cursor),
}

/// Parses the position from which to follow. The text of a cursor starts with two ids.
fn after(text: &str) -> Result<After, String> {
    match text.parse() {
        Ok(cursor) => Ok(After::Cursor(cursor)),
        Err(_) => text.parse().map(After::Position).map_err(|_| {
            "start after a sequence such as 12; with --all-spaces, after an event id, or the cursor of an earlier JSON line"
                .to_owned()
        }),
    }
}

pub(super) fn run(session: &mut Session, arguments: &FollowArguments) -> Result<Exit, Failure> {
    let query = arguments.wanted.query(session.messages)?;
    let store = session.open()?;
    let space = arguments.stream.space(session, &store)?;
    let scope = scope_of(space.as_ref());
    let forms = CurrentForms::new(&store, &session.apps);
    let search = Search::new(store.events(), scope, query.resolve(store.clock().now()))?.in_forms(&forms);
    let mut place = Place::of(&store, scope, arguments.after.as_ref())?;
    let has_cursor = session.out.is_json() && space.is_none();
    let interrupt = session.signals.observe();
    let pause = &mut session.signals.pause();
    session.messages.say(&format!("following after {}; Ctrl-C stops", place.position().0));
    let messages = session.messages;
    let mut rows = session.out.rows(table::columns(scope));
    let mut names = SpaceNames::default();
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    let mut held_back: Option<String> = None;
    let signals = &session.signals;
    let mut attempts = Attempts { outage: Outage::default(), signals, interrupt: &interrupt, messages };
    while left > 0 {
        if interrupt.is_interrupted() {
            return Ok(Exit::Interrupted);
        }
        if search.is_over(Page::forward(Some(place.position()), 1)) {
            messages.say("no future event can match");
            break;
        }
        let read = attempts.repeat(|| place.read(&store, &search, left, pause));
        let (events, is_idle) = match read {
            // A file read without locks was written to at this moment.
            Err(failure) if failure.kind == "changed_meanwhile" => (Vec::new(), true),
            Err(failure) if failure.kind == "held_back" => {
                if held_back.as_ref() != Some(&failure.message) {
                    messages.announce(failure.kind, &format!("waiting: {}", failure.message));
                    held_back = Some(failure.message);
                }
                (Vec::new(), true)
            }
            Err(_) if interrupt.is_interrupted() => return Ok(Exit::Interrupted),
            read => read?,
        };
        left -= events.len();
        // All that is read comes before all that is written: what is read again is not written again.
        attempts.repeat(|| Ok(names.read(&store, events.iter().map(|event| event.space_id))?))?;
        let ids: Vec<EventId> = events.iter().filter(|_| has_cursor).map(|event| event.event_id).collect();
        let mut cursors = attempts.repeat(|| Ok(store.events().after_each(&ids)?))?.into_iter();
        for event in &events {
            let space_name = names.of(&store, event.space_id)?;
            let cursor = cursors.next().map(|cursor| cursor.to_string());
            rows.push_prepared(
                |pause| {
                    let event = ListedEvent::of(space_name, event, &forms).prepared(pause)?;
                    Ok(Followed { event, cursor })
                },
                || table::cells(scope, event, space_name),
            )?;
        }
        rows.flush()?;
        report_damaged(damaged(&events), messages);
        if is_idle {
            attempts.repeat(|| {
                store.events().check_identity()?;
                space.as_ref().map_or(Ok(()), |space| check_there(&store, space))
            })?;
            session.signals.wait_with_reader(PAUSE)?;
        }
    }
    if space.is_none() {
        list_check::check_all(&store, names, messages)?;
    }
    Ok(Exit::Done)
}

/// Repeats reads while the server of the database is away.
struct Attempts<'a> {
    outage: Outage,
    signals: &'a Signals,
    interrupt: &'a Interrupt,
    messages: Messages,
}

impl Attempts<'_> {
    fn repeat<T>(&mut self, mut read: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
        loop {
            let read = read();
            let away = match &read {
                Err(failure) if failure.is_server_away() => failure,
                _ => {
                    if self.outage.ends() && read.is_ok() {
                        self.messages.announce("server_back", "the server is back");
                    }
                    return read;
                }
            };
            if self.outage.begins() {
                let text = format!("waiting for the server: {}", away.message);
                self.messages.announce(away.kind, &text);
            }
            self.signals.wait_with_reader(self.outage.pause())?;
            if self.interrupt.is_interrupted() {
                return Err(Failure::interrupted());
            }
        }
    }
}

/// Checks that the space still exists: a deleted space gets no more events.
fn check_there(store: &Store, space: &Space) -> Result<(), Failure> {
    match store.events().space(space.space_id)? {
        Some(_) => Ok(()),
        None => Err(Error::from(StoreError::unknown_space(&space.space_name)).into()),
    }
}
