//! `ramax events follow`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::content_store::{CurrentForms, Store};
use crate::error::{Error, StoreError};
use crate::event_store::{Cursor, Page};
use crate::operations::{ListedEvent, Position, Scope, Search, SpaceNames};
use crate::space::Space;

use super::list::BUDGET;
use super::query_option::QueryOption;
use super::{Stream, damaged, report_damaged, scope_of, table};
use crate::cli::exit::{Exit, Failure};
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
    let mut after = position(&store, scope, arguments.after.as_ref())?;
    let has_cursor = session.out.is_json() && space.is_none();
    let interrupt = session.signals.observe();
    let pause = &mut session.signals.pause();
    session.messages.say(&format!("following after {}; Ctrl-C stops", after.0));
    let messages = session.messages;
    let mut rows = session.out.rows(table::columns(scope));
    let mut names = SpaceNames::default();
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    while left > 0 {
        if interrupt.is_interrupted() {
            return Ok(Exit::Interrupted);
        }
        let page = Page::forward(Some(after), left.min(PAGE));
        if search.is_over(page) {
            messages.say("no future event can match");
            break;
        }
        let found = match search.page(store.events(), page, BUDGET, pause) {
            // A file read without locks was written to at this moment.
            Err(failure) if failure.kind == "changed_meanwhile" => {
                session.signals.wait_with_reader(PAUSE)?;
                continue;
            }
            Err(_) if interrupt.is_interrupted() => return Ok(Exit::Interrupted),
            found => found?,
        };
        after = found.reached.unwrap_or(after);
        left -= found.events.len();
        for event in &found.events {
            let space_name = names.of(&store, event.space_id)?;
            let cursor = has_cursor.then(|| store.events().after(event.event_id)).transpose()?;
            let cursor = cursor.map(|cursor| cursor.to_string());
            rows.push_prepared(
                |pause| {
                    let event = ListedEvent::of(space_name, event, &forms).prepared(pause)?;
                    Ok(Followed { event, cursor })
                },
                || table::cells(scope, event, space_name),
            )?;
        }
        rows.flush()?;
        report_damaged(damaged(&found.events), messages);
        if found.searched == 0 {
            store.events().check_identity()?;
            if let Some(space) = &space {
                check_there(&store, space)?;
            }
            session.signals.wait_with_reader(PAUSE)?;
        }
    }
    Ok(Exit::Done)
}

/// Returns the position from which to follow: the given one, or the end.
fn position(store: &Store, scope: Scope, after: Option<&After>) -> Result<Position, Failure> {
    match (after, scope) {
        (None, _) => end_of(store, scope),
        (Some(After::Position(after)), _) => Ok(Position(*after)),
        (Some(After::Cursor(cursor)), Scope::All) => Ok(Position(store.events().before(cursor)?.0)),
        (Some(After::Cursor(_)), Scope::Space(_)) => {
            let hint = "follow --all-spaces, or name a sequence of the space";
            Err(Failure::usage("usage", "a cursor is a position in the events of all spaces", hint))
        }
    }
}

/// Returns the position of the last event.
fn end_of(store: &Store, scope: Scope) -> Result<Position, Failure> {
    Ok(Position(match scope {
        Scope::All => store.events().last_event_id()?.0,
        Scope::Space(space_id) => {
            store.events().space(space_id)?.map_or(0, |record| record.head.last_sequence.0)
        }
    }))
}

/// Checks that the space still exists: a deleted space gets no more events.
fn check_there(store: &Store, space: &Space) -> Result<(), Failure> {
    match store.events().space(space.space_id)? {
        Some(_) => Ok(()),
        None => Err(Error::from(StoreError::unknown_space(&space.space_name)).into()),
    }
}
