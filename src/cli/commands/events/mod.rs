//! `ramax events`: lists, shows, traces and follows events.

mod follow;
mod list;
mod place;
mod query_option;
mod show;
mod table;
mod trace;

use clap::{Args, Subcommand};

use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::Messages;
use crate::cli::numbers;
use crate::cli::session::Session;
use crate::content_store::Store;
use crate::event::{Event, EventId};
use crate::operations::{self, Scope};
use crate::space::Space;
use crate::text::counted;

#[derive(Debug, Args)]
pub struct EventsArguments {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the events of a space, or of all spaces; `events` alone lists those of all spaces
    List(list::EventListArguments),
    /// Show one event
    Show {
        /// The id of the event, unique in the whole database
        #[arg(value_parser = numbers::event_id, allow_negative_numbers = true)]
        event_id: u64,
        /// Show the keys that it changed, before and after
        #[arg(long)]
        changes: bool,
    },
    /// Show the causes and effects of an event as a tree
    Trace(trace::TraceArguments),
    /// Show events as they arrive, from any process
    Follow(follow::FollowArguments),
}

/// The events of one space, or of all.
#[derive(Debug, Args, Default)]
#[group(required = true, multiple = false)]
pub struct Stream {
    /// The space's name, or its id written as '#2'
    space: Option<String>,
    /// The events of all spaces, in append order
    #[arg(long)]
    all_spaces: bool,
}

/// Reports how many of these events are damaged, if any.
fn report_damaged(damaged: usize, messages: Messages) {
    if damaged > 0 {
        let events = counted(damaged as u64, "event", "events");
        messages.say(&format!("{DAMAGED} {events} damaged; `ramax events show EVENT_ID` says how"));
    }
}

/// Returns the number of damaged events.
fn damaged<'a>(events: impl IntoIterator<Item = &'a Event>) -> usize {
    events.into_iter().filter(|event| !event.intact).count()
}

/// Marks the type of a damaged event.
const DAMAGED: &str = "✗";

impl Stream {
    /// Returns the named space, or none for the events of all spaces.
    fn space(&self, session: &Session, store: &Store) -> Result<Option<Space>, Failure> {
        let Some(name) = &self.space else { return Ok(None) };
        Ok(Some(operations::overview(store, &session.apps, name)?.space))
    }
}

/// Returns the scope of one space, or of all.
fn scope_of(space: Option<&Space>) -> Scope {
    space.map_or(Scope::All, |space| Scope::Space(space.space_id))
}

pub fn run(session: &mut Session, arguments: &EventsArguments) -> Result<Exit, Failure> {
    match &arguments.action {
        Some(Action::List(arguments)) => list::run(session, arguments),
        Some(Action::Show { event_id, changes }) => show::run(session, EventId(*event_id), *changes),
        Some(Action::Trace(arguments)) => trace::run(session, arguments),
        Some(Action::Follow(arguments)) => follow::run(session, arguments),
        None => list::run(session, &list::EventListArguments::default()),
    }
}

fn unknown_event(store: &Store, event_id: EventId) -> Failure {
    let last = store.events().last_event_id().unwrap_or_default();
    let hint = format!("the last event is {last}; `ramax events list --all-spaces` lists all events");
    Failure::refused("unknown_event", format!("there is no event {event_id}"), hint)
}
