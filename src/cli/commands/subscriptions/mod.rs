//! `ramax subscriptions`: durable consumers, their positions and their parked events.

mod show;

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{OutputColumn, left, right};
use crate::cli::program::Program;
use crate::cli::remedy;
use crate::cli::session::Session;
use crate::cli::shell;
use crate::content_store::Store;
use crate::delivery::{SubscriptionStatus, subscription_statuses};
use crate::operations::{ChangeSubscription, Operation, Target};
use crate::space::{Space, SpaceId};
use crate::subscriptions::{Start, SubscriptionChange};
use crate::text::grouped;

const COLUMNS: &[OutputColumn] = &[
    left("SUBSCRIPTION"),
    left("SPACES"),
    left("STATUS"),
    right("LAG"),
    right("PER MINUTE"),
    right("FAILING"),
    right("PARKED"),
    left("HELD BY"),
];

#[derive(Debug, Args)]
pub struct SubscriptionsArguments {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the subscriptions with lag, rate and failures; the same as `subscriptions` alone
    List,
    /// Show one subscription: its position in each space, and its parked events with their errors
    Show(show::ShowArguments),
    /// Try parked events once more
    Retry(ChosenArguments),
    /// Give up parked events for good; a space that has stopped continues after them
    Skip(ConfirmedArguments),
    /// Move the positions, so that events are delivered again or left undelivered
    Reset(ResetArguments),
    /// Continue a subscription in a restored backup, where it is suspended
    Resume(NamedArguments),
    /// Remove a subscription with its positions; a program that still declares it registers it again, at its start
    Remove(NamedArguments),
}

#[derive(Debug, Args)]
struct ChosenArguments {
    /// The subscription's name
    #[arg(value_name = "NAME")]
    subscription: String,
    /// Only in this space
    #[arg(long, value_name = "SPACE")]
    space: Option<String>,
}

#[derive(Debug, Args)]
struct ConfirmedArguments {
    #[command(flatten)]
    chosen: ChosenArguments,
    /// The name of the subscription again, as a confirmation
    #[arg(long, value_name = "NAME")]
    confirm: String,
}

#[derive(Debug, Args)]
struct ResetArguments {
    #[command(flatten)]
    confirmed: ConfirmedArguments,
    /// The next positions: beginning, now, or the sequence after which a space continues
    #[arg(long, value_name = "POSITION", value_parser = position)]
    to: Start,
}

#[derive(Debug, Args)]
struct NamedArguments {
    /// The subscription's name
    #[arg(value_name = "NAME")]
    subscription: String,
    /// The name of the subscription again, as a confirmation
    #[arg(long, value_name = "NAME")]
    confirm: String,
}

/// Parses a position.
fn position(text: &str) -> Result<Start, String> {
    Start::parse(text).ok_or_else(|| format!("{text} is not beginning, now, or a sequence"))
}

pub fn run(session: &mut Session, arguments: SubscriptionsArguments) -> Result<Exit, Failure> {
    match arguments.action.unwrap_or(Action::List) {
        Action::List => list(session),
        Action::Show(arguments) => show::show(session, &arguments),
        Action::Retry(chosen) => {
            change(session, &chosen, None, |space_id| SubscriptionChange::Retry { space_id })
        }
        Action::Skip(ConfirmedArguments { chosen, confirm }) => {
            change(session, &chosen, Some(&confirm), |space_id| SubscriptionChange::Skip { space_id })
        }
        Action::Reset(ResetArguments { confirmed: ConfirmedArguments { chosen, confirm }, to }) => {
            change(session, &chosen, Some(&confirm), |space_id| SubscriptionChange::Reset { space_id, to })
        }
        Action::Resume(named) => change_all(session, named, SubscriptionChange::Resume),
        Action::Remove(named) => change_all(session, named, SubscriptionChange::Remove),
    }
}

