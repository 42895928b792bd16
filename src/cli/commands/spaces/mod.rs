//! `ramax spaces`: the registry of spaces.

mod change;
mod delete;
mod fork;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::event_store::{Direction, Page};
use crate::id::ParseSpaceIdError;
use crate::operations::{
    self, Attempt, CreateSpace, DamagedSpaces, ListedSpace, Operation, ProjectionOverview, ProjectionStatus,
    SpaceOrder, SpaceOverview, Target,
};
use crate::pstate::{BlockingEvent, STATE};
use crate::space::{SpaceId, SpaceMetadata};
use crate::text::{counted, find, grouped};

use super::checkpoints::{AHEAD, blocking_text};
use crate::cli::exit::{Exit, Failure};
use crate::cli::numbers::limit;
use crate::cli::output::{OutputColumn, left, right};
use crate::cli::session::Session;
use crate::cli::shell;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct SpacesArguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    list: ListArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List all spaces
    List(ListArguments),
    /// Show one space
    Show {
        /// The space's name, or its id written as '#2'
        space: String,
    },
    /// Create a space, and the database if it is missing
    Create(CreateArguments),
    /// Rename a space
    Rename(change::RenameArguments),
    /// Change the app or the metadata of a space
    Set(change::SetArguments),
    /// Create a space with the events of another one up to a point of its past
    Fork(fork::ForkArguments),
    /// Delete a space and everything in it
    Delete(delete::DeleteArguments),
}

#[derive(Debug, Args)]
struct ListArguments {
    /// Only spaces with this text in their name, ignoring ASCII case
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    contains: String,
    /// Sort by creation, name, events, lag or last-event; the highest number or time comes first
    #[arg(long, value_name = "COLUMN", value_parser = order, default_value = "creation", hide_default_value = true)]
    sort: SpaceOrder,
    /// Reverse the order
    #[arg(long)]
    reverse: bool,
    /// Start after the space with this id, in order of creation or, with --reverse, against it
    #[arg(long, value_name = "ID", value_parser = space_id, allow_negative_numbers = true)]
    after: Option<SpaceId>,
    /// Show at most N
    #[arg(long, value_name = "N", value_parser = limit, allow_negative_numbers = true)]
    limit: Option<usize>,
}

#[derive(Debug, Args)]
struct CreateArguments {
    /// The name of the space
    name: String,
    /// The app of the space; by default, the prefix of the name decides
    #[arg(long)]
    app: Option<String>,
    /// Metadata about the space, as a JSON object
    #[arg(long, value_name = "JSON")]
    metadata: Option<String>,
}

impl CreateArguments {
    /// Returns the options as they were typed.
    fn parameters(&self) -> Map<String, Value> {
        let given = [("app", &self.app), ("metadata", &self.metadata)];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        given.map(|(name, value)| (name.to_owned(), value.into())).collect()
    }
}

/// A space in full, as JSON.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    listed: ListedSpace<'a>,
    event_types: &'a [String],
    payload_bytes: u64,
    /// The event that blocks the projection.
    blocked: Option<&'a BlockingEvent>,
}

const PAGE: usize = 500;

const COLUMNS: &[OutputColumn] = &[
    right("ID"),
    left("SPACE"),
    left("APP"),
    right("EVENTS"),
    right("LAG"),
    left("LAST EVENT"),
    left("METADATA"),
];

pub fn run(session: &mut Session, arguments: SpacesArguments) -> Result<Exit, Failure> {
    match arguments.action.unwrap_or(Action::List(arguments.list)) {
        Action::List(arguments) => list(session, &arguments),
        Action::Show { space } => show(session, &space),
        Action::Create(arguments) => create(session, &arguments),
        Action::Rename(arguments) => change::rename(session, &arguments),
        Action::Set(arguments) => change::set(session, &arguments),
        Action::Fork(arguments) => fork::run(session, &arguments),
        Action::Delete(arguments) => delete::run(session, &arguments),
    }
}

/// Parses an id. A bare number is accepted, because no name can stand here.
fn space_id(text: &str) -> Result<SpaceId, ParseSpaceIdError> {
    text.parse().or_else(|error| text.parse().map(SpaceId).map_err(|_| error))
}

/// Parses an order.
fn order(text: &str) -> Result<SpaceOrder, String> {
    SpaceOrder::named(text).ok_or_else(|| {
        let words = SpaceOrder::ALL.map(SpaceOrder::word).join(", ");
        format!("spaces are sorted by one of {words}")
    })
}

