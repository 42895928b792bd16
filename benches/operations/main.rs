//! Times verify, check, export and import compared with their floors: the same rows, parsing, fold, checksums and commits
//! in bare rusqlite, written by hand for this one domain. Then measures the peak memory of each, for ten times as many
//! events too.
//!
//! `cargo bench --bench operations`; a number after `--` replaces the 200,000 timed events.

#[path = "../figures/mod.rs"]
mod figures;
#[path = "../files/mod.rs"]
mod files;
#[path = "../index/mod.rs"]
mod index;
#[path = "../rows/mod.rs"]
mod rows;

mod bare_sqlite;
mod fold;
mod lines;
mod memory;
mod ours;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figures::{head, median, rates, timed};
use files::Load;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const EVENTS: u64 = 200_000;
const ROUNDS: usize = 5;
/// The name of the space under test.
const SPACE: &str = "crm_load_0001";

/// A measured operation.
#[derive(Clone, Copy)]
pub enum Task {
    Verify,
    Check,
    CheckDeep,
    Export,
    Import,
}

impl Task {
    const ALL: [Self; 5] = [Self::Verify, Self::Check, Self::CheckDeep, Self::Export, Self::Import];

    fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Check => "check",
            Self::CheckDeep => "check --deep",
            Self::Export => "export",
            Self::Import => "import",
        }
    }
}

/// The files that a task reads and writes.
pub struct Fixture {
    pub database: PathBuf,
    /// An export of the space.
    pub exported: PathBuf,
    /// The directory for output files.
    pub directory: PathBuf,
}

impl Fixture {
    fn of(events: u64, directory: &Path) -> Outcome<Self> {
        let database = Load { events, spaces: 1 }.file()?;
        let exported = directory.join(format!("{events}.jsonl"));
        let fixture = Self { database, exported, directory: directory.to_owned() };
        ours::export(&fixture, &fixture.exported)?;
        Ok(fixture)
    }
}

fn main() -> Outcome {
    if let Some((task, fixture)) = memory::asked()? {
        return memory::answer(task, &fixture);
    }
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let events = named.map_or(Ok(EVENTS), |number| number.parse())?;
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let fixture = Fixture::of(events, directory.path())?;
    head(&format!("a space of {events} events"), "ramax", "floor");
    for task in Task::ALL {
        let [ours, floor] = both(task, &fixture)?;
        rates(task.name(), events, ours, floor);
    }
    memory::table(directory.path())
}

/// Times ours and the floor in turn.
fn both(task: Task, fixture: &Fixture) -> Outcome<[Duration; 2]> {
    let mut taken = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for (place, run) in [ours::run, bare_sqlite::run].into_iter().enumerate() {
            let directory = tempfile::tempdir_in(&fixture.directory)?;
            let mut work = run(task, fixture, directory.path())?;
            let time = timed(&mut work)?;
            // The first round only warms up.
            if round > 0 {
                taken[place].push(time);
            }
        }
    }
    Ok(taken.map(median))
}

/// A task whose files are open.
type Work<'a> = Box<dyn FnMut() -> Outcome + 'a>;
