//! Times how long writers wait while another process rebuilds a tenant of a million events: single commands in another
//! space of the same file, compared with the same commands without another writer.
//!
//! `cargo bench --bench waiting`; a number after `--` replaces the million.

#[path = "../figures/mod.rs"]
mod figures;
#[path = "../files/mod.rs"]
mod files;

use std::error::Error;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use figures::{head, shares, times};
use files::Load;
use ramax::apps::Crm;
use ramax::sqlite::Sync;
use ramax::{ContentStore, Location, OpenOptions, Store};

const TENANT: u64 = 1_000_000;
/// The number of commands timed in each mode.
const COMMANDS: usize = 3000;
/// The interval at which commands are due, even if earlier ones are not done: a late start counts as waiting too.
const EVERY: Duration = Duration::from_millis(5);

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let events = named.map_or(Ok(TENANT), |number| number.parse())?;
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let file = directory.path().join("tenants.db");
    std::fs::copy(Load { events, spaces: 1 }.file()?, &file)?;
    println!("a command in another space, in its own commit, while {events} events are rebuilt");
    head("", "during a rebuild", "without");
    for (name, sync) in [("--sync full", Sync::Full), ("--sync normal", Sync::Normal)] {
        let options = OpenOptions { sync, ..OpenOptions::default() };
        let store = Store::open(&Location::file(&file), options)?;
        let space = ContentStore::open(&store, "crm_writer", Arc::new(Crm))?;
        let mut writer = Writer { count: Crm::contact_count(&space)?, space, due: Instant::now() };
        // Otherwise the first commits would wait for pending writes of the system.
        Command::new("sync").status()?;
        writer.due = Instant::now();
        let without = (0..COMMANDS).map(|_| writer.commit()).collect::<Outcome<Vec<Duration>>>()?;
        let during = during(&mut writer, &file, name)?;
        let lines = ["median", "99 of 100", "slowest"];
        for ((line, during), without) in lines.iter().zip(shares(during)).zip(shares(without)) {
            times(&format!("{name}, {line}"), during, without);
        }
    }
    Ok(())
}

/// Times commits while rebuilds run.
fn during(writer: &mut Writer, file: &Path, sync: &str) -> Outcome<Vec<Duration>> {
    let mut taken = Vec::new();
    while taken.len() < COMMANDS {
        let mut rebuild = rebuild(file, sync)?;
        writer.due = Instant::now();
        while rebuild.try_wait()?.is_none() {
            taken.push(writer.commit()?);
        }
        if !rebuild.wait()?.success() {
            return Err("the rebuild failed".into());
        }
    }
    Ok(taken)
}

fn rebuild(file: &Path, sync: &str) -> Outcome<Child> {
    let mut rebuild = Command::new(env!("CARGO_BIN_EXE_ramax"));
    rebuild.args(["rebuild", "crm_load_0001"]).args(sync.split(' ')).arg("--db").arg(file);
    Ok(rebuild.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
}

struct Writer {
    space: ContentStore,
    count: u64,
    due: Instant,
}

impl Writer {
    /// Adds a contact when it is due. Returns the time from then until it was done.
    fn commit(&mut self) -> Outcome<Duration> {
        self.due += EVERY;
        std::thread::sleep(self.due.saturating_duration_since(Instant::now()));
        self.count += 1;
        let add = ramax::Command::new("add-contact")
            .with("contact_id", format!("c{}", self.count))
            .with("name", "Ada Lovelace")
            .with("email", "ada@analytical-engine.example");
        self.space.execute(add)?;
        Ok(self.due.elapsed())
    }
}
