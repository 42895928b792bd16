//! `ramax release-check`.

use std::io;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::cli::differences::write_groups;
use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{in_seconds, time_taken};
use crate::cli::output::Output;
use crate::cli::program::{Program, in_words_of};
use crate::cli::remedy;
use crate::cli::session::Session;
use crate::cli::shell;
use crate::error::{Advice, Remedy};
use crate::operations::{
    CheckedSpace, DamagedSpaces, Operation, ReleaseCheck, ReleaseChecked, Target, UnappliedType,
    UncheckedSpace,
};
use crate::text::counted;

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct ReleaseCheckArguments {
    /// The names of the spaces, or their ids written as '#2'
    #[arg(value_name = "SPACE")]
    spaces: Vec<String>,
    /// All spaces
    #[arg(long)]
    all: bool,
}

/// One line of the result, as JSON.
#[derive(Serialize)]
struct Line<'a, T> {
    finding: &'static str,
    #[serde(flatten)]
    of: &'a T,
}

/// The last line, as JSON.
#[derive(Serialize)]
struct Verdict {
    spaces: u64,
    events: u64,
    keys: u64,
    differences: u64,
    differing_keys: u64,
    differing_spaces: u64,
    unchecked: u64,
    newer: u64,
    differs: bool,
    rebuild_seconds: f64,
    seconds: f64,
}

pub fn run(session: &mut Session, arguments: &ReleaseCheckArguments) -> Result<Exit, Failure> {
    let store = session.open()?;
    let interrupt = session.signals.listen();
    let mut check = ReleaseCheck::default();
    let find = |name: &String| Session::find(&store, name, |target| check.attempt(target));
    let spaces = arguments.spaces.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let target = match spaces.as_slice() {
        [space] => Target::of(space),
        several => {
            check.spaces = several.iter().map(|space| space.space_id).collect();
            Target::File
        }
    };
    let progress = (&interrupt, "release check".to_owned());
    let (checked, taken) = session.run(&mut check, target, &store, progress)?;
    write(&mut session.out, &checked, taken, &check.summary(&checked).detail)?;
    session.out.flush()?;
    let is_rebuilt = checked.original.is_none();
    let damaged = checked.changed.iter().filter(|space| is_rebuilt && space.damaged > 0);
    let damaged = damaged.map(|space| format!("{}: {}", space.space_name, Remedy::Restore.advice()));
    for hint in damaged.take(NAMED).chain(hint(&checked, &session.program)) {
        session.messages.say(&format!("hint: {}", in_words_of(session.program.name(), &hint)));
    }
    if let Some(path) = checked.original.clone().filter(|_| checked.differs()) {
        let advice = Remedy::ImportOriginal { path }.advice();
        session.messages.say(&format!("hint: {}", remedy::worded(&advice, &session.program)));
    }
    if arguments.all {
        DamagedSpaces::of(&store)?.check(&store)?;
    }
    Ok(if checked.differs() { Exit::Refused } else { Exit::Done })
}

/// The most spaces whose rebuilds are named one by one.
const NAMED: usize = 3;

/// Names the rebuilds that make the changes.
fn hint(checked: &ReleaseChecked, program: &Program) -> Option<String> {
    let is_rebuilt = checked.original.is_none();
    let is_helped = |space: &&CheckedSpace| is_rebuilt && space.needs_rebuild() && space.damaged == 0;
    let spaces: Vec<&CheckedSpace> = checked.changed.iter().filter(is_helped).collect();
    let is_skipped = spaces.iter().any(|space| space.unreadable > 0);
    let commands = rebuilds(&spaces, is_skipped, program);
    if commands.is_empty() {
        return None;
    }
    let skipped = if is_skipped { " without the events that cannot be applied" } else { "" };
    let (make, show) = if commands.len() == 1 {
        ("makes", "it shows them and asks")
    } else {
        ("make", "they show them and ask")
    };
    Some(format!("{} {make} these changes{skipped}; with --review, {show} first", listed(&commands)))
}

/// Returns the commands that rebuild the spaces: each, or all at once if there are many. Those with a projection of a later
/// version are always named, since a rebuild of all refuses them.
fn rebuilds(spaces: &[&CheckedSpace], is_skipped: bool, program: &Program) -> Vec<String> {
    let (whole, beside): (Vec<&CheckedSpace>, Vec<&CheckedSpace>) =
        spaces.iter().partition(|space| space.newer.is_empty());
    let each = |space: &&CheckedSpace| {
        let word = |one: Remedy| {
            remedy::worded(&Advice::default().remedy(one).about_space(&space.space_name), program)
        };
        space.rebuilds().into_iter().map(word).collect::<Vec<_>>()
    };
    let mut commands: Vec<String> = match whole.len() {
        0..=NAMED => whole.iter().flat_map(each).collect(),
        _ => {
            let options = if is_skipped { "--all --skip-errors" } else { "--all" };
            vec![format!("`{}`", shell::command("rebuild", &[], options))]
        }
    };
    commands.extend(beside.iter().take(NAMED).flat_map(each));
    commands
}

/// Lists commands: `a, b and c`.
fn listed(commands: &[String]) -> String {
    match commands {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        some => some.concat(),
    }
}

fn write(out: &mut Output, checked: &ReleaseChecked, taken: Duration, summary: &str) -> io::Result<()> {
    write_groups(out, &checked.groups)?;
    for (types, finding) in
        [(&checked.unreadable, "unreadable-event-type"), (&checked.unknown, "unknown-event-type")]
    {
        types.iter().try_for_each(|of| {
            line(out, finding, of, |UnappliedType { event_type, .. }| {
                format!("event type {event_type} {}", of.text())
            })
        })?;
    }
    for of in &checked.unchecked {
        line(out, "unchecked-space", of, |UncheckedSpace { space_name, text, .. }| {
            format!("{space_name}  not checked: {text}")
        })?;
    }
    for of in &checked.changed {
        line(out, "space", of, |CheckedSpace { space_name, .. }| format!("{space_name}  {}", of.text()))?;
        if !out.is_json() {
            of.faults.iter().try_for_each(|fault| out.line(&format!("{}  {fault}", of.space_name)))?;
        }
    }
    write_verdict(out, checked, taken, summary)
}

fn line<T: Serialize>(
    out: &mut Output,
    finding: &'static str,
    of: &T,
    text: impl Fn(&T) -> String,
) -> io::Result<()> {
    match out.is_json() {
        true => out.json_line(&Line { finding, of }),
        false => out.line(&text(of)),
    }
}

fn write_verdict(
    out: &mut Output,
    checked: &ReleaseChecked,
    taken: Duration,
    summary: &str,
) -> io::Result<()> {
    if out.is_json() {
        return out.json_line(&Verdict {
            spaces: checked.spaces,
            events: checked.events,
            keys: checked.keys,
            differences: checked.groups.count(),
            differing_keys: checked.groups.keys(),
            differing_spaces: checked.changed_count,
            unchecked: checked.unchecked.len() as u64 + checked.more_unchecked,
            newer: checked.newer,
            differs: checked.differs(),
            rebuild_seconds: in_seconds(checked.rebuild),
            seconds: in_seconds(taken),
        });
    }
    let more = checked.changed_count - checked.changed.len() as u64 + checked.more_unchecked;
    if more > 0 {
        out.line(&format!("{} not listed", counted(more, "more space is", "more spaces are")))?;
    }
    if let Some(prediction) = checked.prediction() {
        out.line(&prediction)?;
    }
    out.line(&format!("{summary} in {}", time_taken(taken)))
}