fn list(session: &mut Session, arguments: &ListArguments) -> Result<Exit, Failure> {
    check_after(arguments)?;
    let store = session.open()?;
    let is_sorted = arguments.sort != SpaceOrder::default();
    let direction = if arguments.reverse && !is_sorted { Direction::Backward } else { Direction::Forward };
    let most = arguments.limit.unwrap_or(usize::MAX);
    let mut rows = session.out.rows(COLUMNS);
    let (mut after, mut listed) = (arguments.after, 0);
    let (mut kept, mut damaged) = (Vec::new(), DamagedSpaces::default());
    while listed < most {
        let is_whole = !is_sorted && arguments.contains.is_empty();
        let size = if is_whole { PAGE.min(most - listed) } else { PAGE };
        let asked = Page { after, direction, limit: size };
        let mut page = operations::overviews(&store, &session.apps, asked)?;
        let is_last = page.len() < size;
        after = page.last().map(|space| space.space.space_id);
        page.iter().for_each(|space| damaged.note(&space.space, space.fault.as_ref()));
        page.retain(|space| find(&space.space.space_name, &arguments.contains, 0).is_some());
        if is_sorted {
            kept.append(&mut page);
        }
        for space in page.iter().take(most - listed) {
            rows.push(&ListedSpace::of(space), || cells(space))?;
            listed += 1;
        }
        if is_last {
            break;
        }
    }
    arguments.sort.sort(&mut kept);
    if arguments.reverse {
        kept.reverse();
    }
    for space in kept.iter().take(most) {
        rows.push(&ListedSpace::of(space), || cells(space))?;
        listed += 1;
    }
    rows.finish()?;
    session.out.flush()?;
    damaged.check(&store)?;
    if listed == 0 {
        session.messages.say(&none_listed(arguments));
    }
    Ok(Exit::Done)
}

/// Refuses to start after a space in an order whose places are not ids.
fn check_after(arguments: &ListArguments) -> Result<(), Failure> {
    if arguments.after.is_none() || arguments.sort == SpaceOrder::default() {
        return Ok(());
    }
    let word = arguments.sort.word();
    let message = format!("--after continues a list by creation, not one that is sorted by {word}");
    Err(Failure::usage("sorted_page", message, "give --sort or --after, not both"))
}

/// Says that no space is listed, and what to do.
fn none_listed(arguments: &ListArguments) -> String {
    match (arguments.contains.as_str(), arguments.after) {
        ("", None) => "no spaces; `ramax spaces create NAME` creates one".to_owned(),
        ("", Some(after)) if arguments.reverse => format!("no spaces before {after}"),
        ("", Some(after)) => format!("no spaces after {after}"),
        (text, None) => format!("no space has {text} in its name"),
        (text, Some(after)) if arguments.reverse => format!("no space before {after} has {text} in its name"),
        (text, Some(after)) => format!("no space after {after} has {text} in its name"),
    }
}

