//! `ramax projections`: derived state, now and in the past.

mod all;
mod blame;
mod diff;
mod get;
mod history;
mod list;
mod remove;

use clap::{Args, Subcommand};

use crate::cli::exit::{Exit, Failure};
use crate::cli::session::Session;
use crate::content_store::Store;
use crate::error::Error;
use crate::operations::{self, ProjectionOverview, ProjectionStatus, SpaceOverview};
use crate::pstate::{Projection, ProjectionId};
use crate::text::{counted, nearest};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ProjectionsArguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    alone: list::AloneArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List a projection in byte order of its keys: c10 before c2
    List(list::ListArguments),
    /// Show the value of a key, now or in the past
    Get(get::GetArguments),
    /// List every change of a key, with its event
    History(history::HistoryArguments),
    /// Show the event that set each part of a value
    Blame(blame::BlameArguments),
    /// Show the differences between two points of the past, or between two spaces
    Diff(diff::DiffArguments),
    /// Remove a projection that the space's app does not declare
    Remove(remove::RemoveArguments),
}

/// Explains what the past is.
const PAST_HELP: &str = "A sequence, or a time such as 2026-01-31T10:00, 10:00 or 2h: the last event up to then

The past is derived from exactly the events up to then, with today's app: events that cannot be applied are skipped, and what \
     a projection lagged behind at that time is not reproduced. 0 is before the first event.";

pub fn run(session: &mut Session, arguments: ProjectionsArguments) -> Result<Exit, Failure> {
    match arguments.action {
        Some(Action::List(arguments)) => list::run(session, &arguments),
        Some(Action::Get(arguments)) => get::run(session, &arguments),
        Some(Action::History(arguments)) => history::run(session, &arguments),
        Some(Action::Blame(arguments)) => blame::run(session, &arguments),
        Some(Action::Diff(arguments)) => diff::run(session, &arguments),
        Some(Action::Remove(arguments)) => remove::run(session, &arguments),
        None => list::run_alone(session, &arguments.alone),
    }
}

/// Returns the projection of a space with this name.
fn known<'a>(space: &'a SpaceOverview, name: &str) -> Result<&'a ProjectionOverview, Failure> {
    if let Some(projection) = space.projection(name) {
        return Ok(projection);
    }
    let known: Vec<&str> = space.projections.iter().map(|projection| &*projection.name).collect();
    let message = format!("{} has no projection {name}", space.space.space_name);
    let meant = nearest(name, known.iter().copied()).map(|meant| format!("did you mean {meant}? "));
    let hint = format!("{}its projections: {}", meant.unwrap_or_default(), known.join(", "));
    Err(Failure::refused("unknown_projection", message, hint))
}

/// Opens the projection, unless it belongs to another log.
fn projection_of<'a>(
    session: &Session,
    store: &'a Store,
    space: &SpaceOverview,
    name: &'a str,
) -> Result<Projection<'a>, Failure> {
    let space_id = space.space.space_id;
    store.check_projections().map_err(Error::from)?;
    operations::projection_named(store, &session.apps, ProjectionId::new(space_id, name))
        .map_err(|error| Session::over_space(store, space_id, error.into()))
}

/// Catches a projection up. If the store is read-only or no app of this program can, the projection stays as it is and a
/// message says so.
fn catch_up(
    session: &Session,
    store: &Store,
    space: &SpaceOverview,
    projection: &ProjectionOverview,
) -> Result<(), Failure> {
    match projection.status {
        ProjectionStatus::Ahead if store.is_original() => {
            session
                .messages
                .say("as the original stored it; its checkpoint names an event that is not in the log");
            return Ok(());
        }
        ProjectionStatus::Current | ProjectionStatus::Ahead => return Ok(()),
        ProjectionStatus::Outdated => {
            session.messages.say(
                "this projection is of an earlier version of its app, or of another app, until it is rebuilt",
            );
            return Ok(());
        }
        _ if projection.lag(&space.head) == 0 => return Ok(()),
        _ => {}
    }
    if store.is_read_only() || projection.mode.is_none() || projection.status == ProjectionStatus::Newer {
        let lag = counted(projection.lag(&space.head), "event", "events");
        session.messages.say(&match store.is_original() {
            true => format!("as the original stored it, with a checkpoint {lag} behind the log"),
            false => format!("not caught up: this projection is {lag} behind its log"),
        });
        return Ok(());
    }
    let content = operations::open_space(store, &session.apps, space.space.clone())?;
    content
        .catch_up_projection(&projection.name, &mut |_, _| std::ops::ControlFlow::Continue(()))
        .map_err(|error| Session::over_space(store, content.space_id(), error.into()))?;
    Ok(())
}
