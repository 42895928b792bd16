//! `ramax subscriptions show`.

use clap::Args;
use serde::Serialize;

use crate::cli::exit::{Exit, Failure};
use crate::cli::numbers::limit;
use crate::cli::output::{OutputColumn, left, right};
use crate::cli::session::Session;
use crate::content_store::Store;
use crate::delivery::{SubscriptionStatus, subscription_status};
use crate::space::SpaceId;
use crate::subscriptions::{Parked, SpacePosition};
use crate::text::{counted, grouped};

use super::{advise, name_of};

const POSITIONS: &[OutputColumn] = &[
    left("SPACE"),
    right("POSITION"),
    right("LAST SEQUENCE"),
    right("LAG"),
    right("FAILURES"),
    left("ERROR"),
];

const PARKED: &[OutputColumn] =
    &[left("SPACE"), right("SEQUENCE"), right("ATTEMPTS"), left("PARKED AT"), left("RETRY"), left("ERROR")];

/// Rows read at once.
const PAGE: usize = 500;

#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The subscription's name
    #[arg(value_name = "NAME")]
    subscription: String,
    /// Show at most N spaces, and as many parked events
    #[arg(long, value_name = "N", value_parser = limit, default_value = "100")]
    limit: usize,
}

/// A subscription with its positions and parked events, as JSON.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    status: &'a SubscriptionStatus,
    positions: Vec<PositionLine<'a>>,
    parked_events: &'a [Parked],
}

#[derive(Serialize)]
struct PositionLine<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    position: u64,
    last_sequence: u64,
    lag: u64,
    failures: u32,
    error: Option<&'a str>,
    updated_at: Option<crate::Timestamp>,
}

impl<'a> PositionLine<'a> {
    fn of(at: &'a SpacePosition) -> Self {
        Self {
            space_id: at.space_id,
            space_name: &at.space_name,
            position: at.position.sequence.0,
            last_sequence: at.last_sequence.0,
            lag: at.lag(),
            failures: at.position.failures,
            error: at.position.error.as_deref(),
            updated_at: at.position.updated_at,
        }
    }
}

pub(super) fn show(session: &mut Session, arguments: &ShowArguments) -> Result<Exit, Failure> {
    let store = session.open()?;
    let status = subscription_status(&store, &arguments.subscription)?;
    let positions = positions(&store, &status, arguments.limit)?;
    let parked = store.events().parked(status.subscription_id, None, arguments.limit)?;
    if session.out.is_json() {
        let positions = positions.iter().map(PositionLine::of).collect();
        session.out.json_line(&Shown { status: &status, positions, parked_events: &parked })?;
        return Ok(Exit::Done);
    }
    write_status(session, &store, &status)?;
    let mut rows = session.out.rows(POSITIONS);
    for at in &positions {
        rows.push(&PositionLine::of(at), || {
            vec![
                at.space_name.clone(),
                at.position.sequence.to_string(),
                at.last_sequence.to_string(),
                if at.is_ahead() { "ahead".to_owned() } else { grouped(at.lag()) },
                at.position.failures.to_string(),
                at.position.error.clone().unwrap_or_else(|| "-".to_owned()),
            ]
        })?;
    }
    rows.finish()?;
    if (positions.len() as u64) < status.lag.spaces {
        let spaces = counted(status.lag.spaces, "space", "spaces");
        session.messages.say(&format!("the first {} of {spaces}; --limit shows more", positions.len()));
    }
    if !parked.is_empty() {
        write_parked(session, &store, &parked)?;
    }
    advise(session, &status)?;
    Ok(Exit::Done)
}

fn write_parked(session: &mut Session, store: &Store, parked: &[Parked]) -> std::io::Result<()> {
    let mut rows = session.out.rows(PARKED);
    for one in parked {
        rows.push(one, || {
            vec![
                name_of(store, one.space_id),
                one.space_sequence.to_string(),
                one.attempts.to_string(),
                one.parked_at.to_string(),
                if one.retry { "yes" } else { "-" }.to_owned(),
                one.error.clone(),
            ]
        })?;
    }
    rows.finish()
}

fn write_status(session: &mut Session, store: &Store, status: &SubscriptionStatus) -> std::io::Result<()> {
    let all = || "all".to_owned();
    let holder = status.holder.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    session.out.fields(&[
        ("subscription", format!("{} ({})", status.subscription, status.status.name())),
        ("spaces", status.space_id.map_or_else(all, |space_id| name_of(store, space_id))),
        ("query", if status.query.is_empty() { all() } else { status.query.clone() }),
        ("start", status.start.clone()),
        ("on error", status.on_error.to_owned()),
        ("created at", status.created_at.to_string()),
        ("held by", holder),
        ("last attempt", status.lag.last_attempt_at.map_or_else(|| "-".to_owned(), |time| time.to_string())),
        ("lag", counted(status.lag.lag, "event", "events")),
        (
            "delivered",
            format!(
                "{}, {} in the last minute",
                counted(status.delivered, "event", "events"),
                grouped(status.per_minute)
            ),
        ),
    ])
}

/// Reads the positions in up to `limit` spaces.
fn positions(
    store: &Store,
    status: &SubscriptionStatus,
    limit: usize,
) -> Result<Vec<SpacePosition>, Failure> {
    let mut positions: Vec<SpacePosition> = Vec::new();
    while positions.len() < limit {
        let after = positions.last().map(|at| at.space_id);
        let size = PAGE.min(limit - positions.len());
        let page = store.events().positions(status.subscription_id, after, size)?;
        let is_last = page.len() < size;
        positions.extend(page);
        if is_last {
            break;
        }
    }
    Ok(positions)
}
