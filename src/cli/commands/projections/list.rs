//! `ramax projections list`: the entries of a projection, now or in the past.

use std::io;

use clap::Args;

use super::{PAST_HELP, all, catch_up, known, projection_of};
use crate::cli::exit::{Exit, Failure};
use crate::cli::list_check;
use crate::cli::numbers::limit;
use crate::cli::output::{OutputColumn, Rows, left};
use crate::cli::past::Past;
use crate::cli::session::Session;
use crate::event_store::Page;
use crate::operations::{self, ListedEntry, PointInTime};
use crate::pstate::{Entry, STATE};

const PAGE: usize = 500;

/// The number of entries searched per page.
const BUDGET: usize = 20_000;

const COLUMNS: &[OutputColumn] = &[left("KEY"), left("UPDATED"), left("VALUE")];

/// The arguments of `projections list`.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    #[command(flatten)]
    options: ListOptions,
}

/// The arguments of `projections` alone.
#[derive(Debug, Args)]
pub struct AloneArguments {
    /// The space's name, or its id written as '#2'; without it, the projections of every space are listed
    space: Option<String>,
    #[command(flatten)]
    options: ListOptions,
}

#[derive(Debug, Args)]
struct ListOptions {
    /// The projection
    #[arg(long, value_name = "NAME", default_value = STATE)]
    projection: String,
    /// Show only keys that start with this text
    #[arg(long, default_value = "", hide_default_value = true, requires = "space")]
    prefix: String,
    /// Show only entries with this text in the key or the value, ignoring ASCII case
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, requires = "space")]
    contains: String,
    /// Start after this key
    #[arg(long, value_name = "KEY", requires = "space")]
    after: Option<String>,
    /// The projection as of this sequence or time
    #[arg(long, value_name = "SEQ|TIME", long_help = PAST_HELP, requires = "space")]
    at: Option<PointInTime>,
    /// Show at most N
    #[arg(long, value_name = "N", value_parser = limit, allow_negative_numbers = true, requires = "space")]
    limit: Option<usize>,
}

pub(super) fn run(session: &mut Session, arguments: &ListArguments) -> Result<Exit, Failure> {
    list(session, &arguments.space, &arguments.options)
}

pub(super) fn run_alone(session: &mut Session, arguments: &AloneArguments) -> Result<Exit, Failure> {
    match &arguments.space {
        Some(space) => list(session, space, &arguments.options),
        None => all::run(session),
    }
}

fn list(session: &mut Session, space: &str, options: &ListOptions) -> Result<Exit, Failure> {
    match &options.at {
        Some(at) => list_past(session, space, options, at),
        None => list_now(session, space, options),
    }
}

fn push(rows: &mut Rows<'_>, projection: &str, entry: &Entry) -> io::Result<()> {
    let Entry { key, value, updated_at } = entry;
    let cells = || vec![key.clone(), updated_at.to_string(), value.as_str().to_owned()];
    rows.push_prepared(|pause| ListedEntry::of(projection, entry).prepared(pause), cells)
}

fn list_now(session: &mut Session, space: &str, arguments: &ListOptions) -> Result<Exit, Failure> {
    let store = session.open()?;
    let space = operations::overview(&store, &session.apps, space)?;
    let name = arguments.projection.as_str();
    catch_up(session, &store, &space, known(&space, name)?)?;
    let projection = projection_of(session, &store, &space, name)?;
    let pause = &mut session.signals.pause();
    let mut rows = session.out.rows(COLUMNS);
    let mut after = arguments.after.clone();
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    let mut listed = 0;
    while left > 0 {
        let limit = left.min(PAGE);
        let wanted = (arguments.prefix.as_str(), arguments.contains.as_str());
        let page = Page::forward(after, limit);
        let found = operations::search_entries(&projection, wanted, page, BUDGET, pause)?;
        for entry in &found.entries {
            push(&mut rows, name, entry)?;
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
        session.messages.say("no entries");
    }
    session.out.flush()?;
    list_check::check(&store, &space.space)?;
    Ok(Exit::Done)
}

fn list_past(
    session: &mut Session,
    space: &str,
    arguments: &ListOptions,
    at: &PointInTime,
) -> Result<Exit, Failure> {
    let name = arguments.projection.as_str();
    let mut past = Past::open(session, space, Some(name))?;
    let at = past.sequence(at)?;
    past.run(|fold, watch| fold.seek(at, watch))?;
    let projection = past.fold.projection(name)?;
    let pause = &mut session.signals.pause();
    let mut rows = session.out.rows(COLUMNS);
    let (mut after, mut listed) = (arguments.after.clone(), 0);
    let most = arguments.limit.unwrap_or(usize::MAX);
    while listed < most {
        let page = projection.scan(&arguments.prefix, Page::forward(after.take(), PAGE))?;
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
        for entry in &page {
            if listed < most && operations::is_entry_match(entry, &arguments.contains, pause)? {
                push(&mut rows, name, entry)?;
                listed += 1;
            }
        }
    }
    rows.finish()?;
    if listed == 0 {
        session.messages.say("no entries");
    }
    session.say(&format!("as of sequence {at}"))?;
    past.report_skipped(session, Some(name), at)?;
    Ok(Exit::Done)
}
