//! `ramax projections history`: every change of a key, with its event.

use std::ops::ControlFlow;

use clap::Args;
use serde::Serialize;

use super::PAST_HELP;
use crate::cli::exit::{Exit, Failure};
use crate::cli::numbers::limit;
use crate::cli::output::{OutputColumn, left, right};
use crate::cli::past::{ChangeLine, Past, origin_cells, while_written};
use crate::cli::session::Session;
use crate::event::SpaceSequence;
use crate::event_store::Direction;
use crate::operations::{EventSummary, KeyChange, Pause, PointInTime};

const COLUMNS: &[OutputColumn] =
    &[right("SEQ"), right("EVENT"), left("TIME"), left("TYPE"), left("CAUSE"), left("CHANGES")];

#[derive(Debug, Args)]
pub struct HistoryArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The key, such as contact:c1
    key: String,
    /// The projection; by default the one that has held the key
    #[arg(long, value_name = "NAME")]
    projection: Option<String>,
    /// Only up to this sequence or time
    #[arg(long, value_name = "SEQ|TIME", long_help = PAST_HELP)]
    at: Option<PointInTime>,
    /// Only changes with this text in a path, a value or the type of the event, ignoring ASCII case
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    contains: String,
    /// Newest first
    #[arg(long)]
    reverse: bool,
    /// Show at most N
    #[arg(long, value_name = "N", value_parser = limit, allow_negative_numbers = true)]
    limit: Option<usize>,
}

/// A change of a key, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    event: &'a EventSummary,
    #[serde(flatten)]
    change: ChangeLine<'a>,
}

pub(super) fn run(session: &mut Session, arguments: &HistoryArguments) -> Result<Exit, Failure> {
    let HistoryArguments { space, key, projection, at, contains, reverse, limit } = arguments;
    let mut past = Past::open(session, space, projection.as_deref())?;
    let until = past.sequence_or_last(at.as_ref())?;
    let name = past.projection_of(session, key, projection.as_deref())?;
    let direction = if *reverse { Direction::Backward } else { Direction::Forward };
    let mut rows = session.out.rows(COLUMNS);
    let (mut written, mut left, mut is_held) = (Ok(()), limit.unwrap_or(usize::MAX), false);
    past.run(|fold, watch| {
        let mut visit = |found: KeyChange, pause: &mut Pause<'_>| {
            is_held = true;
            let Some(fields) = found.fields_with(contains, pause)? else {
                return Ok(ControlFlow::Continue(()));
            };
            let KeyChange { event, change } = found;
            let change = ChangeLine::of(&change, fields);
            written = rows.push_prepared(
                |pause| Ok(Line { event: &event, change: change.prepared(pause)? }),
                || origin_cells(&event).into_iter().chain([change.fields_text()]).collect(),
            );
            left -= 1;
            Ok(if left == 0 { ControlFlow::Break(()) } else { while_written(&written) })
        };
        fold.history((&name, key), (SpaceSequence::START, until), direction, &mut visit, watch)
    })?;
    written?;
    rows.finish()?;
    if !is_held {
        return Err(past.never_held(key));
    }
    if left == limit.unwrap_or(usize::MAX) {
        session.messages.say(&format!("no change of {key} has {contains} in it"));
    }
    past.report_skipped(session, Some(&name), until)?;
    Ok(Exit::Done)
}
