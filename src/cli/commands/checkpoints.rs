//! `ramax checkpoints`: checkpoints and lag of the projections.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{OutputColumn, left, right};
use crate::cli::program::Program;
use crate::cli::remedy;
use crate::cli::session::Session;
use crate::cli::shell;
use crate::error::Remedy;
use crate::event_store::Page;
use crate::operations::{
    self, BlockingSearch, CheckpointOrder, DamagedSpaces, ListedCheckpoint, ProjectionOverview,
    ProjectionStatus, SpaceOverview,
};
use crate::pstate::{BlockingEvent, STATE};
use crate::text::{counted, find};

#[derive(Debug, Args)]
pub struct CheckpointsArguments {
    #[command(subcommand)]
    _action: Option<Action>,
    /// Only the projections with this name
    #[arg(long, value_name = "NAME", global = true)]
    projection: Option<String>,
    /// Only spaces with this text in their name, ignoring ASCII case
    #[arg(long, value_name = "TEXT", global = true, default_value = "", hide_default_value = true)]
    contains: String,
    /// Sort by spaces, name, lag or last-error; the largest lag and errors come first
    #[arg(long, value_name = "COLUMN", global = true, value_parser = order, default_value = "spaces", hide_default_value = true)]
    sort: CheckpointOrder,
    /// Reverse the order
    #[arg(long, global = true)]
    reverse: bool,
}

/// Parses an order.
fn order(text: &str) -> Result<CheckpointOrder, String> {
    CheckpointOrder::named(text).ok_or_else(|| {
        let words = CheckpointOrder::ALL.map(CheckpointOrder::word).join(", ");
        format!("checkpoints are sorted by one of {words}")
    })
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List every projection's version, status, checkpoint and lag
    List,
}

/// Marks a projection that is ahead of the log.
pub(in crate::cli) const AHEAD: &str = "▲";

/// Marks a blocked projection.
const BLOCKED: &str = "✗";

/// Explains a projection that is ahead.
const AHEAD_EXPLAINED: &str = "it contains events that are not in the log, for example because the two \
     files come from different backups";

/// The most projections with another remedy that are named.
const NAMED: usize = 3;

/// Explains the same in a file of the Elixir original, which never changes.
const AHEAD_IN_ORIGINAL: &str = "its checkpoint names an event that is not in the log; \
     `ramax --db NEW.db import --ramax FILE` builds it from the events in the log";

const PAGE: usize = 500;

const COLUMNS: &[OutputColumn] = &[
    left("SPACE"),
    left("PROJECTION"),
    right("VERSION"),
    left("STATUS"),
    right("LAST SEQUENCE"),
    right("CHECKPOINT"),
    right("LAG"),
    right("LAG SECONDS"),
    left("PROJECTED UP TO"),
];

pub fn run(session: &mut Session, arguments: &CheckpointsArguments) -> Result<Exit, Failure> {
    let wanted = arguments.projection.as_deref();
    let store = session.open()?;
    let mut rows = session.out.rows(COLUMNS);
    let mut after = None;
    let mut blocking = BlockingSearch::begin();
    let is_wanted = |projection: &&ProjectionOverview| wanted.is_none_or(|name| projection.name == name);
    let is_sorted = arguments.sort != CheckpointOrder::default() || arguments.reverse;
    let (mut listed, mut kept, mut damaged) = (0, Vec::new(), DamagedSpaces::default());
    let mut seen = Seen::default();
    loop {
        let mut page = operations::overviews(&store, &session.apps, Page::forward(after, PAGE))?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|space| space.space.space_id);
        page.iter().for_each(|space| damaged.note(&space.space, space.fault.as_ref()));
        page.retain(|space| find(&space.space.space_name, &arguments.contains, 0).is_some());
        listed += page.len();
        operations::add_first_times(&store, &mut page)?;
        for space in &mut page {
            blocking.note(&store, &session.apps, space)?;
        }
        if is_sorted {
            kept.append(&mut page);
        }
        for space in &page {
            for projection in space.projections.iter().filter(is_wanted) {
                seen.note((space, projection), &session.program);
                rows.push(&ListedCheckpoint::of(space, projection), || cells((space, projection)))?;
            }
        }
        if is_last {
            break;
        }
    }
    let mut sorted: Vec<_> = kept
        .iter()
        .flat_map(|space| {
            space.projections.iter().filter(is_wanted).map(move |projection| (space, projection))
        })
        .collect();
    arguments.sort.sort(&mut sorted, |(space, projection)| Some((*space, Some(*projection))));
    if arguments.reverse {
        sorted.reverse();
    }
    for (space, projection) in sorted {
        seen.note((space, projection), &session.program);
        rows.push(&ListedCheckpoint::of(space, projection), || cells((space, projection)))?;
    }
    rows.finish()?;
    let Seen { ahead, rebuilt, replaced, blocked } = seen;
    if listed == 0 && arguments.contains.is_empty() {
        session.messages.say("no spaces; `ramax spaces create NAME` creates one");
    } else if listed == 0 {
        session.messages.say(&format!("no space has {} in its name", arguments.contains));
    }
    for line in blocked {
        session.say(&format!("{BLOCKED} {line}"))?;
    }
    if ahead > 0 {
        let projections = counted(ahead, "projection", "projections");
        let explained = match store.is_original() {
            true => AHEAD_IN_ORIGINAL.to_owned(),
            false => format!("{AHEAD_EXPLAINED}{}", rebuild_of(&rebuilt)),
        };
        session.say(&format!("{AHEAD} {projections} ahead of the log: {explained}"))?;
        for line in replaced.iter().take(NAMED).filter(|_| !store.is_original()) {
            session.say(&format!("{AHEAD} {line}"))?;
        }
    }
    session.out.flush()?;
    damaged.check(&store)?;
    Ok(Exit::Done)
}

