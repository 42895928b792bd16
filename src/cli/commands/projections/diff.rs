//! `ramax projections diff`: the differences between two points of the past, or between two spaces.

use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::PAST_HELP;
use crate::cli::exit::{Exit, Failure};
use crate::cli::meter::ProgressMeter;
use crate::cli::numbers::event_sequence;
use crate::cli::output::Output;
use crate::cli::past::{ChangeLine, Past, while_written};
use crate::cli::session::Session;
use crate::content_store::{Change, FieldChange};
use crate::event::SpaceSequence;
use crate::operations::{self, Phases, PointInTime, SpaceOverview};
use crate::pstate::STATE;
use crate::text::counted;

#[derive(Debug, Args)]
pub struct DiffArguments {
    /// The space's name, or its id written as '#2'
    space: String,
    /// The earlier sequence or time
    #[arg(long, value_name = "SEQ|TIME", long_help = PAST_HELP, required_unless_present_any = ["with", "without"])]
    from: Option<PointInTime>,
    /// The later sequence or time; by default the last event
    #[arg(long, value_name = "SEQ|TIME", long_help = PAST_HELP, requires = "from")]
    to: Option<PointInTime>,
    /// Compare with this space as it is now, such as the origin of a fork, instead of with the past
    #[arg(long, value_name = "SPACE", conflicts_with_all = ["from", "to"])]
    with: Option<String>,
    /// Compare with the space as it would be without this event, by its sequence; later events stay as they are
    #[arg(long, value_name = "SEQ", conflicts_with_all = ["from", "to", "with"], value_parser = event_sequence)]
    #[arg(allow_negative_numbers = true)]
    without: Option<u64>,
    /// Compare only this key
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Compare only keys that start with this text
    #[arg(long, default_value = "", hide_default_value = true, conflicts_with = "key")]
    prefix: String,
    /// Show only keys, paths and values with this text, ignoring ASCII case
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    contains: String,
    /// The projection; by default the one that has held the key, or else state
    #[arg(long, value_name = "NAME")]
    projection: Option<String>,
}

pub(super) fn run(session: &mut Session, arguments: &DiffArguments) -> Result<Exit, Failure> {
    match (&arguments.with, arguments.without, &arguments.from) {
        (Some(other), ..) => with_space(session, arguments, other),
        (None, Some(event), _) => without_event(session, arguments, SpaceSequence(event)),
        (None, None, Some(from)) => with_past(session, arguments, from),
        (None, None, None) => Ok(Exit::Usage),
    }
}

/// Compares two points of the past of one space.
fn with_past(session: &mut Session, arguments: &DiffArguments, from: &PointInTime) -> Result<Exit, Failure> {
    let DiffArguments { space, to, key, prefix, projection, .. } = arguments;
    let named = projection.as_deref().or(if key.is_none() { Some(STATE) } else { None });
    let mut past = Past::open(session, space, named)?;
    let (from, to) = (past.sequence(from)?, past.sequence_or_last(to.as_ref())?);
    let projection = past.projection_of(session, key.as_deref().unwrap_or_default(), named)?;
    let prefix = key.as_ref().unwrap_or(prefix);
    let mut differences = Differences::new(&mut session.out, (key.as_deref(), &arguments.contains));
    past.run(|fold, watch| {
        let mut visit = |change, fields| Ok(differences.write(&change, fields));
        fold.compare((&projection, prefix), (from, to), &mut visit, watch)
    })?;
    let keys = differences.count_in(&projection)?;
    session.say(&format!("{keys} between sequences {from} and {to}"))?;
    past.report_skipped(session, Some(&projection), from.max(to))?;
    Ok(Exit::Done)
}

/// Compares a space with what the same events without one of them give.
fn without_event(
    session: &mut Session,
    arguments: &DiffArguments,
    event: SpaceSequence,
) -> Result<Exit, Failure> {
    let DiffArguments { space, key, prefix, projection, .. } = arguments;
    // The other projections are read as well unless one was chosen.
    let mut past = Past::open(session, space, projection.as_deref())?;
    let named = projection.as_deref().or(if key.is_none() { Some(STATE) } else { None });
    let projection = past.projection_of(session, key.as_deref().unwrap_or_default(), named)?;
    let prefix = key.as_ref().unwrap_or(prefix);
    let mut differences = Differences::new(&mut session.out, (key.as_deref(), &arguments.contains));
    let without = past.run(|fold, watch| {
        let mut visit = |change, fields| Ok(differences.write(&change, fields));
        fold.compare_without((&projection, prefix), event, &mut visit, watch)
    });
    let without = without.map_err(|failure| past.with_id(failure, event))?;
    let keys = differences.count_in(&projection)?;
    let last = past.fold.last();
    session.say(&format!("{keys} without event {event}, as of sequence {last}"))?;
    without.remarks().iter().try_for_each(|remark| session.say(remark))?;
    Ok(Exit::Done)
}

