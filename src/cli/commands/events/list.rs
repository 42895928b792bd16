//! `ramax events list`.

use std::time::Duration;

use clap::Args;

use crate::content_store::CurrentForms;
use crate::event_store::{Direction, Page};
use crate::operations::{ListedEvent, Position, Search, SpaceNames};
use crate::query::{Interval, Query};
use crate::text::{counted, nearest};

use super::query_option::QueryOption;
use super::{Stream, damaged, report_damaged, scope_of, table};
use crate::cli::entity_json::entity_json;
use crate::cli::exit::{Exit, Failure};
use crate::cli::list_check;
use crate::cli::numbers::{limit, sequence};
use crate::cli::session::Session;
use crate::cli::shell;

const PAGE: usize = 500;

/// Events searched between two progress reports: about 20 ms.
pub(super) const BUDGET: usize = 20_000;

#[derive(Debug, Args, Default)]
pub struct EventListArguments {
    #[command(flatten)]
    stream: Stream,
    /// Start after this sequence; with --all-spaces, after this event id
    #[arg(long, value_name = "SEQ", value_parser = sequence, allow_negative_numbers = true)]
    after: Option<u64>,
    /// Show only events before this sequence; with --all-spaces, before this event id
    #[arg(long, value_name = "SEQ", value_parser = sequence, allow_negative_numbers = true)]
    before: Option<u64>,
    /// Show at most N
    #[arg(long, value_name = "N", value_parser = limit, allow_negative_numbers = true)]
    limit: Option<usize>,
    /// List in reverse order, newest first
    #[arg(long)]
    reverse: bool,
    /// Show only events of this entity
    #[arg(long, value_name = "ID", conflicts_with = "all_spaces")]
    entity: Option<String>,
    /// The entity as a JSON string, for an id with a NUL
    #[arg(long, value_name = "JSON", value_parser = entity_json, conflicts_with_all = ["entity", "all_spaces"], hide_short_help = true)]
    entity_json: Option<String>,
    #[command(flatten)]
    wanted: QueryOption,
}

impl EventListArguments {
    /// Returns the positions to list, and the one after which to start. In reverse order, `--after` alone continues a list
    /// towards the first event; together with `--before`, the two are the ends of a range in either order.
    fn bounds(&self) -> Result<(Interval, Option<Position>), Failure> {
        let Some(before) = self.before else { return Ok((Interval::ALL, self.after.map(Position))) };
        if let Some(after) = self.after.filter(|after| before <= *after) {
            let message = format!("no event is after {after} and before {before}");
            let hint = "--after and --before are the ends of a range, also with --reverse: give --before the higher number";
            return Err(Failure::usage("empty_range", message, hint));
        }
        let first = self.after.map_or(0, |after| after.saturating_add(1));
        Ok((Interval { first, last: before.saturating_sub(1) }, None))
    }
}

pub(super) fn run(session: &mut Session, arguments: &EventListArguments) -> Result<Exit, Failure> {
    let (bounds, mut after) = arguments.bounds()?;
    let mut query = arguments.wanted.query(session.messages)?;
    if let Some(entity_id) = arguments.entity.as_ref().or(arguments.entity_json.as_ref()) {
        query = query.about(entity_id);
    }
    let store = session.open()?;
    let space = arguments.stream.space(session, &store)?;
    let scope = scope_of(space.as_ref());
    let forms = CurrentForms::new(&store, &session.apps);
    let search = Search::new(store.events(), scope, query.resolve(store.clock().now()))?;
    let search = search.in_forms(&forms).between(bounds);
    let direction = if arguments.reverse { Direction::Backward } else { Direction::Forward };
    let messages = session.messages;
    let pause = &mut session.signals.pause();
    let mut rows = session.out.rows(table::columns(scope));
    let mut names = SpaceNames::default();
    let (mut bad, mut listed, mut searched) = (0, 0, 0);
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    while left > 0 {
        let page = Page { after, direction, limit: left.min(PAGE) };
        let found = search.page(store.events(), page, BUDGET, pause)?;
        names.read(&store, found.events.iter().map(|event| event.space_id))?;
        for event in &found.events {
            let space_name = names.of(&store, event.space_id)?;
            rows.push_prepared(
                |pause| ListedEvent::of(space_name, event, &forms).prepared(pause),
                || table::cells(scope, event, space_name),
            )?;
        }
        bad += damaged(&found.events);
        listed += found.events.len();
        left -= found.events.len();
        searched += found.searched;
        after = found.reached;
        if found.ended {
            break;
        }
        // Matches may be rare, so the reader and the progress are looked after between pages.
        session.signals.wait_with_reader(Duration::ZERO)?;
        if found.events.is_empty() && messages.is_terminal() {
            rows.flush()?;
            messages.redraw(&format!("{} searched so far", counted(searched, "event", "events")));
        }
    }
    if messages.is_terminal() && searched > BUDGET as u64 {
        messages.redraw("");
    }
    rows.finish()?;
    if listed == 0 {
        messages.say(&nothing(arguments, searched));
        if let Some(space) = &space {
            let mut known = store.events().event_types(space.space_id)?;
            known.extend(forms.types_of(space.space_id).into_iter().map(str::to_owned));
            mistyped(&query, &known, &space.space_name).for_each(|line| messages.say(&line));
        }
    }
    session.out.flush()?;
    report_damaged(bad, messages);
    match &space {
        Some(space) => list_check::check(&store, space)?,
        None => list_check::check_all(&store, names, messages)?,
    }
    Ok(Exit::Done)
}

/// Returns a note for each event type in the query that the space does not have.
fn mistyped<'a>(query: &'a Query, known: &'a [String], space: &'a str) -> impl Iterator<Item = String> + 'a {
    let unknown = query.event_types().filter(|event_type| !known.iter().any(|known| known == event_type));
    unknown.map(|event_type| match nearest(event_type, known.iter().map(String::as_str)) {
        Some(nearest) => format!("there is no event of type {event_type}; did you mean {nearest}?"),
        None => {
            let show = shell::command("spaces show", &[space], "");
            format!("there is no event of type {event_type}; `{show}` lists the types")
        }
    })
}

fn nothing(arguments: &EventListArguments, searched: u64) -> String {
    if arguments.wanted.is_given() {
        format!("no events match; {} searched", counted(searched, "event", "events"))
    } else {
        "no events".to_owned()
    }
}
