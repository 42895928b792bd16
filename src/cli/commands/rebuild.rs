//! `ramax rebuild`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::cli::differences::write_groups;
use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{in_seconds, rate, time_taken};
use crate::cli::review::TerminalReviewer;
use crate::cli::session::Session;
use crate::cli::targets::OfProjections;
use crate::operations::{FirstBuild, Rebuild, Rebuilt, ReviewDecision, Reviewed, Skipped};
use crate::pstate::STATE;
use crate::space::{Space, SpaceId};
use crate::text::counted;

#[derive(Debug, Args)]
pub struct RebuildArguments {
    #[command(flatten)]
    of: OfProjections,
    /// Skip bad events (those that cannot be applied), and list them
    #[arg(long)]
    skip_errors: bool,
    /// Show what changes, and ask before it takes effect; without a terminal, discard it and exit with 1
    #[arg(long)]
    review: bool,
    /// Accept the changes that a review shows, without asking
    #[arg(long, requires = "review")]
    accept: bool,
}

/// The result of a rebuild, as JSON.
#[derive(Serialize)]
struct Line<'a> {
    space_id: SpaceId,
    space_name: &'a str,
    events: u64,
    projections: &'a [&'static str],
    keys: u64,
    skipped: usize,
    seconds: f64,
    unknown: u64,
    skipped_events: &'a [Skipped],
    /// The answer to the review, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<ReviewDecision>,
    /// The number of differences that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<u64>,
    /// The projections that were never built before.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    first_builds: &'a [FirstBuild],
}

pub fn run(session: &mut Session, arguments: &RebuildArguments) -> Result<Exit, Failure> {
    let store = session.open_to_rebuild()?;
    let RebuildArguments { skip_errors, review, accept, .. } = *arguments;
    let operation = Rebuild { projection: arguments.of.projection.clone(), skip_errors, review };
    let terminal = TerminalReviewer::of(session).filter(|_| !accept);
    let is_shown = terminal.is_some();
    session.reviewer = match (terminal, accept) {
        (Some(terminal), _) => Box::new(terminal),
        (None, true) => Box::new(ReviewDecision::Accept),
        (None, false) => Box::new(ReviewDecision::Discard),
    };
    arguments.of.targets.each(session, &store, (operation, "rebuild"), |session, space, rebuilt, taken| {
        if let Some(reviewed) = rebuilt.review.as_ref().filter(|_| !is_shown) {
            write_groups(&mut session.out, &reviewed.review.groups)?;
        }
        write(session, space, rebuilt, taken)
    })
}

fn write(session: &mut Session, space: &Space, rebuilt: &Rebuilt, taken: Duration) -> Result<Exit, Failure> {
    let review = rebuilt.review.as_ref();
    let taken = taken.saturating_sub(review.map_or(Duration::ZERO, |review| review.waited));
    let is_discarded = review.is_some_and(|review| review.decision == ReviewDecision::Discard);
    let exit = if is_discarded { Exit::Refused } else { Exit::Done };
    let (space_id, space) = (space.space_id, space.space_name.as_str());
    let Rebuilt { events, entities: keys, ref skipped, unknown, ref projections, .. } = *rebuilt;
    if !is_discarded {
        session.done = Some(format!("{space} was rebuilt"));
    }
    if session.out.is_json() {
        let seconds = in_seconds(taken);
        session.out.json_line(&Line {
            space_id,
            space_name: space,
            events,
            projections,
            keys,
            skipped: skipped.len(),
            seconds,
            unknown,
            skipped_events: skipped,
            review: review.map(|review| review.decision),
            differences: review.map(|done| done.review.groups.count()),
            first_builds: review.map_or(&[], |done| &done.review.first_builds),
        })?;
        return Ok(exit);
    }
    match review {
        Some(done) if is_discarded => session.out.line(&format!(
            "discarded the rebuild of {space}: {}; the existing projection is unchanged",
            found(done),
        ))?,
        _ => session.out.line(&format!(
            "rebuilt {space}: {} → {}{} in {} ({}){}",
            counted(events, "event", "events"),
            counted(keys, "key", "keys"),
            named(projections),
            time_taken(taken),
            rate(events, taken),
            review.map(|done| format!("; {}", found(done))).unwrap_or_default(),
        ))?,
    }
    if unknown > 0 {
        session.out.line(&format!("  {} of unknown type ignored", counted(unknown, "event", "events")))?;
    }
    for Skipped { event_id, space_sequence, reason, projections } in skipped {
        let of = named(projections);
        session
            .out
            .line(&format!("  skipped event {event_id} at sequence {space_sequence}{of}: {reason}"))?;
    }
    Ok(exit)
}

/// Says what a review was about.
fn found(done: &Reviewed) -> String {
    let clauses = std::iter::once(done.review.differences()).chain(done.review.remarks());
    clauses.collect::<Vec<_>>().join("; ")
}

/// Names the projections, unless it is the one that every app has.
fn named(projections: &[&'static str]) -> String {
    match projections {
        [] | [STATE] => String::new(),
        [only] => format!(" of {only}"),
        several => format!(" of {}", several.join(" and ")),
    }
}
