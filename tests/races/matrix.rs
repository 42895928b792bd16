//! Every operation against every other one.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use ramax::{OpenOptions, Result, Store};

use super::gate::Gate;
use super::initial_state::{Start, at_work};
use super::invariants;
use super::operations::{AGAIN, Done, Operation, Scene};
use crate::support::sandbox::{Files, Sandbox};
use crate::support::shim::{Disk, Point, mount};

/// Waiting for a stopped operation would be in vain.
const BUSY: Duration = Duration::ZERO;

/// Operations that have the same points as others: rebuilds, a verification, a check with repair, deletes with archive or purge, an
/// import of a space, and the reset of a subscription.
const SAME_POINTS: [&str; 8] = [
    "import --ramax",
    "rebuild --skip-errors",
    "rebuild --review",
    "check --deep",
    "delete",
    "subscriptions retry",
    "subscriptions skip",
    "subscriptions remove",
];

/// In a normal run, a rival runs at one of this many points in one file, and halfway between them in two files.
const SHARE: usize = 64;

/// Concurrent races for each kind of files.
const THREADS: usize = 2;

#[test]
fn no_operation_breaks_another_in_one_file() {
    race_all(Files::One);
}

#[test]
fn no_operation_breaks_another_in_two_files() {
    race_all(Files::Two);
}

/// The failures, by operations and message, with the points where they occurred.
type Failures = Mutex<BTreeMap<String, Vec<String>>>;

fn race_all(files: Files) {
    let (failures, races) = (Failures::default(), AtomicUsize::new(0));
    let wanted = std::env::var("RAMAX_START").unwrap_or_default();
    for start in Start::ALL.into_iter().filter(|start| format!("{start:?}").contains(&wanted)) {
        race_from(start, files, &failures, &races);
    }
    let failures = failures.into_inner().unwrap();
    let races = races.into_inner();
    println!("{files:?}: {races} races");
    assert!(races > 0, "RAMAX_RACES and RAMAX_START name no operations");
    let lines: Vec<String> =
        failures.iter().map(|(what, points)| format!("{what}\n    at {}", points.join(" "))).collect();
    assert!(failures.is_empty(), "{} broken:\n{}", failures.len(), lines.join("\n"));
}

fn race_from(start: Start, files: Files, failures: &Failures, races: &AtomicUsize) {
    let template = start.files(files);
    let wanted = std::env::var("RAMAX_RACES").unwrap_or_default();
    let (first, second) = wanted.split_once(':').unwrap_or((&wanted, ""));
    let named = |part: &str| {
        let mut named = start.operations();
        named.retain(|operation| operation.name.contains(part));
        named
    };
    let stopped =
        named(first).into_iter().filter(|operation| !SAME_POINTS.contains(&operation.name)).collect();
    let field = Field {
        start,
        template: &template,
        rivals: named(second),
        all: !wanted.is_empty(),
        first: if files == Files::One { 0 } else { SHARE / 2 },
        failures,
        races,
    };
    let waiting = Mutex::new(stopped);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(stopped) = next(&waiting) {
                    field.race_against(stopped);
                }
            });
        }
    });
}

fn next<'a>(waiting: &Mutex<Vec<&'a Operation>>) -> Option<&'a Operation> {
    waiting.lock().unwrap().pop()
}

/// The start, the files and the rivals of a series of races.
struct Field<'a> {
    start: Start,
    template: &'a Sandbox,
    rivals: Vec<&'a Operation>,
    /// Run every rival at every point; otherwise at every [`SHARE`]th one, and after every commit.
    all: bool,
    /// The first of the points with a rival.
    first: usize,
    failures: &'a Failures,
    races: &'a AtomicUsize,
}

impl Field<'_> {
    /// Stops an operation at each of its points in turn, and runs every rival meanwhile on its own files.
    fn race_against(&self, stopped: &Operation) {
        let mut before = Some(Point::Writing);
        for number in 1.. {
            let (mut met, mut has_ended) = (None, false);
            let rivals = self.rivals.iter().filter(|rival| stopped.writes || rival.writes);
            for (rival, index) in rivals.zip(0..) {
                // Without a new commit, a rival that only reads sees what it saw before.
                let differs = rival.writes || met == Some(Point::Writing);
                let is_drawn = self.all || (number + index) % SHARE == self.first;
                if before == Some(Point::Writing) || differs && is_drawn {
                    met = self.race(stopped, rival, number);
                    has_ended = met.is_none();
                }
            }
            if has_ended {
                break;
            }
            before = met;
        }
    }

    /// Races two operations once. Returns the point where the first one stopped.
    fn race(&self, stopped: &Operation, rival: &Operation, number: usize) -> Option<Point> {
        self.races.fetch_add(1, Relaxed);
        let sandbox = self.template.copy();
        let (point, outcomes) = race(&sandbox, self.start, stopped, rival, number);
        let broken = catch_unwind(AssertUnwindSafe(|| invariants::broken(&sandbox, self.start, &outcomes)))
            .unwrap_or_else(|_| vec!["the promises cannot be checked".to_owned()]);
        let at = point.map_or_else(|| "its end".to_owned(), |point| format!("{number} ({point:?})"));
        for what in broken {
            let what = format!("{:?}: {} | {}: {what}", self.start, stopped.name, rival.name);
            self.failures.lock().unwrap().entry(what).or_default().push(at.clone());
        }
        point
    }
}

/// Runs `rival` while the other operation is stopped. Returns the point where it stopped, and both results.
fn race(
    sandbox: &Sandbox,
    start: Start,
    stopped: &Operation,
    rival: &Operation,
    number: usize,
) -> (Option<Point>, Vec<Result<Done>>) {
    let gate = Gate::at(number);
    let _mounted = mount(sandbox.directory.path(), Arc::clone(&gate) as Arc<dyn Disk>);
    let scene = |role| Scene { location: sandbox.location(), role };
    let options = OpenOptions { busy_timeout: BUSY, ..OpenOptions::default() };
    let open = || Store::open(&sandbox.location(), options).map(at_work);
    let panicked = || Ok(Done::Wrong("a panic".to_owned()));
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            // Opening the files is part of the race only if that migrates them.
            let opened = (start != Start::Older).then(&open);
            gate.pass(|| (stopped.run)(&opened.unwrap_or_else(&open)?, &scene("first")))
        });
        let point = gate.wait();
        let second = AssertUnwindSafe(|| (rival.run)(&open()?, &scene("second")));
        let second = catch_unwind(second).unwrap_or_else(|_| panicked());
        gate.release();
        let outcomes = vec![first.join().unwrap_or_else(|_| panicked()), second];
        let again = |(outcome, operation): (Result<Done>, &Operation)| match outcome {
            // The other operation has ended, so the retry succeeds.
            Err(error) if matches!(error.kind(), "busy" | "delete_unfinished" | "space_incomplete") => {
                (operation.run)(&open()?, &scene(AGAIN))
            }
            outcome => outcome,
        };
        (point, outcomes.into_iter().zip([stopped, rival]).map(again).collect())
    })
}
