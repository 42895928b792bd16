//! A program that catches async projections up is killed. Each projection then holds the effect of exactly the events up to
//! its checkpoint, and another program continues from there.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ramax::operations::{ProjectionRunner, catch_up, keep_going, verify};
use ramax::pstate::ProjectionId;
use ramax::{Append, ContentStore, Expected, Json, NewEvent, Store};

use super::seeded_kills::Campaign;
use crate::support::START;
use crate::support::sandbox::{Files, Sandbox, end};
use crate::support::tally::{apps, events, model, open, rows};

const DIRECTORY: &str = "RAMAX_PROJECTOR_IN";
/// The way in which the child catches up: `runner` or `operation`.
const WAY: &str = "RAMAX_PROJECTOR_WAY";
const SPACES: [(&str, u64); 2] = [("tally_large", 15_000), ("tally_small", 700)];
const ASYNC: [&str; 2] = ["order", "sizes"];

/// Appends events in large batches. No projection has seen them yet.
fn prepared(files: Files) -> Sandbox {
    let sandbox = Sandbox::new(files);
    let store = Store::open_or_create(&sandbox.location(), ramax::OpenOptions::default()).unwrap();
    for (name, many) in SPACES {
        let space = open(&store, name, 1);
        let new = |n: u64| NewEvent::new(format!("k{}", n % 7), "amount.added", Json::of(&(n % 50).into()));
        let new: Vec<NewEvent> = (0..many).map(new).collect();
        for events in new.chunks(2500) {
            let append = Append { expected: Expected::Any, now: START, events };
            store.events().append(space.space_id(), append).unwrap();
        }
    }
    sandbox
}

fn start(sandbox: &Sandbox, way: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "projections::the_projector_that_is_killed", "--ignored", "--nocapture"])
        .env(DIRECTORY, sandbox.directory.path())
        .env(WAY, way)
        .env("RAMAX_FILES", if sandbox.files == Files::One { "1" } else { "2" })
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command.spawn().unwrap()
}

/// Checks that each projection is the fold of exactly the events up to its checkpoint. Returns the number of events that
/// they contain together.
fn assert_folded(space: &ContentStore) -> u64 {
    let (store, all) = (space.store(), events(space));
    let folded = |name: &&str| {
        let id = ProjectionId::new(space.space_id(), name);
        let checkpoint = store.pstate().checkpoint(id).unwrap();
        let at = usize::try_from(checkpoint.sequence.0).unwrap();
        let found = rows(store, id);
        assert!(found == model(name, 1, &all[..at]), "{name} is not the fold of the first {at} events");
        assert_eq!(checkpoint.entities, found.len() as u64, "{name}");
        checkpoint.sequence.0
    };
    ASYNC.iter().map(folded).sum()
}

fn survive(name: &'static str, files: Files, way: &str) {
    let mut campaign = Campaign::new(name);
    let whole = prepared(files);
    let all: u64 = SPACES.iter().map(|(_, many)| many * ASYNC.len() as u64).sum();
    let mut partly = 0;
    while campaign.goes_on() {
        let sandbox = whole.copy();
        let mut before = 0;
        // Killed several times before the end.
        for _ in 0..3 {
            let mut child = start(&sandbox, way);
            // The delay is the fault itself: nothing is waited for here.
            std::thread::sleep(Duration::from_micros(campaign.chance.u64(5_000..400_000)));
            campaign.count(end(&mut child).unwrap());
            let store = sandbox.store();
            let done = SPACES.iter().map(|(name, _)| assert_folded(&open(&store, name, 1))).sum();
            assert!(done >= before, "events were applied and lost");
            partly += u64::from(done > 0 && done < all);
            before = done;
        }
        let store = sandbox.store();
        ProjectionRunner::new(&store, apps(1)).unwrap().round().unwrap();
        for (name, many) in SPACES {
            let space = open(&store, name, 1);
            assert_eq!(assert_folded(&space), many * ASYNC.len() as u64);
            catch_up(&space, &mut keep_going).unwrap();
            let verified = verify(&space, &mut keep_going).unwrap();
            assert_eq!(verified.count(), 0, "{verified:?}");
        }
    }
    println!("{name}: killed {partly} times between two pieces");
}

#[test]
fn in_one_file_a_killed_runner_leaves_each_projection_at_its_checkpoint() {
    survive("projection runner, one file", Files::One, "runner");
}

#[test]
fn in_two_files_a_killed_catch_up_leaves_each_projection_at_its_checkpoint() {
    survive("catch-up of projections, two files", Files::Two, "operation");
}

/// Not a test: started by the others.
#[test]
#[ignore = "started and killed by the other tests"]
fn the_projector_that_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let files = if std::env::var("RAMAX_FILES").unwrap() == "1" { Files::One } else { Files::Two };
    let store = Store::open(&files.location(directory.as_ref()), ramax::OpenOptions::default()).unwrap();
    if std::env::var(WAY).unwrap() == "runner" {
        let mut runner = ProjectionRunner::new(&store, apps(1)).unwrap();
        while runner.round().unwrap().events > 0 {}
        return;
    }
    for (name, _) in SPACES {
        catch_up(&open(&store, name, 1), &mut keep_going).unwrap();
    }
}