/// The findings that are said below the list.
#[derive(Default)]
struct Seen {
    /// The number of projections that are ahead of the log.
    ahead: u64,
    /// The names of the spaces whose rebuild replaces them.
    rebuilt: BTreeSet<String>,
    /// The others, with what replaces each.
    replaced: Vec<String>,
    /// The descriptions of the events that block projections.
    blocked: Vec<String>,
}

impl Seen {
    fn note(&mut self, of_space: (&SpaceOverview, &ProjectionOverview), program: &Program) {
        let (overview, projection) = of_space;
        if projection.status == ProjectionStatus::Ahead {
            self.ahead += 1;
            match overview.rebuild_of(projection, false) {
                Remedy::Rebuild { .. } => {
                    self.rebuilt.insert(overview.space.space_name.clone());
                }
                remedy => self.replaced.push(replaced(of_space, &remedy, program)),
            }
        }
        self.blocked.extend(blocking_text_of(of_space, program));
    }
}

/// Says what replaces projections that are ahead, unless a later version of the program built another one of each space.
fn rebuild_of(spaces: &BTreeSet<String>) -> String {
    let mut names = spaces.iter();
    let space = match (names.next(), names.next()) {
        (None, _) => return String::new(),
        (Some(only), None) => only,
        _ => "SPACE",
    };
    format!("; `{}` rebuilds it from the events in the log", shell::command("rebuild", &[space], ""))
}

/// Says what replaces a projection.
fn replaced(
    (overview, projection): (&SpaceOverview, &ProjectionOverview),
    remedy: &Remedy,
    program: &Program,
) -> String {
    let space = &overview.space.space_name;
    let advice = remedy::worded(&remedy.advice().about_space(space), program);
    format!("{} of {space}: {advice}", projection.name)
}

/// Describes the event that blocks a space, with the remedy.
pub(in crate::cli) fn blocking_text(overview: &SpaceOverview, program: &Program) -> Option<String> {
    blocking_text_of((overview, overview.projections.first()?), program)
}

/// Describes the event that blocks a projection, with the remedy.
pub(in crate::cli) fn blocking_text_of(
    (overview, projection): (&SpaceOverview, &ProjectionOverview),
    program: &Program,
) -> Option<String> {
    let BlockingEvent { event_id, space_sequence, event_type, reason, damaged } =
        projection.blocked.as_ref()?;
    let name = &overview.space.space_name;
    let of = if projection.name == STATE { String::new() } else { format!("{} of ", projection.name) };
    let remedy = if *damaged { Remedy::Restore } else { overview.rebuild_of(projection, true) };
    Some(format!(
        "{of}{name} is blocked: event {event_id} ({event_type}) at sequence {space_sequence} cannot be applied: {reason}; {}",
        remedy::worded(&remedy.advice().about_space(name), program)
    ))
}

fn lag_cell(projection: &ProjectionOverview, lag: u64) -> String {
    match projection.status {
        ProjectionStatus::Ahead => format!("{AHEAD} ahead"),
        ProjectionStatus::Blocked => format!("{BLOCKED} {lag}"),
        _ => lag.to_string(),
    }
}

fn cells((overview, projection): (&SpaceOverview, &ProjectionOverview)) -> Vec<String> {
    let checkpoint = &projection.checkpoint;
    let is_ahead = projection.status == ProjectionStatus::Ahead;
    let seconds = format!("{:.3}", overview.lag_millis_of(checkpoint) as f64 / 1000.0);
    vec![
        overview.space.space_name.clone(),
        projection.name.to_string(),
        projection.version.map_or_else(|| "-".to_owned(), |version| version.to_string()),
        projection.status.to_string(),
        overview.head.last_sequence.to_string(),
        checkpoint.sequence.to_string(),
        lag_cell(projection, projection.lag(&overview.head)),
        if is_ahead { "-".to_owned() } else { seconds },
        checkpoint.updated_at.map_or_else(|| "-".to_owned(), |at| at.to_string()),
    ]
}
