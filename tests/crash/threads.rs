//! A program whose threads share a store is killed. Every acknowledged command of every thread is stored, all others
//! completely or not at all.

use std::collections::HashSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use ramax::apps::Crm;
use ramax::{Conditions, ContentStore, Request};

use super::invariants;
use super::seeded_kills::Campaign;
use crate::support::add_contact;
use crate::support::sandbox::{Files, Sandbox, end};

/// Names the directory of the store for the program that is killed.
const DIRECTORY: &str = "RAMAX_THREADS_IN";
const THREADS: usize = 8;
const SPACES: [&str; 2] = ["crm_a", "crm_b"];

#[test]
fn in_one_file_acknowledged_commands_of_all_threads_survive_a_kill() {
    survive("threads, one file", Files::One);
}

#[test]
fn in_two_files_acknowledged_commands_of_all_threads_survive_a_kill() {
    survive("threads, two files", Files::Two);
}

fn survive(name: &'static str, files: Files) {
    let mut campaign = Campaign::new(name);
    let mut sandbox = Sandbox::new(files);
    let mut acknowledged = HashSet::new();
    while campaign.goes_on() {
        if campaign.is_time_for_a_fresh_file() {
            (sandbox, acknowledged) = (Sandbox::new(files), HashSet::new());
        }
        for space in SPACES {
            sandbox.run(&format!("spaces create {space}"));
        }
        let delay = Duration::from_micros(campaign.chance.u64(20_000..120_000));
        let killed = kill(&sandbox, delay, &mut acknowledged);
        campaign.count(killed);
        let copy = sandbox.copy();
        invariants::assert_whole(&copy);
        let stored = stored(&copy);
        let lost: Vec<_> = acknowledged.difference(&stored).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    }
}

/// Runs the threads, kills them after a while, and adds what they acknowledged. Returns true if they were still running.
fn kill(sandbox: &Sandbox, delay: Duration, acknowledged: &mut HashSet<String>) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "threads::the_program_that_is_killed", "--ignored", "--nocapture"])
        .env(DIRECTORY, sandbox.directory.path())
        .env("RAMAX_FILES", if sandbox.files == Files::One { "1" } else { "2" })
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || std::io::read_to_string(stdout).unwrap());
    // The delay is the fault itself: nothing is waited for here.
    std::thread::sleep(delay);
    let killed = end(&mut child).unwrap();
    let said = reader.join().unwrap();
    // An incomplete line is not an answer.
    let whole = said.rfind('\n').map_or("", |end| &said[..end]);
    acknowledged.extend(whole.lines().filter_map(|line| line.strip_prefix("done ")).map(str::to_owned));
    killed
}

/// Returns the contacts and the keys that are stored, each with its space.
fn stored(sandbox: &Sandbox) -> HashSet<String> {
    let store = sandbox.store();
    let mut stored = HashSet::new();
    for space in SPACES {
        let content = ContentStore::open(&store, space, Arc::new(Crm)).unwrap();
        for event in invariants::events(&content) {
            assert!(stored.insert(format!("{space} {}", event.entity_id)), "{event:?} is there twice");
        }
    }
    stored
}

/// Not a test: started by the others.
#[test]
#[ignore = "started and killed by the other tests"]
fn the_program_that_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let files = if std::env::var("RAMAX_FILES").unwrap() == "1" { Files::One } else { Files::Two };
    let location = files.location(directory.as_ref());
    let store = ramax::Store::open(&location, ramax::OpenOptions::default()).unwrap();
    let spaces = SPACES.map(|space| ContentStore::open(&store, space, Arc::new(Crm)).unwrap());
    let run = fastrand::u32(..);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let spaces = &spaces;
            scope.spawn(move || {
                for n in 0.. {
                    let (at, id) = ((thread + n) % SPACES.len(), format!("c{run}_{thread}_{n}"));
                    let idempotency_key = Some(format!("key of {id}"));
                    let request = Request {
                        conditions: Conditions { idempotency_key, ..Conditions::default() },
                        ..add_contact(&id).into()
                    };
                    let done = spaces[at].execute(request.clone()).unwrap();
                    writeln!(std::io::stdout().lock(), "done {} {id}", SPACES[at]).unwrap();
                    if n % 5 == 0 {
                        let again = spaces[at].execute(request).unwrap();
                        assert!(again.repeated && again.event_ids == done.event_ids);
                        spaces[at].execute(add_contact(&id)).unwrap_err();
                    }
                }
            });
        }
    });
}