fn list(session: &mut Session) -> Result<Exit, Failure> {
    let store = session.open()?;
    let statuses = subscription_statuses(&store)?;
    let mut rows = session.out.rows(COLUMNS);
    for status in &statuses {
        rows.push(status, || cells(&store, status))?;
    }
    rows.finish()?;
    if statuses.is_empty() {
        session.messages.say("no subscriptions");
    }
    for status in &statuses {
        advise(session, status)?;
    }
    Ok(Exit::Done)
}

fn cells(store: &Store, status: &SubscriptionStatus) -> Vec<String> {
    vec![
        status.subscription.clone(),
        status.space_id.map_or_else(|| "all".to_owned(), |space_id| name_of(store, space_id)),
        status.status.name().to_owned(),
        grouped(status.lag.lag),
        grouped(status.per_minute),
        grouped(status.lag.failing_spaces),
        grouped(status.lag.parked),
        status.holder.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
    ]
}

/// Says what to do about a subscription that cannot run.
fn advise(session: &mut Session, status: &SubscriptionStatus) -> std::io::Result<()> {
    let Some(advice) = advice(status, &session.program) else { return Ok(()) };
    session.say(&format!("{} is {}: {advice}", status.subscription, status.status.name()))
}

/// Returns the advice for a subscription that cannot run.
pub(super) fn advice(status: &SubscriptionStatus, program: &Program) -> Option<String> {
    status.advice().map(|advice| remedy::worded(&advice, program))
}

/// Returns the name of a space, or its id if it is gone.
pub(super) fn name_of(store: &Store, space_id: SpaceId) -> String {
    let record = store.events().space(space_id).ok().flatten();
    record.map_or_else(|| space_id.to_string(), |record| record.space.space_name)
}

/// The result of a change, as JSON.
#[derive(Serialize)]
struct Changed<'a> {
    subscription: &'a str,
    action: &'a str,
    space_id: Option<SpaceId>,
    changed: u64,
}

/// Applies a change that is not about one space.
fn change_all(
    session: &mut Session,
    NamedArguments { subscription, confirm }: NamedArguments,
    to: SubscriptionChange,
) -> Result<Exit, Failure> {
    change(session, &ChosenArguments { subscription, space: None }, Some(&confirm), |_| to)
}

fn change(
    session: &mut Session,
    chosen: &ChosenArguments,
    confirm: Option<&str>,
    to: impl Fn(Option<SpaceId>) -> SubscriptionChange,
) -> Result<Exit, Failure> {
    let store = session.open()?;
    let name = chosen.subscription.as_str();
    let of = |space_id| ChangeSubscription { subscription: name.to_owned(), change: to(space_id) };
    if let Some(confirmed) = confirm.filter(|confirmed| *confirmed != name) {
        let message =
            format!("--confirm {confirmed} is not the name of the subscription {name}; nothing was changed");
        let hint =
            format!("if {name} is the one to change, confirm it with {}", shell::option("--confirm", name));
        let failure = Failure::refused("not_confirmed", message, hint);
        return Err(of(None).attempt(Target::File).refused(&store, failure));
    }
    let space: Option<Space> = chosen
        .space
        .as_deref()
        .map(|space| Session::find(&store, space, |target| of(None).attempt(target)))
        .transpose()?;
    let space_id = space.as_ref().map(|space| space.space_id);
    let mut operation = of(space_id);
    let target = space.as_ref().map_or(Target::File, Target::of);
    let interrupt = session.signals.listen();
    let title = format!("{} {name}", operation.name());
    let (changed, _): (u64, Duration) = session.run(&mut operation, target, &store, (&interrupt, title))?;
    session.done = Some(format!("{name} was changed"));
    if session.out.is_json() {
        let action = operation.name();
        session.out.json_line(&Changed { subscription: name, action, space_id, changed })?;
    } else {
        session.out.line(&format!("{name}: {}", operation.summary(&changed).detail))?;
    }
    Ok(Exit::Done)
}
