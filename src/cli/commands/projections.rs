//! `ramax projections`: derived state.

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
use crate::operations::{self, SpaceOverview};
use crate::pstate::{Entry, Projection};
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
    },
}

#[derive(Debug, Args)]
struct ListArguments {
    /// The space's name, or its id written as '#2'
    space: String,
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
    key: &'a str,
    value: &'a Json,
    updated_at: Timestamp,
}

const PAGE: usize = 500;

/// The number of entries searched per page.
const BUDGET: usize = 20_000;

const COLUMNS: &[OutputColumn] = &[left("KEY"), left("UPDATED"), left("VALUE")];

pub fn run(session: &mut Session, arguments: ProjectionsArguments) -> Result<Exit, Failure> {
    match arguments.action.or(arguments.list.map(Action::List)) {
        Some(Action::List(arguments)) => list(session, &arguments),
        Some(Action::Get { space, key }) => get(session, &space, &key),
        None => {
            let hint = "`ramax projections SPACE` lists keys and values, `ramax projections get SPACE KEY` shows one";
            Err(Failure::usage("usage", "no space is named", hint))
        }
    }
}

fn list(session: &mut Session, arguments: &ListArguments) -> Result<Exit, Failure> {
    let store = session.open()?;
    let space = caught_up(session, &store, &arguments.space)?;
    let projection = projection_of(session, &store, &space)?;
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
            rows.push(&Line { key, value, updated_at: *updated_at }, cells)?;
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

fn get(session: &mut Session, space_name: &str, key: &str) -> Result<Exit, Failure> {
    let store = session.open()?;
    let space = caught_up(session, &store, space_name)?;
    let projection = projection_of(session, &store, &space)?;
    let entry = projection.entry(key)?.ok_or_else(|| {
        let hint = format!("`{}` lists the keys", shell::command("projections list", &[space_name], ""));
        Failure::refused("unknown_key", format!("{space_name} has no key {key}"), hint)
    })?;
    projection.flush()?;
    if session.out.is_json() {
        session.out.json_line(&Line {
            key: &entry.key,
            value: &entry.value,
            updated_at: entry.updated_at,
        })?;
    } else {
        session.out.document(&entry.value, "")?;
        session.say(&format!("as of {}", entry.updated_at))?;
        for line in times(&entry.value.to_value()) {
            session.narration.say(&line);
        }
    }
    Ok(Exit::Done)
}

/// Opens the projection, unless it belongs to another log.
fn projection_of<'a>(
    session: &Session,
    store: &'a Store,
    space: &SpaceOverview,
) -> Result<Projection<'a>, Failure> {
    let space_id = space.space.space_id;
    operations::projection(store, &session.apps, space_id)
        .map_err(|error| Session::over_space(store, space_id, error.into()))
}

/// Returns the space, with its projection caught up. If the store is read-only or the app is unknown, the
/// projection stays as it is and a message says so.
fn caught_up(session: &Session, store: &Store, space_name: &str) -> Result<SpaceOverview, Failure> {
    let overview = operations::overview(store, &session.apps, space_name)?;
    if overview.ahead || overview.lag() == 0 {
        return Ok(overview);
    }
    if store.is_read_only() || overview.app.is_none() {
        let lag = counted(overview.lag(), "event", "events");
        session.narration.say(&format!("not caught up: this projection is {lag} behind its log"));
        return Ok(overview);
    }
    let content = operations::find_space(store, &session.apps, space_name)?;
    operations::catch_up(&content, &mut |_| std::ops::ControlFlow::Continue(()))
        .map_err(|error| Session::over_space(store, content.space_id(), error.into()))?;
    Ok(overview)
}
