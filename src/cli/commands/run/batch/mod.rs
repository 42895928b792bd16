//! `ramax run SPACE --batch`: commands as JSON lines, many to a commit.

mod lines;
mod request;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value};

use super::warn_of_time;
use crate::cli::exit::{Exit, Failure};
use crate::cli::messages::{rate, time_taken};
use crate::cli::session::Session;
use crate::clock::Timestamp;
use crate::content_store::{App, Conditions, ContentStore, Request};
use crate::masking::MaskedPath;
use crate::operations::{self, Attempt, Operation, OperationContext, Summary, Target, Watch, keep_going};
use crate::text::{counted, grouped};
use lines::BatchLines;
use request::request_of;

const NAME: &str = "run-batch";

/// Returns the attempt to run a batch, for a space that cannot be opened.
pub fn attempt<'a>(file: &Path, conditions: &Conditions, target: Target<'a>) -> Attempt<'a> {
    Attempt { name: NAME, target, parameters: parameters(file, conditions) }
}

fn parameters(file: &Path, conditions: &Conditions) -> Map<String, Value> {
    let file = ("file".to_owned(), file.shown().into());
    std::iter::once(file).chain(operations::conditions(conditions)).collect()
}

/// A batch of commands that is answered line by line.
struct Batch<'a> {
    session: &'a mut Session,
    content: &'a ContentStore,
    file: &'a Path,
    conditions: &'a Conditions,
    started: bool,
}

impl Operation for Batch<'_> {
    type Done = Tally;
    type Error = Failure;

    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Map<String, Value> {
        parameters(self.file, self.conditions)
    }

    fn needs_app(&self) -> bool {
        true
    }

    fn perform(
        &mut self,
        _target: Target<'_>,
        _context: OperationContext<'_>,
        _watch: &mut Watch<'_>,
    ) -> Result<Tally, Failure> {
        self.started = true;
        from(self.session, self.content, self.file, self.conditions)
    }

    fn summary(&self, done: &Tally) -> Summary {
        done.summary()
    }
}

/// The counts of a batch.
#[derive(Default)]
struct Tally {
    executed: u64,
    refused: u64,
    /// The time of the last event, if it is ahead of the clock.
    ahead_of_clock: Option<Timestamp>,
}

/// Runs the commands in `file`, or on standard input if it is `-`.
///
/// A file is read completely before the first command runs, so that a bad line leaves the space unchanged. A
/// pipe cannot be read in advance: a bad line ends the batch after the lines before it.
pub fn run(
    session: &mut Session,
    content: &ContentStore,
    file: &Path,
    conditions: &Conditions,
) -> Result<Exit, Failure> {
    let started = Instant::now();
    let apps = session.apps.clone();
    let context = OperationContext::new(content.store(), &apps);
    let mut batch = Batch { session, content, file, conditions, started: false };
    let outcome = batch.run(Target::of(content.space()), context, &mut keep_going);
    let tally = outcome.map_err(|failure| if batch.started { failure } else { not_done(failure, 1) })?;
    let Tally { executed, refused, ahead_of_clock } = tally;
    if let Some(time) = ahead_of_clock {
        warn_of_time(session, time);
    }
    session.say(&format!(
        "{} executed, {} rejected in {} ({})",
        counted(executed, "command", "commands"),
        counted(refused, "command", "commands"),
        time_taken(started.elapsed()),
        rate(executed + refused, started.elapsed()),
    ))?;
    Ok(if refused == 0 { Exit::Done } else { Exit::Refused })
}

fn from(
    session: &mut Session,
    content: &ContentStore,
    file: &Path,
    conditions: &Conditions,
) -> Result<Tally, Failure> {
    if file.is_file() {
        let input = File::open(file).map_err(|error| unreadable(file, &error))?;
        check(content.app(), input, conditions)?;
    }
    let mut tally = Tally::default();
    let outcome = if file == Path::new("-") {
        execute(session, content, session.input(), conditions, &mut tally)
    } else {
        let input = session.signals.open(file).map_err(|error| unreadable(file, &error))?;
        execute(session, content, input, conditions, &mut tally)
    };
    match outcome {
        Ok(()) => Ok(tally),
        Err(failure) => Err(failure.after(&tally.summary().detail)),
    }
}

impl Tally {
    fn summary(&self) -> Summary {
        let (executed, refused) = (counted(self.executed, "command", "commands"), grouped(self.refused));
        Summary::done(format!("{executed} executed, {refused} rejected")).found(self.refused > 0)
    }
}

fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    let message = format!("{} cannot be read: {error}", file.shown());
    Failure::usage("input", message, "name a file of JSON lines, or - for standard input")
}

fn check(app: &dyn App, input: impl Read, conditions: &Conditions) -> Result<(), Failure> {
    let mut lines = BatchLines::new(input);
    loop {
        let group = lines.next_group()?;
        if group.is_empty() {
            return Ok(());
        }
        for line in &group {
            request_of(app, line, conditions).map_err(|failure| failure.advise("nothing was executed"))?;
        }
    }
}

fn execute(
    session: &mut Session,
    content: &ContentStore,
    input: impl Read,
    conditions: &Conditions,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let mut lines = BatchLines::new(input);
    loop {
        let group = lines.next_group()?;
        let Some(first) = group.first() else { return Ok(()) };
        let mut numbered = Vec::with_capacity(group.len());
        let mut bad = None;
        for line in &group {
            match request_of(content.app(), line, conditions) {
                Ok(request) => numbered.push((line.number, request)),
                Err(failure) => {
                    bad = Some(
                        failure
                            .advise("the lines before it were executed; correct it and continue from there"),
                    );
                    break;
                }
            }
        }
        commit(session, content, numbered, tally).map_err(|failure| not_done(failure, first.number))?;
        if let Some(failure) = bad {
            return Err(failure);
        }
    }
}

/// Commits the requests together and answers each one. An error carries the number of its line.
fn commit(
    session: &mut Session,
    content: &ContentStore,
    numbered: Vec<(u64, Request)>,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let (numbers, requests): (Vec<u64>, Vec<Request>) = numbered.into_iter().unzip();
    if requests.is_empty() {
        return Ok(());
    }
    let outcomes = content.execute_batch(&requests)?;
    // The commands are committed, even if an answer cannot be written.
    let executed = outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64;
    tally.executed += executed;
    tally.refused += outcomes.len() as u64 - executed;
    let last = outcomes.iter().flatten().filter_map(|executed| executed.ahead_of_clock).next_back();
    tally.ahead_of_clock = last.or(tally.ahead_of_clock);
    for (line, outcome) in numbers.into_iter().zip(outcomes) {
        match outcome {
            Ok(executed) => {
                session.out.json_line(&executed)?;
            }
            Err(error) => {
                let mut refusal = Failure::from(error).to_json(&session.program);
                refusal["line"] = line.into();
                session.out.json_line(&refusal)?;
            }
        }
    }
    Ok(session.out.flush()?)
}

fn not_done(failure: Failure, line: u64) -> Failure {
    // The commands behind an answer that cannot be written were executed.
    if failure.kind == "output" {
        return failure;
    }
    failure.advise(&format!("the commands from line {line} on were not executed"))
}
