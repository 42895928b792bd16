//! `ramax projections`: derived state.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;

use crate::cli::exit::{Exit, Failure};
use crate::cli::list_check;
use crate::cli::numbers::limit;
use crate::cli::output::{OutputColumn, left};
use crate::cli::session::Session;
use crate::cli::shell;
use crate::clock::Timestamp;
use crate::content_store::Store;
use crate::event_store::Page;
use crate::json::Json;
use crate::operations::{
    self, Operation, ProjectionOverview, ProjectionStatus, RemoveProjection, SpaceOverview, Target,
};
use crate::pstate::{Entry, Projection, ProjectionId, STATE};
use crate::space::SpaceId;
use crate::text::counted;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ProjectionsArguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    list: Option<ListArguments>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List a projection in byte order of its keys: c10 before c2
    List(ListArguments),
    /// Show the value of a key
    Get {
        /// The space's name, or its id written as '#2'
        space: String,
        /// The key, such as contact:c1
        key: String,
        /// The projection; by default the one that holds the key
        #[arg(long, value_name = "NAME")]
        projection: Option<String>,
        /// Wait until the projection contains the last event, if another process catches it up
        #[arg(long)]
        wait: bool,
    },
    /// Remove a projection that the space's app does not declare
    Remove(RemoveArguments),
}

#[derive(Debug, Args)]
struct RemoveArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The name of the projection
    projection: String,
    /// The name of the projection again, as a confirmation
    #[arg(long, value_name = "NAME")]
    confirm: String,
}

/// A removed projection, as JSON.
#[derive(Serialize)]
struct Removed<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    projection: &'a str,
    /// Null if its checkpoint could not be read.
    keys: Option<u64>,
}

#[derive(Debug, Args)]
struct ListArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The projection
    #[arg(long, value_name = "NAME", default_value = STATE)]
    projection: String,
    /// Show only keys that start with this text
    #[arg(long, default_value = "", hide_default_value = true)]
    prefix: String,
    /// Show only entries with this text in the key or the value, ignoring ASCII case
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    contains: String,
    /// Start after this key
    #[arg(long, value_name = "KEY")]
    after: Option<String>,
    /// Show at most N
    #[arg(long, value_name = "N", value_parser = limit, allow_negative_numbers = true)]
    limit: Option<usize>,
}

/// An entry, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    projection: &'a str,
    key: &'a str,
    value: &'a Json,
    updated_at: Timestamp,
}

const PAGE: usize = 500;

/// The longest wait for another process that catches a projection up.
const WAIT: Duration = Duration::from_secs(5);

/// The number of entries searched per page.
const BUDGET: usize = 20_000;

const COLUMNS: &[OutputColumn] = &[left("KEY"), left("UPDATED"), left("VALUE")];

pub fn run(session: &mut Session, arguments: ProjectionsArguments) -> Result<Exit, Failure> {
    match arguments.action.or(arguments.list.map(Action::List)) {
        Some(Action::List(arguments)) => list(session, &arguments),
        Some(Action::Get { space, key, projection, wait }) => {
            get(session, (&space, &key), projection.as_deref(), wait)
        }
        Some(Action::Remove(arguments)) => remove(session, &arguments),
        None => {
            let hint = "`ramax projections SPACE` lists keys and values, `ramax projections get SPACE KEY` shows one";
            Err(Failure::usage("usage", "no space is named", hint))
        }
    }
}

fn list(session: &mut Session, arguments: &ListArguments) -> Result<Exit, Failure> {
    let store = session.open()?;
    let space = operations::overview(&store, &session.apps, &arguments.space)?;
    let name = arguments.projection.as_str();
    catch_up(session, &store, &space, known(&space, name)?)?;
    let projection = projection_of(session, &store, &space, name)?;
    let mut rows = session.out.rows(COLUMNS);
    let mut after = arguments.after.clone();
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    let mut listed = 0;
    while left > 0 {
        let limit = left.min(PAGE);
        let wanted = (arguments.prefix.as_str(), arguments.contains.as_str());
        let found = operations::search_entries(&projection, wanted, Page::forward(after, limit), BUDGET)?;
        for entry in &found.entries {
            let Entry { key, value, updated_at } = entry;
            let cells = || vec![key.clone(), updated_at.to_string(), value.as_str().to_owned()];
            rows.push(&Line { projection: name, key, value, updated_at: *updated_at }, cells)?;
        }
        listed += found.entries.len();
        left -= found.entries.len();
        after = found.reached;
        if found.ended {
            break;
        }
    }
    rows.finish()?;
    projection.flush()?;
    if listed == 0 {
        session.narration.say("no entries");
    }
    session.out.flush()?;
    list_check::check(&store, &space.space)?;
    Ok(Exit::Done)
}

/// Describes each time in a value that is stored in seconds or milliseconds, as a date.
fn times(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields.iter().flat_map(|(name, value)| time(name, value)).collect(),
        Value::Array(items) => items.iter().flat_map(times).collect(),
        _ => Vec::new(),
    }
}

fn time(name: &str, value: &Value) -> Vec<String> {
    let Some(number) = value.as_i64() else { return times(value) };
    let time = Timestamp::of_field(name, number);
    time.into_iter().map(|time| format!("{name} {number} is {time}")).collect()
}