fn cells(overview: &SpaceOverview) -> Vec<String> {
    let SpaceOverview { space, app, head, .. } = overview;
    let notes = [
        space.origin().map(|origin| format!("fork of {}", origin.space_name)),
        space.under_way().map(str::to_owned),
        overview.fault.is_some().then(|| "damaged".to_owned()),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    let name = match notes.as_slice() {
        [] => space.space_name.clone(),
        notes => format!("{} ({})", space.space_name, notes.join(", ")),
    };
    vec![
        space.space_id.to_string(),
        name,
        app.unwrap_or("-").to_owned(),
        head.last_sequence.to_string(),
        lag_text(overview, |lag| lag.to_string()),
        head.last_timestamp.map_or_else(|| "-".to_owned(), |at| at.to_string()),
        metadata_text(space.metadata.as_ref()),
    ]
}

/// Returns the lag of the projection that lags most, with its name unless it is `state`.
fn lag_text(overview: &SpaceOverview, figure: impl Fn(u64) -> String) -> String {
    let Some(slowest) = overview.slowest() else { return figure(overview.lag()) };
    let lag = match slowest.status {
        ProjectionStatus::Ahead => AHEAD.to_owned(),
        _ => figure(slowest.lag(&overview.head)),
    };
    if slowest.name == STATE { lag } else { format!("{lag} ({})", slowest.name) }
}

/// Lists the checkpoints of the projections.
fn checkpoints_text(overview: &SpaceOverview) -> String {
    let checkpoint = |projection: &ProjectionOverview| {
        format!("{} at {}", projection.name, grouped(projection.checkpoint.sequence.0))
    };
    overview.projections.iter().map(checkpoint).collect::<Vec<_>>().join(", ")
}

fn metadata_text(metadata: Option<&SpaceMetadata>) -> String {
    metadata.map_or_else(|| "-".to_owned(), |metadata| metadata.as_str().to_owned())
}

fn show(session: &mut Session, space_name: &str) -> Result<Exit, Failure> {
    let store = session.open()?;
    let mut overview = operations::overview(&store, &session.apps, space_name)?;
    let blocking = operations::find_blocking_event(&store, &session.apps, &overview)?;
    overview.set_blocked(blocking);
    let SpaceOverview { space, app, head, .. } = &overview;
    let types = store.events().event_types(space.space_id)?;
    if session.out.is_json() {
        let payload_bytes = head.payload_bytes;
        session.out.json_line(&Shown {
            listed: ListedSpace::of(&overview),
            event_types: &types,
            payload_bytes,
            blocked: overview.blocked.as_ref(),
        })?;
        return Ok(Exit::Done);
    }
    let is_ahead = overview.slowest().is_some_and(|slowest| slowest.status == ProjectionStatus::Ahead);
    let lag = lag_text(&overview, |lag| counted(lag, "event", "events"));
    let lag = if is_ahead { format!("{lag} ahead of the log") } else { lag };
    let origin = space.origin().map(|origin| ("fork of", format!("{origin}, id {}", origin.space_id)));
    let fields = [
        ("space", space.space_name.clone()),
        ("id", space.space_id.to_string()),
        ("app", app.unwrap_or("-").to_owned()),
        ("events", grouped(head.last_sequence.0)),
        ("event types", if types.is_empty() { "-".to_owned() } else { types.join(", ") }),
        ("payload bytes", grouped(head.payload_bytes)),
        ("last event", head.last_timestamp.map_or_else(|| "-".to_owned(), |at| at.to_string())),
        ("checkpoints", checkpoints_text(&overview)),
        ("lag", lag),
        ("keys", grouped(overview.keys())),
        ("created", space.created_at.to_string()),
        ("metadata", metadata_text(space.metadata.as_ref())),
    ];
    let fields: Vec<(&str, String)> = fields.into_iter().chain(origin).collect();
    session.out.fields(&fields)?;
    if let Some(what) = blocking_text(&overview, &session.program) {
        session.say(&what)?;
    }
    if let Some(under_way) = overview.under_way() {
        let rest = if overview.worker.is_some() { "" } else { "; that operation has not finished" };
        session.say(&format!("this space is {under_way}{rest}"))?;
    }
    Ok(Exit::Done)
}

fn create(session: &mut Session, arguments: &CreateArguments) -> Result<Exit, Failure> {
    let name = &arguments.name;
    let metadata = metadata_of(session, arguments).map_err(|failure| {
        let attempt = CreateSpace { metadata: None }.attempt(Target::Name(name));
        session.refused(Attempt { parameters: arguments.parameters(), ..attempt }, failure)
    })?;
    let store = session.open_or_create()?;
    operations::create_space(&store, name, metadata.as_ref()).map_err(|error| {
        let exists = error.kind() == "space_exists";
        let failure = Failure::from(error);
        let show = shell::command("spaces show", &[name], "");
        if exists { failure.advise(&format!("`{show}` shows it")) } else { failure }
    })?;
    session.done = Some(format!("{name} was created"));
    let overview = operations::overview(&store, &session.apps, name)?;
    if session.out.is_json() {
        session.out.json_line(&ListedSpace::of(&overview))?;
        return Ok(Exit::Done);
    }
    let runs = overview.app.map_or_else(String::new, |app| format!(", runs {app}"));
    session.out.line(&format!("created {name} ({}{runs})", overview.space.space_id))?;
    match overview.app {
        Some(_) => {
            session.say(&format!("`{}` lists its commands", shell::command("run", &[name], "--help")))?;
        }
        None => session.say("it runs no known app: it can be browsed, but takes no commands")?,
    }
    Ok(Exit::Done)
}

/// Returns the requested metadata, including the app. Nothing has been opened yet.
fn metadata_of(session: &Session, arguments: &CreateArguments) -> Result<Option<SpaceMetadata>, Failure> {
    let metadata = arguments.metadata.as_deref().map(parsed_metadata).transpose()?;
    if let Some(app) = &arguments.app {
        session.app_named(app)?;
        return Ok(Some(match metadata {
            Some(metadata) => metadata.with_app(app),
            None => SpaceMetadata::of_app(app),
        }));
    }
    Ok(metadata)
}

fn parsed_metadata(text: &str) -> Result<SpaceMetadata, Failure> {
    SpaceMetadata::parse(text).map_err(|error| {
        let message = format!("--metadata is not a JSON object: {error}");
        Failure::usage("invalid_metadata", message, r#"write it like this: --metadata '{"plan":"pro"}'"#)
    })
}
