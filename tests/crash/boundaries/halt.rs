//! A process that runs one operation, halts at a boundary of it, and is killed there.
//!
//! It is this test program again, with its orders in the environment. The process meets a boundary when the operation
//! reports progress, which it does after each batch, and when SQLite syncs to disk, which ends each commit: a commit may
//! fall between two batches.

use std::env;
use std::io::{BufRead, BufReader, Read, stdin};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use ramax::operations::Progress;
use ramax::{Location, Result};

use super::deeds::DEEDS;
use crate::support::sandbox::{Files, Sandbox, end};
use crate::support::shim::{Call, Disk, Fault, mount};

const ORDER: &str = "RAMAX_HALT";
const HALTS: &str = "halts";
const ENDS: &str = "ends";
const ANSWERED: &str = "answered ";

/// An operation with its name.
pub struct Deed {
    pub name: &'static str,
    pub work: fn(&Location, &Halt) -> Result<()>,
}

/// The boundaries that are counted until a process halts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// A batch that was reported or answered.
    Step,
    /// A commit on its way to the disk.
    Commit,
}

impl FromStr for Boundary {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let all = [Self::Step, Self::Commit];
        all.into_iter().find(|it| format!("{it:?}") == text).ok_or_else(|| text.to_owned())
    }
}

/// The boundary at which this process halts.
pub struct Halt {
    boundary: Boundary,
    number: u64,
    met: AtomicU64,
}

impl Halt {
    fn at(boundary: Boundary, number: u64) -> Self {
        Self { boundary, number, met: AtomicU64::new(0) }
    }

    /// For a process that runs to completion.
    pub fn never() -> Self {
        Self::at(Boundary::Step, u64::MAX)
    }

    /// Counts a batch that an operation reported.
    pub fn step(&self, _: Progress) -> ControlFlow<()> {
        self.meet(Boundary::Step);
        ControlFlow::Continue(())
    }

    /// Counts an answered batch, and passes the answer on.
    pub fn answered(&self, batch: usize) {
        if self.number != u64::MAX {
            eprintln!("{ANSWERED}{batch}");
        }
        self.meet(Boundary::Step);
    }

    fn meet(&self, boundary: Boundary) {
        if boundary == self.boundary && self.met.fetch_add(1, SeqCst) + 1 == self.number {
            eprintln!("{HALTS}");
            // Waits for the kill, or for the end of the parent process.
            let _ = stdin().read(&mut [0]);
            std::process::exit(1);
        }
    }
}

impl Disk for Halt {
    fn before(&self, _: &Path, call: &Call<'_>) -> std::result::Result<(), Fault> {
        if matches!(call, Call::Sync) {
            self.meet(Boundary::Commit);
        }
        Ok(())
    }
}

#[test]
#[ignore = "other tests start it as a separate process"]
fn a_process_that_is_killed_at_a_boundary() {
    let Ok(order) = env::var(ORDER) else { return };
    let [name, files, boundary, number] = order.split(' ').collect::<Vec<_>>()[..] else { panic!("{order}") };
    let deed = DEEDS.iter().find(|deed| deed.name == name).unwrap();
    let halt = Arc::new(Halt::at(boundary.parse().unwrap(), number.parse().unwrap()));
    let here = env::current_dir().unwrap();
    let files = if files == "One" { Files::One } else { Files::Two };
    let _mounted = mount(&here, Arc::clone(&halt) as Arc<dyn Disk>);
    (deed.work)(&files.location(&here), &halt).unwrap();
    eprintln!("{ENDS}");
}

/// The result of a process.
pub struct Ran {
    /// True if it halted and was killed, false if it completed.
    pub killed: bool,
    /// The number of batches answered before.
    pub answered: usize,
}

/// Runs an operation on a sandbox's files in a separate process, which is killed if it meets the boundary.
#[track_caller]
pub fn halted(sandbox: &Sandbox, deed: &Deed, boundary: Boundary, number: u64) -> Ran {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([
        "--exact",
        "boundaries::halt::a_process_that_is_killed_at_a_boundary",
        "--ignored",
        "--nocapture",
    ]);
    command.env(ORDER, format!("{} {:?} {boundary:?} {number}", deed.name, sandbox.files));
    command.current_dir(sandbox.directory.path());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut answered, mut said) = (0, String::new());
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        match line.strip_prefix(ANSWERED) {
            Some(batch) => answered = batch.parse::<usize>().unwrap(),
            None if line == HALTS || line == ENDS => {
                said = line;
                break;
            }
            None => said = said + &line + "\n",
        }
    }
    let what = format!("{}, {boundary:?} {number}: {said}", deed.name);
    match said.as_str() {
        HALTS => assert_eq!(end(&mut child), Ok(true), "{what}"),
        ENDS => assert!(child.wait().unwrap().success(), "{what}"),
        _ => panic!("{what}"),
    }
    Ran { killed: said == HALTS, answered }
}