fn get(
    session: &mut Session,
    (space_name, key): (&str, &str),
    projection: Option<&str>,
    wait: bool,
) -> Result<Exit, Failure> {
    let store = session.open()?;
    let space = operations::overview(&store, &session.apps, space_name)?;
    let mut catch_up = |projection: &ProjectionOverview| match wait {
        true => wait_for(session, &store, &space, &projection.name),
        false => catch_up(session, &store, &space, projection),
    };
    let found =
        match projection {
            Some(name) => {
                let chosen = known(&space, name)?;
                catch_up(chosen)?;
                let projection = projection_of(session, &store, &space, name)?;
                let entry = projection.entry(key)?;
                projection.flush()?;
                entry.map(|entry| (chosen, entry))
            }
            None => operations::find_key(&store, &session.apps, &space, key, &mut catch_up).map_err(
                |failure| Session::over_space(&store, space.space.space_id, chosen_by_option(failure)),
            )?,
        };
    let Some((ProjectionOverview { name, .. }, entry)) = found else {
        let hint = format!("`{}` lists the keys", shell::command("projections list", &[space_name], ""));
        let message = format!("{space_name} has no key {key}");
        return Err(Failure::refused("unknown_key", message, hint));
    };
    if session.out.is_json() {
        let (key, value, updated_at) = (entry.key.as_str(), &entry.value, entry.updated_at);
        session.out.json_line(&Line { projection: name, key, value, updated_at })?;
    } else {
        session.out.document(&entry.value, "")?;
        let of = if name == STATE { String::new() } else { format!(" in {name}") };
        session.say(&format!("as of {}{of}", entry.updated_at))?;
        for line in times(&entry.value.to_value()) {
            session.narration.say(&line);
        }
    }
    Ok(Exit::Done)
}

fn remove(session: &mut Session, arguments: &RemoveArguments) -> Result<Exit, Failure> {
    let RemoveArguments { space, projection, confirm } = arguments;
    let store = session.open()?;
    let mut operation = RemoveProjection { projection: projection.clone() };
    let space = Session::find(&store, space, |target| operation.attempt(target))?;
    if confirm != projection {
        let message = format!(
            "--confirm {confirm} is not the name of the projection {projection}; nothing was removed"
        );
        let confirm = shell::option("--confirm", projection);
        let hint = format!("if {projection} is the one to remove, confirm it with {confirm}");
        let failure = Failure::refused("not_confirmed", message, hint);
        return Err(operation.attempt(Target::of(&space)).refused(&store, failure));
    }
    let interrupt = session.signals.listen();
    let title = format!("remove {projection} of {}", space.space_name);
    let (keys, _) = session.run(&mut operation, Target::of(&space), &store, (&interrupt, title))?;
    session.done = Some(format!("{projection} was removed"));
    let (space_id, space_name) = (space.space_id, space.space_name.as_str());
    if session.out.is_json() {
        session.out.json_line(&Removed { space_id, space_name, projection, keys })?;
    } else {
        session.out.line(&format!("{space_name}: {}", operation.summary(&keys).detail))?;
    }
    Ok(Exit::Done)
}

/// Names the option by which one of several projections is chosen.
fn chosen_by_option(failure: Failure) -> Failure {
    if failure.kind != "ambiguous_key" {
        return failure;
    }
    Failure { hint: Some("choose one of them with `--projection NAME`".into()), ..failure }
}

/// Returns the projection of a space with this name.
fn known<'a>(space: &'a SpaceOverview, name: &str) -> Result<&'a ProjectionOverview, Failure> {
    if let Some(projection) = space.projection(name) {
        return Ok(projection);
    }
    let known: Vec<&str> = space.projections.iter().map(|projection| &*projection.name).collect();
    let message = format!("{} has no projection {name}", space.space.space_name);
    Err(Failure::refused("unknown_projection", message, format!("its projections: {}", known.join(", "))))
}

/// Opens the projection, unless it belongs to another log.
fn projection_of<'a>(
    session: &Session,
    store: &'a Store,
    space: &SpaceOverview,
    name: &'a str,
) -> Result<Projection<'a>, Failure> {
    let space_id = space.space.space_id;
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
        ProjectionStatus::Current | ProjectionStatus::Ahead => return Ok(()),
        ProjectionStatus::Outdated => {
            session.narration.say("this projection is of an earlier version of its app, or of another app, until it is rebuilt");
            return Ok(());
        }
        _ if projection.lag(&space.head) == 0 => return Ok(()),
        _ => {}
    }
    if store.is_read_only() || projection.mode.is_none() || projection.status == ProjectionStatus::Newer {
        let lag = counted(projection.lag(&space.head), "event", "events");
        session.narration.say(&format!("not caught up: this projection is {lag} behind its log"));
        return Ok(());
    }
    let content = operations::open_space(store, &session.apps, space.space.clone())?;
    content
        .catch_up_projection(&projection.name, &mut |_, _| std::ops::ControlFlow::Continue(()))
        .map_err(|error| Session::over_space(store, content.space_id(), error.into()))?;
    Ok(())
}

/// Waits until a projection contains the last event of its space.
fn wait_for(session: &Session, store: &Store, space: &SpaceOverview, name: &str) -> Result<(), Failure> {
    let content = operations::open_space(store, &session.apps, space.space.clone())?;
    content
        .wait_for(name, space.head.last_sequence, WAIT)
        .map_err(|error| Session::over_space(store, content.space_id(), error.into()))?;
    Ok(())
}