/// Compares the projections of two spaces: a change leads from the other space to this one.
fn with_space(session: &mut Session, arguments: &DiffArguments, other: &str) -> Result<Exit, Failure> {
    let DiffArguments { space, key, prefix, projection, .. } = arguments;
    let store = session.open()?;
    let [after, before] = [space, other].map(|name| operations::overview(&store, &session.apps, name));
    let (after, before) = (after?, before?);
    let (prefix, interrupt) = (key.as_ref().unwrap_or(prefix), session.signals.observe());
    let title = format!("compare {} with {}", after.space.space_name, before.space.space_name);
    let mut meter = ProgressMeter::start(session.messages, &interrupt, title, Phases::ONE);
    let apps = &session.apps;
    let mut differences = Differences::new(&mut session.out, (key.as_deref(), &arguments.contains));
    let name = projection.as_deref().unwrap_or(STATE);
    let compared = operations::compare_spaces(
        (&store, apps),
        (&before.space, &after.space),
        (name, prefix),
        &mut |change, fields| Ok(differences.write(&change, fields)),
        &mut |progress| meter.watch(progress),
    );
    let _: Duration = meter.end();
    compared?;
    let keys = differences.count_in(name)?;
    let lagging: Vec<LaggingSpace<'_>> =
        [&before, &after].into_iter().filter_map(|space| LaggingSpace::of(space, name)).collect();
    if session.out.is_json() && !lagging.is_empty() {
        session.out.json_line(&Lagging { lagging })?;
    }
    session.say(&format!("{keys} from {} to {}", described(&before, name), described(&after, name)))?;
    Ok(Exit::Done)
}

/// Written at the end of a comparison of projections that are behind their events, as JSON.
#[derive(Serialize)]
struct Lagging<'a> {
    lagging: Vec<LaggingSpace<'a>>,
}

/// A compared space whose projection is behind its events.
#[derive(Serialize)]
struct LaggingSpace<'a> {
    space_name: &'a str,
    checkpoint: SpaceSequence,
    last_sequence: SpaceSequence,
    lag: u64,
}

impl<'a> LaggingSpace<'a> {
    fn of(space: &'a SpaceOverview, projection: &str) -> Option<Self> {
        let projection = space.projection(projection)?;
        let lag = projection.lag(&space.head);
        let (space_name, last_sequence) = (&*space.space.space_name, space.head.last_sequence);
        let checkpoint = projection.checkpoint.sequence;
        (lag > 0).then_some(Self { space_name, checkpoint, last_sequence, lag })
    }
}

/// Describes a compared space: its name with the last sequence in its projection.
fn described(space: &SpaceOverview, projection: &str) -> String {
    let projection = space.projection(projection);
    let checkpoint = projection.map_or(&space.checkpoint, |projection| &projection.checkpoint);
    let lag = space.head.last_sequence.0.saturating_sub(checkpoint.sequence.0);
    let behind = match lag {
        0 => String::new(),
        _ => format!(", whose projection is {} behind", counted(lag, "event", "events")),
    };
    format!("{} at sequence {}{behind}", space.space.space_name, checkpoint.sequence)
}

/// Differences that are written as they are found.
struct Differences<'a> {
    out: &'a mut Output,
    /// The only key of interest.
    key: Option<&'a str>,
    /// The text that a key, or the path or a value of a field contains.
    text: &'a str,
    written: io::Result<()>,
    found: u64,
}

impl<'a> Differences<'a> {
    fn new(out: &'a mut Output, (key, text): (Option<&'a str>, &'a str)) -> Self {
        Self { out, key, text, written: Ok(()), found: 0 }
    }

    fn write(&mut self, change: &Change, fields: Vec<FieldChange>) -> ControlFlow<()> {
        if self.key.is_none_or(|key| key == change.key) {
            self.written = self.write_line(change, fields);
        }
        while_written(&self.written)
    }

    fn write_line(&mut self, change: &Change, fields: Vec<FieldChange>) -> io::Result<()> {
        let out = &mut *self.out;
        let Some(line) = ChangeLine::with(change, fields, self.text, &mut || out.check_ending())? else {
            return Ok(());
        };
        self.found += 1;
        if !out.is_json() {
            return line.write(out);
        }
        let line = line.prepared(&mut || out.check_ending())?;
        out.json_line(&line)
    }

    /// Returns the number of differing keys of a projection in words.
    fn count_in(self, projection: &str) -> io::Result<String> {
        let verb = if self.found == 1 { "differs" } else { "differ" };
        self.written.map(|()| format!("{} of {projection} {verb}", counted(self.found, "key", "keys")))
    }
}
