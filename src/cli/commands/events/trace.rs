//! `ramax events trace`.

use clap::Args;
use serde::Serialize;

use crate::content_store::{CurrentForms, Store};
use crate::event::EventId;
use crate::operations::{
    ListedEvent, ListedTraced, SpaceNames, Trace, Traced, Unfollowed, is_event_match, leading_to_matches,
    trace,
};
use crate::text::{counted, grouped};

use super::query_option::QueryOption;
use super::{damaged, report_damaged, table, unknown_event};
use crate::cli::exit::{Exit, Failure};
use crate::cli::numbers;
use crate::cli::output::{OutputColumn, left, right};
use crate::cli::session::Session;

/// The maximum indentation in levels.
const DEEPEST_INDENT: usize = 30;

const COLUMNS: &[OutputColumn] =
    &[left("EVENT"), left("TYPE"), left("ENTITY"), left("SPACE"), right("SEQ"), left("TIME")];

#[derive(Debug, Args)]
pub struct TraceArguments {
    /// The id of an event in the tree
    #[arg(value_parser = numbers::event_id, allow_negative_numbers = true)]
    event_id: u64,
    /// Read at most N events to find effects
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    look: usize,
    #[command(flatten)]
    wanted: QueryOption,
}

/// Written at the end of a tree whose first event has a cause that is not shown.
#[derive(Serialize)]
struct UnfollowedCause {
    /// The cause.
    cause: EventId,
    /// The event that it caused.
    of: EventId,
    /// The reason why it is not shown.
    not_followed: &'static str,
    /// The same as a sentence.
    message: String,
}

/// Written at the end of a tree that may be incomplete.
#[derive(Serialize)]
struct Unfinished {
    whole: bool,
    looked_at: u64,
    /// The last event that was searched, in a file where effects are searched for.
    #[serde(skip_serializing_if = "Option::is_none")]
    looked_to: Option<EventId>,
}

pub(super) fn run(session: &mut Session, arguments: &TraceArguments) -> Result<Exit, Failure> {
    let asked = EventId(arguments.event_id);
    let query = arguments.wanted.query(session.messages)?;
    let store = session.open()?;
    let trace = trace(store.events(), asked, arguments.look)?.ok_or_else(|| unknown_event(&store, asked))?;
    let forms = CurrentForms::new(&store, &session.apps);
    let criteria = query.resolve(store.clock().now());
    let pause = &mut session.signals.pause();
    let mut matches = Vec::with_capacity(trace.events.len());
    for traced in &trace.events {
        matches.push((traced.depth, is_event_match(&criteria, &forms, &traced.event, pause)?));
    }
    let leads = leading_to_matches(matches.into_iter());
    let is_empty = !leads.contains(&true);
    let mut names = SpaceNames::default();
    let mut rows = session.out.rows(COLUMNS);
    for (traced, _) in trace.events.iter().zip(leads).filter(|(_, leads)| *leads) {
        let name = names.of(&store, traced.event.space_id)?;
        rows.push_prepared(
            |pause| {
                let event = ListedEvent::of(name, &traced.event, &forms).prepared(pause)?;
                Ok(ListedTraced { depth: traced.depth, event })
            },
            || cells(traced, name, asked),
        )?;
    }
    rows.finish()?;
    if let Some(cause) = unfollowed(&trace).filter(|_| session.out.is_json()) {
        session.out.json_line(&cause)?;
    }
    if session.out.is_json() && !trace.whole {
        let looked_to = trace.ranges.last().map(|(_, to)| *to);
        session.out.json_line(&Unfinished { whole: false, looked_at: trace.searched, looked_to })?;
    }
    session.out.flush()?;
    report_damaged(damaged(trace.events.iter().map(|traced| &traced.event)), session.messages);
    if is_empty {
        let count = counted(trace.events.len() as u64, "event", "events");
        session.messages.say(&format!("no events match; {count} in the trace"));
    }
    for line in limits(&trace, &store)? {
        session.messages.say(&line);
    }
    Ok(Exit::Done)
}

/// Returns the cells of an event, indented by its depth. The requested event is marked.
fn cells(traced: &Traced, space_name: &str, asked: EventId) -> Vec<String> {
    let event = &traced.event;
    let mark = if event.event_id == asked { " ◂" } else { "" };
    vec![
        format!("{}{}{mark}", indentation(traced.depth), event.event_id),
        table::event_type(event),
        event.entity_id.clone(),
        space_name.to_owned(),
        event.space_sequence.to_string(),
        event.timestamp.to_string(),
    ]
}

/// Returns the indentation of an event. From a depth on, it names the depth instead, so that lines stay short.
fn indentation(depth: usize) -> String {
    match depth {
        0..=DEEPEST_INDENT => "  ".repeat(depth),
        _ => format!("{}({}) ", "  ".repeat(DEEPEST_INDENT), grouped(depth as u64)),
    }
}

/// Describes what the tree does not show, and why.
fn limits(trace: &Trace, store: &Store) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    lines.extend(unfollowed(trace).map(|cause| cause.message));
    if !trace.whole {
        lines.push(searched(trace, store)?);
    }
    Ok(lines)
}

/// Describes the cause of the first event that is not shown, and why.
fn unfollowed(trace: &Trace) -> Option<UnfollowedCause> {
    let ((cause, why), root) = (trace.cause.zip(trace.unfollowed)?, trace.events.first()?);
    let (not_followed, reason) = match why {
        Unfollowed::TooFar => ("too-far", "is not shown; trace it to see its causes"),
        Unfollowed::Missing => ("missing", "no longer exists: its space was deleted"),
        Unfollowed::Later => ("later", "does not precede it, so the causes may form a cycle"),
    };
    let of = root.event.event_id;
    let message = format!("event {cause}, which caused event {of}, {reason}");
    Some(UnfollowedCause { cause, of, not_followed, message })
}

/// Describes how far the effects were followed.
fn searched(trace: &Trace, store: &Store) -> Result<String, Failure> {
    let read = counted(trace.searched, "event", "events");
    if trace.ranges.is_empty() {
        return Ok(format!("{read} read for effects; there are more: --look N reads further"));
    }
    let ranges: Vec<String> = trace.ranges.iter().map(|(from, to)| between(*from, *to)).collect();
    Ok(format!(
        "{read} searched for effects ({}); later ones up to event {} were not: --look N searches further",
        ranges.join(" and "),
        store.events().last_event_id()?
    ))
}

fn between(from: EventId, to: EventId) -> String {
    format!("after {from} to {to}")
}
