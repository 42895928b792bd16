//! `ramax events follow`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::content_store::{CurrentForms, Outage, Store};
use crate::error::{Error, StoreError};
use crate::event::{Event, EventId};
use crate::event_store::{Cursor, Page};
use crate::operations::{ListedEvent, Pause, Position, Scope, Search, SpaceNames};
use crate::space::Space;

use super::list::BUDGET;
use super::query_option::QueryOption;
use super::{Stream, damaged, report_damaged, scope_of, table};
use crate::cli::exit::{Exit, Failure};
use crate::cli::interrupt::{Interrupt, Signals};
use crate::cli::list_check;
use crate::cli::messages::Messages;
use crate::cli::numbers::limit;
use crate::cli::session::Session;

const PAGE: usize = 500;

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
enum After {
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

/// The place up to which events were followed.
enum Place {
    InSpace(Position),
    /// In the stream of all spaces, whose order is that of the commits, with the id of the last event.
    InStream(Cursor, EventId),
}

impl Place {
    /// Returns the place from which to follow: the given one, or the end.
    fn of(store: &Store, scope: Scope, after: Option<&After>) -> Result<Self, Failure> {
        let events = store.events();
        let cursor = match (scope, after) {
            (Scope::Space(_), Some(After::Position(sequence))) => {
                return Ok(Self::InSpace(Position(*sequence)));
            }
            (Scope::Space(space_id), None) => {
                let end = events.space(space_id)?.map_or(0, |record| record.head.last_sequence.0);
                return Ok(Self::InSpace(Position(end)));
            }
            (Scope::Space(_), Some(After::Cursor(_))) => {
                let hint = "follow --all-spaces, or name a sequence of the space";
                return Err(Failure::usage(
                    "usage",
                    "a cursor is a position in the events of all spaces",
                    hint,
                ));
            }
            (Scope::All, Some(After::Position(event_id))) => events.after(EventId(*event_id))?,
            (Scope::All, Some(After::Cursor(cursor))) => cursor.clone(),
            (Scope::All, None) => events.end()?,
        };
        let last = events.before(&cursor)?;
        Ok(Self::InStream(cursor, last))
    }

    /// Returns the sequence or the id of the last event.
    fn position(&self) -> Position {
        match self {
            Self::InSpace(position) => *position,
            Self::InStream(_, last) => Position(last.0),
        }
    }

    /// Returns up to `limit` matches after the place, and true if there were no further events.
    fn read(
        &mut self,
        store: &Store,
        search: &Search,
        limit: usize,
        pause: &mut Pause<'_, Failure>,
    ) -> Result<(Vec<Event>, bool), Failure> {
        match self {
            Self::InSpace(after) => {
                let page = Page::forward(Some(*after), limit.min(PAGE));
                let found = search.page(store.events(), page, BUDGET, pause)?;
                *after = found.reached.unwrap_or(*after);
                Ok((found.events, found.searched == 0))
            }
            Self::InStream(cursor, last) => {
                let (events, end) = store.events().read_after(cursor, PAGE)?;
                let is_idle = events.is_empty();
                let last_read = events.last().map(|event| event.event_id);
                let mut matches = Vec::new();
                for event in events {
                    if matches.len() < limit && search.is_match(&event, pause)? {
                        matches.push(event);
                    }
                }
                (*cursor, *last) = (end, last_read.unwrap_or(*last));
                Ok((matches, is_idle))
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
